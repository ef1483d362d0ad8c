"""The panel of the cerebellar window: what it shows is what timed plasticity does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.granule import fit, fit_timed, granule_states
from ccdyn.panels import WindowPanel
from ccdyn.panels.window import render
from ccdyn.plots import spread

TASK = ccdyn.LineDrawing(n_steps=8)


def small(**settings) -> WindowPanel:
    return WindowPanel(**{"n_cortex": 7, "expansion": 3, "seeds": (4, 1), "step": 3, "task": TASK, **settings})


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    panel.controls["tau"].value = 0
    for png in (panel.png, render(view)[0]):
        assert white_size(png) == SIZE


def test_every_control_changes_picture_and_words():
    panel = small()
    seen, first = {(panel.png, panel.alt)}, (panel.png, panel.alt)
    for name, value in (("step", 2), ("tau", 5), ("step", 5), ("final_learning", True), ("tau", 2)):
        panel.controls[name].value = value
        assert all(panel.png != png and panel.alt != alt for png, alt in seen), name
        seen.add((panel.png, panel.alt))
    panel.reset_button.click()
    assert (panel.png, panel.alt) == first


def test_final_learning_is_off_where_no_prediction_is_left_over():
    panel = small()
    assert not panel.controls["final_learning"].disabled
    for tau, off in ((1, True), (0, True), (2, False)):
        panel.controls["tau"].value = tau
        assert panel.controls["final_learning"].disabled == off


@pytest.mark.parametrize("tau, step, final, words", [
    (3, 3, False, "6 of 9 predictions are taught (the last is made after the trial); the prediction used at step 3 is "
                  "taught the target of step 5."),
    (1, 3, False, "8 of 9 predictions are taught (the last is made after the trial); the prediction used at step 3 is "
                  "taught the target of step 3."),
    (0, 3, False, "8 of 9 predictions are taught (the last is made after the trial); the prediction used at step 3 is "
                  "taught the target of step 2."),
    (3, 7, False, "the prediction used at step 7 is taught nothing: the trial ends before its target."),
    (3, 7, True, "8 of 9 predictions are taught (the last is made after the trial); the prediction used at step 7 is "
                 "taught the target of step 7."),
    (0, 0, False, "the prediction used at step 0 is taught nothing: there is no target before it.")])
def test_the_pairs_in_words(tau, step, final, words):
    assert words in small(tau=tau, step=step, final_learning=final).alt


def test_the_meaning_says_how_far_ahead_in_milliseconds():
    panel = small(tau=3)
    assert "the target 150 ms later" in panel.meaning.value and "100 ms ahead of the step" in panel.meaning.value
    panel.controls["tau"].value = 1
    assert "of the very step" in panel.meaning.value
    panel.controls["tau"].value = 0
    assert "target 0 ms later" in panel.meaning.value and "the target before" in panel.meaning.value


@pytest.mark.parametrize("tau, final", [(0, False), (3, False), (3, True)])
def test_error_and_change_are_those_of_the_pairs(tau, final):
    """Against autograd through the sum that tau stands for, with the targets of the formula of a line."""
    panel = small(tau=tau, final_learning=final)
    network = ccdyn.Network.for_task(TASK, n_cortex=7, expansion=3, alpha=0.5, seeds=(4, 1))
    trial = TASK.trials([1], ccdyn.make_generators((4, 1), "test"))
    rate = ccdyn.run(network, trial.x).rate[:, 0]
    before = torch.cat([torch.zeros(2, 1, 7), rate], 1)  # r_{s-1} for s = 0 .. 8
    weights = network.W_pf.detach().clone().requires_grad_()
    granule = (before @ network.W_mf.detach().mT).relu()
    p = granule @ weights.mT
    height = (1 - np.cos(np.pi * np.arange(8) / 7)) / 2
    y = torch.tensor(np.stack([0 * height, height], 1), dtype=torch.float32)
    s = range(1, 9) if tau == 0 else range(8 if final else 9 - tau)
    t = [min(i + tau - 1, 7) for i in s]
    sum((p[:, i] - y[j]).square().mean(-1).sum() for i, j in zip(s, t)).backward()
    view = panel.parameters()
    assert view.norm.tolist() == pytest.approx(weights.grad.flatten(1).norm(dim=1).tolist(), rel=1e-5)
    assert view.error.tolist() == pytest.approx((height[t[s.index(3)]] - p[:, 3, 1].detach()).tolist(), abs=1e-6)
    assert view.granule.tolist() == pytest.approx(granule[0, 3].tolist(), abs=1e-6)
    assert f"by all pairs of one trial {spread(view.norm)}." in panel.alt
    assert f"target minus prediction {spread(view.error)}." in panel.alt


def test_once_taught_is_ridge_regression_on_the_pairs_written_out():
    network = ccdyn.Network.for_task(TASK, n_cortex=7, expansion=3, seeds=(4, 1), dtype="float64")
    lesson, trial = (TASK.trials(patterns, ccdyn.make_generators((4, 1), stream), torch.float64)
                     for patterns, stream in (([0, 1, 2, 3], "train"), ([1], "test")))
    g, new = granule_states(network, lesson), granule_states(network, trial)
    found = fit_timed(g, lesson.target, new, tau=3)
    for replica in range(2):
        rows = np.concatenate([g[replica, s].numpy() for s in range(6)])
        wanted = np.concatenate([lesson.target[replica, :, s + 2].numpy() for s in range(6)])
        ridge = 0.1 * (rows**2).sum(1).mean()
        stacked = np.concatenate([rows, np.sqrt(ridge) * np.eye(21)])
        w = np.linalg.lstsq(stacked, np.concatenate([wanted, np.zeros((21, 2))]), rcond=None)[0]
        assert np.allclose(found[replica].numpy(), new[replica].numpy() @ w, atol=1e-9)
    assert not found[:, 0].any()  # before the first step all granule cells are silent


def test_a_larger_penalty_says_less():
    g = torch.eye(3)
    small_penalty, large = fit(g, g, g, 0.01), fit(g, g, g, 1.0)
    assert torch.allclose(small_penalty, g / 1.01) and torch.allclose(large, g / 2)


@pytest.mark.parametrize("tau, step, final", [(3, 3, False), (3, 7, False), (0, 1, False), (4, 6, True)])
def test_the_code_prints_the_numbers_of_the_words(tau, step, final):
    panel = small(tau=tau, step=step, final_learning=final)
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values)})
    (count, teacher), *numbers = printed
    assert f"{count} of 9 predictions" in panel.alt and teacher == panel.parameters().teacher
    numbers = [spread(values[0]) for values in numbers[:-1]] + [spread(numbers[-1][0], 2)]
    if teacher is not None:
        assert f"taught the target of step {teacher}." in panel.alt
        assert f"target minus prediction {numbers.pop(0)}." in panel.alt
    change, said = numbers
    assert f"one trial {change}." in panel.alt and f"2 networks say {said} at step {step}." in panel.alt


@pytest.mark.parametrize("settings, words", [
    ({"step": 8}, "step is 8 and tau is 3 but a trial has the steps 0 to 7"),
    ({"tau": -1}, "tau is -1"),
    ({"seeds": 0}, "seeds is 0 but a range needs several"),
    ({"task": ccdyn.LineDrawing(n_patterns=1)}, "n_patterns=1 and n_steps=20 but line 1 is shown")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
