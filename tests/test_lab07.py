"""What lab 07 shows: visits, returns and put-back weights are those of networks made from the public parts."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn.exercises import change, forgotten, share_fibres, visits
from ccdyn.exercises import lab07_shows as lab07
from ccdyn.exercises.progress import progress

SEEDS = (0, 1)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No record of anybody; networks of two seeds that learn for a moment."""
    monkeypatch.setattr(progress, "record", {"student": "", "labs": {}})
    monkeypatch.setattr(progress, "seeds", lambda: SEEDS)
    monkeypatch.setattr(lab07, "SIZES", {"alpha": 0.5, "expansion": 1, "n_cortex": 8})
    monkeypatch.setattr(lab07, "TRAINING", {"tau": 3, "lr": 3e-3, "final_learning": True, "batches_per_session": 100})
    monkeypatch.setattr(lab07, "N_SESSIONS", (1, 1))
    monkeypatch.setattr(lab07, "N_TEST", 30)
    monkeypatch.setattr(lab07, "VISIT", 3)
    for kept in (lab07._learned, lab07._returned):
        kept.cache_clear()
    yield
    for kept in (lab07._learned, lab07._returned):
        kept.cache_clear()


def shown(monkeypatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(lab07, "show", lambda figure, alt: said.append(alt))
    return said


def made(**options) -> ccdyn.Contexts:
    """Straight lines for a session, made from the public parts."""
    network = ccdyn.Network.for_task(ccdyn.LineDrawing(), alpha=0.5, expansion=1, n_cortex=8, seeds=SEEDS)
    training = {"tau": 3, "lr": 3e-3, "final_learning": True}
    ccdyn.advance(ccdyn.start(network, ccdyn.LineDrawing(), **training), 100)
    tasks = {"straight": ccdyn.LineDrawing(), "arcs": ccdyn.LineDrawing(arc=1.0)}
    return ccdyn.Contexts(network, tasks, **options, **training)


@pytest.mark.parametrize("options", [{}, {"cerebella": "one"}, {"shared": 0.5, "sharing": "true"}])
def test_coming_back_is_what_contexts_do(options):
    contexts = made(**options)
    before = contexts.score(30)["straight"]
    contexts.switch("arcs")
    contexts.advance(100)
    after = contexts.score(30)
    found = lab07.returned(**options)
    assert np.array_equal(found.before, before)
    assert np.array_equal(found.on_return, after["straight"]) and np.array_equal(found.arcs, after["arcs"])
    assert found.contexts.now == "straight" and lab07.returned(**options) is found


def test_visits_have_one_readout_and_a_cerebellum_for_each_context():
    readout, drawn, learn, test = lab07._pieces(SEEDS)
    first = learn("straight", readout, drawn)
    arrived, left = visits(["straight", "arcs", "straight"], readout, drawn, learn, test)
    assert arrived.shape == left.shape == (3, 2)
    assert torch.equal(arrived[0], test("straight", readout, drawn)) and torch.equal(left[0], test("straight", *first))
    assert torch.equal(arrived[1], test("arcs", first[0], drawn))
    second = learn("arcs", first[0], drawn)
    assert torch.equal(arrived[2], test("straight", second[0], first[1]))
    fresh = ccdyn.Network.for_task(ccdyn.LineDrawing(), alpha=0.5, expansion=1, n_cortex=8, seeds=SEEDS)
    for name, weight in {**readout, **drawn}.items():
        assert torch.equal(weight, fresh.weights()[name])
        assert not torch.equal(weight, {**first[0], **first[1]}[name]), name


def test_a_function_that_does_not_fit_is_not_drawn(monkeypatch):
    said = shown(monkeypatch)
    for yours in (visits.solve, lambda *given: None, lambda *given: (torch.zeros(1),) * 2):
        lab07.show_visits(yours, ("straight", "arcs"))
    assert len(set(said)) == 1 and re.search(r"arcs 0\.\d+ on arrival, 0\.\d+ when left\.$", said[0])


def test_sharing_in_the_exercise_is_sharing_in_the_package():
    contexts = made(shared=0.7)
    drawn = ccdyn.Network.for_task(ccdyn.LineDrawing(), alpha=0.5, expansion=1, n_cortex=8, seeds=SEEDS).W_pf.detach()
    learned = contexts.network().W_pf.detach()
    contexts.switch("arcs")
    found = contexts.network().W_pf.detach()
    for replica in range(2):
        assert torch.equal(found[replica], share_fibres(drawn[replica], learned[replica], 0.7))


def test_perfect_arcs_are_all_forgotten_and_the_change_of_nothing_is_zero():
    lines = lab07.STRAIGHT.lines, lab07.ARCS.lines
    lost = ((lines[0] - lines[1])**2).mean()
    assert float(lost) == pytest.approx(0.0495, abs=5e-5)
    assert forgotten(torch.tensor([0.01, 0.01]), torch.tensor([0.01, float(lost)]), *lines).tolist() == pytest.approx(
        [0, 1])
    assert change(torch.ones(2, 3), torch.ones(2, 3)).tolist() == [0, 0]


def table(capsys) -> dict[str, list[float]]:
    """The means in a printed table, row by row."""
    rows = {}
    for line in capsys.readouterr().out.splitlines()[1:]:
        words = re.match(r"\s*(.*?)\s+(-?\d+\.\d+ \(.*)", line)
        if words:
            rows[words[1]] = [float(each) for each in re.findall(r"(-?\d+\.\d+) \(", words[2])]
    return rows


def test_weights_that_are_put_back_bring_back_what_was(capsys):
    lab07.put_back()
    rows = table(capsys)
    before = lab07.returned().before.mean()
    straight, arcs, each = ({words: values[i] for words, values in rows.items()} for i in range(3))
    assert [straight["both put back"], each["both put back"]] == pytest.approx([before] * 2, abs=6e-5)
    assert each["old readout put back"] == pytest.approx(before, abs=6e-5)
    assert each["as it is on return"] == each["old cerebellum put back"]
    one = lab07.returned(cerebella="one")
    assert [straight["as it is on return"], each["as it is on return"]] == pytest.approx(
        [one.on_return.mean(), lab07.returned().on_return.mean()], abs=6e-5)
    assert arcs["as it is on return"] == pytest.approx(one.arcs.mean(), abs=6e-5)   # same cues and weights as in arcs


def test_only_what_learns_moves(capsys):
    lab07.what_moved(change.solve)
    said = capsys.readouterr()
    assert "Your change gives the same." in said.out
    lab07.what_moved(lambda before, after: (after - before).square().sum((1, 2)).sqrt())
    assert capsys.readouterr().out.count("Yours stopped with IndexError") == 1
    lab07.what_moved(lambda before, after: 3)
    rows = table(capsys)
    assert {name: [value > 0 for value in values] for name, values in rows.items()} == {
        **dict.fromkeys(("W_ih", "W_hh", "W_ch"), [False, False]), **dict.fromkeys(("W_mf", "W_pf"), [True, False]),
        **dict.fromkeys(("W_rdt", "b_rdt"), [True, True])}


def test_tables_say_whose_they_are(capsys, monkeypatch):
    shown(monkeypatch)
    lab07.cost_table(forgotten.solve)
    lab07.cost_table(lambda *given: "rubbish")
    lab07.own_cues(apart=True)
    said = capsys.readouterr().out
    assert said.count("inputs of their own, ") == 2
    assert said.count("Your forgotten gives the same.") == said.count("yours is missing or gives others.") == 1
    frozen = next(line for line in said.splitlines() if "frozen" in line)
    assert re.search(r" -?0\.00 \(-?0\.00 to -?0\.00\)$", frozen)


def test_the_error_by_coordinate_adds_up(capsys):
    lab07.by_coordinate()
    for share, (x, y, arcs) in zip(lab07.SHARES, table(capsys).values()):
        found = lab07.returned(**lab07._shared(share))
        assert (x + y) / 2 == pytest.approx((found.on_return - found.before).mean(), abs=1e-4)
        assert arcs == pytest.approx(found.arcs.mean(), abs=6e-5)


def test_the_other_cues_are_others():
    cues = [tuple(cue) for task in lab07.CUED.values() for cue in task.cues.tolist()]
    assert len(set(cues)) == 12
    assert torch.equal(lab07.CUED["arcs"].lines, lab07.ARCS.lines)
    assert lab07.STRAIGHT.cues.tolist() == [list(cue) for cue in cues[:6]]
    first, other = (task.cues for task in lab07.APART.values())
    assert not (first.sum(0) * other.sum(0)).any()
    assert torch.equal(torch.cat([first[:, :10], other[:, 10:]]), torch.tensor(cues).double())
    assert torch.equal(lab07.APART["arcs"].lines, lab07.ARCS.lines)


def test_both_predictions_can_be_revealed_and_what_comes_back_is_drawn(monkeypatch):
    said = shown(monkeypatch)
    for panel in (lab07.predict_one(), lab07.predict_shared()):
        panel.controls["choice"].value = panel.right
        panel.reveal_button.click()
        assert panel.truth.shape == (len(panel.x), 2) and "You were right." in panel.meaning.value
    lab07.show_return()
    lab07.show_tasks()
    assert len(said) == 2 and "One cerebellum for both: arcs, error" in said[0]
