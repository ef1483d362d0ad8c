"""Every learning rule beside an independent computation of the same thing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from ccdyn import (BPTT, FORCE, AdaptiveEProp, Batch, DelayedAssociation, DeltaRule, EProp, LineDrawing, Network,
                   NetworkConfig, NodePerturbation, RidgeRegression, Silence, State, TimedPlasticity, advance,
                   evaluate, gradients, load_checkpoint, make_generators, observe, restore, run, save_checkpoint,
                   snapshot, start)

F64 = torch.float64
LINES, LABELS = LineDrawing(n_steps=8), DelayedAssociation(n_steps=9, teacher_steps=4)
CASES = [(LINES, "none"), (LINES, "readout"), (LINES, "cerebellar"), (LABELS, "none"), (LABELS, "readout"),
         (LABELS, "cerebellar")]


def make(task=LINES, feedback="cerebellar", seeds=0, n_cortex=7, alpha=0.4, **settings) -> Network:
    return Network.for_task(task, feedback=feedback, seeds=seeds, n_cortex=n_cortex, alpha=alpha, expansion=3,
                            dtype="float64", **settings)


def batch_of(network, task=LINES, n=3) -> Batch:
    return task.batch(n, make_generators(network.config.seeds, "train"), dtype=F64)


def loss_of(network, batch, **options) -> torch.Tensor:
    """The task loss, from the readouts alone."""
    z = run(network, batch.x, **options).readout
    if batch.is_classification:
        p = z.softmax(-1).gather(-1, batch.target.unsqueeze(-1)).squeeze(-1)
        return -(p.log() * batch.mask).sum((-2, -1)) / batch.mask.sum((-2, -1))
    return ((z - batch.target).square().mean(-1) * batch.mask).sum((-2, -1)) / batch.mask.sum((-2, -1))


def slopes(network, batch, name, places, **options) -> list[float]:
    """Central differences of the loss with respect to single weights."""
    weight, found = getattr(network, name).data, []
    for place in places:
        kept, values = weight[place].item(), []
        for sign in (1, -1):
            weight[place] = kept + sign * 1e-5
            values.append(float(loss_of(network, batch, **options).sum()))
        weight[place] = kept
        found.append((values[0] - values[1]) / 2e-5)
    return found


@pytest.mark.parametrize("task, feedback", CASES)
@pytest.mark.parametrize("silence", [None, Silence(0.5, 2, 5)])
def test_bptt_is_the_slope_of_the_loss(task, feedback, silence):
    network = make(task, feedback)
    batch, names = batch_of(network, task), tuple(network.weights())
    found = gradients(network, batch, [BPTT(weights=names)], silence)
    pick = torch.Generator().manual_seed(1)
    for name in names:
        shape = getattr(network, name).shape
        places = [tuple(int(torch.randint(n, (), generator=pick)) for n in shape) for _ in range(4)]
        expected = slopes(network, batch, name, places, silence=silence)
        assert [float(found[name][place]) for place in places] == pytest.approx(expected, rel=1e-5, abs=1e-9), name


@pytest.mark.parametrize("untaught", [0, 5])
@pytest.mark.parametrize("window", [None, 2, 3])
def test_bptt_meets_the_dropout_of_the_run(window, untaught):
    network = make(feedback="none", readout="granule", readout_dropout=0.4)
    batch = batch_of(network)
    mask = torch.ones_like(batch.mask)
    mask[:, :untaught] = 0
    batch, rule = replace(batch, mask=mask), BPTT(window, weights=("W_hh", "W_mf_rdt", "W_pf_rdt"))
    record = observe(network, batch, ("readout_hidden",), dropout=True, generator=make_generators(0, "noise"))
    with torch.no_grad():
        (found, _), (exact, _) = (each.update(None, network, record, batch) for each in (rule, DeltaRule()))
    for name, gradient in exact.items():
        torch.testing.assert_close(found[name], gradient.detach(), rtol=1e-10, atol=1e-14)


def test_bptt_meets_the_noise_of_the_run():
    network = make(cerebellar_noise=0.3, seeds=(0, 1))
    batch = batch_of(network)
    found = gradients(network, batch, [BPTT()], generator=make_generators((0, 1), "noise"))
    run(network, batch.x, autograd=True, generator=make_generators((0, 1), "noise")).readout.sub(batch.target).square(
        ).mean((-3, -2, -1)).sum().backward()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, getattr(network, name).grad, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("task, feedback", CASES)
@pytest.mark.parametrize("window", [1, 3, 20])
def test_truncated_bptt_is_run_in_windows_that_are_cut_apart(task, feedback, window):
    network = make(task, feedback, seeds=(0, 1))
    batch = batch_of(network, task)
    found = gradients(network, batch, [BPTT(window)], Silence(0.5, 2, 5))
    state, loss = None, 0.0
    for first in range(0, batch.x.shape[-2], window):
        steps = slice(first, first + window)
        silence = Silence(0.5, max(2 - first, 0), max(5 - first, 0))
        part = run(network, batch.x[..., steps, :], state, silence=silence, autograd=True)
        state = State(*(values.detach() for values in part.state))
        mask = batch.mask[..., steps] / batch.mask.sum((-2, -1), keepdim=True)
        if batch.is_classification:
            right = one_hot(batch.target[..., steps], 2).to(F64)
            loss = loss - ((part.readout.log_softmax(-1) * right).sum(-1) * mask).sum()
        else:
            loss = loss + ((part.readout - batch.target[..., steps, :]).square().mean(-1) * mask).sum()
    loss.backward()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, getattr(network, name).grad, rtol=1e-10, atol=1e-14)


def forward_traces(network, batch, B, kappa):
    """e-prop as the textbook has it: traces forward in time, one trial and one synapse at a time."""
    record = observe(network, batch, ("feedback",) if network.feedback.weight else ())
    (start, stop), (n_trials, n_steps, _) = batch.taught, batch.x.shape
    errors = record.rows("error", start, stop).unflatten(0, (stop - start, n_trials))
    names = ["W_ih", "W_hh"] + ([network.feedback.weight] if network.feedback.weight else [])
    total = {name: torch.zeros_like(getattr(network, name)) for name in names}
    for trial in range(n_trials):
        eps = {name: torch.zeros_like(total[name]) for name in names}
        sent = torch.zeros(errors.shape[-1], dtype=F64)
        before = torch.zeros(network.config.n_cortex, dtype=F64)
        for t in range(n_steps):
            now = errors[t - start, trial] if start <= t < stop else torch.zeros_like(sent)
            sent = kappa * sent + (1 - kappa) * now
            rate = record.rate[trial, t]
            for name in names:
                presynaptic = (batch.x[trial, t] if name == "W_ih" else before if name == "W_hh"
                               else record.feedback[trial, t])
                eps[name] = network.config.alpha * eps[name] + presynaptic
                total[name] += ((sent @ B) * (1 - rate**2)).unsqueeze(-1) * eps[name]
            before = rate
    return total


@pytest.mark.parametrize("task, feedback", CASES)
@pytest.mark.parametrize("sender", ["symmetric", "random"])
@pytest.mark.parametrize("kappa", [0.0, 0.6])
def test_eprop_with_any_sender_is_the_sum_over_forward_traces(task, feedback, sender, kappa):
    network, rule = make(task, feedback), EProp(feedback=sender, kappa=kappa)
    batch, memory = batch_of(network, task), rule.init(network)
    B = network.W_rdt.detach() if memory is None else memory["B"]
    found = gradients(network, batch, [rule])
    for name, expected in forward_traces(network, batch, B, kappa).items():
        torch.testing.assert_close(found[name], expected.detach(), rtol=1e-10, atol=1e-14)


def test_random_senders_are_drawn_from_their_seeds_and_stay():
    state = start(make(feedback="none", n_cortex=20, seeds=(0, 1)), LINES, batch_size=3,
                  rules=[DeltaRule(), EProp(feedback="random")])
    B = state.rule_states[1]["B"]
    assert B.shape == (2, 2, 20) and 0.8 * 20**-0.5 < float(B.abs().max()) <= 20**-0.5
    assert torch.equal(B[1], EProp(feedback="random").init(make(feedback="none", n_cortex=20, seeds=1))["B"])
    assert not torch.allclose(B[0], B[1]) and not torch.allclose(B, state.network.W_rdt)
    advance(state, 2)
    assert torch.equal(state.rule_states[1]["B"], B)


@pytest.mark.parametrize("kappa", [0.0, 0.4])
def test_adaptive_senders_learn_what_the_readout_learns_and_forget_as_it_forgets(kappa):
    """Beside a readout and senders that are two parameters of one optimiser, given the same gradient."""
    network, rule = make(feedback="readout", n_cortex=6), AdaptiveEProp(kappa=kappa, decay=0.05)
    W = network.W_rdt.detach().clone()
    B = EProp(feedback="random").init(network)["B"].clone()
    both = torch.optim.Adam([W, B], lr=0.02, betas=(0.9, 0.98), eps=1e-9)
    state, stream = start(network, LINES, rules=[rule], batch_size=3, lr=0.02), make_generators(0, "train")
    for _ in range(12):
        batch = LINES.batch(3, stream, dtype=F64)
        record = run(network, batch.x)
        error = 2 * (record.readout - batch.target) / batch.target.numel()
        product = torch.einsum("btk,btj->kj", error, record.rate).detach()
        torch.testing.assert_close(rule.senders(state.rule_states[0], network), B, rtol=1e-10, atol=1e-14)
        found = gradients_with(network, batch, rule, state.rule_states[0])
        for name, expected in forward_traces(network, batch, B, kappa).items():
            torch.testing.assert_close(found[name], expected.detach(), rtol=1e-9, atol=1e-14)
        W.mul_(0.95)
        B.mul_(0.95)
        W.grad = B.grad = product
        both.step()
        advance(state)
        torch.testing.assert_close(network.W_rdt.detach(), W, rtol=1e-10, atol=1e-14)


def gradients_with(network, batch, rule, memory):
    """The gradients of one rule that remembers."""
    with torch.no_grad():
        return rule.update(memory, network, observe(network, batch, rule.needs(network, batch)), batch)[0]


def test_adaptive_senders_leave_the_recurrent_weights_if_told_to():
    network, rule = make(seeds=(0, 1)), AdaptiveEProp(plastic="input")
    assert rule.claims(network) == ("W_ih", "W_ch", "W_rdt", "b_rdt")
    assert gradients(network, batch_of(network), [rule]).keys() == set(rule.claims(network))


def test_adaptive_senders_come_to_point_where_the_readout_points():
    state = start(make(n_cortex=20, seeds=range(4)), LINES, rules=[AdaptiveEProp(decay=0.02), TimedPlasticity()])
    angle = []
    for _ in range(4):
        B = AdaptiveEProp.senders(state.rule_states[0], state.network)
        angle.append(torch.cosine_similarity(B.flatten(1), state.network.W_rdt.detach().flatten(1)))
        advance(state, 80)
    assert float(angle[0].abs().max()) < 0.6 and float(angle[-1].min()) > 0.95, angle


@dataclass(frozen=True)
class Forgetful(DeltaRule):
    """The delta rule, with a decay of one's own."""

    name: str = "W_rdt"
    share: float = 0.1

    def decays(self, network):
        return {self.name: self.share}


def test_a_decay_is_a_share_of_the_weight_whatever_the_step():
    states = [start(make(seeds=(0, 1)), LINES, rules=[rule], lr=0) for rule in (DeltaRule(), Forgetful())]
    for state in states:
        advance(state, 3)
    torch.testing.assert_close(states[1].network.W_rdt, states[0].network.W_rdt * 0.9**3)
    assert torch.equal(states[1].network.b_rdt, states[0].network.b_rdt)


@pytest.mark.parametrize("feedback", ["none", "readout"])
@pytest.mark.parametrize("seeds", [3, (0, 1)])
def test_force_is_ridge_regression_around_the_start(feedback, seeds):
    task = replace(LINES, noise=0.3)
    network, rule = make(task, feedback, seeds=seeds, n_cortex=6), FORCE(regularisation=0.7)
    stream, memory = make_generators(seeds, "train"), rule.init(network)
    began = torch.cat([network.W_rdt.detach(), network.b_rdt.detach().unsqueeze(-1)], -1)
    rates, targets = [], []
    for _ in range(3):
        batch = task.batch(4, stream, dtype=F64)
        mask = torch.ones_like(batch.mask)
        mask[..., 1, 2:5] = 0                                        # one trial is not taught for a while
        batch = replace(batch, mask=mask)
        record = observe(network, batch, online=rule.online(memory, network, batch))
        with torch.no_grad():
            change, memory = rule.update(memory, network, record, batch)
        for name, value in change.items():
            getattr(network, name).data.sub_(value)
        R = torch.cat([record.rate, torch.ones_like(record.rate[..., :1])], -1) * mask.unsqueeze(-1)
        rates.append(R.flatten(-3, -2))
        targets.append((batch.target * mask.unsqueeze(-1)).flatten(-3, -2))
    R, Y = torch.cat(rates, -2), torch.cat(targets, -2)
    left = R.mT @ R + 0.7 * torch.eye(7, dtype=F64)
    expected = torch.linalg.solve(left, R.mT @ Y + 0.7 * began.mT).mT
    torch.testing.assert_close(network.W_rdt.detach(), expected[..., :-1], rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(network.b_rdt.detach(), expected[..., -1], rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(memory["P"], torch.linalg.inv(left), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("rule", [FORCE(), RidgeRegression(1.0)])
def test_least_squares_stay_sound_in_float32(rule):
    """The rates of a slow cortex are nearly collinear: sums or P in float32 would soon be useless."""
    task = LineDrawing()
    network = Network.for_task(task, feedback="none", alpha=0.9, seeds=(0, 1, 2))
    advance(start(network, task, rules=[rule]), 150)
    error = evaluate(network, task.batch(200, make_generators((0, 1, 2), "test"), "test"))["loss"]
    assert network.dtype == torch.float32 and float(error.max()) < 0.04, error


def test_force_hears_the_readout_that_it_has_just_changed():
    network, rule = make(feedback="readout", n_cortex=6), FORCE()
    batch = batch_of(network, n=2)
    record = observe(network, batch, ("feedback",), online=rule.online(rule.init(network), network, batch))
    assert torch.equal(record.feedback[:, 1:], record.readout[:, :-1])
    free = run(network, batch.x)
    assert torch.equal(record.readout[:, 0], free.readout[:, 0]) and not torch.allclose(record.readout[:, 1:],
                                                                                       free.readout[:, 1:])
    assert float((record.readout - batch.target)[:, 3:].square().mean()) < float(
        (free.readout - batch.target)[:, 3:].square().mean())


def free_running_error(gain: float) -> torch.Tensor:
    """FORCE on one long trial of a sine, then the network alone goes on from where it stopped, (seed,)."""
    network = Network(NetworkConfig(1, 1, feedback="readout", n_cortex=200, alpha=0.1, seeds=range(5)))
    network.W_hh.data.mul_(gain * 3**0.5)      # spectral radius ``gain``
    network.W_zh.data.mul_(200**0.5)
    sine = torch.sin(2 * torch.pi * torch.arange(2400) / 40).reshape(1, 1, -1, 1).expand(5, 1, -1, 1)
    silent, mask = torch.zeros(5, 1, 2000, 1), torch.ones(5, 1, 2000)
    batch, rule = Batch(silent, sine[..., :2000, :], mask, mask), FORCE()
    memory = rule.init(network)
    record = observe(network, batch, online=rule.online(memory, network, batch))
    with torch.no_grad():
        for name, change in rule.update(memory, network, record, batch)[0].items():
            getattr(network, name).sub_(change)
    free = run(network, silent[..., :400, :], record.state)
    return (free.readout - sine[..., 2000:, :]).square().mean((1, 2, 3)).detach()


def test_force_finds_a_rhythm_that_goes_on_by_itself():
    """If the cortex is lively enough (Sussillo & Abbott 2009): an error of .5 is that of being silent."""
    assert float(free_running_error(1.2).median()) < 0.2
    assert float(free_running_error(0.6).min()) > 0.45


@dataclass(frozen=True)
class Patchy(LineDrawing):
    """Line drawing whose second trial is not taught for a while."""

    def batch(self, *args, **kwargs):
        batch = super().batch(*args, **kwargs)
        mask = torch.ones_like(batch.mask)
        mask[..., 1, 2:5] = 0
        return replace(batch, mask=mask)


def test_ridge_regression_is_least_squares_with_rows_for_the_weights():
    task = Patchy(n_steps=8, noise=0.3)
    network, rule = make(task, "none", n_cortex=6), RidgeRegression(0.2)
    state = start(network, task, rules=[rule], batch_size=5)
    stream, rates, targets = make_generators(0, "train"), [], []
    for _ in range(3):
        batch = task.batch(5, stream, dtype=F64)
        taught = batch.mask.bool()
        rate = run(network, batch.x).rate.detach()[taught].numpy()
        rates.append(np.column_stack([rate, np.ones(len(rate))]))
        targets.append(batch.target[taught].numpy())
    R = np.vstack([*rates, 0.2**0.5 * np.eye(7)])
    expected = np.linalg.lstsq(R, np.vstack([*targets, np.zeros((7, 2))]), rcond=None)[0].T
    advance(state, 3)
    assert np.allclose(network.W_rdt.detach().numpy(), expected[:, :-1], atol=1e-10)
    assert np.allclose(network.b_rdt.detach().numpy(), expected[:, -1], atol=1e-10)


@pytest.mark.parametrize("feedback", ["none", "cerebellar"])
def test_node_perturbation_is_the_true_gradient_on_average(feedback):
    task = LineDrawing(n_steps=3)
    network = make(task, feedback, n_cortex=3)
    one = task.batch(1, make_generators(0, "train"), dtype=F64)
    many = Batch(*(values.expand(20_000, *values.shape[1:]).clone() for values in
                   (one.x, one.target, one.mask, one.score_mask)))
    truth = gradients(network, one, [BPTT()])
    found = gradients(network, many, [NodePerturbation(sigma=1e-4, samples=2)], generator=make_generators(0, "noise"))
    for name, gradient in found.items():
        assert float(torch.cosine_similarity(gradient.flatten(), truth[name].flatten(), 0)) > 0.995, name
        assert float(gradient.norm() / truth[name].norm()) == pytest.approx(1.0, abs=0.05), name


RULES = [lambda: [BPTT(), DeltaRule()], lambda: [BPTT(3), DeltaRule()], lambda: [EProp(feedback="random"), DeltaRule()],
         lambda: [EProp(kappa=0.3), DeltaRule()], lambda: [FORCE(), EProp()],
         lambda: [RidgeRegression()], lambda: [NodePerturbation(), DeltaRule()], lambda: [AdaptiveEProp()]]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("feedback", ["none", "readout", "cerebellar"])
def test_replicas_are_separate_networks(rules, feedback):
    settings = {"batch_size": 3, "batches_per_session": 4, "validation_size": 6}
    together = start(make(feedback=feedback, seeds=(4, 2)), LINES, rules=rules(), **settings)
    advance(together, 8)
    for i, seed in enumerate((4, 2)):
        alone = start(make(feedback=feedback, seeds=seed), LINES, rules=rules(), **settings)
        advance(alone, 8)
        for name, weight in alone.network.weights().items():
            torch.testing.assert_close(together.network.weights()[name][i], weight, rtol=0, atol=1e-10)


def test_direct_rules_leave_the_optimiser_alone_and_resume(tmp_path):
    settings = {"batch_size": 3, "batches_per_session": 4, "validation_size": 6}
    for rules in ([FORCE()], [FORCE(), EProp()], [RidgeRegression(), TimedPlasticity()],
                  [AdaptiveEProp()]):
        state = start(make(seeds=(0, 1)), LINES, rules=rules, **settings)
        advance(state, 3)
        saved = snapshot(state)
        save_checkpoint(state, tmp_path / "here")
        first = advance(state, 3)
        restore(state, saved)
        assert torch.equal(advance(state, 3), first)
        again = load_checkpoint(tmp_path / "here", LINES, tuple(rules))
        assert torch.equal(advance(again, 3), first)
        assert np.isfinite(float(evaluate(state.network, batch_of(state.network))["loss"].sum()))


@dataclass(frozen=True)
class Broken(DeltaRule):
    """The delta rule, with something wrong."""

    how: str = ""

    def claims(self, network):
        return {"unknown": ("W_rdt", "W_new"), "twice": ("W_rdt", "b_rdt", "W_rdt")}.get(
            self.how, super().claims(network))

    def update(self, state, network, record, batch, generator=None):
        found, state = super().update(state, network, record, batch, generator)
        if self.how == "shape":
            found["W_rdt"] = found["W_rdt"].mT
        elif self.how == "missing":
            del found["b_rdt"]
        elif self.how == "more":
            found["W_hh"] = torch.zeros_like(network.W_hh)
        elif self.how == "nan":
            found["W_rdt"] = found["W_rdt"] / 0.0 * 0.0
        elif self.how == "changes":
            network.W_hh.mul_(0.5)
        elif self.how == "changes data":
            network.W_hh.data.mul_(0.5)
        elif self.how == "none":
            found["W_rdt"] = None
        return found, state


@pytest.mark.parametrize("how, words", [
    ("shape", ("W_rdt", "(7, 2)", "(2, 7)")), ("missing", ("b_rdt", "(2,)")), ("more", ("W_hh", "claims W_rdt, b_rdt")),
    ("nan", ("W_rdt", "NaN")), ("changes", ("W_hh", "leave the network")),
    ("changes data", ("W_hh", "leave the network")),
    ("unknown", ("W_new", "W_hh")), ("twice", ("both claim", "W_rdt")), ("none", ("NoneType", "W_rdt", "(2, 7)"))])
def test_a_broken_rule_is_refused_by_name_before_it_does_harm(how, words):
    network = make(feedback="none")
    before = {name: weight.detach().clone() for name, weight in network.weights().items()}
    with pytest.raises(ValueError) as error:
        start(network, LINES, rules=[Broken(how=how)])
    for word in ("Broken", *words):
        assert word in str(error.value)
    assert all(torch.equal(weight, before[name]) for name, weight in network.weights().items())


@dataclass(frozen=True)
class Late(DeltaRule):
    """Behaves at the rehearsal and in the first batch, then changes the network itself."""

    def init(self, network):
        return {"batches": torch.zeros(())}

    def update(self, state, network, record, batch, generator=None):
        if state["batches"] == 1:
            network.W_hh.mul_(0.5)
        return super().update(None, network, record, batch)[0], {"batches": state["batches"] + 1}


def test_a_rule_that_changes_the_network_later_is_found_and_undone():
    state = start(make(feedback="none"), LINES, rules=[Late()], batch_size=3)
    before = {name: weight.detach().clone() for name, weight in state.network.weights().items()}
    with pytest.raises(ValueError, match="Late.*W_hh itself.*leave the network"):
        advance(state, 5)
    assert all(torch.equal(weight, before[name]) for name, weight in state.network.weights().items())
    assert state.batches_done == 0


@pytest.mark.parametrize("make_it, words", [
    (lambda: BPTT(0), ("window is 0", "at least 1")),
    (lambda: FORCE(0), ("regularisation is 0", "above 0")), (lambda: FORCE(-1), ("-1", "at least 0")),
    (lambda: RidgeRegression(0.0), ("0", "above 0")),
    (lambda: NodePerturbation(0), ("sigma", "0.01")), (lambda: NodePerturbation(plastic="some"), ("some", "full")),
    (lambda: EProp(feedback="fixed"), ("fixed", "random", "AdaptiveEProp")),
    (lambda: AdaptiveEProp(decay=1.5), ("decay is 1.5", "0 to 1")),
    (lambda: AdaptiveEProp(kappa=-1), ("kappa", "0 to 1")),
    (lambda: start(make(feedback="none", readout="granule"), LINES, rules=[AdaptiveEProp()]), ("granule", "EProp()")),
    (lambda: start(make(), LINES, rules=[AdaptiveEProp(), DeltaRule()]), ("both claim 'W_rdt'", "one rule")),
    (lambda: start(make(), LINES, rules=[Forgetful(share=2)]), ("decay of W_rdt is 2", "0 to 1")),
    (lambda: start(make(), LINES, rules=[Forgetful(name="W_hh")]), ("W_hh", "claim W_rdt, b_rdt")),
    (lambda: EProp(kappa=1.5), ("kappa is 1.5", "0 to 1")),
    (lambda: start(make(LABELS), LABELS, rules=[FORCE()]), ("classification=True", "DeltaRule")),
    (lambda: start(make(feedback="none", readout="granule"), LINES, rules=[RidgeRegression()]),
     ("granule", "DeltaRule")),
])
def test_impossible_rules_are_refused(make_it, words):
    with pytest.raises(ValueError) as error:
        make_it()
    for word in words:
        assert word in str(error.value)
