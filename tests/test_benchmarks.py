"""The tables in benchmarks/ are the measured ones, and what is said about them holds. Nothing is timed here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ccdyn import BPTT

FOLDER = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(FOLDER.parent))
from benchmarks import decoupling, labs, panels, report  # noqa: E402
from benchmarks.run import ARCHITECTURES, RULES, rule_memory  # noqa: E402

RESULTS = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))


def test_tables_are_the_measured_ones():
    tables = report.markdown(RESULTS)
    assert tables in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert tables == (FOLDER / "results.md").read_text(encoding="utf-8")


def test_the_table_of_labs_is_the_measured_one_and_within_the_budgets():
    results = json.loads((FOLDER / "labs.json").read_text(encoding="utf-8"))
    assert all(labs.markdown(results) in page.read_text(encoding="utf-8") for page in labs.PAGES)
    assert [row["lab"] for row in results["labs"]] == sorted(path.stem for path in labs.LABS.glob("*.ipynb"))
    for row in results["labs"]:
        assert row["seconds"] <= labs.BUDGETS["seconds"] and row["memory"] <= labs.BUDGETS["memory"], row


def test_the_table_of_panels_is_the_measured_one():
    results = json.loads((FOLDER / "panels.json").read_text(encoding="utf-8"))
    assert panels.markdown(results) in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [row["panel"] for row in results["panels"]] == list(panels.PANELS)


def test_the_table_of_predicted_feedback_is_the_measured_one_and_holds_what_is_promised():
    results = json.loads((FOLDER / "decoupling.json").read_text(encoding="utf-8"))
    assert decoupling.markdown(results) in (FOLDER / "README.md").read_text(encoding="utf-8")
    names = ("experiment", "model", "truncation", "noise")
    assert [tuple(row[name] for name in names) for row in results["cases"]] == list(decoupling.CASES)
    assert results["cases"][0]["faster"]["ten"]["median"] >= 8
    assert results["seconds for 12,000 digits"] < 45


def test_every_rule_has_its_rows():
    assert [(row["feedback"], row["rule"]) for row in RESULTS["rules"]] == [
        (feedback, rule) for feedback in ARCHITECTURES for rule in RULES]


@pytest.mark.parametrize("who", ["one", "ten"])
@pytest.mark.parametrize("feedback", ARCHITECTURES)
def test_eprop_costs_at_most_half_of_bptt(feedback, who):
    share, = (row["of BPTT"][who] for row in RESULTS["rules"]
              if (row["feedback"], row["rule"]) == (feedback, "e-prop, full"))
    assert share["median"] <= 0.5


@pytest.mark.parametrize("feedback", ["none", "cerebellar"])
def test_memory_of_truncated_bptt_was_the_same_for_any_number_of_steps(feedback):
    rows = [row for row in RESULTS["window"] if row["feedback"] == feedback]
    assert [row["n_steps"] for row in rows] == [10, 20, 40, 80, 160, 320]
    assert len({row["rule"]["BPTT, window 5"] for row in rows}) == 1
    assert rows[-1]["rule"]["BPTT"] > 10 * rows[0]["rule"]["BPTT"]
    # Nor does the whole step grow faster than without any learning in the cortex.
    grown = {name: rows[-1]["step"][name] - rows[0]["step"][name] for name in rows[0]["step"]}
    assert grown["BPTT, window 5"] <= grown["fixed cortex"] < grown["e-prop, full"] < grown["BPTT"]


@pytest.mark.parametrize("feedback", ARCHITECTURES)
def test_memory_of_truncated_bptt_is_that_of_its_window(feedback):
    memory = {(window, n_steps): rule_memory(BPTT(window), feedback, n_steps)
              for window in (5, 10) for n_steps in (20, 80)}
    assert memory[5, 20] == memory[5, 80]
    assert memory[10, 20] == memory[10, 80]
    assert memory[5, 80] < memory[10, 80] < rule_memory(BPTT(), feedback, 80) / 3
