"""A rhythm, and what a network hears, beside plain NumPy loops; the claims of lab 02."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn.panels import RhythmPanel
from ccdyn.rhythm import fit_while_fed, hears, last_target, learn_rhythm

SMALL = {"seeds": (3, 8), "n_cortex": 12, "n_steps": 90, "n_free": 25, "period": 10}


def by_hand(gain: float, lr: float, every: int, seed: int):
    """One network, one number at a time: answers while taught, alone, and fed with the target."""
    n, T, alone = SMALL["n_cortex"], SMALL["n_steps"], SMALL["n_free"]
    network = ccdyn.Network(ccdyn.NetworkConfig(1, 1, feedback="readout", n_cortex=n, seeds=seed, dtype="float32"))
    W_hh, W_zh, W, b = (getattr(network, name).detach().double().numpy() for name in ("W_hh", "W_zh", "W_rdt", "b_rdt"))
    W_hh, W_zh = W_hh * gain / abs(np.linalg.eigvals(W_hh)).max(), W_zh * n**0.5
    y = np.sin(2 * np.pi * np.arange(T + alone) / SMALL["period"])
    h, z, taught, waiting = np.zeros(n), 0.0, [], []

    def step(h, heard):
        return 0.1 * h + W_hh @ np.tanh(h) + W_zh[:, 0] * heard
    for t in range(T):
        h = step(h, z)
        z = (W @ np.tanh(h) + b)[0]
        taught.append(z)
        waiting.append((z - y[t]) * np.append(np.tanh(h), 1))
        if len(waiting) == every:
            W, b = W - lr * np.mean(waiting, 0)[None, :-1], b - lr * np.mean(waiting, 0)[-1]
            waiting = []
    runs = []
    for fed in (False, True):
        now, last, answers = h, z, []
        for t in range(T, T + alone):
            now = step(now, y[t - 1] if fed else last)
            last = (W @ np.tanh(now) + b)[0]
            answers.append(last)
        runs.append(answers)
    return y, taught, *runs


@pytest.mark.parametrize("gain, lr, every", [(0.9, 0.01, 1), (1.3, 0.03, 7), (1.1, 0.05, 90)])
def test_the_delta_rule_within_the_sequence_is_the_loop_by_hand(gain, lr, every):
    rhythm = learn_rhythm(gain, every, lr, **SMALL)
    for i, seed in enumerate(SMALL["seeds"]):
        y, *expected = by_hand(gain, lr, every, seed)
        for got, wanted in zip((rhythm.taught, rhythm.free, rhythm.fed), expected):
            assert got[i].numpy() == pytest.approx(np.array(wanted), abs=2e-3)
        assert rhythm.error(rhythm.free)[i].item() == pytest.approx(np.mean((expected[1] - y[90:])**2), rel=0.02)
    assert rhythm.state.h.shape == (2, 1, 12)


def test_changes_that_wait_longer_than_the_lesson_are_never_made():
    rhythm, start = learn_rhythm(every=91, **SMALL), ccdyn.Network(
        ccdyn.NetworkConfig(1, 1, feedback="readout", n_cortex=12, seeds=(3, 8)))
    assert torch.equal(rhythm.network.W_rdt, start.W_rdt)


def test_a_network_that_is_given_its_own_answers_does_as_it_does_alone():
    task = ccdyn.LineDrawing()
    for seeds in (4, (4, 1)):
        network = ccdyn.Network.for_task(task, feedback="readout", seeds=seeds, n_cortex=7, dtype="float64")
        x = task.batch(5, ccdyn.make_generators(seeds, "test"), dtype=network.dtype).x
        alone = ccdyn.run(network, x, record=("feedback",))
        record = hears(network, x, alone.feedback)
        assert torch.allclose(record.rate, alone.rate) and torch.allclose(record.readout, alone.readout)


def test_fitting_while_fed_is_least_squares():
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, feedback="readout", n_cortex=7, dtype="float64")
    batch = task.batch(9, ccdyn.make_generators(0, "train"), dtype=network.dtype)
    heard = last_target(batch)
    assert not heard[:, 0].any() and torch.equal(heard[:, 1:], batch.target[:, :-1])
    fit_while_fed(network, batch)
    record = hears(network, batch.x, heard)
    error = (record.readout - batch.target).detach()
    assert error.mean((0, 1)).abs().max() < 1e-9                                    # nothing is left that the bias,
    assert torch.einsum("btk,btj->kj", error, record.rate).abs().max() < 1e-9      # or a unit, could explain


def test_only_a_network_that_heard_itself_nearly_right_goes_on():
    """Five networks: FORCE and the delta rule at every step do, the delta rule once a period does not."""
    alone = {every: (lambda rhythm: rhythm.error(rhythm.free))(learn_rhythm(1.2, every)) for every in (None, 1, 40)}
    assert float(alone[None].median()) < 0.1 and float(alone[1].median()) < 0.2
    assert float(alone[40].min()) > 0.45
    quiet = learn_rhythm(0.6, seeds=(0, 1))
    assert float(quiet.error(quiet.free).min()) > 0.45 and float(quiet.error(quiet.fed).max()) < 0.3


@pytest.fixture
def panel() -> RhythmPanel:
    return RhythmPanel(seeds=(4, 1), n_cortex=6, n_steps=200)


@pytest.mark.parametrize("name, value", [("gain", 0.6), ("rule", "delta rule at every step"), ("hears", "the target")])
def test_every_control_changes_picture_and_words_and_reset_brings_them_back(panel, name, value):
    before = panel.png, panel.alt
    panel.controls[name].value = value
    assert panel.png != before[0] and panel.alt != before[1]
    panel.reset_button.click()
    assert (panel.png, panel.alt) == before


def test_the_errors_of_all_settings_seen_stay_until_reset(panel):
    panel.controls["gain"].value = 0.6
    panel.controls["rule"].value = "delta rule once a period"
    assert len(panel.parameters().visited) == 3
    panel.reset_button.click()
    assert list(panel.parameters().visited) == [("FORCE at every step", 1.2)]


@pytest.mark.parametrize("rule", ["FORCE at every step", "delta rule once a period"])
def test_copied_code_gives_the_numbers_of_the_words(rule):
    panel, printed = RhythmPanel(0.9, rule, seeds=(4, 1), n_cortex=6, n_steps=200), []
    panel.controls["hears"].value = "the target"
    exec(panel.code, {"print": printed.append})
    assert f"hearing the target: {', '.join(f'{error:.3f}' for error in printed[0].tolist())};" in panel.alt


def test_what_diverges_can_be_drawn():
    panel = RhythmPanel(1.8, "delta rule at every step", seeds=(4, 1), n_cortex=6, n_steps=200)
    view = panel.parameters()
    view.after[:], view.error[:] = np.nan, np.nan
    assert panel.render(view)[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("make, words", [
    (lambda: RhythmPanel(gain=2.0), "gain is 2.0; use a finite number from 0 to 1.8"),
    (lambda: RhythmPanel(rule="force"), "unknown rule 'force'; use one of 'FORCE at every step'"),
    (lambda: learn_rhythm(every=0), "every is 0"), (lambda: learn_rhythm(n_steps=0), "n_steps is 0")])
def test_wrong_settings_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
