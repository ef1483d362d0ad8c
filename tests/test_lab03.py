"""What the exercises of lab 03 say is what ccdyn does, and its demos survive whatever a student wrote."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn import exercises as ex
from ccdyn.exercises import lab03
from ccdyn.plasticity import DeltaRule, TimedPlasticity
from ccdyn.plasticity.timed import pairs

TASK = ccdyn.LineDrawing(n_steps=8)


@pytest.fixture
def ran():
    network = ccdyn.Network.for_task(TASK, n_cortex=6, expansion=3, alpha=0.5, seeds=2, dtype="float64")
    batch = TASK.batch(4, ccdyn.make_generators(2, "train"), "train", network.dtype)
    return network, batch, ccdyn.run(network, batch.x, record=("granule", "feedback"))


def test_pairs_are_those_of_timed_plasticity():
    for n_steps in range(1, 8):
        for tau in range(1, 10):
            assert ex.pair(n_steps, tau) == pairs(n_steps, tau)


def test_the_forward_pass_is_that_of_a_run(ran):
    network, _, record = ran
    granule, c = ex.cerebellum(record.rate, network.W_mf.detach(), network.W_pf.detach())
    torch.testing.assert_close(granule, record.granule)
    torch.testing.assert_close(c, record.feedback)


@pytest.mark.parametrize("tau", [1, 3, 8])
def test_the_updates_are_those_of_timed_plasticity(ran, tau):
    network, batch, record = ran
    W_mf, W_pf, table = network.W_mf.detach(), network.W_pf.detach(), ex.pair(TASK.n_steps, tau)
    expected = ccdyn.gradients(network, batch, [TimedPlasticity(tau)])
    heard = torch.cat([torch.zeros_like(record.rate[:, :1]), record.rate[:, :-1]], 1)
    torch.testing.assert_close(ex.pf_update(W_pf, record.granule, batch.target, table), -expected["W_pf"])
    torch.testing.assert_close(ex.mossy_update(W_mf, W_pf, heard, batch.target, table), -expected["W_mf"])


def test_a_rule_that_was_written_trains_as_ours_does():
    def weights(rule):
        network = ccdyn.Network.for_task(TASK, n_cortex=6, expansion=3, seeds=2, dtype="float64")
        state = ccdyn.start(network, TASK, [DeltaRule(), rule], batches_per_session=5)
        return ccdyn.train(state, 1, progress=False).network.W_pf

    torch.testing.assert_close(weights(lab03.Written(3)), weights(TimedPlasticity(3, mossy=False)))


def test_what_was_learned_is_kept_and_depends_on_every_setting(monkeypatch):
    monkeypatch.setattr(lab03, "LR", 1e-2)
    lab03._learned.cache_clear()
    settings = ({}, {"tau": 1}, {"linear": True}, {"feedback": "none"}, {"expansion": 1}, {"mossy": False},
                {"seeds": (5, 6)})
    errors = [lab03.learn(**{"n_sessions": 1, "seeds": (0, 1), "batches_per_session": 3, **each}) for each in settings]
    assert len({tuple(each) for each in errors}) == len(settings) == lab03._learned.cache_info().misses
    again = lab03.learn(1, seeds=(0, 1), batches_per_session=3)
    assert np.array_equal(again, errors[0]) and lab03._learned.cache_info().hits == 1
    lab03._learned.cache_clear()


@pytest.mark.parametrize("wrong", [lambda *given: ..., lambda *given: 1 / 0, lambda *given: 3,
                                   lambda *given: torch.full((3,), float("nan"))])
def test_demos_draw_ours_whatever_was_written(wrong, monkeypatch):
    drawn = []
    monkeypatch.setattr(lab03, "show", lambda figure, alt: drawn.append((figure.axes[0].get_title(loc="left"), alt)))
    lab03.show_cerebellum(wrong)
    lab03.show_pairs(wrong)
    lab03.show_update(wrong, 1)
    assert [title for title, _ in drawn] == ["ours; yours is not there yet"] * 3
    assert all(len(alt) > 40 for _, alt in drawn)
