"""CLAIMS.md says what the CSV files say, its verdicts follow from them, and no number of the course is left out."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "figures"))
try:
    import claims
    from claimed import measured, printed, verdicts
    from claimed.measured import NO, PARTLY, YES, Number, Statement
finally:
    sys.path.pop(0)

# Of the plan of the course: its table and its traps, lab by lab. Ranges are lowest and highest.
PLANNED = {
    "00": [.034, .015, .011, .122, .047, .009, .087, .032],
    "01": [.98, .48, .167, .87, .69, 1.08, 1.48, .03, .21, .84],
    "02": [(.000, .066), .500, .5, .150, .158],
    "03": [.150, .109, (.074, .090), .014, .123, .109, .047, .014, .016, .049, (.037, .052), .151, .120, .092, .080,
           .113, .056, .038, .036, 6.2, 5.1, 23, 215, .0119, .0110],
    "04": [1.00, .80, .61, .43, .35, .67, .83, .046, .119],
    "05": [.153, .020, .101, .158, .119, .036, .024, .156, .041, .002, .036, .134],
    "06": [.50, .67, .76, .12, (.15, .25), (.51, .56), .506, .068, (.37, .42), .50, .1],
}
LABS = sorted(printed.PRINTED)       # labs 07 to 10 came after the plan
EVERY = (*claims.CLAIMS, *claims.DECOUPLED)
# Only those that had learned before they sleep; as many as published.
FEWER = {"consolidation": 5, "horizon": 3, "patience": 3}
NUMBERS = [(statement, number) for statement in claims.STATEMENTS for number in statement.numbers]


def notebook(lab: str, kind: str) -> str:
    """All the text, or all the code, of a lab."""
    path, = (ROOT / "labs").glob(f"{lab}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == kind)


def with_a_point(text: str) -> set[str]:
    """Numbers such as 0.35, .35 (as the same) and 80 %."""
    found = re.findall(r"(?<![\w.])\d*\.\d+(?![\w.]*\.\d)|\d+ %", text)
    return {number.lstrip("0") for number in found}


def test_the_page_is_fresh():
    assert claims.page() == claims.PAGE.read_text(encoding="utf-8"), "run figures/claims.py"


def test_links_within_the_page_lead_to_a_heading():
    page = claims.PAGE.read_text(encoding="utf-8")
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                for line in page.splitlines() if line.startswith("#")}
    links = re.findall(r"\]\(#([^)]+)\)", page)
    assert len(links) > len(claims.CLAIMS) and set(links) <= headings
    assert all((ROOT / path).exists() for path in re.findall(r"\]\(([^)#:]+)\)", page))


def test_every_published_claim_is_there():
    names = [claim.name for claim in EVERY]
    assert len(set(names)) == len(names)
    assert {re.match(r"C\d+", claim.name).group() for claim in claims.CLAIMS} == {f"C{i}" for i in range(1, 11)}
    assert [claim.name for claim in claims.DECOUPLED] == [f"D{i}" for i in range(1, 8)]


@pytest.mark.parametrize("claim", EVERY, ids=lambda claim: claim.name)
def test_a_claim_has_ten_networks_and_a_verdict_that_its_numbers_decide(claim):
    rows = claim.rows()
    fewest = FEWER.get(claim.figure, 10)
    assert all(fewest <= len(values) <= 10 and np.isfinite(values).all() for values in rows.values())
    assert claim.verdict(rows) in (YES, PARTLY, NO)
    draw = np.random.default_rng(0)
    others = [{name: np.full(10, level) for name in rows} for level in (0.0, 0.5, 1.0)]
    others += [{name: np.full(10, draw.uniform() if i % 2 else 10 ** draw.uniform(-4, 0)) for name in rows}
               for i in range(600)]
    found = np.array([claim.holds(other) for other in others])
    assert len(found[0]) == len(claim.holds(rows))
    assert (found.any(0) & ~found.all(0)).all(), "each part holds of some numbers, and of others not"
    assert claim.published and claim.test and claim.protocol
    assert (ROOT / "figures" / f"{claim.figure}.py").exists()


@pytest.mark.parametrize(("holds", "verdict", "words"), [
    ((True,), YES, ""), ((True, True), YES, ""), ((False, False), NO, ""),
    ((True, False, True), PARTLY, ": (1), (3), but not (2)")])
def test_a_verdict_follows_from_the_parts_that_hold(holds, verdict, words):
    claim = replace(claims.CLAIMS[0], holds=lambda rows: holds)
    assert claim.verdict({}) == verdict and claims.held(holds) == words


@pytest.mark.parametrize("lab", LABS)
def test_every_planned_number_is_measured(lab):
    listed = [number.planned for statement, number in NUMBERS if statement.lab == lab and number.planned is not None]
    assert sorted(np.mean(each) for each in set(listed)) == sorted(np.mean(each) for each in set(PLANNED.get(lab, [])))


@pytest.mark.parametrize("statement", claims.STATEMENTS, ids=lambda statement: f"{statement.lab} {statement.title}")
def test_numbers_of_the_course_are_in_their_place(statement):
    assert (ROOT / "figures" / f"{statement.figure}.py").exists()
    text = " ".join(notebook(statement.lab, "markdown").split())
    for number in statement.numbers:
        values = number.ours()
        assert len(values) >= min(5, FEWER.get(statement.figure, 5)) and np.isfinite(values).all(), number.what
        assert number.text in text, f"lab {statement.lab} no longer says this"
        assert number.planned is None or verdicts.verdict(number, statement) in (YES, PARTLY, NO)
        assert not number.text or verdicts.in_text(number) is not None
        assert statement.lab < "07" or verdicts.text_agrees(number), "say in the text what was measured"


@pytest.mark.parametrize("lab", LABS)
def test_every_number_in_a_text_has_a_measurement_or_a_cell(lab):
    code = notebook(lab, "code")
    called = printed.CALLED.get(lab, {})
    assert all(cell in code for cell in printed.PRINTED[lab]), "a cell is gone"
    assert all(call in notebook(lab, "markdown") for call in called), "a text no longer names this call"
    known = with_a_point(" ".join([*(number.text for statement, number in NUMBERS if statement.lab == lab),
                                   *printed.PRINTED[lab].values(), *called.values(), printed.SETTINGS[lab]]))
    assert not with_a_point(notebook(lab, "markdown")) - known, "tell where these come from"


def test_every_lab_has_its_numbers():
    labs = sorted(path.name[:2] for path in (ROOT / "labs").glob("*.ipynb"))
    assert labs == LABS == sorted(printed.SETTINGS) == sorted({statement.lab for statement, _ in NUMBERS})


def test_the_command_that_the_page_names_prints_a_cell_and_what_it_says(monkeypatch, capsys):
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.syspath_prepend(str(ROOT / "labs"))
    import execute

    v4 = nbformat.v4
    bar = v4.new_output("stream", text="10%\r100%\n")
    picture = v4.new_output("display_data", data={"text/plain": "words about a picture"})
    cells = [v4.new_markdown_cell("text"), v4.new_code_cell("silent()"),
             v4.new_code_cell("race()", outputs=[bar, picture], metadata={"tags": ["predict"]})]
    execute.say(v4.new_notebook(cells=cells))
    assert capsys.readouterr().out == ">>> race()\n100%\n\nwords about a picture\n\n"


def made(*pairs: tuple[float | None, float], text: str = "") -> Statement:
    """Planned numbers, and what ten networks with a small spread have."""
    spread = np.linspace(-0.01, 0.01, 10)
    return Statement("00", "made up", "tau", tuple(
        Number(f"{i}", lambda mean=mean: mean * (1 + spread), planned, text)
        for i, (planned, mean) in enumerate(pairs)))


def judged(statement: Statement) -> list[str]:
    return [verdicts.verdict(number, statement) for number in statement.numbers]


def test_a_number_reproduces_within_the_networks_or_within_a_fifth():
    assert judged(made((1.0, 1.19), (1.0, 0.84))) == [YES, YES]
    assert judged(made((1.0, 1.3))) == judged(made((1.0, 0.8))) == [NO]
    wide = replace(made((1.0, 0)).numbers[0], ours=lambda: np.array([0.1, 0.2, 0.3, 0.4, 1.1]))
    assert verdicts.agrees(wide.ours(), 1.0) and not verdicts.agrees(wide.ours(), 1.2)
    assert verdicts.agrees(wide.ours(), (1.05, 9.0)) and not verdicts.agrees(wide.ours(), (2.0, 3.0))
    assert judged(made((None, 1.0))) == [""]
    some_do = np.array([1.0, 1.0, 1.0, 0, 0, 0, 0, 0, 0, 0])
    assert verdicts.agrees(some_do, 0.4) and not verdicts.agrees(some_do, 0.9), "a share, not a range from 0 to 1"


def test_the_right_order_alone_is_in_part():
    assert judged(made((1.0, 3.0), (2.0, 4.0), (4.0, 4.5))) == [PARTLY, PARTLY, YES]
    assert judged(made((1.0, 4.0), (2.0, 3.0))) == [NO, NO]
    assert judged(made((1.0, 4.0), (1.1, 3.0))) == [NO, NO], "planned numbers that are nearly the same have no order"


def test_what_a_text_says_is_its_first_number():
    assert verdicts.first_number("0.12 (−0.29 to 0.46)") == 0.12
    assert verdicts.first_number("(about 0.5)") == 0.5 and verdicts.first_number("60 % of it") == 60
    with pytest.raises(ValueError, match="'half of it' has no number"):
        verdicts.first_number("half of it")
    number = made((None, 0.5), text="0.35 (0.3 to 0.4)").numbers[0]
    assert not verdicts.text_agrees(number) and verdicts.text_agrees(replace(number, says=0.5))
    assert "≠" in claims.text(number) and "≠" not in claims.text(replace(number, says=0.5))


def test_an_interval_holds_the_mean_and_narrows_with_more_networks():
    few, many = np.arange(5.0), np.tile(np.arange(5.0), 20)
    (low, high), (lower, higher) = measured.interval(few), measured.interval(many)
    assert 0 < low < 2 < high < 4 and low < lower < 2 < higher < high
    assert measured.interval(np.full(10, 0.3)) == pytest.approx((0.3, 0.3))


def test_numbers_that_are_not_there_or_not_unique_are_refused():
    with pytest.raises(ValueError, match="0 lines of 'test error by seed' with .*tau 99.*; name one for each network"):
        measured.numbers("tau", "test error by seed", tau="tau 99")
    with pytest.raises(ValueError, match="lines of 'test error by seed'"):
        measured.numbers("tau", "test error by seed")
