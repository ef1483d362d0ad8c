"""The panel of one window or many: what it shows is what the equations give, and its code repeats it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.dissection import slice_errors
from ccdyn.panels import BasisPanel
from ccdyn.panels.basis import KINDS, render
from ccdyn.plasticity import basis_pairs
from ccdyn.plots import spread

ONE, BASIS, SAME = KINDS


def small(kind: str = BASIS, **settings) -> BasisPanel:
    return BasisPanel(kind, **{"n_cortex": 7, "expansion": 3, "seeds": (4, 1), "chunk": 3, "tau": 2, **settings})


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    panel.step()
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    assert white_size(panel.png) == SIZE


@pytest.mark.parametrize("kind, windows, tau", [(ONE, (2,), 2), (BASIS, (0, 1, 2), 2), (SAME, (2, 2, 2), (2, 2, 2))])
def test_each_kind_has_its_windows_and_trains_as_the_package_does(kind, windows, tau):
    panel = small(kind, alpha=0.3)
    panel.learn(5)
    task = ccdyn.DigitDrawing()
    network = ccdyn.Network.for_task(task, n_cortex=7, expansion=3, alpha=0.3, seeds=(4, 1), n_slices=len(windows))
    ccdyn.advance(ccdyn.start(network, task, tau=tau, lr=3e-3, validation_size=10), 5)
    learner, = panel.learners.values()
    for name, weight in network.weights().items():
        assert torch.equal(weight, learner.network.weights()[name]), name
    assert panel.parameters().windows == windows and f"{2 * len(windows)} channels" in panel.meaning.value


@pytest.mark.parametrize("kind", KINDS)
def test_its_code_prints_the_numbers_of_its_words(kind):
    panel = small(kind)
    panel.step()
    panel.controls["digit"].value, panel.controls["coordinate"].value = 4, 1
    printed = []
    exec(panel.code, {"print": printed.append})
    errors, slices, middle = printed
    assert f"Test error {spread(errors)}; the best without the cue 0.087." in panel.alt
    for window, values in zip(panel.windows, slices.T):
        assert f"window {window} {spread(values)}" in panel.alt
    assert panel.alt.endswith(f"digit 4, upwards: at the middle of the trial the first network says "
                              f"{', '.join(f'{value:.2f}' for value in middle)}.")


def test_windows_tau_and_alpha_start_again_and_the_digit_does_not():
    panel = small()
    panel.step()
    for name, value in (("digit", 5), ("coordinate", 1)):
        before, png = panel.alt, panel.png
        panel.controls[name].value = value
        assert panel.alt != before and panel.png != png and "after 3 batches" in panel.alt and not panel.ghosts
    for name, value in (("kind", ONE), ("tau", 4), ("alpha", 0.9)):
        panel.step()
        now = panel.parameters()
        panel.controls[name].value = value
        assert "after 0 batches" in panel.alt and f"Before, {now.shown[0].curve.label}: " in panel.alt
    assert panel.parameters().shown[0].curve.label == "window 4, alpha 0.9"
    panel.step()
    panel.rewind_button.click()
    assert "after 0 batches" in panel.alt


def test_slice_errors_compare_each_slice_with_what_it_is_taught():
    rng, windows = torch.Generator().manual_seed(0), (0, 3, 1)
    said, target = (torch.randn(2, 4, 8, n, generator=rng) for n in (6, 2))
    found = slice_errors(said, target, windows)
    assert found.shape == (2, 3) and found.dtype == torch.float64
    for i, window in enumerate(windows):
        differences = [said[:, :, s, 2 * i:2 * i + 2] - target[:, :, row[i]] for s, row in basis_pairs(8, windows)]
        assert torch.allclose(found[:, i], torch.stack(differences).double().square().mean((0, 2, 3)))
        assert basis_pairs(8, windows)[0][1][i] == window
    assert slice_errors(said[..., :2], target, (0,)).shape == (2, 1)     # its last pair comes after the trial


def test_what_is_said_is_what_the_cortex_hears():
    panel = small(digit=3)
    panel.step()
    learner, = panel.learners.values()
    record = ccdyn.run(learner.network, learner.test.x, record="feedback")
    view = panel.parameters()
    for i in range(3):
        assert np.allclose(view.said[:, :, i], record.feedback[:, 3, :, 2 * i])


@pytest.mark.parametrize("settings, words", [({"kind": "two"}, "unknown kind 'two'"), ({"tau": 0}, "tau is 0"),
                                             ({"tau": 8}, "tau is 8"), ({"digit": 6}, "digit is 6")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
