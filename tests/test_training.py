"""Training: what advances, what is kept, and that nothing can leave it half done."""

from __future__ import annotations

import random
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas
import pytest
import torch

import ccdyn
from ccdyn import (Batch, DeltaRule, EProp, LineDrawing, Network, Silence, TimedPlasticity, advance, best_network, change,
                   evaluate, gradients, make_generators, observe, sessions, start, train)
from ccdyn.train_state import restore, snapshot
from ccdyn.tasks import DelayedAssociation

PACKAGE = str(Path(ccdyn.__file__).parent)
TASK = LineDrawing(n_steps=7)
SMALL = {"batch_size": 3, "batches_per_session": 8, "validation_size": 6}


def make(feedback="cerebellar", task=TASK, seeds=(0, 1), **settings):
    return Network.for_task(task, feedback=feedback, seeds=seeds, n_cortex=9, expansion=4, **settings)


def weights_of(state):
    return {name: weight.detach().clone() for name, weight in state.network.weights().items()}


@pytest.mark.parametrize("feedback", ["none", "readout", "cerebellar"])
@pytest.mark.parametrize("plasticity, plastic", [("fixed", set()), ("input", {"W_ih", "fb"}), ("full", {"W_ih", "fb", "W_hh"})])
def test_exactly_the_plastic_weights_learn(feedback, plasticity, plastic):
    network = make(feedback)
    state = start(network, TASK, plasticity=plasticity, **SMALL)
    before = weights_of(state)
    advance(state, 3)
    names = {network.feedback.weight if name == "fb" else name for name in plastic} - {None}
    names |= {"W_rdt", "b_rdt"} | ({"W_mf", "W_pf"} if feedback == "cerebellar" else set())
    assert {name for name, weight in network.weights().items() if not torch.equal(weight, before[name])} == names


def test_fixed_and_sparse_mossy_fibres_stay_so():
    state = start(make(fan_in=4), TASK, mossy=False, **SMALL)
    before = weights_of(state)
    advance(state, 3)
    assert torch.equal(state.network.W_mf, before["W_mf"])
    state = start(make(fan_in=4), TASK, **SMALL)
    advance(state, 3)
    assert not torch.equal(state.network.W_mf, before["W_mf"])
    assert torch.equal(state.network.W_mf != 0, before["W_mf"] != 0)
    state = start(make("none", readout="granule", fan_in=4), TASK, **SMALL)
    before = weights_of(state)
    advance(state, 3)
    assert not torch.equal(state.network.W_mf_rdt, before["W_mf_rdt"])
    assert torch.equal(state.network.W_mf_rdt != 0, before["W_mf_rdt"] != 0)


def test_one_step_is_adam_on_the_gradients_with_a_rate_for_each_part():
    network = make(dtype="float64")
    state = start(network, TASK, plasticity="full", lr_cortex=1e-2, lr_readout=1e-3, lr_cerebellum=1e-4, **SMALL)
    batch = TASK.batch(3, make_generators((0, 1), "train"), dtype=torch.float64)
    expected = gradients(network, batch, state.rules)
    before = weights_of(state)
    advance(state, 1)
    for name, gradient in expected.items():
        lr = {"W_rdt": 1e-3, "b_rdt": 1e-3, "W_mf": 1e-4, "W_pf": 1e-4}.get(name, 1e-2)
        step = -lr * gradient / (gradient.abs() + 1e-9)            # Adam's first step, eps 1e-9
        torch.testing.assert_close(network.weights()[name] - before[name], step, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("seeds", [0, (0, 1)])
@pytest.mark.parametrize("settings", [{}, {"feedback": "none", "readout": "granule", "fan_in": 4, "readout_dropout": 0.0}])
def test_many_steps_are_those_of_the_plain_optimiser(seeds, settings):
    """The optimiser walks through the weights as they lie in memory, W_mf with granule cells last."""
    network, copy = (make(seeds=seeds, dtype="float64", **settings) for _ in range(2))
    state = start(network, TASK, plasticity="full", **SMALL)
    adam = torch.optim.Adam(copy.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9, fused=False, foreach=False)
    stream = make_generators(seeds, "train")
    for _ in range(6):
        batch = TASK.batch(3, stream, dtype=torch.float64)
        for name, gradient in gradients(copy, batch, state.rules).items():
            copy.get_parameter(name).grad = gradient
        adam.step()
    advance(state, 6)
    for name, weight in network.weights().items():
        torch.testing.assert_close(weight, copy.weights()[name], rtol=0, atol=1e-13)


def test_a_network_that_left_its_memory_is_refused():
    state = start(make(), TASK, **SMALL)
    state.network.double()
    with pytest.raises(ValueError, match="W_rdt was moved, converted or replaced.*start"):
        advance(state, 1)


def test_best_weights_are_those_of_the_lowest_validation_loss_per_replica():
    state = start(make(seeds=(0, 1, 2)), TASK, lr=0.05, **SMALL)   # large steps: the curve goes up and down
    kept = []
    for _ in range(8):
        advance(state, 8)
        kept.append(weights_of(state))
    losses = state.history["validation_loss"]
    best = losses.argmin(1)
    assert len(set(best)) > 1
    network = best_network(state)
    for name, weight in network.weights().items():
        for i in range(3):
            assert torch.equal(weight[i], kept[best[i]][name][i]), name
    assert np.allclose(state.best["loss"].numpy(), losses.min(1))


def test_history_has_named_axes():
    state = start(make(seeds=(4, 2)), TASK, **SMALL)
    train(state, 3, progress=False)
    assert state.history.values.shape == (2, 3, 2)
    assert state.history["train_loss"].shape == (2, 3)
    array = state.history.to_xarray()
    assert array.dims == ("seed", "session", "metric")
    assert float(array.sel(seed=2, session=3, metric="validation_loss")) == state.history["validation_loss"][1, 2]
    table = state.history.to_pandas()
    assert isinstance(table, pandas.DataFrame) and list(table.columns) == ["seed", "session", "train_loss", "validation_loss"]
    assert float(table.query("seed == 4 and session == 2")["train_loss"].iloc[0]) == state.history["train_loss"][0, 1]
    with pytest.raises(KeyError, match="validation_loss"):
        state.history["accuracy"]


def test_train_loss_is_the_mean_over_the_session():
    state = start(make(), TASK, **SMALL)
    losses = torch.stack([advance(state, 1) for _ in range(8)])
    assert np.allclose(state.history["train_loss"][:, 0], losses.mean(0))


def test_classification_reports_accuracy():
    task = DelayedAssociation()
    state = start(make(task=task), task, plasticity="input", **SMALL)
    train(state, 2, progress=False)
    assert state.history.metrics == ("train_loss", "validation_loss", "validation_accuracy", "validation_certainty")
    certainty = state.history["validation_certainty"]
    assert ((certainty > 0.5) & (certainty < 1)).all()
    batch = task.batch(50, make_generators((0, 1), "test"), "test")
    scores = evaluate(state.network, batch)
    record = observe(state.network, batch)
    right = record.readout[..., -1, :].argmax(-1) == batch.target[..., -1]
    assert torch.allclose(scores["accuracy"], right.float().mean(-1))


@contextmanager
def interrupted_at(line: int):
    """Raise KeyboardInterrupt before the given executed line of ccdyn, counted from 1; counts them all if 0."""
    count = [0]

    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        count[0] += event == "line"
        if event == "line" and count[0] == line:
            raise KeyboardInterrupt      # Python then stops tracing by itself
        return trace

    sys.settrace(trace)
    try:
        yield count
    finally:
        sys.settrace(None)


def test_interrupted_at_any_line_it_trains_on_to_the_same_numbers():
    undisturbed, state = (start(make(), TASK, plasticity="full", **SMALL) for _ in range(2))
    for each in (undisturbed, state):
        advance(each, 8)                              # the first time takes a few lines more: memory is laid out
    with interrupted_at(0) as lines:
        advance(undisturbed, 8)                       # a whole session, with its validation
    moments = random.Random(0).sample(range(1, lines[0]), 40)
    assert lines[0] > 1000
    for moment in moments:
        with pytest.raises(KeyboardInterrupt), interrupted_at(moment):
            advance(state, 8)
        assert state.batches_done == 8 and len(state.history) == 1
    for _ in range(3):
        advance(state, 8)
    advance(undisturbed, 16)
    for name, weight in undisturbed.network.weights().items():
        assert torch.equal(weight, state.network.weights()[name]), name
    assert np.array_equal(undisturbed.history.values, state.history.values)


def test_a_real_signal_interrupts_and_is_undone():
    def tick(*_):
        raise KeyboardInterrupt

    undisturbed, state = (start(make(), TASK, plasticity="full", **SMALL) for _ in range(2))
    previous = signal.signal(signal.SIGALRM, tick)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            advance(state, 10**6)                     # would take an hour
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert state.batches_done == 0
    assert torch.equal(advance(state, 5), advance(undisturbed, 5))


def test_train_stops_cleanly_and_goes_on(capsys):
    class Interrupting(LineDrawing):
        asked = 0

        def batch(self, *args, **kwargs):
            type(self).asked += 1
            if type(self).asked == 13:
                raise KeyboardInterrupt
            return super().batch(*args, **kwargs)

    task = Interrupting(n_steps=7)
    state = train(start(make(), task, **SMALL), 3, progress=False)
    assert "Stopped after 8 batches (1 whole sessions)" in capsys.readouterr().out
    train(state, 2, progress=False)
    undisturbed = train(start(make(), TASK, **SMALL), 3, progress=False)
    assert np.array_equal(state.history.values, undisturbed.history.values)
    with pytest.raises(KeyboardInterrupt):
        Interrupting.asked = 12
        advance(state, 1)


def test_snapshot_and_rewind():
    state = start(make(), TASK, plasticity="full", **SMALL)
    advance(state, 5)
    saved = snapshot(state)
    first = advance(state, 9)
    restore(state, saved)
    assert state.batches_done == 5 and len(state.history) == 0
    assert torch.equal(advance(state, 9), first)
    once, _ = weights_of(state), restore(state, saved)      # a second time: training did not reach into the snapshot
    advance(state, 9)
    assert all(torch.equal(weight, once[name]) for name, weight in state.network.weights().items())


def test_a_loss_that_explodes_is_refused_and_undone():
    @dataclass(frozen=True)
    class Huge(DeltaRule):
        def init(self, network):
            return {"batches": torch.zeros(())}

        def update(self, state, network, record, batch, generator=None):
            gradients, _ = super().update(None, network, record, batch, generator)
            factor = float("nan") if state["batches"] == 3 else 1.0
            return {name: gradient * factor for name, gradient in gradients.items()}, {"batches": state["batches"] + 1}

    state = start(make("none"), TASK, rules=[Huge()], **SMALL)
    before = weights_of(state)
    with pytest.raises(FloatingPointError, match="no longer finite after 4 batches.*smaller lr"):
        advance(state, 4)
    assert all(torch.equal(weight, before[name]) for name, weight in state.network.weights().items())


def test_change_acts_at_once_and_keeps_the_rest():
    state = start(make(), TASK, tau=3, **SMALL)
    advance(state, 5)
    before, moments = weights_of(state), state.optimiser.state_dict()["state"]
    change(state, tau=1, silence=Silence(), lr=5e-3)
    assert TimedPlasticity(tau=1) in state.rules and state.config.silence == Silence()
    assert {group["lr"] for group in state.optimiser.param_groups} == {5e-3}
    assert all(torch.equal(weight, before[name]) for name, weight in state.network.weights().items())
    assert state.optimiser.state_dict()["state"].keys() == moments.keys()
    assert not torch.equal(advance(state, 1), advance(state, 1))
    for bad, words in [({"tau": -1}, "-1"), ({"plasticity": "full"}, "which weights learn"), ({"taus": 3}, "taus"),
                       ({"betas": 0.9}, "two numbers"), ({"betas": (0.9, 1.0)}, "betas"), ({"eps": -1e-9}, "eps"),
                       ({"eps": 0}, "above 0")]:
        config = state.config
        with pytest.raises(ValueError, match=words):
            change(state, **bad)
        assert state.config is config


def test_a_large_eps_moves_weights_in_proportion_to_their_gradients():
    small, large = (start(make(), TASK, **SMALL, eps=eps, lr=0.01 * eps, betas=[0.0, 0.0]) for eps in (1e3, 1e6))
    before = weights_of(small)
    for state in (small, large):
        advance(state, 1)
    moved, same = ({name: weight - before[name] for name, weight in weights_of(state).items()}
                   for state in (small, large))
    assert any(bool(change.abs().max() > 0) for change in moved.values())
    for name, step in moved.items():
        torch.testing.assert_close(step, same[name], rtol=1e-2, atol=1e-6)


def test_eps_and_betas_can_be_changed_on_the_way():
    state = start(make(), TASK, **SMALL)
    change(state, eps=1e-2, betas=(0.9, 0.999))
    assert {(group["eps"], group["betas"]) for group in state.optimiser.param_groups} == {(1e-2, (0.9, 0.999))}


def test_a_session_ends_where_it_should_whatever_the_chunk():
    one = start(make(), TASK, **SMALL)
    for _ in sessions(one, 3, chunk=5):
        pass
    other = start(make(), TASK, **SMALL)
    advance(other, 24)
    assert one.batches_done == 24 and np.array_equal(one.history.values, other.history.values)


def test_progress_bar_counts_batches(capsys):
    train(start(make(), TASK, **SMALL), 2)
    assert "16/16" in capsys.readouterr().out


def batch_of(network, **changes) -> Batch:
    return replace(TASK.batch(3, make_generators(network.config.seeds, "train")), **changes)


NETWORK = make()
BAD = [
    (lambda: start(NETWORK, LineDrawing(n_in=8)), ("n_in=8", "n_in=10")),
    (lambda: start(NETWORK, DelayedAssociation()), ("classification=True", "for_task")),
    (lambda: start(NETWORK, TASK, tau=-1), ("tau is -1", "at least 0")),
    (lambda: start(NETWORK, TASK, tau=2.5), ("2.5", "whole")),
    (lambda: start(NETWORK, TASK, plasticity="all"), ("all", "full")),
    (lambda: start(NETWORK, TASK, lr_cortex=float("nan")), ("lr_cortex is nan", "finite")),
    (lambda: start(NETWORK, TASK, batch_size=0), ("0", "at least 1")),
    (lambda: start(NETWORK, TASK, sessions=3), ("sessions", "batches_per_session")),
    (lambda: start(NETWORK, TASK, rules=[]), ("no rule", "DeltaRule")),
    (lambda: start(NETWORK, TASK, rules=[DeltaRule(), DeltaRule()]), ("both claim", "W_rdt")),
    (lambda: start(make("none"), TASK, rules=[TimedPlasticity()]), ("W_pf", "W_hh")),
    (lambda: start(make(n_slices=3), TASK, tau=4), ("3", "n_slices=5")),
    (lambda: EProp("some"), ("some", "full")),
    (lambda: start(NETWORK, TASK, rules=DeltaRule()), ("DeltaRule()", "rules=[")),
    (lambda: start(TASK, NETWORK), ("LineDrawing", "start(network, task")),
    (lambda: advance(NETWORK), ("Network", "start(network, task")),
    (lambda: train(NETWORK), ("Network", "start(network, task")),
    (lambda: train(start(NETWORK, TASK), -1), ("n_sessions is -1", "at least 0")),
    (lambda: next(sessions(start(NETWORK, TASK), 1.5)), ("n_sessions is 1.5", "whole")),
    (lambda: TASK.gallery(5), ("5", "make_generators")),
    (lambda: Network.for_task(TASK, tau=5), ("'tau'", "start")),
    (lambda: advance(start(NETWORK, TASK), 0), ("0", "at least 1")),
    (lambda: observe(NETWORK, batch_of(NETWORK, target=torch.zeros(2, 3, 7, 5))), ("(2, 3, 7, 5)", "(2, 3, 7, 2)")),
    (lambda: observe(NETWORK, batch_of(NETWORK, mask=torch.zeros(2, 3, 5))), ("mask", "(2, 3, 5)", "(2, 3, 7)")),
    (lambda: observe(NETWORK, batch_of(NETWORK, target=torch.full((2, 3, 7, 2), float("nan")))), ("84", "NaN")),
    (lambda: observe(NETWORK, batch_of(NETWORK, target=torch.zeros(2, 3, 7, dtype=torch.int64))), ("labels", "True")),
]


@pytest.mark.parametrize("call, words", BAD)
def test_bad_input_gets_one_sentence(call, words):
    before = {name: weight.detach().clone() for name, weight in NETWORK.weights().items()}
    with pytest.raises(ValueError) as error:
        call()
    for word in words:
        assert word in str(error.value)
    assert all(torch.equal(weight, before[name]) for name, weight in NETWORK.weights().items())


def test_labels_out_of_range():
    task = DelayedAssociation()
    network = make(task=task)
    batch = task.batch(4, make_generators((0, 1), "train"))
    with pytest.raises(ValueError, match="0 to 2 but the network has 2 classes"):
        observe(network, replace(batch, target=batch.target + (batch.target == 1)))
