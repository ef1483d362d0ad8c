"""Drawings of one's own: strokes become smooth, eased lines, chance levels, a small file, every refusal."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ccdyn
from ccdyn import DigitDrawing, LineDrawing, OwnDrawing, load_drawing, save_drawing
from ccdyn.tasks.drawn import EXAMPLE, stroke_lines

TWO = [[(0, 0), (0.5, 0.8), (1, 0)], [(-0.25, 0.125), (0, -1)]]


def test_a_straight_stroke_is_the_straight_line_of_line_drawing():
    drawn = OwnDrawing([[(0, 0), (0, 0.3), (0, 0.3), (0, 1)]], n_steps=13).lines[0]
    assert np.allclose(drawn, LineDrawing(n_steps=13).lines[1], atol=1e-12)


def test_equal_shares_of_the_way_however_unevenly_it_was_drawn():
    angle = np.pi * np.linspace(0, 1, 80)**3        # slow at first, then fast
    line, = stroke_lines([np.stack((np.cos(angle), np.sin(angle)), 1).tolist()], 11).numpy()
    expected = np.pi * np.sin(np.linspace(0, np.pi / 2, 11))**2     # sin^2(p/2) = (1 - cos p) / 2
    assert np.abs(np.arctan2(line[:, 1], line[:, 0]) - expected).max() < 0.02
    assert np.abs(np.hypot(*line.T) - 1).max() < 0.02


def test_a_shaky_hand_is_smoothed_and_its_ends_stay():
    x = np.linspace(-1, 1, 60)
    shake = 0.05 * np.random.default_rng(2).standard_normal(60)
    line, = stroke_lines([np.stack((x, shake), 1).tolist()], 20).numpy()
    assert line[0].tolist() == pytest.approx([-1, shake[0]]) and line[-1].tolist() == pytest.approx([1, shake[-1]])
    assert line[4:-4, 1].std() < shake.std() / 2
    assert np.abs(line[4:-4, 1]).max() > 0          # smoothed, not ironed flat


def test_a_hand_that_rests_changes_nothing():
    once, twice = [(0, 0), (0.5, 0.8), (1, 0)], [(0, 0)] * 3 + [(0.5, 0.8)] * 2 + [(1, 0)] * 4
    assert np.array_equal(stroke_lines([once], 20), stroke_lines([twice], 20))


def test_strokes_stay_where_they_were_drawn_and_large_drawings_shrink_as_a_whole():
    lines = OwnDrawing(TWO).lines
    assert np.allclose(lines[:, [0, -1]], [[(0, 0), (1, 0)], [(-0.25, 0.125), (0, -1)]], atol=1e-12)
    large = OwnDrawing([[(400 * x, 400 * y) for x, y in stroke] for stroke in TWO])
    assert np.allclose(large.lines, lines, atol=1e-12) and large.lines.abs().max() <= 1
    small = OwnDrawing([[(x / 4, y / 4) for x, y in stroke] for stroke in TWO])
    assert np.allclose(small.lines, lines / 4, atol=1e-12)
    huge = OwnDrawing([[(0, 0), (1e308, -1e308)]]).lines[0, -1]
    assert huge.tolist() == [1, -1]


def test_lines_of_one_step_and_of_many():
    assert OwnDrawing(TWO, n_steps=1).lines.tolist() == [[[0, 0]], [[-0.25, 0.125]]]
    assert OwnDrawing(TWO, n_steps=300).lines.shape == (2, 300, 2)


@pytest.mark.parametrize("strokes, says", [
    ([], "the drawing is empty; draw at least one stroke"),
    ([[(0, 0), (1, 1)]] * 7, "the drawing has 7 strokes; use at most 6"),
    ([[(0, 0), (1, 1)], [(0.2, 0.2)]], "stroke 2 is a single point"),
    ([[(0.2, 0.2)] * 9], "stroke 1 is a single point"),
    ([[(0.2, 0.2), (0.205, 0.2)]], "stroke 1 is a single point; make it at least 0.01 long"),
    ([[]], "stroke 1 is a single point"),
    ([[(0, 0), (float("nan"), 1)]], "stroke 1 has a point that is not a finite number"),
    ([[(0, 0), (1, float("inf"))]], "stroke 1 has a point that is not a finite number"),
    ([[(0, 0), (1, 1)] * 2501], "stroke 1 has 5002 points; use at most 5000"),
    ([(0, 0), (1, 1)], "not a list of strokes, each a list of points"),
    ([[(0, 0, 0), (1, 1, 1)]], "not a list of strokes, each a list of points"),
    (None, "not a list of strokes, each a list of points"),
    ("0,0 1,1", "not a list of strokes, each a list of points")])
def test_what_cannot_be_learned_is_refused(strokes, says):
    with pytest.raises(ValueError, match=says):
        OwnDrawing(strokes)


@pytest.mark.parametrize("setting, says", [
    ({"n_steps": 0}, "n_steps is 0"), ({"noise": -1}, "noise is -1"),
    ({"n_in": 0}, "n_in is 0"), ({"n_in": 2, "strokes": TWO * 3}, "6 patterns need 6 different cues")])
def test_settings_are_checked(setting, says):
    with pytest.raises(ValueError, match=says):
        OwnDrawing(**{"strokes": TWO, **setting})


def test_what_one_gets_for_nothing():
    for task in (OwnDrawing(TWO), DigitDrawing()):
        batch = task.gallery(ccdyn.make_generators((0,), "test"))
        target = batch.target[0].numpy()            # (pattern, time, 2)
        mean = sum(target) / len(target)
        assert task.error_of_nothing == pytest.approx(np.square(target).mean(), rel=1e-5)
        assert task.error_without_cue == pytest.approx(np.square(target - mean).mean(), rel=1e-5)
    digits, lines = DigitDrawing(), LineDrawing()
    assert [round(digits.error_of_nothing, 3), round(digits.error_without_cue, 3)] == [0.394, 0.087]
    assert [round(lines.error_of_nothing, 3), round(lines.error_without_cue, 3)] == [0.159, 0.159]
    assert OwnDrawing(TWO[:1]).error_without_cue == 0 < OwnDrawing(TWO[:1]).error_of_nothing


def test_networks_learn_the_example_better_than_without_the_cue():
    task = OwnDrawing(EXAMPLE, n_steps=10)
    network = ccdyn.Network.for_task(task, feedback="cerebellar", alpha=0.5, n_cortex=30, expansion=5, seeds=(0, 1))
    state = ccdyn.start(network, task, tau=3, lr=5e-3)
    ccdyn.advance(state, 150)
    error = ccdyn.evaluate(network, task.batch(50, ccdyn.make_generators((0, 1), "test"), "test"))["loss"]
    assert error.max() < 0.7 * task.error_without_cue


def test_a_saved_drawing_is_the_same_again(tmp_path):
    task = OwnDrawing([[(0.1, 1 / 3), (1e-7, -0.8)], *TWO], n_steps=12, n_in=7, noise=0.25)
    save_drawing(task, tmp_path / "mine.json")
    assert load_drawing(tmp_path / "mine.json") == task and hash(task) == hash(load_drawing(tmp_path / "mine.json"))
    assert eval(repr(task), {"OwnDrawing": OwnDrawing}) == task
    save_drawing(OwnDrawing(TWO), tmp_path / "mine.json")       # a drawing may be replaced
    assert load_drawing(tmp_path / "mine.json") == OwnDrawing(TWO)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]
    assert json.loads((tmp_path / "mine.json").read_text())["format"] == 1


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    save_drawing(OwnDrawing(TWO), tmp_path / "mine.json")

    def full(source, target):
        raise OSError("no space left")
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space left"):
        save_drawing(OwnDrawing(EXAMPLE), tmp_path / "mine.json")
    assert load_drawing(tmp_path / "mine.json") == OwnDrawing(TWO)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


def test_other_files_are_neither_read_nor_replaced(tmp_path):
    notebook = tmp_path / "lab.ipynb"
    notebook.write_text('{"cells": [], "nbformat": 4}')
    with pytest.raises(ValueError, match="lab.ipynb is not a drawing of format 1"):
        save_drawing(OwnDrawing(TWO), notebook)
    assert notebook.read_text() == '{"cells": [], "nbformat": 4}'
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere for mine.json"):
        save_drawing(OwnDrawing(TWO), tmp_path / "nowhere" / "mine.json")
    with pytest.raises(FileNotFoundError, match="there is no file .*mine.json"):
        load_drawing(tmp_path / "mine.json")


GOOD = {"kind": "drawing", "format": 1, "strokes": [[[0, 0], [1, 1]]]}


@pytest.mark.parametrize("content, says", [
    ("not json", "Expecting value"), ("[1]", "not a drawing"), ("null", "not a drawing"), ('"text"', "not a drawing"),
    (json.dumps({**GOOD, "format": 2}), "its format 2"),
    (json.dumps({**GOOD, "kind": "network"}), "its kind is 'network'"),
    (json.dumps({**GOOD, "strokes": []}), "the drawing is empty"),
    (json.dumps({**GOOD, "colour": "red"}), r"unknown settings \['colour'\]"),
    (json.dumps({"kind": "drawing", "format": 1}), "it has no strokes"),
    (json.dumps({**GOOD, "strokes": [[[0, 0], [1, float("nan")]]]}), "not a finite number"),
    (json.dumps({**GOOD, "n_steps": "__import__('os')"}), "n_steps is"),
    ("[" * 100_000, "not a drawing"), (" " * 2_000_001, "it has more than 2,000,000 bytes")])
def test_a_file_that_is_not_a_drawing_is_refused(content, says, tmp_path):
    path = tmp_path / "drawing.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=says) as error:
        load_drawing(path)
    assert "drawing.json is not a drawing of format 1 (" in str(error.value) and len(str(error.value)) < 500
