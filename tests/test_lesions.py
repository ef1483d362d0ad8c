"""Damage: cortical units that are silent for good, and a noisy cerebellum (granule cells: test_panel_dissect)."""

from __future__ import annotations

import pytest
import torch

from ccdyn import ARCHITECTURES, LineDrawing, Network, ablate, advance, make_generators, run, start, with_noise

TASK = LineDrawing(n_steps=7)
SIZES = {"n_cortex": 8, "expansion": 3, "seeds": (2, 5)}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_ablated_units_never_speak_even_while_the_rest_learns(architecture):
    network = Network.for_task(TASK, **SIZES, **ARCHITECTURES[architecture])
    whole = {name: weight.detach().clone() for name, weight in network.weights().items()}
    hurt = ablate(network, range(4))
    advance(start(hurt, TASK, batch_size=3, plasticity="full"), 3)
    rate = run(hurt, TASK.batch(5, make_generators((2, 5), "test")).x).rate
    assert not rate[..., :4].any() and rate[..., 1:, 4:].all()
    assert all(torch.equal(weight, whole[name]) for name, weight in network.weights().items())


def test_who_hears_a_silent_unit_hears_nothing():
    """The same as taking the unit out of the network altogether."""
    network = Network.for_task(TASK, n_cortex=5, expansion=3, dtype="float64")
    x = TASK.batch(4, make_generators(0, "test"), dtype=torch.float64).x
    hurt = run(ablate(network, [1, 3]), x, record="feedback")
    small = Network.for_task(TASK, n_cortex=3, expansion=5, dtype="float64")
    rest = torch.tensor([0, 2, 4])
    for name, weight in network.weights().items():
        for axis, size in enumerate(weight.shape):
            weight = weight.index_select(axis, rest) if size == 5 else weight
        getattr(small, name).data = weight.detach().clone()
    left = run(small, x, record="feedback")
    torch.testing.assert_close(hurt.rate[..., rest], left.rate)
    torch.testing.assert_close(hurt.feedback, left.feedback)
    torch.testing.assert_close(hurt.readout, left.readout)


def test_one_list_for_each_network():
    hurt = ablate(Network.for_task(TASK, **SIZES), [[0], [7]])
    rate = run(hurt, TASK.batch(5, make_generators((2, 5), "test")).x).rate[:, :, -1]
    assert not rate[0, :, 0].any() and not rate[1, :, 7].any() and rate[0, :, 1:].all() and rate[1, :, :7].all()


def test_noise_is_added_to_what_the_cerebellum_says():
    network = Network.for_task(TASK, **SIZES)
    noisy = with_noise(network, 0.5)
    x = TASK.batch(400, make_generators((2, 5), "test")).x
    record = run(noisy, x, record=("feedback", "prediction"), generator=make_generators((2, 5), "noise"))
    assert abs((record.feedback - record.prediction).std().item() - 0.5) < 0.01
    assert network.config.cerebellar_noise == 0 and noisy.config.cerebellar_noise == 0.5
    assert torch.equal(run(with_noise(noisy, 0.0), x).rate, run(network, x).rate)


def test_what_is_not_there_cannot_be_damaged():
    network = Network.for_task(TASK, **SIZES)
    for units, words in (([8], "units names 8 but the cortical units are 0 to 7; give their numbers"),
                         ([[0]], "units has 1 lists"),
                         ([True], "units names True"), ([0.5], "units names 0.5")):
        with pytest.raises(ValueError, match=words):
            ablate(network, units)
    with pytest.raises(ValueError, match="feedback='none' and no cerebellum to be noisy"):
        with_noise(Network.for_task(TASK, feedback="none"), 0.1)
    with pytest.raises(ValueError, match="cerebellar_noise is -1"):
        with_noise(network, -1)
