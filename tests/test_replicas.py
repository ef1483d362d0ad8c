"""Several seeds in one pass equal separate runs: what is drawn bit for bit, a hundred training steps to 1e-12.

Activities are equal to the last digits. They are bit for bit the same only where the matrix library sums a stack of
products in the order of a single one, which depends on the processor (it does on Intel's, not on AMD's that we tried).
"""

from __future__ import annotations

import pytest
import torch

from ccdyn import LineDrawing, Network, SequentialMNIST, advance, make_generators, run, start

SEEDS = (3, 0, 7)
KINDS = [
    ("none", "linear", "full"), ("readout", "linear", "full"), ("cerebellar", "linear", "fixed"),
    ("cerebellar", "linear", "full"), ("none", "granule", "input"),
]


def pair(task, feedback, readout, dtype, **settings):
    """The networks of SEEDS in one pass, and one by one."""
    make = lambda seeds: Network.for_task(task, feedback=feedback, readout=readout, seeds=seeds, n_cortex=13,
                                          expansion=3, dtype=dtype, **settings)
    return make(SEEDS), [make(seed) for seed in SEEDS]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("feedback, readout", sorted({kind[:2] for kind in KINDS}))
def test_first_steps_are_equal_to_the_last_digits(feedback, readout, dtype):
    task = LineDrawing(n_steps=11)
    together, alone = pair(task, feedback, readout, dtype)
    batch = task.batch(6, make_generators(SEEDS, "train"), dtype=together.dtype)
    record = run(together, batch.x, record=("h",))
    for i, seed in enumerate(SEEDS):
        lone_batch = task.batch(6, make_generators(seed, "train"), dtype=together.dtype)
        assert torch.equal(batch.x[i], lone_batch.x) and torch.equal(batch.target[i], lone_batch.target)
        for name, weight in alone[i].weights().items():
            assert torch.equal(together.weights()[name][i], weight), name
        lone = run(alone[i], lone_batch.x, record=("h",))
        few = 16 * torch.finfo(together.dtype).eps      # of numbers of the order of 1
        torch.testing.assert_close(record.h[i], lone.h, rtol=0, atol=few)
        torch.testing.assert_close(record.readout[i], lone.readout, rtol=0, atol=few)


@pytest.mark.parametrize("feedback, readout, plasticity", KINDS)
def test_a_hundred_training_steps(feedback, readout, plasticity):
    task = LineDrawing(n_steps=9)
    together, alone = pair(task, feedback, readout, "float64", cerebellar_noise=0.05 * (feedback == "cerebellar"))
    settings = {"plasticity": plasticity, "batch_size": 4, "batches_per_session": 30, "validation_size": 10}
    state = start(together, task, **settings)
    advance(state, 100)
    for i, network in enumerate(alone):
        lone = start(network, task, **settings)
        advance(lone, 100)
        for name, weight in network.weights().items():
            torch.testing.assert_close(together.weights()[name][i], weight, rtol=0, atol=1e-12)
            torch.testing.assert_close(state.best[name][i], lone.best[name], rtol=0, atol=1e-12)
        torch.testing.assert_close(torch.as_tensor(state.history.values[i]), torch.as_tensor(lone.history.values[0]),
                                   rtol=0, atol=1e-12)


def test_digits_too():
    task = SequentialMNIST(pixels_per_step=56, blank_steps=2, teacher=(-3, None))
    together, alone = pair(task, "cerebellar", "linear", "float64")
    settings = {"batch_size": 4, "batches_per_session": 10, "validation_size": 10}
    state = start(together, task, **settings)
    advance(state, 20)
    for i, network in enumerate(alone):
        lone = start(network, task, **settings)
        advance(lone, 20)
        torch.testing.assert_close(together.W_pf[i], network.W_pf, rtol=0, atol=1e-12)
        assert (state.history.values[i] == lone.history.values[0])[:, 2].all()   # accuracies are counts


def test_the_same_seed_gives_the_same_numbers_and_another_does_not():
    task = LineDrawing(n_steps=9)
    losses = [advance(start(Network.for_task(task, seeds=seed), task), 5) for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


def test_the_global_generator_is_never_touched():
    before = torch.get_rng_state()
    task = LineDrawing(n_steps=9)
    advance(start(Network.for_task(task, feedback="none", readout="granule"), task), 3)
    assert torch.equal(before, torch.get_rng_state())
