"""The panel of silence in time: what it shows is what a network does whose feedback is scaled for some steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from by_hand import with_feedback
from seeing import SIZE, white_size

import ccdyn
from ccdyn.dissection import progress_along
from ccdyn.experiments import window_errors
from ccdyn.panels import SilencePanel
from ccdyn.panels.silence import render
from ccdyn.plots import spread

TASK = ccdyn.LineDrawing(n_steps=8)
SIZES = {"n_cortex": 7, "expansion": 3, "seeds": (4, 1), "dtype": "float64"}


def small(**settings) -> SilencePanel:
    return SilencePanel(**{"n_sessions": 0, "task": TASK, "first": 3, "length": 2, **SIZES, **settings})


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    assert white_size(panel.png) == SIZE


def test_every_control_changes_picture_and_words():
    panel = small()
    seen, first = {(panel.png, panel.alt)}, (panel.png, panel.alt)
    for name, value in (("first", 5), ("length", 4), ("factor", 0.5), ("first", 0)):
        panel.controls[name].value = value
        assert all(panel.png != png and panel.alt != alt for png, alt in seen), name
        seen.add((panel.png, panel.alt))
    panel.reset_button.click()
    assert (panel.png, panel.alt) == first


@pytest.mark.parametrize("first, length, factor", [(3, 2, 0.0), (0, 8, 0.5), (6, 5, 0.25)])
def test_what_is_drawn_and_every_error_are_those_of_the_equations(first, length, factor):
    panel = small(first=first, length=length, factor=factor)
    network = ccdyn.Network.for_task(TASK, alpha=0.1, **SIZES)
    batch = TASK.trials(list(range(6)) * 3, ccdyn.make_generators((4, 1), "test"), torch.float64)
    view = panel.parameters()
    for start in range(8):
        factors = [factor if start <= t < start + length else 1.0 for t in range(8)]
        z = with_feedback(network, batch.x, factors)
        errors = (z - batch.target).square().mean((1, 2, 3))
        assert view.windows[start].tolist() == pytest.approx(errors.tolist(), rel=1e-9)
        if start == first:
            assert np.allclose(view.drawn, z[:, :6], atol=1e-12)
            ends = TASK.endpoints[1:]
            along = (z.unflatten(1, (3, 6))[:, :, 1:] * ends[:, None]).sum(-1).mean((1, 2))
            assert np.allclose(view.progress, along.T, atol=1e-12)
    assert view.intact.tolist() == pytest.approx(
        (with_feedback(network, batch.x, [1.0] * 8) - batch.target).square().mean((1, 2, 3)).tolist(), rel=1e-9)
    assert view.chance == pytest.approx(TASK.error_of_nothing)


def test_a_network_without_replicas_and_one_with_readout_feedback():
    for settings in ({"seeds": 3}, {"feedback": "readout"}):
        panel = small(**settings)
        view = panel.parameters()
        assert view.windows.shape == (8, len(view.intact)) and view.drawn.shape[1:] == (6, 8, 2)
        assert f"{len(view.intact)} networks with {panel.network.config.feedback} feedback" in panel.alt


def test_moving_the_window_along_measures_no_new_windows(monkeypatch):
    panel, asked = small(), []
    monkeypatch.setattr("ccdyn.panels.silence.window_errors",
                        lambda *given: asked.append(given[2:]) or window_errors(*given))
    for name, value in (("first", 1), ("first", 6), ("length", 3), ("first", 2), ("length", 2), ("factor", 0.5)):
        panel.controls[name].value = value
    assert asked == [(3, 0.0), (2, 0.5)]


def test_steps_and_milliseconds_in_words():
    panel = small()
    assert "in steps 3 to 4: test error" in panel.alt and "Steps 3 to 4, 150 to 250 ms" in panel.meaning.value
    panel.controls["length"].value = 1
    assert "in step 3: test error" in panel.alt
    panel.controls["first"].value, panel.controls["length"].value = 7, 5    # the trial ends before the window
    assert "in step 7: test error" in panel.alt
    panel.controls["factor"].value = 0.5
    assert "is multiplied by 0.5" in panel.meaning.value


def test_it_trains_what_its_code_trains():
    panel = small(n_sessions=1)
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values[0])})
    silenced, intact, windows = printed
    assert f"in steps 3 to 4: test error {spread(silenced)}; intact {spread(intact)};" in panel.alt
    assert np.allclose(windows, panel.parameters().windows)


def test_a_given_network_stays_as_it_is():
    network = ccdyn.Network.for_task(TASK, **SIZES)
    before = {name: weight.clone() for name, weight in network.weights().items()}
    panel = SilencePanel(network, TASK)
    panel.controls["factor"].value = 0.3
    assert all(torch.equal(weight, before[name]) for name, weight in network.weights().items())
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values[0]), "network": network, "task": TASK})
    assert spread(printed[0]) in panel.alt


def test_progress_does_not_count_the_line_that_stays():
    ends = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    readout = torch.tensor([[[9.0, 9.0]], [[3.0, 4.0]]])
    assert progress_along(readout, ends).tolist() == [1.0]
    assert progress_along(readout * torch.tensor([1.0, 0.0]), ends).tolist() == [9 / 25]


@pytest.mark.parametrize("settings, words", [
    ({"first": 8}, "first is 8; use a whole number from 0 to 7"),
    ({"length": 0}, "length is 0; use a whole number from 1 to 8"),
    ({"factor": 1.5}, "factor is 1.5"),
    ({"feedback": "none"}, "the network has no feedback"),
    ({"network": ccdyn.Network.for_task(TASK), "n_cortex": 7}, "'n_cortex' is a setting for networks")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
