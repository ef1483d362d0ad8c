"""The panel on which one draws, without a browser: strokes from the canvas or typed, networks that learn them."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from seeing import COMMON, classes, white_size

import ccdyn
from ccdyn.panels import DrawPanel
from ccdyn.panels import canvas as canvas_file
from ccdyn.panels.canvas import Board, Canvas, from_text, to_text
from ccdyn.panels.draw import render
from ccdyn.plots.style import ARCHITECTURE

HOOK = [[0, 0], [0.5, 0.8], [1, 0]]
BAR = [[-0.5, -0.25], [0.5, -0.25]]

needs_canvas = pytest.mark.skipif(Canvas is None, reason="anywidget is not installed")


@pytest.fixture
def typed(monkeypatch):
    """A machine without anywidget."""
    monkeypatch.setattr(canvas_file, "Canvas", None)


def small(strokes=(), **settings) -> DrawPanel:
    """Two small networks that learn three batches a tick."""
    return DrawPanel(strokes, **{"n_cortex": 7, "expansion": 3, "seeds": (4, 1), "chunk": 3, "tau": 2,
                                 "n_steps": 9, **settings})


def only(panel: DrawPanel):
    """The networks of a panel."""
    learner, = panel.learners.values()
    return learner


def ghost(panel: DrawPanel):
    """The curve of the networks before them."""
    return panel.ghosts["cerebellar feedback"]


def test_an_empty_canvas_shows_an_example():
    panel = small()
    assert "of drawing 3 strokes" in panel.alt and panel.save_button.disabled
    assert "The canvas is empty, so the networks learn an example, the letter A." in panel.meaning.value
    panel.step()
    assert "after 3 batches" in panel.alt and panel.message.value == ""


@needs_canvas
def test_a_stroke_starts_new_networks_and_leaves_a_ghost():
    panel = small()
    panel.step()
    first, old = only(panel), only(panel).tape.values
    panel.board.canvas.strokes = [HOOK]
    assert only(panel) is not first and "after 0 batches (0.0 sessions) of drawing 1 stroke." in panel.alt
    assert "Before, 3 strokes, alpha 0.5, tau 2: " in panel.alt and np.array_equal(ghost(panel).values, old)
    assert panel.alt.endswith("a single stroke needs no cue. The strokes: 1 from (0.00, 0.00) to (1.00, 0.00).")
    assert panel.meaning.value.startswith("One cue a stroke: 1 stroke. tau: 100 ms.")
    panel.board.canvas.strokes = [HOOK, BAR]        # nothing was learned in between: the ghost stays
    assert np.array_equal(ghost(panel).values, old) and "2 from (-0.50, -0.25) to (0.50, -0.25)." in panel.alt
    two = panel.alt, panel.png
    panel.step()
    panel.board.canvas.strokes = [HOOK]             # taken back
    assert "of drawing 1 stroke." in panel.alt and "Before, 2 strokes, " in panel.alt
    panel.board.canvas.strokes = []
    assert "learn an example" in panel.meaning.value and "of drawing 3 strokes" in panel.alt
    assert panel.error is None and (panel.alt, panel.png) != two


@needs_canvas
def test_drawn_and_typed_strokes_are_the_same():
    panel, other = small(), small()
    panel.board.canvas.strokes = [HOOK, BAR]
    other.board.text.value = "0,0 0.5,0.8 1,0\n\n-.5,-.25   0.5,-0.25"
    assert panel.board.text.value == "0,0 0.5,0.8 1,0\n-0.5,-0.25 0.5,-0.25"
    assert other.board.canvas.strokes == [HOOK, BAR]
    assert other.board.text.value.endswith("-.5,-.25   0.5,-0.25")      # as it was typed
    assert (panel.alt, panel.png) == (other.alt, other.png)


def test_without_anywidget_the_text_does_the_same(typed):
    panel = small()
    assert panel.board.canvas is None and panel.board.text.layout.display == ""
    assert classes(panel.box) <= COMMON | {"Text"}
    panel.board.text.value = "0,0 0.5,0.8 1,0"
    assert "of drawing 1 stroke." in panel.alt
    panel.step()
    assert "after 3 batches" in panel.alt
    panel.board.text.value = ""
    assert "learn an example" in panel.meaning.value


@needs_canvas
def test_every_widget_is_in_both_ipywidgets_but_for_the_canvas():
    panel = small()
    assert classes(panel.box) <= COMMON | {"Text", "Canvas"}
    rows = [getattr(row, "children", ()) for row in panel.box.children]
    canvas_row = rows.index((panel.board.box, panel.picture))
    assert rows.index((panel.meaning,)) == canvas_row + 1   # it may grow without moving the canvas


@needs_canvas
def test_the_text_is_behind_a_button_where_there_is_a_canvas():
    board = Board([HOOK])
    assert board.canvas.strokes == [HOOK] and board.text.layout.display == "none"
    board.toggle.click()
    assert board.text.layout.display == board.hint.layout.display == ""
    board.toggle.click()
    assert board.text.layout.display == "none"


@needs_canvas
def test_the_script_asks_for_what_the_canvas_has():
    asked = set(re.findall(r'model\.[gs]et\("(\w+)"', Canvas._esm))
    assert asked == {"strokes", "size", "most", "colors"} and all(Canvas().has_trait(name) for name in asked)
    assert len(set(Canvas().colors)) == Canvas().most == 6
    for needed in ("setPointerCapture", "pointercancel", "aria-label", "export default"):
        assert needed in Canvas._esm
    assert "touch-action: none" in Canvas._css


@pytest.mark.parametrize("text, says", [
    ("0,0 abc", "line 1 of the points has 'abc'; write every point as two numbers"),
    ("0,0 1,1\n0 0,1", "line 2 of the points has '0'"),
    ("0,0 1,2,3", "line 1 of the points has '1,2,3'"),
    ("0,0 1,nan", "stroke 1 has a point that is not a finite number"),
    ("0.5,0.5", "stroke 1 is a single point"),
    ("0,0 1,1\n" * 7, "the drawing has 7 strokes; use at most 6")])
def test_what_cannot_be_learned_is_said_in_a_sentence(text, says, monkeypatch):
    monkeypatch.delenv("CCDYN_STRICT")
    panel = small([HOOK])
    before = panel.png, panel.alt, only(panel)
    panel.board.text.value = text
    assert says in str(panel.error) and "That did not work" in panel.message.value
    assert (panel.png, panel.alt, only(panel)) == before
    panel.step()                                    # the old drawing is learned on
    assert "after 3 batches" in panel.alt
    panel.board.text.value = to_text([BAR])
    assert panel.error is None and panel.message.value == "" and "to (0.50, -0.25)" in panel.alt


def test_text_and_strokes_are_each_others_inverse():
    strokes = [[[0.125, -1.0], [0.001, 0.333]], [[1.0, 0.0], [-0.5, 0.25], [0.0, 0.0]]]
    assert from_text(to_text(strokes)) == strokes and from_text(" \n") == []


@pytest.mark.parametrize("name, value, words", [
    ("tau", 4, "tau 4 steps (200 ms)"), ("alpha", 0.7, "alpha 0.7"), ("silent_from", 6, "silenced from step 6"),
    ("silenced", False, "Test error")])
def test_every_control_changes_the_picture_and_the_words(name, value, words):
    panel = small([HOOK, BAR])
    panel.step()
    panel.controls["silenced"].value = True
    before = panel.png, panel.alt
    panel.controls[name].value = value
    assert panel.png != before[0] and panel.alt != before[1] and words in panel.alt
    assert not panel.ghosts if name != "alpha" else "after 0 batches" in panel.alt


def test_silencing_acts_in_the_middle_of_a_stroke():
    panel = small([HOOK, BAR])
    assert panel.controls["silent_from"].disabled   # it means nothing yet
    panel.step()
    before, learner = panel.parameters().shown[0].drawn, only(panel)
    panel.controls["silenced"].value = True
    view = panel.parameters().shown[0]
    assert only(panel) is learner and not panel.controls["silent_from"].disabled
    assert not view.heard[:, :, 4:].any() and view.heard[:, :, 1:4].all()
    assert np.array_equal(view.drawn[:, :, :4], before[:, :, :4])
    assert (view.drawn[:, :, 4] != before[:, :, 4]).any()
    assert "silenced from step 4 on" in panel.alt
    assert panel.meaning.value.endswith("The cerebellum falls silent after 200 ms, at 50 % of each stroke.")


def test_the_numbers_are_those_of_networks_trained_by_hand():
    panel = small([HOOK, BAR])
    panel.step()
    task = ccdyn.OwnDrawing([HOOK, BAR], n_steps=9)
    network = ccdyn.Network.for_task(task, feedback="cerebellar", n_cortex=7, expansion=3, alpha=0.5, seeds=(4, 1))
    state = ccdyn.start(network, task, tau=2, lr=3e-3)
    ccdyn.advance(state, 3)
    batch = task.trials([0, 1] * 5, ccdyn.make_generators((4, 1), "test"))
    difference = ccdyn.run(network, batch.x).readout.detach().numpy() - task.lines.repeat(5, 1, 1).numpy()
    errors = np.square(difference).mean((1, 2, 3))
    assert f"Test error {errors.mean():.3f} ({errors.min():.3f} to {errors.max():.3f});" in panel.alt
    lines = task.lines.numpy()
    assert f"drawing nothing gives {np.square(lines).mean():.3f}." in panel.alt
    # Of two lines, each is half their difference away from their mean.
    assert f"the best without the cue {np.square((lines[0] - lines[1]) / 2).mean():.3f}." in panel.alt


def test_copied_code_gives_the_numbers_of_the_words():
    panel = small([HOOK, BAR])
    panel.step()
    panel.controls["tau"].value = 4
    panel.controls["silenced"].value = True
    panel.step()
    printed = []
    exec(panel.code, {"print": printed.append})
    errors, = printed
    assert f"Test error {errors.mean():.3f} ({errors.min():.3f} to {errors.max():.3f});" in panel.alt
    assert errors.tolist() == pytest.approx(only(panel).tape.values[-1].tolist(), rel=1e-6)


def test_the_picture_is_pure_and_white_and_fixed_in_size():
    panel, sizes = small(), set()
    for text in ("", "0,0 1,1", "-1,-1 1,-1\n1,1 -1,1\n" * 3):
        panel.board.text.value = text
        panel.controls["silenced"].value = not panel.controls["silenced"].value
        panel.step()
        view = panel.parameters()
        assert render(view) == render(view) == (panel.png, panel.alt)
        sizes.add(white_size(panel.png))
    assert sizes == {(656, 312)}


def test_networks_worse_than_the_axis_is_high_are_shown_at_its_edge():
    def corner(error: float) -> set[tuple[int, int, int]]:
        """Colours around the upper left corner of the axes of the error."""
        view = small([HOOK]).parameters()
        view.shown[0].curve.values[-1] = error * view.task.error_of_nothing
        picture = Image.open(io.BytesIO(render(view)[0])).convert("RGB")
        return {picture.getpixel((x, y)) for x in range(340, 348) for y in range(30, 38)}
    orange = tuple(bytes.fromhex(ARCHITECTURE["cerebellar feedback"].color[1:]))
    assert orange in corner(3) and orange not in corner(0.5)


def test_save_and_load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    panel = small()
    panel.board.text.value = "0,0 0.5,0.8 1,0\n-0.5,-0.25 0.5,-0.25"
    drawn = panel.alt
    panel.file.value = " mine.json"
    panel.save_button.click()
    assert f"Saved 2 strokes to {tmp_path / 'mine.json'}." in panel.said.value
    assert ccdyn.load_drawing("mine.json") == ccdyn.OwnDrawing([HOOK, BAR], n_steps=9)
    panel.board.text.value = "0,0 1,1"
    assert panel.said.value == ""
    panel.load_button.click()
    assert panel.alt == drawn and f"Loaded 2 strokes from {tmp_path / 'mine.json'}." in panel.said.value


def test_saving_does_not_disturb_what_is_learned(tmp_path):
    panel = small([[(0, 0), (1 / 3, 2 / 3)]])
    panel.step()
    panel.file.value = str(tmp_path / "mine.json")
    panel.save_button.click()
    assert "after 3 batches" in panel.alt and ccdyn.load_drawing(panel.file.value) == only(panel).task


def test_files_that_cannot_be_used_are_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CCDYN_STRICT")
    monkeypatch.chdir(tmp_path)
    panel = small([HOOK])
    before = panel.alt
    (tmp_path / "lab.ipynb").write_text("{}")
    for name, says in (("", "the file has no name"), ("gone.json", "there is no file gone.json"),
                       ("lab.ipynb", "lab.ipynb is not a drawing")):
        panel.file.value = name
        panel.load_button.click()
        assert says in panel.message.value and panel.alt == before
    panel.save_button.click()
    assert "lab.ipynb is not a drawing" in panel.message.value and (tmp_path / "lab.ipynb").read_text() == "{}"
    assert panel.said.value == ""


@pytest.mark.parametrize("wrong, says", [
    ({"strokes": [[(0, 0)]]}, "stroke 1 is a single point"), ({"strokes": [3]}, "not a list of strokes"),
    ({"n_steps": 0}, "n_steps is 0"),
    ({"alpha": 1.5}, "alpha"), ({"seeds": ()}, "seed")])
def test_wrong_arguments_are_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        small(**wrong)
