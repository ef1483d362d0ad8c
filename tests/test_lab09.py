"""What lab 09 shows: the networks it ships count and hold, and its tables are what the package measures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn.exercises import lab09_shows as lab09
from ccdyn.exercises import weight_of_evidence
from ccdyn.exercises.progress import progress
from ccdyn.plots import spread


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No record of anybody, and few trials."""
    monkeypatch.setattr(progress, "record", {"student": "", "labs": {}})
    monkeypatch.setattr(lab09, "N_TEST", 200)
    for kept in (lab09._trials, lab09._never_had):
        kept.cache_clear()
    yield
    for kept in (lab09._trials, lab09._never_had):
        kept.cache_clear()


def test_the_networks_that_come_with_the_lab_can_do_what_it_says():
    """Five of each; without a cerebellum both are at chance; and silence costs what the texts say."""
    count, hold = lab09.counters(), lab09.holders()
    assert len(count.config.seeds) == len(hold.config.seeds) == 5 and count.config.alpha == hold.config.alpha == 0.1
    whole = lab09.accuracy(count)
    assert 0.7 < whole.min() and 0.78 < whole.mean() < 0.85
    thirds = [lab09.accuracy(count, ccdyn.Silence(0, start, start + 15)).mean() for start in (0, 15, 30)]
    assert whole.mean() > thirds[0] > thirds[1] > thirds[2] and thirds[2] < 0.58
    assert lab09.accuracy(count, ccdyn.Silence()).max() < 0.52 > lab09.accuracy(count, ccdyn.Silence(0, 45)).mean()
    without = [lab09.accuracy(count, batch=lab09.without_puffs(start, start + 15)).mean() for start in (0, 15, 30)]
    assert all(0.65 < each < 0.77 for each in without)
    batch = lab09.trials(lab09.HOLDING)
    assert lab09.accuracy(hold, None, batch).min() > 0.95
    assert 0.4 < lab09.accuracy(hold, ccdyn.Silence(), batch).mean() < 0.6


def test_puffs_that_are_taken_away_are_gone_and_nothing_else():
    whole, less = lab09.trials(), lab09.without_puffs(10, 20)
    removed = whole.x - less.x
    steps = torch.arange(50)[:, None]
    assert torch.equal(removed > 0.5, (whole.x > 0.5) & (steps >= 10) & (steps < 20))
    assert set(removed.round(decimals=4).flatten().tolist()) == {0.0, 1.0} and less.x[..., 10:20, :].abs().max() < 0.6
    assert torch.equal(whole.target, less.target)


def test_the_weights_of_a_counter_are_the_same_everywhere_and_those_of_a_leaky_one_fall_off():
    puffs = (lab09.trials().x[0, :, :45] > 0.5).double()
    d = puffs[..., 1] - puffs[..., 0]
    counted = weight_of_evidence(0.5 + 0.01 * d.sum(1), puffs, 9)
    assert torch.allclose(counted, torch.full((9,), 0.01, dtype=torch.float64))
    leaky = weight_of_evidence((d * 0.9 ** torch.arange(44, -1, -1)).sum(1), puffs, 9)
    assert leaky[8] > 2 * leaky[6] > 4 * leaky[3] > 0
    assert leaky[-1] == pytest.approx((0.9 ** np.arange(5)).mean(), abs=0.15)


def test_the_weights_of_the_networks_say_what_the_text_says():
    whole, cut, weak = (lab09.weights(silence).mean(1) for silence in (None, ccdyn.Silence(0, 15, 30),
                                                                       ccdyn.Silence(0.9)))
    assert whole.min() > 0.06 and whole.max() < 0.12
    assert cut[:5].abs().max() < 0.03 and cut[5:].min() > 0.08
    assert weak[0] < 0.05 < 0.1 < weak[-1]


def test_strategies_are_scored_as_they_are_named(capsys):
    lab09.strategies()
    said = capsys.readouterr().out
    label = lab09.trials().target[..., -1]
    assert f'always "left": {spread((label == 1).double().mean(-1))}' in said
    assert f"adds up puffs: {spread((label != 0).double().mean(-1))}" in said
    rows = (lab09.trials().x > 0.5).int().tolist()
    right = [[[2 if step[1] else 1 for step in trial if sum(step)][-1] for trial in network] for network in rows]
    assert f"the side of the last puff: {spread((torch.tensor(right) == label).double().mean(-1))}" in said


def test_tables_and_pictures_take_any_answer(capsys, monkeypatch):
    said = []
    monkeypatch.setattr(lab09, "show", lambda figure, alt: said.append(alt))
    for yours in (lambda *given: None, lambda *given: "rubbish", lambda *given: torch.zeros(3)):
        lab09.show_trials(yours)
        lab09.show_belief(yours)
        lab09.show_weights(yours)
    assert "(not yet)" in capsys.readouterr().out
    lab09.show_trials(lab09.label_of)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    first, (*said_left, _), (*said_right, _) = lines[0][0], *(line[1:] for line in lines[7:])
    assert "".join("L" if float(a) > 0.5 else "R" if float(b) > 0.5 else "·"
                   for a, b in zip(said_left, said_right)) == first[:9]
    assert len(lines := lines[:6]) == 6 and all(line[-1] == line[-2] for line in lines)
    assert all((line[-1] == "left") == (int(line[1]) > int(line[2])) and len(line[0]) == 50 for line in lines)
    lab09.show_weights(lab09.weight_of_evidence, {"intact": None, "weak": ccdyn.Silence(0.9)})
    lab09.third_table()
    lab09.gap_table()
    lab09.damage({"whole": (lab09.counters(), None)})
    assert f"whole: {spread(lab09.accuracy(lab09.counters()))}" in capsys.readouterr().out
    assert all("by your function over ours: after 50 steps it is" in each or "five networks" in each for each in said)


def test_those_that_never_had_a_cerebellum_do_not_count(capsys, monkeypatch):
    train = ccdyn.train
    monkeypatch.setattr(ccdyn, "train", lambda state, n, **named: train(state, 1, **named))
    lab09.who_counts()
    never = float(capsys.readouterr().out.splitlines()[-1].split(": ")[1].split()[0])
    assert never < 0.58


def test_both_predictions_can_be_revealed():
    for panel in (lab09.predict_third(), lab09.predict_weights()):
        panel.controls["choice"].value = panel.right
        panel.reveal_button.click()
        assert panel.truth.shape == (len(panel.x), 5) and "You were right." in panel.meaning.value
        errors = {words: abs(panel.truth.mean(1) - curve).sum() for words, curve in panel.options.items()}
        assert min(errors, key=errors.get) == panel.right
