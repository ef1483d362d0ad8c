"""Contexts: a cerebellum for each, shared fibres in two ways, a readout that learns on or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ccdyn import Contexts, DelayedAssociation, LineDrawing, Network, evaluate, lesion, make_generators

TASKS = {"straight": LineDrawing(n_steps=7), "arcs": LineDrawing(n_steps=7, arc=1.0)}
SIZES = {"n_cortex": 8, "expansion": 3, "seeds": (2, 5), "alpha": 0.5}
SMALL = {"batch_size": 3, "batches_per_session": 5, "validation_size": 4, "lr": 1e-2}


def made(**options) -> Contexts:
    return Contexts(Network.for_task(TASKS["straight"], **SIZES), TASKS, **SMALL, **options)


def weights(contexts: Contexts, context: str | None = None) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in contexts.network(context).weights().items()}


def test_a_new_context_begins_with_the_cerebellum_as_it_was_drawn():
    contexts = made()
    drawn = weights(contexts)
    contexts.advance(4)
    expected, learned = weights(contexts, "arcs"), weights(contexts)
    contexts.switch("arcs")
    found = weights(contexts)
    assert contexts.now == "arcs" and contexts.state.task == TASKS["arcs"]
    for name in found:
        assert torch.equal(found[name], expected[name])
        assert torch.equal(found[name], (drawn if name in ("W_mf", "W_pf") else learned)[name]), name


def test_with_a_frozen_readout_the_first_context_is_found_as_it_was_left():
    contexts = made(plastic_readout=False)
    contexts.advance(4)
    left, score = weights(contexts), contexts.score(20)["straight"]
    contexts.switch("arcs")
    contexts.advance(4)
    assert all(torch.equal(left[name], now) for name, now in weights(contexts, "straight").items())
    contexts.switch("straight")
    assert all(torch.equal(left[name], now) for name, now in weights(contexts).items())
    assert np.array_equal(contexts.score(20)["straight"], score)


def test_a_plastic_readout_goes_on_learning_and_the_cortex_does_not():
    contexts = made()
    contexts.advance(4)
    left = weights(contexts)
    contexts.switch("arcs")
    contexts.advance(4)
    contexts.switch("straight")
    now = weights(contexts)
    changed = {name for name in left if not torch.equal(left[name], now[name])}
    assert changed == {"W_rdt", "b_rdt"}


def test_one_cerebellum_for_all_is_the_network_itself():
    contexts = made(cerebella="one")
    contexts.advance(4)
    left = weights(contexts)
    contexts.switch("arcs")
    assert all(torch.equal(left[name], now) for name, now in weights(contexts).items())
    contexts.advance(2)
    now = weights(contexts)
    contexts.switch("straight")
    assert all(torch.equal(now[name], each) for name, each in weights(contexts).items())


@pytest.mark.parametrize("sharing", ["copied", "true"])
def test_shared_fibres(sharing):
    contexts = made(shared=0.25, sharing=sharing)
    n = int(0.25 * 2 * 24)
    assert n == 12
    drawn = weights(contexts)["W_pf"].flatten(-2)
    contexts.advance(4)
    first = weights(contexts)["W_pf"].flatten(-2)
    contexts.switch("arcs")
    second = weights(contexts)["W_pf"].flatten(-2)
    assert torch.equal(second[:, :n], first[:, :n]) and torch.equal(second[:, n:], drawn[:, n:])
    contexts.advance(4)
    second = weights(contexts)["W_pf"].flatten(-2)
    contexts.switch("straight")
    again = weights(contexts)["W_pf"].flatten(-2)
    assert torch.equal(again[:, n:], first[:, n:])
    assert torch.equal(again[:, :n], (first if sharing == "copied" else second)[:, :n])
    assert not torch.equal(first[:, :n], second[:, :n])
    contexts.switch("arcs")
    assert torch.equal(weights(contexts)["W_pf"].flatten(-2), second)


def test_everything_shared_truly_is_one_set_of_parallel_fibres():
    one, all_shared = made(cerebella="one"), made(shared=1.0, sharing="true")
    for contexts in (one, all_shared):
        contexts.advance(3)
        contexts.switch("arcs")
    assert torch.equal(weights(one)["W_pf"], weights(all_shared)["W_pf"])
    assert not torch.equal(weights(one)["W_mf"], weights(all_shared)["W_mf"])


def test_the_readout_keeps_its_moments_and_trials_are_never_repeated():
    contexts = made()
    contexts.advance(4)
    before = contexts.state
    moments = {group["name"]: [before.optimiser.state[weight]["exp_avg"].clone() for weight in group["params"]]
               for group in before.optimiser.param_groups}
    contexts.switch("arcs")
    after = contexts.state
    for group in after.optimiser.param_groups:
        kept = [after.optimiser.state[weight] for weight in group["params"] if weight in after.optimiser.state]
        assert len(kept) == (2 if group["name"] == "readout" else 0)
        for state, expected in zip(kept, moments[group["name"]]):
            assert torch.equal(state["exp_avg"], expected) and state["step"] == 4
    assert after.generators is before.generators


def test_scores_are_those_of_each_context_with_its_cerebellum():
    contexts = made()
    contexts.advance(6)
    contexts.switch("arcs")
    contexts.advance(3)
    for context, values in contexts.score(30).items():
        batch = TASKS[context].batch(30, make_generators((2, 5), "test"), "test")
        assert np.array_equal(values, evaluate(contexts.network(context), batch)["loss"].double().numpy())
    rules = {"as it is": DelayedAssociation(), "the other way": DelayedAssociation(opposite=True)}
    accuracy = Contexts(Network.for_task(rules["as it is"], **SIZES), rules, **SMALL).score(10)
    assert all(((0 <= values) & (values <= 1)).all() for values in accuracy.values())


@pytest.mark.parametrize("options", [{}, {"cerebella": "one"}, {"shared": 0.5, "sharing": "true"},
                                     {"plastic_readout": False}])
def test_going_back_repeats_everything(options):
    contexts = made(**options)
    contexts.advance(7)
    saved = contexts.snapshot()
    seen = []
    for _ in range(2):
        contexts.restore(saved)
        assert contexts.now == "straight"
        contexts.advance(2)
        contexts.switch("arcs")
        contexts.advance(3)
        later = contexts.snapshot()
        contexts.switch("straight")
        contexts.advance(4)
        contexts.restore(later)
        contexts.advance(2)
        assert contexts.now == "arcs" and contexts.state.batches_done == 5
        seen.append([*weights(contexts).values(), *weights(contexts, "straight").values()])
    assert all(torch.equal(a, b) for a, b in zip(*seen))


def test_the_given_network_stays_as_it_was_and_switching_to_here_does_nothing():
    network = Network.for_task(TASKS["straight"], **SIZES)
    before = {name: weight.detach().clone() for name, weight in network.weights().items()}
    contexts = Contexts(network, TASKS, **SMALL)
    contexts.advance(3)
    state = contexts.state
    contexts.switch("straight")
    assert contexts.state is state
    assert all(torch.equal(weight, before[name]) for name, weight in network.weights().items())


@pytest.mark.parametrize("options", [{}, {"shared": 0.5, "sharing": "copied"}, {"shared": 0.5, "sharing": "true"},
                                     {"cerebella": "one"}])
def test_what_was_lost_before_stays_lost_in_every_context(options):
    """A lesion's mask protects its zeros from learning; a context that is new must not bring these cells back."""
    network = Network.for_task(TASKS["straight"], **SIZES)
    cells = [[1, 4, 20], [0, 2, 3]]
    contexts = Contexts(lesion(network, cells), TASKS, **SMALL, **options)
    intact = Contexts(network, TASKS, **SMALL, **options)
    for context in ("straight", "arcs", "straight", "arcs"):
        for each in (contexts, intact):
            each.switch(context)
        for moment in range(2):     # on arrival, and when it has learned
            found, whole = weights(contexts), weights(intact)
            for i, lost in enumerate(cells):
                assert not found["W_mf"][i, lost].any() and not found["W_pf"][i, :, lost].any(), (context, moment)
                assert found["W_mf"][i].any(-1).sum() == 24 - len(lost) and whole["W_mf"][i].any(-1).all()
            for each in (contexts, intact):
                each.advance(2)
    fresh = Contexts(lesion(network, cells), TASKS, **SMALL).network("arcs")
    assert torch.equal(fresh.W_mf, lesion(network, cells).W_mf) and torch.equal(fresh.W_pf, lesion(network, cells).W_pf)


def test_what_does_not_fit_is_refused():
    network = Network.for_task(TASKS["straight"], **SIZES)
    for wrong, words in (({"cerebella": "two"}, "unknown cerebella 'two'; use one of 'distinct', 'one'"),
                         ({"sharing": "some"}, "unknown sharing 'some'"), ({"shared": 1.5}, "shared is 1.5"),
                         ({"taus": 3}, "unknown training setting 'taus'")):
        with pytest.raises(ValueError, match=words):
            Contexts(network, TASKS, **wrong)
    with pytest.raises(ValueError, match="the task has n_out=2 but the network has|classification"):
        Contexts(network, {"a": TASKS["straight"], "b": DelayedAssociation()})
    with pytest.raises(ValueError, match="tasks is empty"):
        Contexts(network, {})
    with pytest.raises(ValueError, match="feedback='none' and no cerebellum"):
        Contexts(Network.for_task(TASKS["straight"], feedback="none", **{**SIZES}), TASKS)
    with pytest.raises(ValueError, match="unknown context 'circles'; use one of 'straight', 'arcs'"):
        made().switch("circles")
