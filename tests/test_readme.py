"""The README keeps its promises: its example runs as printed, its links exist, its numbers are those of the figures."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs_as_printed(tmp_path):
    code, = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    curve, shape = done.stdout.strip().splitlines()[-2:]
    errors = [float(number) for number in curve.strip("[]").split()]
    assert len(errors) == 3 and errors[0] < 0.07 and errors[2] < 0.03
    assert shape == "torch.Size([5, 6, 20, 1000])"


def test_links_to_files_exist():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) >= 8
    for link in links:
        assert (ROOT / link).exists(), link


def test_commands_are_those_of_the_makefile():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert sorted(set(re.findall(r"^make (\w+)", README, re.MULTILINE))) == sorted(targets)


def test_the_table_has_the_numbers_of_the_figures():
    from ccdyn.plots import spread

    lines, counted, digits, beyond = (json.loads((ROOT / "figures" / f"{name}.json").read_text())
                                      for name in ("linedraw", "evidence", "digits", "beyond"))
    rows = {"line drawing": lines["test error by seed, best validation"],
            "digits, answer at once": digits["test accuracy by seed"]["at once, alpha 0.5"],
            **{f"digits, held over 12 blank rows (alpha {alpha})": digits["test accuracy by seed"][f"held, alpha 0{alpha}"]
               for alpha in (".5", ".1")},
            "counting evidence": counted["test accuracy"],
            "digits with a larger cortex": beyond["test accuracy by seed"]["at once"],
            "the same, held": beyond["test accuracy by seed"]["held"]}
    for start, values in rows.items():
        row, = [line for line in README.splitlines() if line.strip().startswith(f"| {start}")]
        cells = [cell.strip(" *") for cell in row.strip().strip("|").split("|")][1:]
        names = ["no feedback", "readout feedback", "cerebellar feedback", "granule readout"]
        assert [cell for cell in cells if cell] == [spread(values[name]) for name in names if name in values]
