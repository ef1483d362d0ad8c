"""The panel of silence while a decision is made: what it shows is what a network does whose feedback is scaled."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from by_hand import with_feedback
from seeing import COMMON, SIZE, classes, white_size

import ccdyn
from ccdyn.experiments import window_scores
from ccdyn.panels import MemoryPanel
from ccdyn.panels import memory as memory_file
from ccdyn.panels.memory import render
from ccdyn.panels.strip import Strip
from ccdyn.plots import spread

PUFFS = ccdyn.EvidenceAccumulation(n_steps=12, delay_steps=2)
CUE = ccdyn.DelayedAssociation(n_steps=8)
SIZES = {"feedback": "cerebellar", "n_cortex": 7, "expansion": 3, "seeds": (4, 1), "dtype": "float64", "alpha": 0.3}

needs_strip = pytest.mark.skipif(Strip is None, reason="anywidget is not installed")


def small(task=PUFFS, sizes=None, **settings) -> MemoryPanel:
    network = ccdyn.Network.for_task(task, **{**SIZES, **(sizes or {})})
    with torch.no_grad():   # louder, so that silence is to be seen
        for name, weight in network.weights().items():
            weight *= 3 if name != "W_hh" else 1
    return MemoryPanel(network, task, **{"first": 3, "length": 2, **settings})


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    assert white_size(panel.png) == SIZE


@pytest.mark.parametrize("task", [PUFFS, CUE])
def test_every_control_changes_picture_and_words(task):
    panel = small(task)
    seen, first = {(panel.png, panel.alt)}, (panel.png, panel.alt)
    for name, value in (("first", 5), ("length", 3), ("factor", 0.5), ("trial", 7), ("first", 0)):
        panel.controls[name].value = value
        assert all(panel.png != png and panel.alt != alt for png, alt in seen), name
        seen.add((panel.png, panel.alt))
    panel.reset_button.click()
    assert (panel.png, panel.alt) == first


@pytest.mark.parametrize("task, sides", [(PUFFS, (1, 2)), (CUE, (0, 1))])
@pytest.mark.parametrize("first, length, factor", [(3, 2, 0.0), (0, 12, 0.5), (6, 5, 0.25)])
def test_beliefs_and_every_accuracy_are_those_of_the_equations(task, sides, first, length, factor):
    n_steps = task.n_steps
    panel = small(task, first=first, length=min(length, n_steps), factor=factor, trial=4)
    view, batch = panel.parameters(), task.batch(100, ccdyn.make_generators(4, "test"), "test", torch.float64)
    x, label = batch.x.expand(2, -1, -1, -1), batch.target[:, -1]
    for start in [*range(n_steps), None]:
        factors = [1.0 if start is None or not start <= t < start + length else factor for t in range(n_steps)]
        z = with_feedback(panel.network, x, factors)
        accuracy = (z[:, :, -1].argmax(-1) == label).double().mean(1).tolist()
        belief = 1 / (1 + (z[..., sides[0]] - z[..., sides[1]]).exp())
        right = (torch.where(label == sides[0], 1, 0)[:, None] * (1 - belief)
                 + torch.where(label == sides[1], 1, 0)[:, None] * belief).sum(1) / (label >= sides[0]).sum()
        if start is None:
            assert view.intact.tolist() == accuracy
            assert np.allclose(view.intact_belief, belief[:, 4].T) and np.allclose(view.intact_correct, right.T)
            continue
        assert view.windows[view.starts == start].tolist() in ([], [accuracy])
        if start == first:
            assert view.accuracy.tolist() == accuracy
            assert np.allclose(view.belief, belief[:, 4].T) and np.allclose(view.correct, right.T)
    assert view.chance == label.bincount().max() / 100
    assert len(view.starts) in range(6, 16)


def test_what_speaks_for_a_side_is_what_came():
    panel = small()
    for trial in range(6):
        panel.controls["trial"].value = trial
        view = panel.parameters()
        left, right = (len(steps) for steps in view.puffs)
        assert view.answer == ("draw" if left == right else "left" if left > right else "right")
        assert f"In trial {trial}, {left} for left and {right} for right, the belief in right" in panel.alt
    cued = small(CUE)
    assert sorted(len(steps) for steps in cued.parameters().puffs) == [0, 1]
    assert cued.parameters().answer in ("class 0", "class 1")


def test_a_network_without_replicas_and_one_with_readout_feedback():
    for sizes in ({"seeds": 3}, {"feedback": "readout"}):
        panel = small(sizes=sizes)
        view = panel.parameters()
        assert view.windows.shape == (len(view.starts), len(view.intact)) and view.belief.shape[0] == 12
        assert f"{len(view.intact)} networks with {panel.network.config.feedback} feedback" in panel.alt


def test_moving_the_window_along_measures_no_new_windows(monkeypatch):
    panel, asked = small(), []
    monkeypatch.setattr(memory_file, "window_scores",
                        lambda *given: asked.append(given[2:4]) or window_scores(*given))
    for name, value in (("first", 1), ("first", 6), ("length", 3), ("first", 2), ("trial", 9), ("length", 2)):
        panel.controls[name].value = value
    assert asked == [(3, 0.0)]


@pytest.mark.parametrize("sizes", [{}, {"seeds": 3}, {"cerebellar_noise": 0.3}])
def test_copied_code_gives_the_numbers_of_the_words(sizes):
    panel = small(sizes=sizes, factor=0.5, trial=2)
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values[0].detach().reshape(-1)),
                      "network": panel.network, "task": PUFFS})
    silenced, intact, windows, ends = printed
    assert f"accuracy on 100 trials {spread(silenced, 2)}; intact {spread(intact, 2)};" in panel.alt
    assert f"at the last step is {spread(ends, 2)}, intact" in panel.alt
    assert np.allclose(windows, panel.parameters().windows.reshape(-1))


def test_steps_and_milliseconds_in_words():
    panel = small()
    assert "in steps 3 to 4: accuracy" in panel.alt and "Steps 3 to 4, 150 to 250 ms" in panel.meaning.value
    panel.controls["first"].value, panel.controls["length"].value = 11, 5    # the trial ends before the window
    assert "in step 11: accuracy" in panel.alt
    panel.controls["factor"].value = 0.5
    assert "is multiplied by 0.5" in panel.meaning.value


def test_the_network_stays_as_it_is():
    panel = small()
    before = {name: weight.clone() for name, weight in panel.network.weights().items()}
    panel.controls["factor"].value = 0.3
    assert all(torch.equal(weight, before[name]) for name, weight in panel.network.weights().items())


# The strip

@needs_strip
def test_a_window_that_is_dragged_and_one_of_the_sliders_are_the_same(monkeypatch):
    panel, other, drawn = small(), small(), []
    monkeypatch.setattr(panel, "render", lambda view: drawn.append(1) or render(view))
    assert panel.strip.window == [3, 4] and panel.strip.n_steps == 12
    panel.strip.window = [6, 9]
    other.controls["first"].value, other.controls["length"].value = 6, 4
    assert (panel.png, panel.alt) == (other.png, other.alt) and len(drawn) == 1
    assert other.strip.window == [6, 9]
    assert (panel.controls["first"].value, panel.controls["length"].value) == (6, 4)
    panel.controls["first"].value = 10      # the trial ends before the window
    assert panel.strip.window == [10, 11] and panel.controls["length"].value == 4
    panel.reset_button.click()
    assert panel.strip.window == [3, 4] and panel.error is None


@needs_strip
def test_the_script_asks_for_what_the_strip_has():
    asked = set(re.findall(r'model\.[gs]et\("(\w+)"', Strip._esm))
    assert asked == {"window", "n_steps"} and all(Strip().has_trait(name) for name in asked)
    for needed in ("setPointerCapture", "pointercancel", "aria-label", "export default"):
        assert needed in Strip._esm
    assert "touch-action: none" in Strip._css


def test_without_anywidget_the_sliders_do_the_same(monkeypatch):
    monkeypatch.setattr(memory_file, "Strip", None)
    panel = small()
    assert panel.strip is None and classes(panel.box) <= COMMON
    before = panel.png
    panel.controls["first"].value = 6
    assert panel.png != before and "in steps 6 to 7" in panel.alt


@pytest.mark.parametrize("settings, words", [
    ({"first": 12}, "first is 12; use a whole number from 0 to 11"),
    ({"length": 0}, "length is 0; use a whole number from 1 to 12"),
    ({"factor": 1.5}, "factor is 1.5"), ({"trial": 20}, "trial is 20"),
    ({"sizes": {"feedback": "none"}}, "the network has no feedback"),
    ({"task": ccdyn.DelayedAssociation(n_patterns=3)}, "has no two sides to believe in")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
