"""Predict, then reveal: nothing is computed or shown before one has chosen."""

from __future__ import annotations

import numpy as np
import pytest
from seeing import SIZE, white_size

from ccdyn.panels import PredictPanel
from ccdyn.panels.predict import render

OPTIONS = {"it grows": [0, 1, 2, 3], "it stays": [1, 1, 1, 1], "it falls <b>": [3, 2, 1, 0]}
TRUTH = [[0, 0.2], [1.5, 1.7], [2, 2.2], [2.4, 2.8]]


def small(**settings) -> PredictPanel:
    return PredictPanel(**{"question": "What happens?", "x": range(4), "options": OPTIONS, "reveal": lambda: TRUTH,
                           "right": "it grows", "why": "It adds up.", "xlabel": "step", "ylabel": "height", **settings})


def test_what_happens_is_computed_once_and_only_when_it_is_asked_for():
    asked, kept = [], []
    panel = small(reveal=lambda: asked.append(1) or TRUTH, kept=lambda *what: kept.append(what))
    assert panel.reveal_button.disabled and "still hidden" in panel.alt and not asked
    panel.controls["choice"].value = "it falls <b>"
    assert not panel.reveal_button.disabled and "Chosen: it falls <b>." in panel.alt and not asked
    hidden = panel.png
    panel.reveal_button.click()
    assert asked == [1] and panel.png != hidden and panel.reveal_button.disabled and panel.controls["choice"].disabled
    assert panel.alt.endswith("mean of 2): 0.1 at 0, 1.6 at 1, 2.1 at 2, 2.6 at 3.")
    assert kept == [("What happens?", "it falls <b>", panel.png, panel.alt)]
    assert "You expected: it falls &lt;b&gt;. Nearest: it grows." in panel.meaning.value


def test_a_right_choice_is_said_to_be_right():
    panel = small()
    panel.controls["choice"].value = "it grows"
    panel.reveal_button.click()
    assert panel.meaning.value == "<b>You were right.</b> It adds up."


def test_reset_hides_it_again():
    panel = small()
    png, alt = panel.png, panel.alt
    panel.controls["choice"].value = "it stays"
    panel.reveal_button.click()
    panel.reset_button.click()
    assert (panel.png, panel.alt) == (png, alt) and not panel.controls["choice"].disabled
    assert panel.reveal_button.disabled


def test_pictures_are_pure_white_and_of_one_size_and_each_choice_has_its_own():
    panel, seen = small(), []
    for choice in ("", *OPTIONS):
        panel.controls["choice"].value = choice
        assert render(panel.parameters()) == (panel.png, panel.alt) and white_size(panel.png) == SIZE
        seen.append(panel.png)
    assert len(set(seen)) == 4


def test_an_error_in_what_is_revealed_is_shown(monkeypatch):
    monkeypatch.delenv("CCDYN_STRICT")
    panel = small(reveal=lambda: 1 / 0)
    panel.controls["choice"].value = "it stays"
    panel.reveal_button.click()
    assert "division by zero" in panel.message.value and panel.truth is None and not panel.reveal_button.disabled


@pytest.mark.parametrize("wrong, words", [
    ({"options": {"short": [1, 2]}}, r"the curve of 'short' has shape \(2,\) but x has \(4,\)"),
    ({"right": "else"}, "right is 'else' but the options are 'it grows', 'it stays'")])
def test_wrong_arguments_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        small(**wrong)


def test_a_flat_truth_can_be_drawn():
    panel = small(options={"flat": [0, 0, 0, 0]}, right="flat", reveal=lambda: np.zeros((4, 1)))
    panel.controls["choice"].value = "flat"
    panel.reveal_button.click()
    assert "0 at 3." in panel.alt


def test_what_takes_long_is_drawn_as_it_comes_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr("ccdyn.panels.predict.PATIENCE", 0)
    seen, stop = [], []

    def slowly():
        for i, row in enumerate(TRUTH):
            seen.append((panel.meaning.value, panel.alt, panel.reveal_button.disabled))
            if stop and i == 2:
                raise KeyboardInterrupt
            yield row

    panel = small(reveal=slowly)
    panel.controls["choice"].value = "it stays"
    stop.append(True)
    panel.reveal_button.click()
    assert panel.truth is None and "still hidden" in panel.alt and not panel.reveal_button.disabled
    stop.clear(), seen.clear()
    panel.reveal_button.click()
    assert seen[3][0] == "Computing, 3 of 4 points so far." and seen[3][2] and seen[3][1].endswith("2.1 at 2.")
    assert panel.alt.endswith("2.6 at 3.") and "Nearest: it grows." in panel.meaning.value


def test_each_network_and_what_to_compare_with_are_in_picture_and_words():
    plain, panel = small(), small(levels={"chance": 1.25}, each=True)
    assert "Drawn to compare with: chance 1.25." in panel.alt and panel.png != plain.png
    for each in (plain, panel):
        each.controls["choice"].value = "it grows"
        each.reveal_button.click()
    assert panel.alt.endswith("network by network): 0.00 0.20 at 0; 1.50 1.70 at 1; 2.00 2.20 at 2; 2.40 2.80 at 3.")
    assert panel.png != plain.png and white_size(panel.png) == SIZE


def test_an_answer_may_have_several_curves_but_a_number_for_each_point():
    split = small(options={**OPTIONS, "they part": [[0, 3], [0, 2], [0, 1], [0, 0]]})
    assert "they part" in split.alt and split.png != small().png
    with pytest.raises(ValueError, match="give one number for each point"):
        small(options={"it grows": [[0, 1], [1, 2]]})
