"""Predicted feedback: exactness beyond the reference runs, many seeds, lesions, clipping, files, probes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn import Batch, DecoupledConfig, DecoupledNetwork, Decoupling, GradedLines, SequentialDrawing, SequentialMNIST
from ccdyn.decoupling import (EXPERIMENTS, MODELS, activities, correlations, dysmetria, gradient_similarity,
                              reported_error, true_feedback)
from ccdyn.rng import make_generators
from ccdyn.train_state import snapshot

TASK = GradedLines(n_steps=7, noise=0.1)
SMALL = {"n_cortex": 6, "synthesiser": (9, 8)}
SHORT = {"batch_size": 5, "batches_per_session": 4, "validation_size": 6}


def network_for(task=TASK, seeds=0, dtype="float64", **settings) -> DecoupledNetwork:
    """A small one whose synthesiser says something: its last layer is not 0 as it is at the start."""
    network = DecoupledNetwork.for_task(task, seeds=seeds, dtype=dtype, **{**SMALL, **settings})
    if network.config.synthesiser:
        for name in ("W_pf", "b_pf"):
            weight = getattr(network, name)
            weight.data.copy_(torch.rand(weight.shape, generator=torch.Generator().manual_seed(4)) - 0.5)
    return network


def batch_for(network, task=TASK, n=5, seed=3) -> Batch:
    seeds = network.config.seeds
    return task.batch(n, make_generators(seeds, "train"), dtype=network.dtype)


def plain_gradients(network, batch, truncation, factor):
    """The definition with autograd, truncation by truncation: see ``Decoupling``."""
    w = {name: weight.detach().clone().requires_grad_() for name, weight in network.weights().items()}
    n_cortex, lstm = network.config.n_cortex, network.config.cortex == "lstm"

    def guess(state, context):
        g = state @ w["W_mf"].T + w["b_mf"]
        g = g if context is None else g + context @ w["W_ctx"].T
        for i in range(2, len(network.config.synthesiser) + 1):
            g = g.relu() @ w[f"W_gr{i}"].T + w[f"b_gr{i}"]
        return g.relu() @ w["W_pf"].T + w["b_pf"]

    told = network.context_of(batch)
    steps, total = batch.x.shape[1], 0.0
    state = batch.x.new_zeros(len(batch.x), network.config.n_state)
    for first in range(0, steps, truncation):
        start = state = state.detach().requires_grad_()
        at_start = guess(start.detach(), None if told is None else told[first])
        r, c = state[:, :n_cortex], state[:, n_cortex:]
        readouts = []
        last = min(first + truncation, steps)
        for t in range(first, last):
            a = batch.x[:, t] @ w["W_ih"].T + w["b_ih"] + r @ w["W_hh"].T + w["b_hh"]
            if lstm:
                i, f, g, o = a.chunk(4, 1)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                r = o.sigmoid() * c.tanh()
            else:
                r = a.tanh()
            readouts.append(r @ w["W_rdt"].T + w["b_rdt"])
        state = torch.cat((r, c), 1)
        injected = factor * guess(state.detach(), None if told is None else told[min(last, steps - 1)]).detach()
        objective = (injected * state).sum()
        mask, target, z = batch.mask[:, first:last], batch.target[:, first:last], torch.stack(readouts, 1)
        if mask.sum():
            if batch.is_classification:
                loss = torch.nn.functional.cross_entropy(z.flatten(0, 1), target.flatten(), reduction="none")
                objective = objective + (loss * mask.flatten()).sum() / mask.sum()
            else:
                objective = objective + ((z - target)**2 * mask[..., None]).sum() / mask.sum() / z.shape[-1]
        cortex = [name for name in w if network.group(name) != "cerebellum"]
        found = torch.autograd.grad(objective, [*(w[name] for name in cortex), start], allow_unused=True)
        wanted = found[-1] if found[-1] is not None else torch.zeros_like(start)
        total = total + ((at_start - wanted.detach())**2).sum()
        for name, gradient in zip(cortex, found):
            if gradient is not None:
                w[name].grad = gradient if w[name].grad is None else w[name].grad + gradient
    total.backward()
    return {name: weight.grad for name, weight in w.items()}


@pytest.mark.parametrize("cortex", ["lstm", "tanh"])
@pytest.mark.parametrize("layers", [(9,), (9, 8), (5, 6, 7)])
@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("truncation", [1, 3, 7])
def test_gradients_are_those_of_the_definition(cortex, layers, context, truncation):
    network = network_for(cortex=cortex, synthesiser=layers, context=context)
    batch = batch_for(network)
    got = ccdyn.gradients(network, batch, [Decoupling(truncation, 0.3)])
    expected = plain_gradients(network, batch, truncation, 0.3)
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(got[name], value, rtol=1e-10, atol=1e-12), name


def test_classes_with_context_and_only_the_last_step_taught():
    task = SequentialMNIST()
    network = network_for(task, context=True)
    batch = batch_for(network, task, n=3)
    got = ccdyn.gradients(network, batch, [Decoupling(5, 0.2)])
    for name, value in plain_gradients(network, batch, 5, 0.2).items():
        assert torch.allclose(got[name], value, rtol=1e-9, atol=1e-12), name


@pytest.mark.parametrize("context", [False, True])
def test_equal_trials_told_once_are_worth_as_much(context):
    task = GradedLines(n_steps=7)
    network = network_for(task, seeds=(0, 1, 2), context=context)
    batch = batch_for(network, task, n=20)
    assert batch.kind.shape == (3, 20) and batch.x.shape == (3, 20, 7, 1)
    apart = Batch(batch.x, batch.target, batch.mask, batch.score_mask)
    rule = Decoupling(2, 0.3)
    one, other = (ccdyn.gradients(network, each, [rule]) for each in (batch, apart))
    for name in one:
        assert torch.allclose(one[name], other[name], rtol=1e-10, atol=1e-12), name
    record = ccdyn.observe(network, batch, ("cell",))
    assert rule.explain(network, record, batch).boundary.shape[2] == 7
    assert rule.explain(network, record, apart).boundary.shape[2] == 20
    assert GradedLines(noise=0.1).batch(5, make_generators(0, "train")).kind is None


@pytest.mark.parametrize("task", [TASK, GradedLines(n_steps=7), SequentialDrawing()])
def test_many_seeds_equal_separate_runs(task):
    settings = {"rules": [Decoupling(2)], "clip": 1.0, **SHORT}
    together = ccdyn.start(network_for(task, seeds=(3, 5, 8)), task, **settings)
    ccdyn.train(together, 2, progress=False)
    for place, seed in enumerate((3, 5, 8)):
        alone = ccdyn.start(network_for(task, seeds=seed), task, **settings)
        alone.network.load_state_dict({name: value[place] for name, value in
                                       network_for(task, seeds=(3, 5, 8)).state_dict().items()})
        ccdyn.train(alone, 2, progress=False)
        for name, weight in alone.network.weights().items():
            assert torch.allclose(weight, together.network.weights()[name][place], rtol=0, atol=1e-10), name
        assert np.allclose(alone.history.values[0], together.history.values[place], rtol=1e-9)


def test_with_factor_0_the_cortex_learns_as_in_a_crnn():
    states = []
    for layers, rule in (((), Decoupling(2)), ((9, 8), Decoupling(2, factor=0))):
        network = network_for(seeds=(0, 1), synthesiser=layers)
        states.append(ccdyn.start(network, TASK, rules=[rule], **SHORT))
        ccdyn.train(states[-1], 3, progress=False)
    crnn, ccrnn = (state.network.weights() for state in states)
    assert len(crnn) == 6
    for name in crnn:
        assert torch.equal(crnn[name], ccrnn[name]), name
    assert not torch.equal(ccrnn["W_mf"], network_for(seeds=(0, 1)).W_mf)      # the cerebellum learned beside it
    assert np.array_equal(states[0].history.values, states[1].history.values)


def test_one_truncation_and_nothing_put_in_is_full_bptt():
    network = network_for(synthesiser=())
    batch = batch_for(network)
    for rule in (Decoupling(None), Decoupling(7), Decoupling(100)):
        got = ccdyn.gradients(network, batch, [rule])
        lstm = torch.nn.LSTM(1, 6, batch_first=True, dtype=torch.float64)
        for name, ours in {"weight_ih_l0": "W_ih", "weight_hh_l0": "W_hh", "bias_ih_l0": "b_ih",
                           "bias_hh_l0": "b_hh"}.items():
            getattr(lstm, name).data.copy_(getattr(network, ours))
        z = lstm(batch.x)[0] @ network.W_rdt.detach().T + network.b_rdt.detach()
        assert torch.allclose(z, ccdyn.run(network, batch.x).readout, atol=1e-12)
        loss = ((z - batch.target)**2 * batch.mask[..., None]).sum() / batch.mask.sum() / 2
        loss.backward()
        assert torch.allclose(got["W_hh"], lstm.weight_hh_l0.grad, rtol=1e-10, atol=1e-14)
        assert torch.allclose(got["W_ih"], lstm.weight_ih_l0.grad, rtol=1e-10, atol=1e-14)


def test_a_new_synthesiser_says_nothing():
    network = DecoupledNetwork.for_task(TASK, **SMALL)
    record = ccdyn.observe(network, batch_for(network), ("cell",))
    assert not Decoupling(1).explain(network, record, batch_for(network)).guesses.any()
    assert DecoupledNetwork.for_task(TASK).config.synthesiser == MODELS["ccRNN"]["synthesiser"]


def test_the_same_seed_has_the_same_cortex_with_and_without_a_cerebellum():
    one, other = (DecoupledNetwork.for_task(TASK, n_cortex=6, seeds=(0, 1), synthesiser=layers)
                  for layers in ((), (9,)))
    for name, weight in one.weights().items():
        assert torch.equal(weight, other.weights()[name])


def test_lesions_act_from_the_moment_they_are_made():
    state = ccdyn.start(network_for(seeds=(0, 1)), TASK, rules=[Decoupling(2)], **SHORT)
    ccdyn.advance(state, 4)
    before = snapshot(state)["weights"]
    ccdyn.change(state, rules=[Decoupling(2, lesion="olive")])
    ccdyn.advance(state, 4)
    now = state.network.weights()
    assert all(torch.equal(now[name], before[name]) == (state.network.group(name) == "cerebellum") for name in before)
    # What is put in still counts; with a lesioned cerebellum nothing is.
    batch = batch_for(state.network)
    whole, olive, silent = (ccdyn.gradients(state.network, batch, [Decoupling(2, lesion=lesion)])
                            for lesion in ("none", "olive", "cerebellum"))
    assert torch.equal(whole["W_hh"], olive["W_hh"]) and not torch.equal(whole["W_hh"], silent["W_hh"])
    without = ccdyn.gradients(state.network, batch, [Decoupling(2, factor=0)])
    assert torch.equal(silent["W_hh"], without["W_hh"])
    assert set(olive) == set(silent) == set(whole) - {"W_mf", "b_mf", "W_gr2", "b_gr2", "W_pf", "b_pf"}
    # A lesion can be taken back.
    ccdyn.change(state, rules=[Decoupling(2)])
    ccdyn.advance(state, 1)
    assert not torch.equal(state.network.W_mf, before["W_mf"])


def test_rules_that_cannot_be_exchanged_are_refused():
    state = ccdyn.start(network_for(), TASK, rules=[Decoupling(2, lesion="olive")], **SHORT)
    with pytest.raises(ValueError, match="claims W_mf but training was started for"):
        ccdyn.change(state, rules=[Decoupling(2)])
    assert state.rules == (Decoupling(2, lesion="olive"),)
    leaky = ccdyn.start(ccdyn.Network.for_task(TASK, n_cortex=5, expansion=2), TASK, plasticity="full", **SHORT)
    with pytest.raises(ValueError, match="learns in a DecoupledNetwork but got a Network"):
        ccdyn.change(leaky, rules=[Decoupling()])
    with pytest.raises(ValueError, match="a rule with a memory cannot be exchanged"):
        ccdyn.change(leaky, rules=[ccdyn.AdaptiveEProp()])


def test_gradients_of_each_network_are_clipped_by_its_own_length():
    network = network_for(seeds=(0, 1))
    network.W_rdt.data[1] *= 50         # one network with long gradients
    batch = batch_for(network)
    found = ccdyn.gradients(network, batch, [Decoupling(2)])
    lengths = torch.stack([gradient.flatten(1).square().sum(1) for gradient in found.values()]).sum(0).sqrt()
    limit = float(lengths.mean())
    assert lengths[0] < limit < lengths[1]
    from ccdyn.training import _clipped
    clipped = _clipped(found, network, [Decoupling(2)], limit)
    for place in range(2):
        weights = [torch.nn.Parameter(torch.zeros_like(gradient[place])) for gradient in found.values()]
        for weight, gradient in zip(weights, found.values()):
            weight.grad = gradient[place].clone()
        torch.nn.utils.clip_grad_norm_(weights, limit)
        for weight, gradient in zip(weights, clipped.values()):
            assert torch.allclose(weight.grad, gradient[place], rtol=1e-12)
    with pytest.raises(ValueError, match="clip is 0, with which nothing is learned"):
        ccdyn.start(network, TASK, rules=[Decoupling()], clip=0)


def test_sparse_mossy_fibres_stay_sparse():
    network = network_for(seeds=(0, 1), fan_in=4)
    assert (network.masks["W_mf"].sum(-1) == 4).all()
    state = ccdyn.start(network, TASK, rules=[Decoupling(2)], **SHORT)
    ccdyn.advance(state, 3)
    assert torch.equal(network.W_mf != 0, network.masks["W_mf"] != 0)


def test_a_checkpoint_goes_on_to_the_same_numbers(tmp_path):
    path, rules = tmp_path / "checkpoint.safetensors", [Decoupling(2)]
    state = ccdyn.start(network_for(seeds=(0, 1), fan_in=4), TASK, rules=rules, clip=1.0, **SHORT)
    ccdyn.advance(state, 6)
    ccdyn.save_checkpoint(state, path)
    again = ccdyn.load_checkpoint(path, TASK, rules)
    assert again.config == state.config and again.network.config == state.network.config
    ccdyn.train(state, 2, progress=False), ccdyn.train(again, 2, progress=False)
    assert all(torch.equal(weight, again.network.weights()[name]) for name, weight in state.network.weights().items())
    assert np.array_equal(state.history.values, again.history.values)
    with pytest.raises(ValueError, match="needs its rule said"):
        ccdyn.load_checkpoint(path, TASK)


def test_a_network_file_knows_its_model(tmp_path):
    network = network_for(seeds=(0, 1), fan_in=4)
    ccdyn.save_network(network, tmp_path / "network.safetensors")
    again = ccdyn.load_network(tmp_path / "network.safetensors")
    assert type(again) is DecoupledNetwork and again.config == network.config
    assert torch.equal(again.W_pf, network.W_pf)


@pytest.mark.parametrize("cortex", ["lstm", "tanh"])
def test_true_feedback_is_that_of_the_whole_trial(cortex):
    network = network_for(cortex=cortex)
    batch = batch_for(network)
    true, guessed = true_feedback(network, batch, Decoupling(2))
    assert true.shape == guessed.shape == (1, 3, 5, network.config.n_state)
    # By hand: begin at the boundary after step 3, live through steps 4 to 6, and add up their losses (2 truncations).
    record = ccdyn.run(network, batch.x, record=("cell",))
    cell = record.cell[:, 3] if cortex == "lstm" else batch.x.new_zeros(5, 0)

    def later(r, c):
        total = 0.0
        for first in (4, 6):
            z = []
            for t in range(first, min(first + 2, 7)):
                a = batch.x[:, t] @ network.W_ih.T + network.b_ih + r @ network.W_hh.T + network.b_hh
                if cortex == "lstm":
                    i, f, g, o = a.chunk(4, 1)
                    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                    r = o.sigmoid() * c.tanh()
                else:
                    r = a.tanh()
                z.append(r @ network.W_rdt.T + network.b_rdt)
            mask = batch.mask[:, first:first + 2]
            wrong = (torch.stack(z, 1) - batch.target[:, first:first + 2])**2
            total = total + (wrong * mask[..., None]).sum() / mask.sum() / 2
        return total

    parts = torch.autograd.functional.jacobian(later, (record.rate[:, 3], cell))
    assert torch.allclose(true[0, 1], torch.cat(parts, -1), rtol=1e-9, atol=1e-13)
    cosine = torch.nn.functional.cosine_similarity(true, guessed, dim=-1).mean(-1)
    assert torch.allclose(gradient_similarity(network, batch, Decoupling(2)), cosine)
    with pytest.raises(ValueError, match="truncation is 7 and the trial has 7 steps"):
        true_feedback(network, batch, Decoupling(7))
    with pytest.raises(ValueError, match="no guesses to compare"):
        gradient_similarity(network_for(synthesiser=()), batch, Decoupling(2))


@pytest.mark.parametrize("sparse", [1, 2])
def test_true_feedback_leaves_out_the_loss_of_the_boundary_itself(sparse):
    """With truncations of one step, after taught and untaught steps alike: how later losses change, by differences."""
    task = GradedLines(n_steps=7, noise=0.1, sparse=sparse)
    network = network_for(task)
    batch = batch_for(network, task)
    true, _ = true_feedback(network, batch, Decoupling(1))
    record = ccdyn.run(network, batch.x, record=("cell",))

    def later(t: int, r, c):
        """Sum of the losses after step t, if that ends in the state (r, c)."""
        z = ccdyn.run(network, batch.x[:, t + 1:], state=type(record.state)(r, c)).readout
        return ((z - batch.target[:, t + 1:])**2 * batch.mask[:, t + 1:, None]).sum() / 5 / 2

    for t in range(6):
        for part in range(2):
            state = [record.rate[:, t], record.cell[:, t]]
            change = torch.zeros_like(state[part])
            change[3, 2] = 1e-6
            up, down = (later(t, *state[:part], state[part] + sign * change, *state[part + 1:]) for sign in (1, -1))
            assert float(true[0, t, 3, 2 + part * 6]) == pytest.approx(float(up - down) / 2e-6, rel=1e-4, abs=1e-9)


def test_correlations_are_those_of_numpy():
    network = network_for(seeds=(0, 1))
    batch = batch_for(network, n=20)
    seen, found = activities(network, batch), correlations(network, batch)
    assert list(seen) == ["cortex", "granule 1", "granule 2"]
    assert seen["granule 2"].shape == (2, 140, 8)
    with np.errstate(invalid="ignore"):     # granule cells that never fire
        both = np.corrcoef(seen["cortex"][1].T, seen["granule 1"][1].T)[:6, 6:]
    assert float(found["cortex, granule 1"][1]) == pytest.approx(np.nanmean(np.abs(both)), rel=1e-9)
    own = np.abs(np.corrcoef(seen["cortex"][0].T))
    assert float(found["cortex, cortex"][0]) == pytest.approx((own.sum() - 6) / 30, rel=1e-9)


def test_dysmetria_has_an_overshoot_and_a_way_round():
    line = torch.linspace(0, 1, 11, dtype=torch.float64)[:, None] * torch.tensor([[6.0, 8.0]])
    target = torch.stack((torch.zeros(11, 2), line, -line))
    assert float(dysmetria(target, target)) == pytest.approx(0)
    drawn = torch.stack((line, 1.5 * line, -0.5 * line))    # the first has no length and does not count
    assert float(dysmetria(drawn, target)) == pytest.approx(0.25)
    round_about = torch.stack((line, torch.stack((*line[:5], line[5] + torch.tensor([4.0, -3.0]), *line[6:])), -line))
    detour = 2 * (25 + 1)**0.5 - 2      # instead of two steps of length 1
    assert float(dysmetria(round_about, target)) == pytest.approx(detour / 10 / 2)
    assert dysmetria(drawn.expand(4, 3, 11, 2), target).shape == (4,)


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("model", MODELS)
def test_every_published_experiment_runs(name, model):
    state = EXPERIMENTS[name].start(model, seeds=(0, 1), batches_per_session=2, validation_size=20)
    assert state.config.clip == 1.0 and state.config.betas == (0.9, 0.98) and state.config.batch_size == 50
    ccdyn.train(state, 1, progress=False)
    assert np.isfinite(state.history.values).all()
    if state.task.classification:
        with pytest.raises(ValueError, match="scored by cross-entropy"):
            reported_error(state.task, state.history)
    else:
        share = {10: 5 / 10, 28: 7 / 28}[state.task.n_steps]
        assert np.allclose(reported_error(state.task, state.history), 2 * share * state.history["train_loss"])


def test_published_sizes():
    line, read = EXPERIMENTS["line drawing"].start(), EXPERIMENTS["reading digits"].start()
    assert (line.network.config.n_cortex, line.network.config.synthesiser, line.rules) == (50, (400, 400),
                                                                                          (Decoupling(1, 0.1),))
    assert (read.network.config.n_cortex, read.network.config.synthesiser, read.rules) == (30, (300,),
                                                                                          (Decoupling(3, 0.1),))
    assert (line.config.lr_cortex, read.config.lr_cerebellum) == (1e-3, 1e-4)


def test_what_belongs_to_the_leaky_cortex_is_refused():
    network = network_for()
    for rule in (ccdyn.DeltaRule(), ccdyn.EProp(), ccdyn.BPTT(), ccdyn.TimedPlasticity(), ccdyn.FORCE()):
        with pytest.raises(ValueError, match="learns in a Network but got a DecoupledNetwork"):
            ccdyn.start(network, TASK, rules=[rule], **SHORT)
    with pytest.raises(ValueError, match="silence is .* but the ccRNN has no feedback"):
        ccdyn.run(network, batch_for(network).x, silence=ccdyn.Silence())
    with pytest.raises(ValueError, match="cannot record 'granule' in a ccRNN"):
        ccdyn.run(network, batch_for(network).x, record=("granule",))


def test_windows_can_be_chained():
    network = network_for(seeds=(0, 1))
    x = batch_for(network).x
    whole = ccdyn.run(network, x, record=("cell",))
    first = ccdyn.run(network, x[..., :3, :])
    second = ccdyn.run(network, x[..., 3:, :], first.state, record=("cell",))
    assert torch.allclose(second.cell, whole.cell[..., 3:, :], atol=1e-14)
    assert torch.allclose(torch.cat((first.readout, second.readout), -2), whole.readout, atol=1e-14)


@pytest.mark.parametrize("settings, words", [
    ({"synthesiser": 400}, "synthesiser is 400; use the units of each granule layer"),
    ({"synthesiser": (0,)}, "each granule layer of synthesiser is 0"),
    ({"cortex": "gru"}, "unknown cortex 'gru'; use one of 'lstm', 'tanh'"),
    ({"fan_in": 13}, "fan_in is 13; use a whole number from 1 to 12"),
    ({"synthesiser": (), "context": True}, "there is none; leave them out"),
    ({"seeds": (1, 1)}, "has a number twice"),
    ({"dtype": "half"}, "unknown dtype"),
    ({"tau": 3}, "unknown network setting 'tau'"),
])
def test_impossible_networks(settings, words):
    with pytest.raises(ValueError, match=words):
        DecoupledNetwork.for_task(TASK, **{"n_cortex": 6, **settings})


@pytest.mark.parametrize("settings, words", [
    ({"truncation": 0}, "truncation is 0; use a whole number of at least 1"),
    ({"factor": -1}, "factor is -1"),
    ({"lesion": "cortex"}, "unknown lesion 'cortex'; use one of 'none', 'cerebellum', 'olive'"),
])
def test_impossible_rules(settings, words):
    with pytest.raises(ValueError, match=words):
        Decoupling(**settings)
    assert replace(Decoupling(), lesion="olive").truncation == 1


def test_start_wants_a_rule_for_this_network():
    with pytest.raises(ValueError, match="a DecoupledNetwork needs its rule said"):
        ccdyn.start(network_for(), TASK)
    with pytest.raises(ValueError, match=r"build it with DecoupledNetwork\.for_task"):
        ccdyn.start(network_for(), SequentialDrawing(), rules=[Decoupling()])


def test_an_interrupted_step_changes_nothing(monkeypatch):
    state = ccdyn.start(network_for(seeds=(0, 1)), TASK, rules=[Decoupling(2)], **SHORT)
    before = {name: weight.clone() for name, weight in state.network.weights().items()}
    calls, adam = [], state.optimiser.step
    monkeypatch.setattr(state.optimiser, "step", lambda: calls.append(1) or (adam() if len(calls) < 3 else 1 / 0))
    with pytest.raises(ZeroDivisionError):
        ccdyn.advance(state, 5)
    assert all(torch.equal(weight, before[name]) for name, weight in state.network.weights().items())
    assert state.batches_done == 0
    assert DecoupledConfig(1, 2).n_state == 100
