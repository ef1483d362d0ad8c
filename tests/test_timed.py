"""Timed plasticity: the table of pairs, windows longer than the trial, and what is kept or computed again."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
import torch

from ccdyn import (LineDrawing, Network, SequentialMNIST, TimedPlasticity, advance, gradients, load_checkpoint,
                   make_generators, run, save_checkpoint, start)
from ccdyn.plasticity import basis_pairs, pairs, timed


def test_the_table_of_pairs():
    assert pairs(4, 0) == [(1, 0), (2, 1), (3, 2), (4, 3)]                       # the past target
    assert pairs(4, 1) == [(0, 0), (1, 1), (2, 2), (3, 3)]                       # now
    assert pairs(4, 3) == [(0, 2), (1, 3)]                                       # two steps ahead
    assert pairs(4, 4) == [(0, 3)] and pairs(4, 5) == pairs(4, 9) == []
    assert pairs(4, 3, final_learning=True) == [(0, 2), (1, 3), (2, 3), (3, 3)]
    assert pairs(1, 1) == [(0, 0)] and pairs(1, 0) == [(1, 0)]
    assert basis_pairs(4, 2) == [(1, [0, 1, 2]), (2, [1, 2, 3])]
    assert basis_pairs(4, 2, final_learning=True) == [(1, [0, 1, 2]), (2, [1, 2, 3]), (3, [2, 3, None])]
    assert basis_pairs(3, 0) == [(1, [0]), (2, [1]), (3, [2])]
    assert basis_pairs(5, (3, 1)) == [(1, [3, 1]), (2, [4, 2])]                  # each slice its own window
    assert basis_pairs(4, (0, 1, 2)) == basis_pairs(4, 2)


@pytest.mark.parametrize("seeds", [3, (0, 3)])
def test_each_slice_learns_as_if_its_window_were_the_only_one(seeds):
    """The parallel fibres of a slice with window w get the change of a single window w, where both are taught."""
    task, windows = LineDrawing(n_steps=9), (2, 0, 4, 2)
    network = Network.for_task(task, n_cortex=6, expansion=4, seeds=seeds, n_slices=4, dtype="float64")
    batch = task.batch(5, make_generators(seeds, "train"), dtype=torch.float64)
    found = gradients(network, batch, [TimedPlasticity(windows, mossy=False)])["W_pf"]
    record = run(network, batch.x, record=("granule", "prediction"))
    expected = torch.zeros_like(found)
    for i, window in enumerate(windows):
        mine = slice(2 * i, 2 * i + 2)
        for s in range(1, 9 - 4 + 1):       # until the longest window reaches the end
            error = record.prediction[..., s, mine] - batch.target[..., s - 1 + window, :]
            expected[..., mine, :] += 2 * error.mT @ record.granule[..., s, :] / (5 * 2 * 4)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-15)
    basis = gradients(network, batch, [TimedPlasticity(3)])
    for name, gradient in gradients(network, batch, [TimedPlasticity((0, 1, 2, 3))]).items():
        assert torch.equal(gradient, basis[name])


def test_windows_must_fit_the_slices(tmp_path):
    task = LineDrawing(n_steps=9)
    network = Network.for_task(task, n_cortex=5, expansion=3, n_slices=2)
    for windows in ((3, 3, 3), (2,)):
        with pytest.raises(ValueError, match=f"2 slices but tau is .*; build it with n_slices={len(windows)}$"):
            start(network, task, tau=windows)
    with pytest.raises(ValueError, match="tau is -1"):
        TimedPlasticity((2, -1))
    with pytest.raises(ValueError, match=r"tau is \(\), which has no window"):
        start(network, task, tau=())
    state = start(network, task, tau=(3, 3), batches_per_session=2)
    advance(state, 3)
    save_checkpoint(state, tmp_path / "two.safetensors")
    again = load_checkpoint(tmp_path / "two.safetensors", task)
    assert again.config == state.config and again.rules == state.rules
    assert torch.equal(advance(again, 2), advance(state, 2))


def test_a_window_longer_than_the_trial_teaches_nothing_and_says_so():
    task = LineDrawing(n_steps=6)
    network = Network.for_task(task, n_cortex=5, expansion=3)
    batch = task.batch(4, make_generators(0, "train"))
    with pytest.warns(UserWarning, match="tau is 7 but a trial has 6 steps"):
        long = gradients(network, batch, [TimedPlasticity(7)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        equal = gradients(network, batch, [TimedPlasticity(6)])      # one pair, but p_0 has seen nothing
        held = gradients(network, batch, [TimedPlasticity(9, final_learning=True)])
    for name in ("W_pf", "W_mf"):
        assert not long[name].any() and not equal[name].any() and held[name].any()
        assert long[name].shape == network.weights()[name].shape


@pytest.mark.parametrize("seeds", [3, (0, 3)])
@pytest.mark.parametrize("task", [LineDrawing(n_steps=9), SequentialMNIST(56, blank_steps=3, teacher=(-9, None))])
def test_computing_granule_cells_again_gives_the_same(task, seeds, monkeypatch):
    network = Network.for_task(task, n_cortex=6, expansion=4, seeds=seeds, dtype="float64")
    batch = task.batch(5, make_generators(seeds, "train"), dtype=torch.float64)
    rule = TimedPlasticity(tau=3)
    assert rule.needs(network, batch) == ("granule", "prediction")
    kept = gradients(network, batch, [rule])
    monkeypatch.setattr(timed, "KEEP_BYTES", 0)
    monkeypatch.setattr(timed, "PART_BYTES", 3000)                  # a few steps at a time
    assert rule.needs(network, batch) == ()
    for name, gradient in gradients(network, batch, [rule]).items():
        torch.testing.assert_close(gradient, kept[name], rtol=1e-12, atol=1e-15)


def test_a_few_taught_steps_are_not_worth_keeping_the_granule_cells():
    task = SequentialMNIST(pixels_per_step=28)
    network = Network.for_task(task, n_cortex=6, expansion=4)
    batch = task.batch(5, make_generators(0, "train"))
    assert TimedPlasticity(3).needs(network, batch) == ()
    gradient = gradients(network, batch, [TimedPlasticity(3)])["W_pf"]
    assert gradient.any()
    silent = replace(batch, mask=torch.zeros_like(batch.mask))
    assert not gradients(network, silent, [TimedPlasticity(3)])["W_pf"].any()
