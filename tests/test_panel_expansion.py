"""The panel of the granule layer: dimensions, overlap and prediction against other ways to compute them."""

from __future__ import annotations

from math import acos, pi, sqrt

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.granule import dimensions, expansion_curves, overlap
from ccdyn.panels import ExpansionPanel
from ccdyn.panels.expansion import render
from ccdyn.plots import spread

TASK = ccdyn.LineDrawing(n_steps=8, n_patterns=4)


def small(**settings) -> ExpansionPanel:
    return ExpansionPanel(**{"n_cortex": 6, "seeds": (4, 1), "tau": 3, "task": TASK, **settings})


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    panel.controls["expansion"].value = 1
    for png in (panel.png, render(view)[0]):
        assert white_size(png) == SIZE


def test_every_control_changes_picture_and_words():
    panel = small()
    seen, first = {(panel.png, panel.alt)}, (panel.png, panel.alt)
    for name, value in (("expansion", 5), ("fan_in", 4), ("fan_in", 1), ("alpha", 0.9), ("first", 3), ("second", 3)):
        panel.controls[name].value = value
        assert all(panel.png != png and panel.alt != alt for png, alt in seen), name
        seen.add((panel.png, panel.alt))
    panel.reset_button.click()
    assert (panel.png, panel.alt) == first


def test_settings_in_words():
    panel = small()
    assert "Expansion 20: 120 granule cells, alpha 0.5, all mossy fibres each, 2 networks" in panel.alt
    assert "each hears all 6 cortical units" in panel.meaning.value and "150 ms after" in panel.meaning.value
    panel.controls["fan_in"].value = 1
    assert "1 mossy fibre each" in panel.alt and "each hears one cortical unit " in panel.meaning.value


def test_networks_are_looked_at_once(monkeypatch):
    panel = small()
    panel.controls["fan_in"].value = 4
    monkeypatch.setattr("ccdyn.panels.expansion.expansion_curves", None)
    for name, value in (("fan_in", 0), ("expansion", 2), ("second", 0)):
        panel.controls[name].value = value
    assert "Expansion 2: 12 granule cells" in panel.alt


def test_dimensions_are_those_of_the_covariance():
    rows = np.random.default_rng(0).normal(size=(2, 40, 12)) * np.geomspace(5, 0.01, 12) + 3
    found = dimensions(torch.from_numpy(rows) @ torch.from_numpy(rows).mT)
    for replica, (ratio, components) in enumerate(zip(*found)):
        covariance = np.cov(rows[replica].T)
        assert float(ratio) == pytest.approx(np.trace(covariance)**2 / (covariance**2).sum())
        singular = np.linalg.svd(rows[replica] - rows[replica].mean(0), compute_uv=False)**2
        explained = [singular[:k].sum() / singular.sum() for k in range(13)]
        assert explained[components - 1] < 0.99 <= explained[components]


def test_overlap_is_the_mean_correlation_of_all_pairs_of_trials():
    a, b = torch.randn(2, 3, 5, 9, generator=torch.Generator().manual_seed(1))
    across = [[np.corrcoef(x[t], y[t])[0, 1] for t in range(5)] for x in a for y in b]
    within = [[np.corrcoef(a[i, t], a[j, t])[0, 1] for t in range(5)] for i in range(3) for j in range(3) if i != j]
    assert overlap(a, b).tolist() == pytest.approx(np.mean(across, 0).tolist(), abs=1e-6)
    assert overlap(a, a).tolist() == pytest.approx(np.mean(within, 0).tolist(), abs=1e-6)


@pytest.mark.parametrize("cosine", [-0.9, 0.0, 0.6])
def test_rectified_random_cells_overlap_as_the_arc_cosine_kernel_says(cosine):
    """Cho & Saul (2009): E[relu(w.a) relu(w.b)] for Gaussian w and unit vectors a, b; E relu = 1 / sqrt(2 pi)."""
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([cosine, sqrt(1 - cosine**2)])
    w = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0))
    found = overlap((w @ a).relu().reshape(1, 1, -1), (w @ b).relu().reshape(1, 1, -1))
    kernel = (sqrt(1 - cosine**2) + (pi - acos(cosine)) * cosine) / (2 * pi)
    assert float(found) == pytest.approx((kernel - 1 / (2 * pi)) / (1 / 2 - 1 / (2 * pi)), abs=0.01)


@pytest.mark.parametrize("fan_in", [None, 1])
def test_curves_against_ridge_regression_written_out(fan_in):
    network = ccdyn.Network.for_task(TASK, n_cortex=6, expansion=5, fan_in=fan_in, seeds=(4, 1), dtype="float64")
    curves = expansion_curves(network, TASK, (1, 5), tau=3, n_trials=2)
    assert curves.expansions == (0, 1, 5) and curves.n_states == 64
    rates, targets = [], []
    for stream in ("train", "test"):
        batch = TASK.trials([0, 1, 2, 3] * 2, ccdyn.make_generators((4, 1), stream), torch.float64)
        rates.append(ccdyn.run(network, batch.x, silence=ccdyn.Silence()).rate.numpy())
        targets.append(batch.target[:, :, 3:].numpy())
    assert curves.nothing == pytest.approx((targets[1]**2).mean())
    for row, n_cells in enumerate((None, 6, 30)):
        for replica in range(2):
            def cells(rate):
                w = network.W_mf[replica, :n_cells].detach().numpy()
                return rate if n_cells is None else np.maximum(rate @ w.T, 0)
            known, new = (cells(rate[replica]) for rate in rates)
            rows = known[:, :5].reshape(-1, known.shape[-1])
            ridge = 0.1 * (rows**2).sum(1).mean() * np.eye(rows.shape[1])
            w = np.linalg.solve(rows.T @ rows + ridge, rows.T @ targets[0][replica].reshape(-1, 2))
            error = ((new[:, :5] @ w - targets[1][replica])**2).mean()
            assert curves.error[row, replica] == pytest.approx(error, rel=1e-9)
            values = np.linalg.eigvalsh(np.cov(known.reshape(-1, known.shape[-1]).T))
            assert curves.participation[row, replica] == pytest.approx(values.sum()**2 / (values**2).sum())


def test_components_rise_with_expansion_and_the_participation_ratio_hardly():
    panel = ExpansionPanel(n_cortex=12, alpha=0.1, seeds=(0, 1, 2))
    curves = panel.parameters().curves
    assert (curves.components[-1] > 4 * curves.components[0]).all()
    assert (curves.components[-1] > 2 * curves.components[1]).all()
    assert (curves.participation[1:] < 1.5 * curves.participation[0]).all()


def test_a_cortex_that_has_forgotten_is_not_helped_by_more_cells():
    forgetful, retentive = (ExpansionPanel(alpha=alpha, seeds=(0, 1), n_cortex=20).parameters().curves
                            for alpha in (0.1, 0.9))
    assert (forgetful.error > 0.9 * forgetful.nothing).all()
    assert (retentive.error[-1] < retentive.error[0]).all() and (retentive.error < 0.7 * retentive.nothing).all()


@pytest.mark.parametrize("settings", [{}, {"expansion": 2, "fan_in": 4, "alpha": 0.2, "first": 3, "second": 3}])
def test_the_code_prints_the_numbers_of_the_words(settings):
    panel = small(**settings)
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values)})
    (cortex, cells), (components, participation, error, nothing) = printed
    assert f"at step 1: cortex {spread(cortex, 2)}, granule cells {spread(cells, 2)}." in panel.alt
    assert f"99 % of the variance {spread(components, 0)}, cortex" in panel.alt
    assert f"participation ratio {spread(participation, 1)}, cortex" in panel.alt
    assert f"3 steps ahead {spread(error)}, cortex" in panel.alt and f"predicting 0 gives {nothing:.3f}." in panel.alt


def test_the_map_of_one_cue_shows_two_trials_of_it():
    view = small(first=1, second=1).parameters()
    network = ccdyn.Network.for_task(TASK, n_cortex=6, expansion=40, alpha=0.5, seeds=(4, 1))
    batch = TASK.trials([0, 1, 2, 3] * 3, ccdyn.make_generators((4, 1), "test"))
    rate = ccdyn.run(network, batch.x, silence=ccdyn.Silence()).rate[0]
    cells = (rate @ network.W_mf[0, :120].detach().mT).relu()
    assert np.allclose(view.granule, cells[[1, 9]].numpy(), atol=1e-6)
    assert not np.allclose(*view.granule, atol=1e-2)


def test_the_map_is_sorted_by_the_peak_under_the_first_cue():
    view = small().parameters()
    rows = view.map[:, 0]
    heard = rows.any(1)
    assert not heard[:(~heard).sum()].any() and (np.diff(rows[heard].argmax(1)) >= 0).all()
    assert (rows[heard].argmax(1) > 0).any() and view.map.max() == 1


@pytest.mark.parametrize("settings, words", [
    ({"expansion": 3}, "expansion is 3; use one of 1, 2, 5"), ({"fan_in": 2}, "fan_in is 2; use one of None, 4, 1"),
    ({"second": 4}, "second is 4; use one of 0, 1, 2, 3"), ({"seeds": (1,)}, "needs several networks"),
    ({"tau": 8}, "tau is 8 but a trial has 8 steps")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)


@pytest.mark.parametrize("seeds, expansions, words", [
    (3, (1, 2), "use seeds="), ((3, 4), (2, 1), "sort them"), ((3, 4), (1, 9), "at most 5")])
def test_curves_refuse_what_they_cannot_draw(seeds, expansions, words):
    network = ccdyn.Network.for_task(TASK, n_cortex=6, expansion=5, seeds=seeds)
    with pytest.raises(ValueError, match=words):
        expansion_curves(network, TASK, expansions)
