"""The gradient microscope: known angles, steps by themselves, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from ccdyn import (BPTT, FORCE, AdaptiveEProp, DelayedAssociation, DeltaRule, EProp, LineDrawing, Network, Silence,
                   TimedPlasticity, gradient_angles, gradients, make_generators)

TASK = LineDrawing(n_steps=7)


def make(feedback="cerebellar", seeds=(0, 1), task=TASK, **settings):
    network = Network.for_task(task, feedback=feedback, seeds=seeds, n_cortex=8, expansion=3, alpha=0.5,
                               dtype="float64", **settings)
    return network, task.batch(5, make_generators(seeds, "train"), dtype=torch.float64)


@dataclass(frozen=True)
class Scaled(BPTT):
    """The true gradient times a number."""

    factor: float = 1.0

    def update(self, state, network, record, batch, generator=None):
        found, state = super().update(state, network, record, batch, generator)
        return {name: self.factor * gradient for name, gradient in found.items()}, state


@pytest.mark.parametrize("seeds", [0, (0, 1)])
def test_angles_of_gradients_that_are_known(seeds):
    network, batch = make(seeds=seeds)
    before = {name: weight.detach().clone() for name, weight in network.weights().items()}
    rules = {"true": BPTT(), "double": Scaled(factor=2.0), "against": Scaled(factor=-0.5),
             "nothing": Scaled(factor=0.0)}
    angles = gradient_angles(network, batch, rules)
    assert angles.values.shape == (4, 4, 2, 1, 1 if seeds == 0 else 2)
    assert angles.weights == ("W_ih", "W_ch", "W_hh", "all") and angles.steps == ("all",)
    for rule, cosine, ratio in (("true", 1, 1), ("double", 1, 2), ("against", -1, 0.5), ("nothing", np.nan, 0)):
        for weight in angles.weights:
            assert np.allclose(angles[rule, weight, "cosine"], cosine, atol=1e-12, equal_nan=True)
            assert np.allclose(angles[rule, weight, "ratio"], ratio, atol=1e-12)
    assert all(torch.equal(weight, before[name]) for name, weight in network.weights().items())


def test_cosine_and_ratio_are_those_of_the_gradients_themselves():
    network, batch = make("readout")
    angles = gradient_angles(network, batch, {"e-prop": EProp(), "delta": DeltaRule()}, silence=Silence(0.5, 2))
    g = gradients(network, batch, [EProp()], Silence(0.5, 2))
    G = gradients(network, batch, [BPTT()], Silence(0.5, 2))
    for i in range(2):
        a, b = g["W_zh"][i].flatten().numpy(), G["W_zh"][i].flatten().numpy()
        assert angles["e-prop", "W_zh", "cosine"][i] == pytest.approx(a @ b / np.sqrt(a @ a * (b @ b)), abs=1e-12)
        a, b = (np.concatenate([each[name][i].flatten().numpy() for name in g]) for each in (g, G))
        assert angles["e-prop", "all", "ratio"][i] == pytest.approx(np.sqrt(a @ a / (b @ b)), abs=1e-12)
    assert np.isnan(angles["delta", "W_zh", "cosine"]).all() and np.isnan(angles["e-prop", "W_rdt", "ratio"]).all()
    # With readout feedback the readout also steers what comes later, which the delta rule leaves out.
    assert (angles["delta", "W_rdt", "cosine"] < 1 - 1e-6).all()
    network, batch = make("none")
    assert np.allclose(gradient_angles(network, batch, {"delta": DeltaRule()})["delta", "all", "cosine"], 1)


@pytest.mark.parametrize("task", [TASK, DelayedAssociation(n_steps=9, teacher_steps=3)])
def test_each_step_by_itself(task):
    network, batch = make("none", task=task)
    angles = gradient_angles(network, batch, {"e-prop": EProp(), "true": BPTT()}, range(*batch.taught))
    start, stop = batch.taught
    assert angles.steps == tuple(range(start, stop)) and angles["true", "W_hh", "cosine"].shape == (stop - start, 2)
    if start == 0:  # r_{-1} = 0, so the first error tells W_hh nothing; and e-prop forgets only what W_hh carries on
        assert np.isnan(angles["e-prop", "W_hh", "cosine"][0]).all()
        assert np.allclose(angles["e-prop", "W_ih", "cosine"][0], 1) and np.allclose(
            angles["e-prop", "W_hh", "cosine"][1], 1)
    mask = torch.zeros_like(batch.mask)
    mask[..., stop - 1] = 1
    last = gradient_angles(network, replace(batch, mask=mask), {"e-prop": EProp()})
    assert np.allclose(angles["e-prop", "W_ih", "cosine"][-1], last["e-prop", "W_ih", "cosine"])
    assert (angles["e-prop", "W_ih", "cosine"][-1] < 0.999).all()


def test_every_rule_meets_the_same_noise():
    network, batch = make(cerebellar_noise=0.5)
    rules = {"true": BPTT(), "again": BPTT()}
    angles = gradient_angles(network, batch, rules, generator=make_generators((0, 1), "noise"))
    assert np.allclose(angles.values[:, :, 0], 1)


def test_named_axes():
    network, batch = make(seeds=(5, 3))
    array = gradient_angles(network, batch, {"e-prop": EProp(), "timed": TimedPlasticity()}, [2, 6]).to_xarray()
    assert array.dims == ("rule", "weight", "measure", "step", "seed")
    assert array.sel(rule="e-prop", weight="W_ch", measure="cosine", seed=3).shape == (2,)
    assert list(array.step) == [2, 6]


def test_rules_that_remember_are_asked_with_their_memory():
    network, batch = make("none")
    memory = {"B": network.W_rdt.detach().clone(), "W_rdt": network.W_rdt.detach().clone()}
    rules = {"symmetric": EProp(), "fresh": AdaptiveEProp(), "grown": AdaptiveEProp()}
    angles = gradient_angles(network, batch, rules, memory={"grown": memory})
    assert np.allclose(angles["grown", "W_hh", "cosine"], angles["symmetric", "W_hh", "cosine"], atol=1e-12)
    assert (np.abs(angles["fresh", "W_hh", "cosine"] - angles["grown", "W_hh", "cosine"]) > 0.01).all()
    with pytest.raises(ValueError, match="'other'.*symmetric, fresh, grown"):
        gradient_angles(network, batch, rules, memory={"other": memory})


@pytest.mark.parametrize("step", [-1, 7])
def test_steps_without_a_teacher_are_refused(step):
    with pytest.raises(ValueError, match=f"step is {step}.*from 0 to 6"):
        gradient_angles(*make("none"), {"e-prop": EProp()}, [3, step])


@pytest.mark.parametrize("rules, word", [({}, "e-prop"), ({"force": FORCE()}, "force is FORCE")])
def test_what_has_no_gradient_is_refused(rules, word):
    with pytest.raises(ValueError, match=word):
        gradient_angles(*make("none"), rules)
