"""Lab 10: its exercises say what the package does, and its demos measure what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn import exercises as ex
from ccdyn.exercises import lab10
from ccdyn.experiments.consolidation import STEPS_PER_TRIAL, least_squares, local, pairs
from ccdyn.plots import spread

SMALL = ccdyn.Network.for_task(lab10.TASK, n_cortex=7, expansion=3, seeds=(3, 1), dtype="float64")


def lived(seed: int = 3):
    network = ccdyn.Network.for_task(lab10.TASK, n_cortex=7, expansion=3, seeds=seed, dtype="float64")
    x = lab10.TASK.batch(10, ccdyn.make_generators(seed, "train"), dtype=torch.float64).x
    return network, x, ccdyn.run(network, x, record=("feedback",))


def test_pairs_and_rules_are_those_of_the_package():
    network, x, record = lived()
    heard, added = ex.drive(record.rate, record.feedback, network.W_ch.detach())
    rate, drive = pairs(network, x)     # (step, trial, unit)
    torch.testing.assert_close(heard.transpose(0, 1), rate)
    torch.testing.assert_close(added.transpose(0, 1), drive)
    torch.testing.assert_close(ex.local_change(heard, added, 1 / STEPS_PER_TRIAL), local(rate, drive))
    torch.testing.assert_close(ex.least_squares_change(heard, added), least_squares(rate, drive), rtol=1e-4, atol=1e-6)


def test_a_night_of_the_exercises_is_a_night_of_the_package(monkeypatch):
    monkeypatch.setattr(lab10, "alone", lambda: lived()[0])
    found = lab10.sleeping(ex.drive, ex.least_squares_change, ex.sleep_step, 4)
    test = lab10.TASK.batch(lab10.N_TEST, ccdyn.make_generators(3, "test"), "test", torch.float64)
    for trial, network in enumerate(ccdyn.consolidate(lived()[0], lab10.TASK, 4), 1):
        assert found[trial, 0] == ccdyn.evaluate(network, test, ccdyn.Silence())["accuracy"]
    assert found.shape == (5, 1)


def test_one_of_the_networks_alone_is_that_network():
    x = lab10.TASK.batch(6, ccdyn.make_generators(5, "test")).x
    together = ccdyn.run(lab10.awake(), x.expand(5, -1, -1, -1)).rate[2]
    one = ccdyn.run(lab10.alone(2), x.double()).rate
    assert torch.allclose(together.double(), one, atol=1e-4) and lab10.alone(2).config.seeds == 2


def test_shares_are_projections_step_by_step():
    after = next(ccdyn.consolidate(SMALL, lab10.TASK, 1, decay=0.3))
    found = lab10.taken_over(SMALL, after, 20).numpy()
    assert found.shape == (13, 2) and not np.allclose(found, found[:1])
    x = lab10.TASK.batch(20, ccdyn.make_generators((3, 1), "test"), "test", torch.float64).x
    record = ccdyn.run(SMALL, x, record=("feedback",))
    r, c = record.rate.numpy(), record.feedback.numpy()
    change, W_ch = (after.W_hh - SMALL.W_hh).detach().numpy(), SMALL.W_ch.detach().numpy()
    for k in range(2):
        for s in (1, 2, 13):
            u, now = c[k, :, s] @ W_ch[k].T, r[k, :, s - 1] @ change[k].T
            assert found[s - 1, k] == pytest.approx(np.sum(u * now) / np.sum(u * u))
    assert np.allclose(lab10.taken_over(SMALL, SMALL, 20), 0)


def test_short_least_squares_is_a_ridge_of_one_more_row_for_each_unit():
    generator = torch.Generator().manual_seed(0)
    rate, drive = (torch.randn(2, 4, 3, 5, dtype=torch.float64, generator=generator) for _ in range(2))
    found = lab10.short_least_squares(rate, drive)
    for k in range(2):
        r, u = rate[k].reshape(12, 5).numpy(), drive[k].reshape(12, 5).numpy()
        rows = np.vstack([r, np.sqrt(12 * lab10.PENALTY) * np.eye(5)])
        expected = np.linalg.lstsq(rows, np.vstack([u, np.zeros((5, 5))]), rcond=None)[0].T
        assert np.allclose(found[k], expected)


def test_answers_are_to_cues_that_were_never_learned():
    assert torch.equal(lab10.MANY.cues[:2], lab10.TASK.cues) and len(lab10.MANY.cues.unique(dim=0)) == 66
    says = lab10.answers(SMALL, None)
    assert says.shape == (2, 256) and torch.equal(says, lab10.answers(SMALL, None))
    assert not torch.equal(lab10.answers(SMALL, None, "validation"), lab10.answers(SMALL, ccdyn.Silence()))
    same, chance = lab10.agreement(torch.tensor([[0, 0, 1, 1]]), torch.tensor([[0, 1, 1, 1]]))
    assert same.tolist() == [0.75] and chance.tolist() == [0.5 * 0.75 + 0.5 * 0.25]


def test_what_is_revealed_is_what_silenced_networks_answer():
    panel = lab10.predict_local()
    panel.controls["choice"].value = panel.right
    panel.reveal_button.click()
    assert panel.error is None and panel.truth.shape == (26, 5)
    assert panel.truth[0].tolist() == lab10.accuracy(lab10.awake(), ccdyn.Silence(), lab10.N_TEST).tolist()
    assert panel.truth[-1].tolist() == lab10.accuracy(lab10.asleep("local"), ccdyn.Silence(), lab10.N_TEST).tolist()


def test_the_story_holds():
    """What the notebook says of five networks."""
    silence = ccdyn.Silence()
    assert (lab10.accuracy(lab10.asleep(), silence) > 0.9).all()
    local = lab10.accuracy(lab10.asleep("local"), silence)
    assert local.max() > 0.95 and local.min() < 0.3
    share = lab10.taken_over(lab10.awake(), lab10.asleep("local"))
    assert (share[0] < 0.5).all() and (share[12] > 0.9).all() and share[0].argmax() == local.argmax()
    assert (lab10.taken_over(lab10.awake(), lab10.asleep()) - 1).abs().max() < 0.3


def test_the_table_of_what_is_taken_over_has_its_columns_below_each_other(monkeypatch, capsys):
    monkeypatch.setattr(lab10, "show", lambda figure, alt: None)
    lab10.show_taken_over()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9 and len(set(map(len, lines))) == 1


def test_the_table_of_steps_is_what_the_readout_says_then(capsys):
    lab10.show_when([("local", 2)], (0, 14))
    *_, network = ccdyn.consolidate(lab10.awake(), lab10.TASK, 2, "local")
    lines = capsys.readouterr().out.splitlines()
    for line, found in zip(lines[1:], (lab10.accuracy(lab10.awake()), lab10.accuracy(network, ccdyn.Silence()))):
        assert line.endswith(spread(np.round(200 * found.astype(float)) / 200, 2))
    assert len(lines) == 3


@pytest.mark.parametrize("yours", [lambda *a: ..., lambda *a: None, lambda *a: 3, lambda *a: (torch.ones(2), 1)])
def test_demos_go_on_whatever_the_student_has(yours, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(lab10, "show", lambda figure, alt: shown.append(alt))
    lab10.show_drive(yours)
    real = lab10.sleeping
    monkeypatch.setattr(lab10, "sleeping",
                        lambda *given: torch.ones(51, 1) if given[0] is ex.drive else real(*given, 2))
    lab10.show_sleep(yours, yours, yours)
    assert len(shown) == 2 and "1.00 after 50" in shown[1]


def test_the_gain_of_the_local_rule_changes_what_is_taken_over_and_not_who_fails(capsys):
    lab10.show_gain((1.5 / 13, 1 / 13))
    lines = capsys.readouterr().out.splitlines()
    assert len(set(map(len, lines))) == 1, "columns stand below each other"
    rows = [[float(value) for value in line.split()[-5:]] for line in lines[1:]]
    usual, less = np.array(rows[:3]), np.array(rows[3:])
    assert np.allclose(usual[2], lab10.accuracy(lab10.asleep("local"), ccdyn.Silence()), atol=0.006)
    assert (less[1] < usual[1]).all() and abs(less[2] - usual[2])[:4].max() < 0.1
    assert less[2].min() < 0.5


@pytest.mark.parametrize("yours, whose", [(ex.drive, "your"), (lambda *given: None, "our")])
def test_the_pairs_are_put_back_into_the_equation(yours, whose, monkeypatch, capsys):
    monkeypatch.setattr(lab10, "show", lambda figure, alt: None)
    lab10.show_drive(yours)
    said = capsys.readouterr().out
    assert said.startswith(f"With {whose} pairs") and float(said.split()[-1].rstrip(".")) < 1e-12
