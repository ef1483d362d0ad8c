"""Consolidation: what the cerebellum drives moves into W_hh, by least squares and by the local rule."""

from __future__ import annotations

import pytest
import torch

from ccdyn import DelayedAssociation, LineDrawing, Network, consolidate, make_generators, run
from ccdyn.experiments import drive_cosine
from ccdyn.experiments.consolidation import least_squares, local, pairs

TASK = DelayedAssociation(n_steps=8)
SIZES = {"n_cortex": 6, "expansion": 4, "dtype": "float64"}


@pytest.mark.parametrize("seeds", [3, (1, 3)])
def test_pairs_are_what_a_synapse_hears_and_what_the_cerebellum_drives_at_one_step(seeds):
    network = Network.for_task(TASK, seeds=seeds, **SIZES)
    batch = TASK.batch(4, make_generators(seeds, "test"), dtype=torch.float64)
    record = run(network, batch.x, record=("h", "feedback"))
    rate, drive = pairs(network, batch.x)
    assert rate.shape == drive.shape == (*batch.x.shape[:-3], 6, 4, 6)      # steps 1 .. 6 of 0 .. 7
    for i, step in enumerate(range(1, 7)):
        assert torch.equal(rate[..., i, :, :], record.rate[..., step - 1, :])
        expected = record.feedback[..., step, :] @ network.W_ch.mT
        torch.testing.assert_close(drive[..., i, :, :], expected)
        rest = (network.alpha * record.h[..., step - 1, :] + batch.x[..., step, :] @ network.W_ih.mT
                + rate[..., i, :, :] @ network.W_hh.mT)
        torch.testing.assert_close(rest + drive[..., i, :, :], record.h[..., step, :])


def test_least_squares_is_the_smallest_matrix_with_the_least_error():
    generator = torch.Generator().manual_seed(0)
    rate, drive = (torch.randn(5, 3, 4, dtype=torch.float64, generator=generator) for _ in range(2))
    found = least_squares(rate, drive)
    expected = (torch.linalg.pinv(rate.flatten(0, 1)) @ drive.flatten(0, 1)).mT
    torch.testing.assert_close(found, expected)
    few = least_squares(rate[:1, :2], drive[:1, :2])                        # two pairs for four units: exact, smallest
    torch.testing.assert_close(rate[0, :2] @ few.mT, drive[0, :2])
    torch.testing.assert_close(few, (torch.linalg.pinv(rate[0, :2]) @ drive[0, :2]).mT)


def test_the_local_rule_synapse_by_synapse():
    generator = torch.Generator().manual_seed(1)
    rate, drive = (torch.randn(5, 3, 4, dtype=torch.float64, generator=generator) for _ in range(2))
    expected = torch.zeros(4, 4, dtype=torch.float64)
    for step in range(5):
        for trial in range(3):
            r, u = rate[step, trial], drive[step, trial]
            for j in range(4):
                for i in range(4):
                    expected[j, i] += 1.5 / 13 / 3 * u[j] * r[i].sign() / r.abs().sum()
    torch.testing.assert_close(local(rate, drive), expected)


@pytest.mark.parametrize("rule", ["least squares", "local"])
def test_a_trial_moves_a_tenth_and_leaves_the_network_alone(rule):
    network = Network.for_task(TASK, seeds=(1, 3), **SIZES)
    before = {name: weight.clone() for name, weight in network.weights().items()}
    stimuli = make_generators((1, 3), "train")
    rate, drive = pairs(network, TASK.batch(10, stimuli, dtype=torch.float64).x)
    change = {"least squares": least_squares, "local": local}[rule](rate, drive)
    asleep = consolidate(network, TASK, 2, rule)
    after = next(asleep)
    torch.testing.assert_close(after.W_hh.detach(), before["W_hh"] + 0.1 * change)
    torch.testing.assert_close(after.W_ch.detach(), 0.9 * before["W_ch"])
    assert next(asleep) is after and next(asleep, None) is None
    torch.testing.assert_close(after.W_ch.detach(), 0.81 * before["W_ch"])
    for name, weight in network.weights().items():
        assert torch.equal(weight, before[name])
        assert name in ("W_hh", "W_ch") or torch.equal(after.weights()[name], before[name])


def test_a_rule_of_ones_own_takes_the_place_of_a_known_one():
    network, given = Network.for_task(TASK, seeds=(1, 3), **SIZES), []
    *_, known = consolidate(network, TASK, 3, "local", decay=0.2)
    *_, own = consolidate(network, TASK, 3, lambda *pair: given.append(pair) or local(*pair), decay=0.2)
    assert torch.equal(known.W_hh, own.W_hh) and torch.equal(known.W_ch, own.W_ch)
    assert [tuple(each.shape) for each in given[0]] == [(2, 6, 10, 6)] * 2 and len(given) == 3


def test_several_seeds_equal_separate_runs():
    together = Network.for_task(TASK, seeds=(1, 3), **SIZES)
    *_, asleep = consolidate(together, TASK, 3)
    for i, seed in enumerate((1, 3)):
        *_, alone = consolidate(Network.for_task(TASK, seeds=seed, **SIZES), TASK, 3)
        torch.testing.assert_close(asleep.W_hh[i], alone.W_hh, rtol=1e-9, atol=1e-12)


def test_a_linear_drive_is_taken_over_whole():
    """If what the cerebellum drives were linear in the rates, one whole step of least squares would take all of it."""
    network = Network.for_task(LineDrawing(n_steps=9), seeds=2, **SIZES)
    network.W_mf.data[:] = torch.cat((network.W_mf.data[:12], -network.W_mf.data[:12]))     # relu(a) - relu(-a) = a
    network.W_pf.data[:, 12:] = -network.W_pf.data[:, :12]
    task = LineDrawing(n_steps=9, noise=0.5)
    x = task.batch(20, make_generators(2, "test"), dtype=torch.float64).x
    after = next(consolidate(network, task, 1, decay=1.0, batch_size=20))
    assert not after.W_ch.any()
    torch.testing.assert_close(drive_cosine(network, after, x), torch.tensor(1.0, dtype=torch.float64))
    torch.testing.assert_close(run(after, x).rate[:, 2:], run(network, x).rate[:, 2:])
    assert drive_cosine(network, network, x) < 0.999


def test_what_cannot_sleep_is_refused():
    network = Network.for_task(TASK, **SIZES)
    for wrong, words in (({"rule": "hebb"}, "unknown rule 'hebb'; use one of 'least squares', 'local', or a function"),
                         ({"n_trials": 0}, "n_trials is 0"), ({"decay": 2.0}, "decay is 2.0"),
                         ({"batch_size": 0}, "batch_size is 0")):
        with pytest.raises(ValueError, match=words):
            consolidate(network, TASK, **wrong)
    with pytest.raises(ValueError, match="feedback='none' and no cerebellum to consolidate"):
        consolidate(Network.for_task(TASK, feedback="none", **SIZES), TASK)
    with pytest.raises(ValueError, match="n_steps=2, which leaves nothing to pair"):
        consolidate(network, DelayedAssociation(n_steps=2, teacher_steps=1))


@pytest.mark.parametrize(("rule", "given"), [
    (lambda rate, drive: local(rate, drive).mean(), r"\(\)"), (lambda rate, drive: local(rate, drive)[0], r"\(6, 6\)"),
    (lambda rate, drive: None, "NoneType")])
def test_a_rule_of_ones_own_must_fit_the_weights(rule, given):
    network = Network.for_task(TASK, seeds=(1, 3), **SIZES)
    with pytest.raises(ValueError, match=rf"the rule gave {given} but W_hh has \(2, 6, 6\)"):
        next(consolidate(network, TASK, 3, rule))
