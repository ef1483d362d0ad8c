"""Labs as files: what a reader without a kernel sees, and what every first cell does. (nbval runs them.)"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

import ccdyn

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
        assert len(cell.source.splitlines()) <= 12
        assert not re.search(r"/(home|root|work|tmp|Users)/", nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))


def test_there_is_a_lab():
    assert [path.name for path in LABS][0] == "00_start_here.ipynb"
