"""A cortex alone: its modes, a decoder of its cue, and the panel that shows both; beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.decode import decode_cue
from ccdyn.panels import PhasePanel
from ccdyn.panels.phase import render
from ccdyn.phase import modes, rescaled

SEEDS = (4, 1)


def small(**settings) -> PhasePanel:
    """Two small networks and few trials."""
    return PhasePanel(**{"n_cortex": 7, "seeds": SEEDS, "n_trials": 6, **settings})


def drawn(alpha=0.1, seeds=SEEDS, **sizes) -> ccdyn.Network:
    return ccdyn.Network.for_task(ccdyn.LineDrawing(), feedback="none", alpha=alpha, seeds=seeds,
                                  **{"n_cortex": 7, **sizes})


def test_rescaled_networks_are_copies_with_the_radius_asked_for():
    network = drawn()
    before = {name: weight.detach().clone() for name, weight in network.weights().items()}
    other = rescaled(network, 1.3, 0.5)
    for weight, old in zip(other.W_hh.detach().numpy(), before["W_hh"].numpy()):
        assert np.abs(np.linalg.eigvals(weight)).max() == pytest.approx(1.3, rel=1e-5)
        ratio = weight / old
        assert ratio == pytest.approx(ratio[0, 0], rel=1e-5) and ratio[0, 0] > 0
    assert torch.equal(other.W_ih, 0.5 * before["W_ih"]) and torch.equal(other.W_rdt, before["W_rdt"])
    assert all(torch.equal(weight, before[name]) for name, weight in network.weights().items())
    for settings in ({"radius": -1}, {"radius": 1, "gain": -0.5}):
        with pytest.raises(ValueError, match="use a finite number of at least 0"):
            rescaled(network, **settings)


@pytest.mark.parametrize("alpha", [0.4, (0.1, 0.3, 0.2, 0.7, 0.9, 0.5, 0.0), ((0.2,), (0.8,))])
def test_modes_are_the_eigenvalues_of_a_step_near_rest(alpha):
    network = drawn(alpha, dtype="float64")
    for replica, found in enumerate(modes(network)):
        def step(h):
            state = ccdyn.State(h.expand(2, 1, -1), torch.zeros(2, 1, 2, dtype=h.dtype))
            return ccdyn.run(network, torch.zeros(2, 1, 1, 10, dtype=h.dtype), state, autograd=True).state.h[replica, 0]
        jacobian = torch.autograd.functional.jacobian(step, torch.zeros(7, dtype=torch.float64))
        expected = np.linalg.eigvals(jacobian.numpy())
        assert np.sort_complex(found.numpy().round(9)) == pytest.approx(np.sort_complex(expected.round(9)), abs=1e-7)


def test_the_decoder_is_ridge_regression_at_each_step():
    generator = np.random.default_rng(0)
    labels = np.arange(3).repeat(14)
    generator.shuffle(labels)
    rate = generator.normal(size=(2, 42, 5, 4)) + generator.normal(size=(2, 1, 5, 4)) * labels[:, None, None]
    found = decode_cue(torch.tensor(rate), labels, ridge=0.05).numpy()
    assert found.shape == (2, 5)
    for replica in range(2):
        for t in range(5):
            fit, test = rate[replica, :21, t], rate[replica, 21:, t]
            centred = fit - fit.mean(0)
            cost = 0.05 * (centred**2).sum(0).mean()
            # Ridge regression as least squares with extra rows, and an intercept that costs nothing.
            rows = np.block([[fit, np.ones((21, 1))], [np.sqrt(cost) * np.eye(4), np.zeros((4, 1))]])
            answers = np.vstack([np.eye(3)[labels[:21]], np.zeros((4, 3))])
            weights = np.linalg.lstsq(rows, answers, rcond=None)[0]
            said = (np.column_stack([test, np.ones(21)]) @ weights).argmax(1)
            assert found[replica, t] == pytest.approx((said == labels[21:]).mean())
    assert 0.4 < found.mean() < 1


def test_the_decoder_learns_from_the_first_half_and_is_tested_on_the_second():
    labels = [0, 1] * 6
    rate = torch.tensor(labels, dtype=torch.float64)[:, None, None].repeat(1, 2, 1)
    rate[6:, 1] = 1 - rate[6:, 1]  # at step 1 the second half of the trials says the opposite
    assert decode_cue(rate, labels).tolist() == [1.0, 0.0]
    assert decode_cue(torch.zeros(12, 2, 3), labels).tolist() == [0.5, 0.5]  # silence
    for rates, wrong in ((rate, labels[:-1]), (rate[:1], labels[:1]), (rate, [labels])):
        with pytest.raises(ValueError, match="give one for each of the 1?[12] trials"):
            decode_cue(rates, wrong)


def test_without_recurrence_the_cue_fades_as_alpha_says():
    task = ccdyn.LineDrawing(n_steps=4, noise=0.0)
    network = rescaled(drawn(alpha=0.5, dtype="float64"), 0.0, 1e-3)  # so small that tanh is straight
    rate = ccdyn.run(network, task.trials(list(range(6)) * 2, ccdyn.make_generators(SEEDS, "test"),
                                          torch.float64).x).rate
    assert rate[:, :, 3].numpy() == pytest.approx(rate[:, :, 0].numpy() / 8, rel=1e-4)
    assert modes(network).numpy() == pytest.approx(0.5)
    assert (decode_cue(rate, list(range(6)) * 2) == 1).all()
    rate[:, :, 1:] = ccdyn.run(rescaled(drawn(alpha=0.0), 0.0), torch.randn(2, 12, 3, 10)).rate  # noise alone
    assert (decode_cue(rate, list(range(6)) * 2)[:, 1:] < 0.9).all()


def test_the_panel_shows_these_numbers():
    panel = small(radius=1.1, alpha=0.3, gain=2.0)
    view = panel.parameters()
    network = rescaled(drawn(0.3), 1.1, 2.0)
    x = ccdyn.LineDrawing().trials(list(range(6)) * 6, ccdyn.make_generators(SEEDS, "test")).x
    rates = []
    for w_ih, w_hh, trials in zip(network.W_ih.detach().numpy(), network.W_hh.detach().numpy(), x.numpy()):
        h, steps = np.zeros((36, 7)), []
        for t in range(20):
            h = 0.3 * h + trials[:, t] @ w_ih.T + np.tanh(h) @ w_hh.T
            steps.append(np.tanh(h))
        rates.append(np.stack(steps, 1))
    eigenvalues = [np.linalg.eigvals(0.3 * np.eye(7) + w.detach().numpy()) for w in network.W_hh]
    largest = np.array([np.abs(values).max() for values in eigenvalues])
    outside = np.array([(np.abs(values) > 1).sum() for values in eigenvalues])
    assert view.largest == pytest.approx(largest, rel=1e-4)
    assert f"alpha I + W_hh {largest.mean():.2f} ({largest.min():.2f} to {largest.max():.2f})" in panel.alt
    assert f"are {outside.mean():.1f} ({outside.min()} to {outside.max()}) of 7 eigenvalues" in panel.alt
    assert view.size == pytest.approx([np.abs(rate[:, -1]).mean() for rate in rates], rel=1e-4)
    # Distances in the plane are those of the means of each cue, seen along two directions.
    means = rates[0].reshape(6, 6, 20, 7).mean(0).reshape(-1, 7)
    variance = np.sort(np.linalg.eigvalsh(np.cov(means.T)))[::-1]
    assert view.paths.reshape(-1, 2).var(0, ddof=1) == pytest.approx(variance[:2], rel=1e-3)
    assert view.share == pytest.approx(variance[:2] / variance.sum(), rel=1e-3)
    few = small(n_trials=3).parameters()  # all of them are shown
    assert few.trials.shape == (3, 6, 20, 2) and few.trials.mean(0) == pytest.approx(few.paths, abs=1e-6)
    assert decode_cue(torch.tensor(np.stack(rates)), list(range(6)) * 6).numpy() == pytest.approx(view.accuracy,
                                                                                                  abs=0.06)


def test_the_last_step_is_the_last_one_above_half_way():
    view = small().parameters()
    assert view.chance == pytest.approx(1 / 6) and view.half_way == pytest.approx(7 / 12)
    assert view.last(np.array([1.0, 0.9, 0.6, 0.58, 0.2])) == 2
    assert view.last(np.array([0.3, 0.58])) is None


def test_the_published_cortex_forgets_the_cue_and_more_alpha_keeps_it():
    settings = {"n_cortex": 50, "seeds": (0, 1), "n_trials": 40}
    panel = PhasePanel(**settings)
    short, long = panel.parameters(), PhasePanel(alpha=0.5, **settings).parameters()
    assert (short.accuracy[:, :5] > 0.97).all() and (abs(short.accuracy[:, 14:].mean(1) - 1 / 6) < 0.05).all()
    assert 6 <= short.last(short.accuracy.mean(0)) <= 9
    assert (long.accuracy[:, 19] > 0.6).all()
    assert (short.largest < 1).all() and (long.largest > 1).all()
    assert f"half way between chance and 1: {short.last(short.accuracy.mean(0))} (single" in panel.alt


@pytest.mark.parametrize("name, value", [("radius", 1.5), ("alpha", 0.6), ("gain", 2.5)])
def test_every_control_changes_picture_and_words_and_reset_brings_them_back(name, value):
    panel = small()
    png, alt, meaning = panel.png, panel.alt, panel.meaning.value
    panel.controls[name].value = value
    assert panel.png != png and panel.alt != alt and panel.meaning.value != meaning
    panel.reset_button.click()
    assert (panel.png, panel.alt, panel.meaning.value) == (png, alt, meaning)


def test_the_meaning_says_whether_activity_fades_or_grows():
    panel = small(alpha=0.5, radius=0.0)
    assert "alone: 72 ms" in panel.meaning.value
    assert "multiplied by 0.50 in each step of 50 ms: it fades with a time constant of 72 ms" in panel.meaning.value
    panel.controls["radius"].value = 2.0
    assert "it grows until tanh holds it" in panel.meaning.value


def test_render_is_pure_white_and_fixed_in_size():
    view = small().parameters()
    assert render(view) == render(view)
    for settings in ({}, {"radius": 0.0, "alpha": 0.0, "gain": 0.1}, {"radius": 2.0, "alpha": 1.0, "gain": 5.0}):
        assert white_size(small(**settings).png) == SIZE


@pytest.mark.parametrize("settings", [{"radius": 0.9, "gain": 0.3}, {"alpha": 0.7, "dtype": "float64",
                                                                     "task": ccdyn.LineDrawing(n_steps=9, noise=0.3)}])
def test_copied_code_gives_the_numbers_of_the_words(settings):
    panel, printed = small(**settings), []
    exec(panel.code, {"print": lambda values: printed.append(values.numpy())})
    largest, size, accuracy = printed
    assert f"alpha I + W_hh {largest.mean():.2f} ({largest.min():.2f} to {largest.max():.2f})" in panel.alt
    assert f"last step {size.mean():.3f} ({size.min():.3f} to {size.max():.3f})" in panel.alt
    assert f"{accuracy[4]:.2f} at step 4, {accuracy[8]:.2f} at step 8" in panel.alt
    assert accuracy == pytest.approx(panel.parameters().accuracy.mean(0))


@pytest.mark.parametrize("settings, words", [
    ({"radius": 2.5}, "radius is 2.5; use a finite number from 0 to 2"),
    ({"alpha": -0.1}, "alpha is -0.1; use a finite number from 0 to 1"),
    ({"gain": 0}, "gain is 0; use a finite number of at least 0.1"),
    ({"n_trials": 1}, "n_trials is 1; use a whole number of at least 2"),
    ({"n_cortex": 1}, "n_cortex is 1; use a whole number of at least 2"),
    ({"n_cortx": 9}, "unknown network setting 'n_cortx'")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
