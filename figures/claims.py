"""What was published, how it is tested here, and whether it reproduces: CLAIMS.md, made from the CSV files.

    python figures/claims.py            writes CLAIMS.md

Published claims are in ``claimed/published.py``, those about predicted
feedback in ``claimed/decoupled.py``, what was found beside the former in
``claimed/findings.py``, numbers of the course in ``claimed/labs_*.py``, what
notebooks print in ``claimed/printed.py``.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from claimed.course import ARITHMETIC, NOT_TESTED, STATEMENTS
from claimed.decoupled import DECOUPLED
from claimed.findings import BEYOND, DEFAULTS, Finding
from claimed.measured import HERE, NO, PARTLY, YES, Claim, Number, Statement, cells, table
from claimed.printed import CALLED, PRINTED
from claimed.published import CLAIMS
from claimed.verdicts import text_agrees, verdict

PAGE = HERE.parent / "CLAIMS.md"
HEAD = "mean (95 % interval) | lowest to highest | networks"
TRIED = """\
Not claims, but what the published tutorial suggests to try (C11): overlap with repeated switching (lab 07); partial
silencing (labs 02, 03, 05, 09); 4 to 7 mossy fibres a granule cell (`fan_in`, labs 03, 05, 06); a pons that compresses
(lab 03); interval timing (lab 02, `ccdyn.IntervalTiming`). Switching between cognitive tasks is left to the reader
(`ccdyn.Contexts`). An LSTM as cortex is here in the other model only (`ccdyn.DecoupledNetwork`, below), whose
cerebellum predicts the learning feedback and not the activity."""


def page() -> str:
    """The whole of CLAIMS.md."""
    count, other = (Counter(claim.verdict(claim.rows()) for claim in claims) for claims in (CLAIMS, DECOUPLED))
    return "\n\n".join([
        f"""# Claims

What was published about these models, how it is tested here, and whether it reproduces; then every number that the
course was planned with or quotes. Made by `python figures/claims.py` from the CSV files in
[`figures/`](figures/README.md); tests hold it fresh. Each number is a mean over networks (seeds 0, 1, 2, ...) with its
95 % confidence interval (bootstrap over networks: 10,000 times as many are drawn again from them), then the lowest and
the highest network.

* [Published claims](#published-claims): {count[YES]} reproduce, {count[PARTLY]} in part, {count[NO]} not
* [Claims about predicted feedback](#claims-about-predicted-feedback): {other[YES]} reproduce, {other[PARTLY]} in \
part, {other[NO]} not
* [Published defaults that do badly](#published-defaults-that-do-badly), and why
* [Beyond the published settings](#beyond-the-published-settings)
* [Numbers of the course](#numbers-of-the-course), lab by lab
* [What the notebooks print](#what-the-notebooks-print)""",
        published(), decoupled(), found(), course(), printed()]) + "\n"


def published() -> str:
    """Part 1."""
    return "\n\n".join([
        """## Published claims

Source: Pemberton, Chadderton & Costa (2024), *Nature Communications* 15:10913, its figures and released code. A claim
**reproduces** if all that its test asks for holds, **in part** if some of it does. "Values not published" means that we
could not read them; then the direction is tested, not the size.""", overview(CLAIMS), *map(one_claim, CLAIMS), TRIED])


def decoupled() -> str:
    """Part 1b."""
    return "\n\n".join([
        """## Claims about predicted feedback

Source: Boven, Pemberton, Chadderton, Apps & Costa (2023), *Nature Communications* 14:51, the NeurIPS paper of 2021, and
their released code: an LSTM cortex (cRNN) whose learning feedback beyond a short horizon is predicted by a cerebellum
(ccRNN). Mostly captions and code could be read, not the text; a direction that we inferred is marked as ours.""",
        overview(DECOUPLED), *map(one_claim, DECOUPLED)])


def overview(claims: tuple[Claim, ...]) -> str:
    """A line for each claim."""
    return "| | claim | verdict |\n|---|---|---|\n" + "\n".join(
        f"| [{claim.name}](#{anchor(claim)}) | {claim.title} | **{claim.verdict(claim.rows())}** |" for claim in claims)


def anchor(claim: Claim) -> str:
    """Where GitHub puts the heading of a claim."""
    words = f"{claim.name} {claim.title}".lower()
    return "".join(letter for letter in words if letter.isalnum() or letter in " -").replace(" ", "-")


def one_claim(claim: Claim) -> str:
    """Published, tested, protocol, numbers, verdict."""
    rows = claim.rows()
    lines = "\n".join(f"| {label} | {cells(values)} |" for label, values in rows.items())
    return f"""### {claim.name} {claim.title}

*Published.* {claim.published}

*Tested.* {claim.test}

*Protocol.* {claim.protocol}

`python figures/{claim.figure}.py`, seeds 0 to {max(int(row["seed"]) for row in table(claim.figure))}:

| | {HEAD} |
|---|---|---|---|
{lines}

**{claim.verdict(rows).capitalize()}**{held(claim.holds(rows))}. {claim.note}""".rstrip()


def held(parts: tuple[bool, ...]) -> str:
    """Which parts hold, if only some of several do."""
    if len(set(parts)) == 1:
        return ""
    yes, no = (", ".join(f"({i})" for i, part in enumerate(parts, 1) if part is which) for which in (True, False))
    return f": {yes}, but not {no}"


def found() -> str:
    """Part 2."""
    return "\n\n".join(["## Published defaults that do badly", *map(finding, DEFAULTS),
                        "## Beyond the published settings", finding(BEYOND)])


def finding(one: Finding) -> str:
    """What it says, and its numbers."""
    lines = "\n".join(f"| {label} | {cells(values)} |" for label, values in one.rows().items())
    return f"""### {one.title}

{one.words} More in [figures/README.md](figures/README.md#{one.figure}); `python figures/{one.figure}.py`.

| {one.measure} | {HEAD} |
|---|---|---|---|
{lines}"""


def course() -> str:
    """Part 3."""
    numbers = [(number, statement) for statement in STATEMENTS for number in statement.numbers]
    count = Counter(verdict(*each) for each in numbers)
    differ = sum(not text_agrees(number) for number, _ in numbers)
    texts = sum(bool(number.text) for number, _ in numbers)
    parts = [f"""## Numbers of the course

*Planned* are the numbers of a first prototype (2 to 5 networks), with which the course was planned before this package
existed (labs 07 to 10 had none); *in the text* is what a lab says now, mostly of three or five networks; *here* are the
networks of the script that is named.

A planned number **reproduces** if it lies between our lowest and highest network or within a fifth of our mean (a share
of networks: within its 95 % interval). Where it does not, it does **in part** if the planned numbers of its group stand
in the same order here (all pairs of them that differ by more than a fifth). Of \
{sum(count[each] for each in (YES, PARTLY, NO))} planned numbers {count[YES]} reproduce, {count[PARTLY]} in part, \
{count[NO]} not. Of {texts} numbers in the texts {texts - differ} agree in the first sense; the others are marked ≠."""]
    for lab in sorted({statement.lab for statement in STATEMENTS}):
        parts.append(f"### Lab {lab}")
        parts += [group(statement) for statement in STATEMENTS if statement.lab == lab]
    return "\n\n".join([*parts, "### By arithmetic, and not tested",
                        "\n".join(f"* {line}" for line in (*ARITHMETIC, *NOT_TESTED))])


def group(statement: Statement) -> str:
    """A table of numbers that belong together."""
    largest = max(np.abs(number.ours()).max() for number in statement.numbers)
    digits = 3 if largest < 2 else 2 if largest < 50 else 0
    lines = "\n".join(
        f"| {number.what} | {planned(number)} | {text(number)} | {cells(number.ours(), digits)} "
        f"| {verdict(number, statement)} |"
        for number in statement.numbers)
    return f"""**{statement.title}** · `python figures/{statement.figure}.py`

| | planned | in the text | here: {HEAD} | verdict |
|---|---|---|---|---|---|---|
{lines}

{statement.note}""".rstrip()


def planned(number: Number) -> str:
    """As the plan has it."""
    return "" if number.planned is None else " to ".join(f"{each:g}" for each in np.atleast_1d(number.planned))


def text(number: Number) -> str:
    """The lab's words, marked if they do not agree."""
    words = number.text.replace("$", "").replace("|", "\\|")
    return f"“{words}”" + ("" if text_agrees(number) else " ≠") if words else ""


def printed() -> str:
    """Part 4."""
    lines = "\n".join(f"| {lab} | `{cell}` | {quoted} |" for lab, rows in PRINTED.items()
                      for cell, quoted in {**rows, **CALLED.get(lab, {})}.items())
    return f"""## What the notebooks print

Numbers in the texts that a cell prints, or a panel says when it is moved (without a name in the notebook's first cell,
so with the seeds of the texts: 0 to 4, or 0 to 2 with digits). To see all that its cells print, also where a notebook
asks for a prediction first:

```
python labs/execute.py --print 04_eprop.ipynb
```

Another processor adds in another order, so the last digits may differ from those in the texts.

| lab | cell | numbers in the text |
|---|---|---|
{lines}"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: " + ", ".join(f"{claim.name} {claim.verdict(claim.rows())}"
                                   for claim in (*CLAIMS, *DECOUPLED)))
