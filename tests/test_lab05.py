"""What lab 05 shows: its small pieces are the package's loop, and its experiments change what they say."""

from __future__ import annotations

import pytest
import torch

import ccdyn
from ccdyn.exercises import lab05_shows as lab05
from ccdyn.exercises import silence_factors, train_loop
from ccdyn.exercises.lab05 import pieces
from ccdyn.exercises.progress import progress


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No record of anybody; networks of two seeds that learn for a moment."""
    monkeypatch.setattr(progress, "record", {"student": "", "labs": {}})
    monkeypatch.setattr(progress, "seeds", lambda: (0, 1))
    monkeypatch.setattr(lab05, "SIZES", {"expansion": 1, "n_cortex": 10})
    monkeypatch.setattr(lab05, "TRAINING", {"tau": 5, "lr": 3e-3, "batches_per_session": 2})
    for kept in (lab05._trained, lab05._errors):
        kept.cache_clear()
    yield
    for kept in (lab05._trained, lab05._errors):
        kept.cache_clear()


@pytest.mark.parametrize("tau", [1, 3])
def test_the_pieces_run_and_learn_as_the_package_does(tau):
    task = ccdyn.LineDrawing(n_steps=7)
    network = ccdyn.Network.for_task(task, n_cortex=6, expansion=2, alpha=0.4, dtype="float64")
    with torch.no_grad():
        network.b_rdt.zero_()
    batch = task.batch(5, ccdyn.make_generators(0, "train"), dtype=torch.float64)
    w = {name: weight.detach() for name, weight in network.weights().items()}
    run, learn = pieces(0.4, tau, *(w[name] for name in ("W_ih", "W_hh", "W_ch", "W_mf")))
    lived = run(batch.x, w["W_rdt"], w["W_pf"])
    record = ccdyn.run(network, batch.x, record=("granule", "prediction"))
    for name, mine in (("readout", lived.z), ("rate", lived.rates), ("granule", lived.cells),
                       ("prediction", lived.prediction)):
        assert torch.allclose(getattr(record, name), mine, atol=1e-12), name
    gradients = ccdyn.gradients(network, batch, [ccdyn.DeltaRule(), ccdyn.TimedPlasticity(tau, mossy=False)])
    d_rdt, d_pf = learn(lived, batch.target)    # a mean over pairs, there a sum
    assert torch.allclose(gradients["W_rdt"], -d_rdt, atol=1e-12)
    assert torch.allclose(gradients["W_pf"], -(8 - tau) * d_pf, atol=1e-12)


def test_the_loop_lowers_the_error(monkeypatch):
    said = []
    monkeypatch.setattr(lab05, "show", lambda figure, alt: said.append(alt))
    lab05.show_training(train_loop.solve, n_batches=100)
    first, last = (float(words) for words in said[0].rstrip(".").split("falls from ")[1].split(" to "))
    assert last < 0.95 * first
    lab05.show_training(lambda *given: "rubbish", n_batches=10)


def test_the_factors_are_those_of_silence():
    assert silence_factors(9, 3, 5, 0.25).tolist() == ccdyn.Silence(0.25, 3, 6).factors(9)


def test_measured_is_what_the_package_trains_and_scores():
    task = ccdyn.LineDrawing()
    for settings, rules in (({"architecture": "cerebellar feedback", "alpha": 0.3, "divided": True}, None),
                            ({"architecture": "no feedback", "alpha": 0.3, "rule": "least squares"},
                             [ccdyn.RidgeRegression()])):
        network = ccdyn.Network.for_task(task, n_cortex=10, expansion=1, alpha=0.3, seeds=(0, 1),
                                         **ccdyn.ARCHITECTURES[settings["architecture"]])
        if settings.get("divided"):
            with torch.no_grad():
                for weight in (network.W_ih, network.W_hh, network.W_ch):
                    weight *= 0.7
        state = ccdyn.start(network, task, rules, tau=5, lr=3e-3, batches_per_session=2)
        expected = ccdyn.score({"it": ccdyn.train(state, 3, progress=False)})["it"]
        assert [lab05.measure(settings, seed) for seed in (0, 1)] == pytest.approx(expected.tolist())
        assert lab05.measure(settings, 1) == pytest.approx(expected[1])
    alone = lab05.measure(settings, 7)      # not one of the student's
    assert alone not in expected


def test_each_is_trained_once(monkeypatch):
    trained, train = [], ccdyn.train
    monkeypatch.setattr(ccdyn, "train", lambda *given, **named: trained.append(1) or train(*given, **named))
    lab05.table_of("no feedback"), lab05.table_of("no feedback")
    assert len(trained) == 3


def test_tables_say_whose_they_are(capsys, monkeypatch):
    monkeypatch.setattr(lab05, "show", lambda figure, alt: None)
    given = {"architecture": "no feedback", "alpha": 0.1}, [("alpha", 0.5)]
    lab05.show_sweep(lab05.sweep.solve, *given)
    lab05.show_sweep(lambda *a: torch.zeros(2, 2), *given)
    lab05.fair_table(lab05.summarise.solve)
    lab05.fair_table(lambda errors, chance: None)
    lab05.memory_or_gain()
    lab05.silenced_and_never()
    lab05.taught_on()
    said = capsys.readouterr().out
    assert said.count("Your sweep gives the same table.") == said.count("your sweep is missing or gives another one") == 1
    assert said.count("Your summarise gives the same.") == said.count("your summarise is missing or gives others") == 1


def test_teaching_on_in_silence_leaves_the_networks_as_they_were():
    state = lab05.trained(alpha=0.5)
    before = {name: weight.clone() for name, weight in state.network.weights().items()}
    lab05.taught_on()
    assert all(torch.equal(weight, before[name]) for name, weight in state.network.weights().items())
    assert state.config.silence is None and len(state.history) == 3


def test_both_predictions_can_be_revealed():
    for panel in (lab05.predict_silence(lab05.trained(n_sessions=1)), lab05.predict_control()):
        panel.controls["choice"].value = panel.right
        panel.reveal_button.click()
        assert panel.truth.shape == (len(panel.x), 2) and "You were right." in panel.meaning.value
