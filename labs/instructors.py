"""Write the parts of INSTRUCTORS.md that come from the labs: exercises with the mistakes they know, folded answers.

    python labs/instructors.py
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from ccdyn import exercises as ex
from ccdyn.exercises.exercise import Choice, Exercise

HERE = Path(__file__).parent
PAGE = HERE / "INSTRUCTORS.md"


def exercises() -> str:
    """Each exercise, with the mistakes that its check calls by name."""
    lines = []
    known = [each for each in vars(ex).values() if isinstance(each, Exercise)]
    for lab in sorted({each.lab for each in known}):
        lines += [f"### Lab {lab}: what the checks recognise", ""]
        for each in (each for each in known if each.lab == lab):
            if isinstance(each, Choice):
                words, why = each.options[each.right]
                lines += [f"* `{each.name}` (a question): {each.question} ... **{each.right}, {words}.** {why}"]
            else:
                lines += [f"* `{each.name}`: {each.__doc__.strip().splitlines()[0]}"]
                lines += [f"  * {words}" for words in each.mistakes]
        lines += [""]
    return "\n".join(lines)


def answers() -> str:
    """The folded answers of every lab, with the heading under which they stand."""
    lines = []
    for path in sorted(HERE.glob("*.ipynb")):
        cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
        lines += [f"### {cells[0].splitlines()[0].removeprefix('# ')}", ""]
        heading = ""
        for cell in cells:
            for found in re.finditer(r"^##+ ([^\n]*)$|<details><summary>.*?</summary>(.*?)</details>", cell, re.M | re.S):
                if found[1]:
                    heading = found[1]
                else:
                    lines += [f"**{heading}**", "", found[2].strip(), ""]
    return "\n".join(lines)


def put(text: str, name: str, part: str) -> str:
    """``text`` with ``part`` between the two markers of this name."""
    begin, end = f"<!-- {name}, written by instructors.py -->", f"<!-- end of {name} -->"
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{part.strip()}\n\n{end}{rest.split(end)[1]}"


def page() -> str:
    """INSTRUCTORS.md as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    return put(put(text, "exercises", exercises()), "answers", answers())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
