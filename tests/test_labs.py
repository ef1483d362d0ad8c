"""Labs as files: what a reader without a kernel sees, and what every first cell does. (nbval runs them.)"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import ccdyn
from ccdyn import exercises as ex
from ccdyn.exercises.exercise import Choice, Exercise
from ccdyn.exercises.progress import FILE

ROOT = Path(__file__).parents[1]
LABS = sorted((ROOT / "labs").glob("*.ipynb"))


@pytest.fixture(params=LABS, ids=lambda path: path.name)
def lab(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(lab):
    return [cell for cell in lab.cells if cell.cell_type == "code"]


def test_it_is_small_and_stores_no_widget_state(lab):
    nbformat.validate(lab)
    assert "widgets" not in lab.metadata
    assert len(nbformat.writes(lab)) < 1_000_000


def test_it_was_run_from_top_to_bottom_without_an_error(lab):
    cells = code_cells(lab)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run labs/execute.py"
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    assert not [output for output in outputs if "\r" in output.get("text", "")]
    assert max(len(line) for output in outputs for line in output.get("text", "").split("\n")) <= 115, "too wide"
    assert not [output for output in outputs if "Yours stopped" in output.get("text", "")], "nothing was attempted"
    assert len([output for output in outputs if output.output_type == "stream"]) <= len(cells)


def test_every_picture_has_words_and_is_there_without_a_kernel(lab):
    html = [output.get("data", {}).get("text/html", "") for cell in code_cells(lab) for output in cell.outputs]
    pictures = [picture for text in html for picture in re.findall(r"<img [^>]*>", text)]
    assert len(pictures) >= 3
    for picture in pictures:
        assert len(re.search(r'alt="([^"]*)"', picture)[1]) > 40
        assert "base64," in picture
    live = [cell for cell in code_cells(lab) for output in cell.outputs
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {})]
    for cell in live:
        assert any('class="static' in output.get("data", {}).get("text/html", "") for output in cell.outputs)


def test_the_first_cell_installs_only_what_is_missing_and_checks_the_version(lab):
    first = code_cells(lab)[0].source
    assert first.index("try:\n    import ccdyn\nexcept ImportError:") < first.index("    %pip install -q git+https://")
    assert f'begin("{ccdyn.__version__}")' in first


def test_cells_are_short_and_name_no_place_on_a_disk(lab):
    for cell in code_cells(lab):
        assert len(cell.source.splitlines()) <= 15
        assert not re.search(r"/(home|root|work|tmp|Users)/", nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))


def test_what_is_to_be_predicted_is_not_already_there():
    """Below "Predict", until it is run, a panel as it begins (what moves is not shown), or nothing.

    Nothing either between a panel that asks for a prediction and the folded answer, but for what checks say.
    """
    asked = 0
    for path in LABS[1:]:
        cells = nbformat.read(path, as_version=4).cells
        for text, cell in zip(cells, cells[1:]):
            if text.cell_type == "markdown" and re.search(r"\*\*(Predict\b|Before you run it)", text.source):
                panel = any('class="static' in output.get("data", {}).get("text/html", "") for output in cell.outputs)
                assert panel or cell.outputs == [] and cell.metadata["tags"] == ["predict"], cell.source
                asked += 1
        hidden = False
        for cell in cells:
            if cell.cell_type == "markdown":
                hidden = hidden and "<details>" not in cell.source
            else:
                assert not hidden or cell.outputs == [] or CHECK.search(cell.source), cell.source
                hidden = hidden or ".predict_" in cell.source
    assert asked >= 7


def test_there_is_a_lab():
    assert [path.name for path in LABS][0] == "00_start_here.ipynb"


# Exercises in the notebooks

CHECK = re.compile(r"^ex\.(\w+)\.check\((\w+)\)$", re.M)


def checks(lab) -> dict[str, nbformat.NotebookNode]:
    """The cells in which something is to be solved, by the name of the exercise."""
    return {match[1]: cell for cell in code_cells(lab) if (match := CHECK.search(cell.source))}


def test_exercises_are_empty_and_begin_as_our_solution_does(lab):
    for name, cell in checks(lab).items():
        exercise, given = getattr(ex, name), CHECK.search(cell.source)[2]
        if isinstance(exercise, Choice):
            assert cell.source == f"answer = ...\nex.{name}.check(answer)"
            continue
        stub, check = cell.source.split("\n\n\n")
        assert given == name and check == f"ex.{name}.check({name})"
        first, *words, last = stub.splitlines()
        assert first == exercise.source.splitlines()[0] and last == "    ..."
        assert words[0].strip().startswith('"""') and words[-1].strip().endswith('"""')


def test_every_exercise_stands_in_the_notebook_of_its_lab():
    found = [(name, path.name[:2]) for path in LABS for name in checks(nbformat.read(path, as_version=4))]
    assert sorted(found) == sorted((name, each.lab) for name, each in vars(ex).items() if isinstance(each, Exercise))


def solved(lab):
    """The notebook with all exercises filled in."""
    for name, cell in checks(lab).items():
        cell.source = f"{getattr(ex, name).source}\n\n\n{CHECK.search(cell.source)[0]}"
    for cell in code_cells(lab):
        cell.outputs, cell.execution_count = [], None
    return lab


@pytest.mark.skipif(not os.environ.get("CCDYN_SOLVED"), reason="CCDYN_SOLVED is not set")
def test_with_all_solutions_filled_in_every_check_says_correct(lab, tmp_path):
    names = checks(lab)
    if not names:
        pytest.skip("there is nothing to solve")
    NotebookClient(solved(lab), timeout=600, kernel_name="python3",
                   resources={"metadata": {"path": tmp_path}}).execute()
    for name, cell in names.items():
        said = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
        assert any(text.startswith(f"✓ {name}: correct") for text in said), said
    record = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["labs"]
    assert {name for each in record.values() for name in each["exercises"]} == set(names)


def test_the_instructors_page_has_the_exercises_and_answers_of_the_labs():
    sys.path.insert(0, str(ROOT / "labs"))
    try:
        import instructors
    finally:
        sys.path.pop(0)
    assert instructors.page() == instructors.PAGE.read_text(encoding="utf-8"), "run labs/instructors.py"
