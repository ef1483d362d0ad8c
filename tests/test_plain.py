"""The engine against independent ways of computing the same, each written here or in benchmarks/plain.py:

1. a plain per-step implementation with forward eligibility traces,
2. autograd, with the recurrent rate and the feedback detached (e-prop),
3. autograd of the cerebellar loss, pair by pair and trial by trial (timed plasticity),
4. backpropagation through time, through everything that moves (``run(autograd=True)``).

Nothing in this file calls the engine's formulas to check the engine's formulas.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ccdyn import (Batch, DecoupledNetwork, Decoupling, DeltaRule, EProp, GradedLines, Network, NetworkConfig,
                   TimedPlasticity, gradients, observe, run)

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.plain import PlainNetwork  # noqa: E402
from benchmarks.plain_decoupling import PlainDecoupled  # noqa: E402

N_TRIALS, N_STEPS, N_IN, N_OUT, N_CORTEX, N_GRANULE = 4, 9, 3, 2, 6, 13
ARCHITECTURES = ("none", "readout", "cerebellar")


def make(feedback: str = "none", n_steps: int = N_STEPS, n_trials: int = N_TRIALS, taught: str = "all",
         seed: int = 1, n_out: int = N_OUT, n_cortex: int = N_CORTEX, **settings) -> tuple[Network, Batch]:
    """A float64 network and a random batch; taught: all, some (at random), window or last step."""
    network = Network(NetworkConfig(n_in=N_IN, n_out=n_out, n_cortex=n_cortex, expansion=N_GRANULE / n_cortex,
                                    feedback=feedback, dtype="float64", seeds=seed, **settings))
    g = torch.Generator().manual_seed(seed + 100)
    x = torch.randn(n_trials, n_steps, N_IN, dtype=torch.float64, generator=g)
    if network.config.classification:
        target = torch.randint(n_out, (n_trials, n_steps), generator=g)
    else:
        target = torch.randn(n_trials, n_steps, n_out, dtype=torch.float64, generator=g)
    mask = torch.ones(n_trials, n_steps, dtype=torch.float64)
    if taught == "some":
        mask = (torch.rand(n_trials, n_steps, generator=g) < 0.5).double()
        mask[:, n_steps // 2] = 0  # a step at which nobody is taught, between others
        mask[0, 1] = mask[-1, -1] = 1
    elif taught == "window":
        mask[:, :-3] = 0
    elif taught == "last":
        mask[:, :-1] = 0
    return network, Batch(x, target, mask, mask)


def assert_close(got: dict, expected: dict, tolerance: float) -> None:
    """Same names, and the largest difference is below ``tolerance`` of the largest expected value."""
    assert set(got) == set(expected)
    for name in expected:
        assert got[name].shape == expected[name].shape, name
        difference, size = (got[name] - expected[name]).abs().max(), expected[name].abs().max()
        assert difference <= tolerance * size, f"{name}: {difference:g} of {size:g}"


def task_loss(readout, batch):
    """Mean loss over supervised trials and steps (and units), from its definition."""
    if batch.is_classification:
        rows = F.cross_entropy(readout.flatten(0, 1), batch.target.flatten(), reduction="none")
        return (rows * batch.mask.flatten()).sum() / batch.mask.sum()
    squares = (readout - batch.target)**2 * batch.mask.unsqueeze(-1)
    return squares.sum() / (batch.mask.sum() * readout.shape[-1])


def live(network: Network, x, detached: bool):
    """The network from its equations, in plain torch: weights, and series (batch, time, unit), by name.

    ``detached``: the graph is cut where e-prop has no access, at the rate that enters W_hh and at the
    feedback; alpha h_{t-1} keeps its graph.
    """
    w = {name: weight.detach().clone().requires_grad_() for name, weight in network.weights().items()}
    c = network.config

    def answer(rate):
        if c.readout == "granule":
            return (rate @ w["W_mf_rdt"].T).clamp_min(0) @ w["W_pf_rdt"].T
        return rate @ w["W_rdt"].T + w["b_rdt"]

    h = x.new_zeros(len(x), c.n_cortex)
    readout = x.new_zeros(len(x), c.n_out)
    series = {name: [] for name in ("h", "rate", "readout", "feedback", "granule", "prediction")}
    for t in range(x.shape[1]):
        rate = torch.tanh(h)
        current = x[:, t] @ w["W_ih"].T + (rate.detach() if detached else rate) @ w["W_hh"].T
        if c.feedback != "none":
            if c.feedback == "cerebellar":
                granule = (rate @ w["W_mf"].T).clamp_min(0)
                prediction = granule @ w["W_pf"].T
                series["granule"].append(granule)
                series["prediction"].append(prediction)
            f = readout if c.feedback == "readout" else prediction
            f = torch.softmax(f, -1) if c.classification else f
            series["feedback"].append(f)
            current = current + (f.detach() if detached else f) @ w[network.feedback.weight].T
        h = network.alpha * h + current
        readout = answer(torch.tanh(h))
        for name, value in (("h", h), ("rate", torch.tanh(h)), ("readout", readout)):
            series[name].append(value)
    return w, {name: torch.stack(values, 1) for name, values in series.items() if values}


# 1. Forward eligibility traces


PLAIN_CASES = [(feedback, tau) for feedback in ("none", "readout") for tau in (3,)]
PLAIN_CASES += [("cerebellar", tau) for tau in (0, 1, 3, N_STEPS, N_STEPS + 2)]


@pytest.mark.parametrize("keep_traces", (False, True), ids=("moved on", "kept"))
@pytest.mark.parametrize("plasticity", ("fixed", "input", "full"))
@pytest.mark.parametrize("feedback, tau", PLAIN_CASES)
@pytest.mark.filterwarnings("ignore:tau is")
def test_plain_implementation(feedback, plasticity, tau, keep_traces):
    """Traces for every synapse and trial, and targets that arrive tau steps late, give the same."""
    network, batch = make(feedback, alpha=0.7)
    plain = PlainNetwork(network)
    loss = plain.learn(batch.x, batch.target, plasticity, tau, keep_traces)
    torch.testing.assert_close(loss, observe(network, batch).loss, rtol=1e-12, atol=0)
    fixed = {"fixed": ("W_ih", "W_zh", "W_ch", "W_hh"), "input": ("W_hh",), "full": ()}[plasticity]
    expected = {}
    for name, weight in plain.named_parameters():
        if name in fixed:
            assert weight.grad is None
        else:  # no gradient at all is one of zeros: tau is longer than the trial
            expected[name] = torch.zeros_like(weight) if weight.grad is None else weight.grad
    assert_close(gradients(network, batch, rules(network, plasticity, tau)), expected, 1e-10)


def rules(network, plasticity, tau=3):
    """Those of ``TrainConfig``, by hand."""
    chosen = [DeltaRule()] + ([EProp(plasticity)] if plasticity != "fixed" else [])
    return chosen + ([TimedPlasticity(tau)] if network.config.feedback == "cerebellar" else [])


@pytest.mark.parametrize("feedback", ARCHITECTURES)
def test_plain_implementation_with_one_alpha_per_unit(feedback):
    network, batch = make(feedback, alpha=tuple(torch.linspace(0, 1, N_CORTEX).tolist()))
    plain = PlainNetwork(network)
    plain.learn(batch.x, batch.target, "full")
    expected = {name: weight.grad for name, weight in plain.named_parameters()}
    assert_close(gradients(network, batch, rules(network, "full")), expected, 1e-10)


@pytest.mark.parametrize("size", ({"n_trials": 1}, {"n_steps": 1}, {"n_cortex": 1}))
@pytest.mark.parametrize("feedback", ARCHITECTURES)
def test_plain_implementation_with_one_of_something(feedback, size):
    network, batch = make(feedback, alpha=0.6, **size)
    plain = PlainNetwork(network)
    plain.learn(batch.x, batch.target, "full", tau=1)
    expected = {name: weight.grad for name, weight in plain.named_parameters()}
    assert_close(gradients(network, batch, rules(network, "full", 1)), expected, 1e-10)


# 2. e-prop is autograd without the paths that a synapse cannot know


ALPHAS = {"0": 0.0, "0.1": 0.1, "1": 1.0, "per unit": tuple(torch.linspace(0, 1, N_CORTEX).tolist())}


@pytest.mark.parametrize("taught", ("all", "some", "window", "last"))
@pytest.mark.parametrize("classification", (False, True), ids=("numbers", "labels"))
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("plastic", ("input", "full"))
@pytest.mark.parametrize("feedback", (*ARCHITECTURES, "granule readout"))
def test_eprop_is_detached_autograd(feedback, plastic, alpha, classification, taught):
    readout = "granule" if feedback == "granule readout" else "linear"
    network, batch = make("none" if readout == "granule" else feedback, readout=readout, alpha=ALPHAS[alpha],
                          classification=classification, n_out=5 if classification else N_OUT, taught=taught)
    w, series = live(network, batch.x, detached=True)
    loss = task_loss(series["readout"], batch)
    loss.backward()
    learning = set(network.readout.shapes(network.config)) | {"W_ih", network.feedback.weight} - {None}
    learning |= {"W_hh"} if plastic == "full" else set()
    assert_close(gradients(network, batch, [DeltaRule(), EProp(plastic)]),
                 {name: w[name].grad for name in learning}, 1e-12)
    torch.testing.assert_close(observe(network, batch).loss, loss.detach(), rtol=1e-12, atol=0)


def test_eprop_is_not_the_full_gradient():
    """The check above could pass for the wrong reason if detaching changed nothing."""
    network, batch = make("cerebellar")
    found = []
    for detached in (True, False):
        w, series = live(network, batch.x, detached)
        task_loss(series["readout"], batch).backward()
        found.append(w["W_hh"].grad)
    assert (found[0] - found[1]).abs().max() > 0.01 * found[0].abs().max()


# 3. Timed plasticity is autograd of the cerebellar loss


def cerebellar_loss(network: Network, batch: Batch, tau: int, final_learning: bool):
    """Gradients of the sum over pairs of the mean over supervised trials and outputs.

    C(r_s) is taught y_{s+tau}: the window counts from the state that the cerebellum saw. (p_{s+1} = C(r_s).)
    """
    n_steps, n_out, slices = batch.x.shape[1], network.config.n_out, network.config.n_slices
    _, series = live(network, batch.x, detached=True)
    rest = torch.zeros_like(series["rate"][:, :1])
    states = torch.cat([rest, series["rate"]], 1).detach()  # states[:, s] is r_{s-1}
    w = {name: getattr(network, name).detach().clone().requires_grad_() for name in ("W_mf", "W_pf")}
    total = sum(weight.sum() * 0 for weight in w.values())
    for s in range(n_steps + 1):        # p_s = C(r_{s-1})
        prediction = (states[:, s] @ w["W_mf"].T).clamp_min(0) @ w["W_pf"].T
        lags = range(tau + 1) if slices > 1 else (tau,)
        aims = [s - 1 + lag for lag in lags]
        if s == n_steps and tau > 0:
            continue                    # never heard by the cortex, so never taught
        if aims[-1] >= n_steps:
            if not final_learning:
                continue                # the target comes after the end
            aims = [n_steps - 1] if slices == 1 else [aim for aim in aims if aim < n_steps]
        if s == 0 and slices > 1 or aims[-1] < 0:
            continue                    # p_0 = 0 saw nothing
        terms = []
        for trial in range(len(batch.x)):
            for j, aim in enumerate(aims):
                if batch.mask[trial, aim] == 0:
                    continue
                p = prediction[trial, j * n_out:(j + 1) * n_out]
                y = batch.target[trial, aim]
                terms.append(F.cross_entropy(p, y) if batch.is_classification else (p - y).square().mean())
        if terms:
            total = total + torch.stack(terms).mean()
    total.backward()
    return {name: weight.grad for name, weight in w.items()}


@pytest.mark.parametrize("final_learning", (False, True), ids=("", "final"))
@pytest.mark.parametrize("taught", ("all", "some", "window", "last"))
@pytest.mark.parametrize("classification", (False, True), ids=("numbers", "labels"))
@pytest.mark.parametrize("tau", (0, 1, 2, 4, N_STEPS - 1, N_STEPS, N_STEPS + 3))
@pytest.mark.filterwarnings("ignore:tau is")
def test_timed_plasticity_is_autograd(tau, classification, taught, final_learning):
    network, batch = make("cerebellar", classification=classification, n_out=5 if classification else N_OUT,
                          taught=taught, alpha=0.6)
    expected = cerebellar_loss(network, batch, tau, final_learning)
    rule = TimedPlasticity(tau, final_learning=final_learning)
    assert_close(gradients(network, batch, [rule]), expected, 1e-12)
    fixed = gradients(network, batch, [TimedPlasticity(tau, mossy=False, final_learning=final_learning)])
    assert_close(fixed, {"W_pf": expected["W_pf"]}, 1e-12)


@pytest.mark.parametrize("final_learning", (False, True), ids=("", "final"))
@pytest.mark.parametrize("taught", ("all", "some", "window", "last"))
@pytest.mark.parametrize("tau", (1, 4, N_STEPS - 1))
def test_timed_plasticity_of_a_temporal_basis(tau, taught, final_learning):
    network, batch = make("cerebellar", n_slices=tau + 1, taught=taught, alpha=0.6)
    expected = cerebellar_loss(network, batch, tau, final_learning)
    rule = TimedPlasticity(tau, final_learning=final_learning)
    assert_close(gradients(network, batch, [rule]), expected, 1e-12)


def test_timed_plasticity_leaves_missing_mossy_fibres_missing():
    network, batch = make("cerebellar", fan_in=2)
    expected = cerebellar_loss(network, batch, 3, False)
    heard = network.W_mf != 0
    assert heard.sum(-1).eq(2).all() and (expected["W_mf"][~heard] != 0).any()
    expected["W_mf"] = expected["W_mf"] * heard
    assert_close(gradients(network, batch, [TimedPlasticity(3)]), expected, 1e-12)


def test_granule_activity_computed_again_is_the_same(monkeypatch):
    """Long trials do not keep it; small limits here make a short one behave like a long one."""
    network, batch = make("cerebellar", taught="some")
    kept = gradients(network, batch, [TimedPlasticity(2)])
    monkeypatch.setattr("ccdyn.plasticity.timed.KEEP_BYTES", 0)
    monkeypatch.setattr("ccdyn.plasticity.timed.PART_BYTES", 2 * N_TRIALS * N_GRANULE * 8)
    assert TimedPlasticity(2).needs(network, batch) == ()
    assert_close(gradients(network, batch, [TimedPlasticity(2)]), kept, 1e-13)


# 4. Backpropagation through time, through everything that moves


@pytest.mark.parametrize("feedback, classification", [
    *((feedback, labels) for feedback in (*ARCHITECTURES, "granule readout") for labels in (False, True)),
    ("temporal basis", False),
])
def test_run_with_autograd_is_bptt(feedback, classification):
    settings = {"granule readout": {"feedback": "none", "readout": "granule"},
                "temporal basis": {"feedback": "cerebellar", "n_slices": 4}}
    network, batch = make(**settings.get(feedback, {"feedback": feedback}), classification=classification,
                          alpha=ALPHAS["per unit"], n_out=5 if classification else N_OUT, taught="some")
    w, expected = live(network, batch.x, detached=False)
    for autograd in (False, True):
        record = run(network, batch.x, record=tuple(expected), autograd=autograd)
        got = {name: getattr(record, name).detach() for name in expected}
        assert_close(got, {name: values.detach() for name, values in expected.items()}, 1e-12)
        assert record.readout.requires_grad == autograd
    task_loss(expected["readout"], batch).backward()
    task_loss(record.readout, batch).backward()
    assert_close({name: weight.grad for name, weight in network.weights().items()},
                 {name: weight.grad for name, weight in w.items()}, 1e-12)
    assert all(weight.grad.abs().sum() > 0 for weight in w.values())


@pytest.mark.parametrize("layers", [(), (7,), (9, 8)])
@pytest.mark.parametrize("truncation, sparse", [(1, 1), (1, 2), (3, 2), (3, 4), (10, 2)])
def test_predicted_feedback_is_that_of_the_plain_implementation(layers, truncation, sparse):
    task = GradedLines(sparse=sparse)
    network = DecoupledNetwork.for_task(task, n_cortex=6, synthesiser=layers, dtype="float64")
    for name in ("W_pf", "b_pf") if layers else ():     # or the synthesiser would say nothing
        getattr(network, name).data.uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(1))
    batch = task.batch(20, torch.Generator().manual_seed(2), dtype=torch.float64)
    other = PlainDecoupled(network)
    loss = other.learn(batch.x, batch.target, sparse, truncation, 0.3)
    got = gradients(network, batch, [Decoupling(truncation, 0.3)])
    for name, weight in other.named_parameters():
        assert torch.allclose(got[name], weight.grad, rtol=1e-10, atol=1e-12), name
    n_taught = len(range(0, 10, sparse))
    assert loss / n_taught == pytest.approx(float(observe(network, batch, ("cell",)).loss), rel=1e-10)
