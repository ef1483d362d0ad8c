"""What lab 08 shows: the exercises are the package's task and pairing, and its tables change what they say."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn.exercises import basis, slice_targets, walk, without_slice
from ccdyn.exercises import lab08_shows as lab08
from ccdyn.exercises.progress import progress
from ccdyn.plasticity import basis_pairs
from ccdyn.plots.basis import name_windows
from ccdyn.tasks.digitdraw import TEMPLATES, pace


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No record of anybody; networks of two seeds that learn for a moment."""
    monkeypatch.setattr(progress, "record", {"student": "", "labs": {}})
    monkeypatch.setattr(progress, "seeds", lambda: (0, 1))
    monkeypatch.setattr(lab08, "SIZES", {"expansion": 1, "n_cortex": 10})
    monkeypatch.setattr(lab08, "TRAINING", {"batches_per_session": 2})
    monkeypatch.setattr(lab08, "N_SESSIONS", 1)
    lab08._trained.cache_clear()
    yield
    lab08._trained.cache_clear()


@pytest.fixture
def shown(monkeypatch) -> list:
    """The figures and words that would be shown."""
    kept = []
    monkeypatch.setattr(lab08, "show", lambda figure, alt: kept.append((figure, alt)))
    return kept


@pytest.mark.parametrize("n_steps", [20, 13, 30])
def test_the_walk_is_that_of_the_task(n_steps):
    lines = ccdyn.DigitDrawing(n_steps=n_steps, n_patterns=10).lines
    for xy, line in zip(TEMPLATES, lines):
        corners = torch.tensor(xy, dtype=torch.float64).mT
        assert torch.equal(walk(corners, pace(len(corners) - 1, n_steps)), line)


def test_the_table_and_the_targets_are_those_of_the_rule():
    target = torch.randn(3, 11, 2)
    for tau in (1, 3, 6):
        assert basis(11, tau) == [(s, *row) for s, row in basis_pairs(11, tau)]
        for s, *row in basis(11, tau):
            assert torch.equal(slice_targets(target, s, tau), torch.cat([target[:, t] for t in row], 1))


def test_figures_take_the_student_s_function_or_ours(shown, capsys):
    for show, right in ((lab08.show_walk, walk.solve), (lab08.show_targets, slice_targets.solve)):
        for yours in (right, lambda *given: "rubbish", lambda *given: ...):
            show(yours)
    said = capsys.readouterr().out
    assert said.count("your walk is missing") == said.count("your slice_targets is missing") == 2
    axes = [figure.axes[0] for figure, _ in shown]
    assert [len(each.lines) for each in axes[:3]] == [3, 3, 3]
    titles = [each.get_title(loc="left") for each in axes[3:]]
    assert titles == ["yours over ours", *["ours; yours is not there yet"] * 2]
    assert all(alt == shown[i // 3 * 3][1] for i, (_, alt) in enumerate(shown))


@pytest.mark.parametrize("windows, tau", [((3,), 3), ((0, 1, 2, 3), 3), ((3, 3, 3, 3), (3, 3, 3, 3))])
def test_errors_are_those_of_what_the_package_trains(windows, tau):
    task = ccdyn.DigitDrawing()
    network = ccdyn.Network.for_task(task, n_cortex=10, expansion=1, alpha=0.3, seeds=(0, 1), n_slices=len(windows))
    with torch.no_grad():
        network.W_ch *= 2
    ccdyn.train(ccdyn.start(network, task, tau=tau, lr=3e-3, batches_per_session=2), 1, progress=False)
    expected = ccdyn.evaluate(network, task.batch(1000, ccdyn.make_generators((0, 1), "test"), "test"))["loss"]
    assert lab08.errors(windows, 0.3, loud=2).tolist() == pytest.approx(expected.tolist())


def test_each_is_trained_once_and_the_table_counts(monkeypatch, capsys):
    trained, train = [], ccdyn.train
    monkeypatch.setattr(ccdyn, "train", lambda *given, **named: trained.append(1) or train(*given, **named))
    lab08.table([(3,), (0, 1, 2, 3)])
    lab08.table([(0, 1, 2, 3), (3,)])
    assert len(trained) == 2
    said = capsys.readouterr().out
    lower = int((lab08.errors((0, 1, 2, 3)) < lab08.errors((3,))).sum())
    assert f"in {lower} of 2" in said and f"in {2 - lower} of 2" in said and "not knowing the cue 0.087" in said


def test_the_table_names_all_windows_and_what_is_loud(capsys):
    lab08.table([(3,), (2, 3), (1, 3, 5, 7), (1, 2, 3, 4), (2, 2)], loud=2.0, seeds=(0,))
    said = capsys.readouterr().out
    said = said[said.index("alpha"):].splitlines()
    assert "1 networks, W_ch times 2; not" in said[0]
    assert [re.match(r" *(.*?)   +\d", line)[1] for line in said[2:]] == [
        "window 3", "windows 2, 3", "windows 1, 3, 5, 7", "windows 1 to 4", "window 2, 2 times"]


@pytest.mark.parametrize("windows, words", [
    ((0,), "window 0"), ((0, 1), "windows 0, 1"), ((0, 1, 2), "windows 0 to 2"), ((3, 3, 3), "window 3, 3 times"),
    ((2, 4), "windows 2, 4"), ((3, 3, 4), "windows 3, 3, 4"), ((3, 2, 1), "windows 3, 2, 1")])
def test_only_equal_windows_are_times(windows, words):
    assert name_windows(windows) == words


def test_other_architectures_step_sizes_and_sessions(capsys):
    task = ccdyn.DigitDrawing()
    network = ccdyn.Network.for_task(task, n_cortex=10, expansion=1, alpha=0.3, seeds=(0, 1),
                                     **ccdyn.ARCHITECTURES["granule readout"])
    ccdyn.train(ccdyn.start(network, task, lr=0.01, batches_per_session=2), 2, progress=False)
    lab08.table([(3,), "granule readout"], 0.3, n_sessions=2, lr=0.01)
    expected = ccdyn.evaluate(network, task.batch(1000, ccdyn.make_generators((0, 1), "test"), "test"))["loss"]
    assert f"     granule readout             {lab08.spread(expected)}" in capsys.readouterr().out
    assert len(lab08.errors((3,), seeds=range(3))) == 3


def test_a_silent_slice_is_one_whose_channels_the_cortex_does_not_hear(capsys):
    state = lab08.trained()
    before = state.network.W_ch.detach().clone()
    lab08.show_slices(without_slice.solve)
    said = capsys.readouterr().out
    assert "Your without_slice gives the same." in said and torch.equal(state.network.W_ch, before)
    for yours in (lambda c, j, n_out: c, lambda *given: 1, None):
        lab08.show_slices(yours)
        assert "is missing or gives something else" in capsys.readouterr().out
    # the same network, step by step, with the slice set to zero in what the cortex hears
    w = {name: weight.detach() for name, weight in state.network.weights().items()}
    test = state.task.batch(1000, ccdyn.make_generators((0, 1), "test"), "test")
    h, answers = torch.zeros(2, 1000, 10), []
    for t in range(20):
        c = (h.tanh() @ w["W_mf"].mT).relu() @ w["W_pf"].mT
        c = torch.stack([without_slice(each, 2, 2) for each in c])
        h = 0.5 * h + test.x[:, :, t] @ w["W_ih"].mT + c @ w["W_ch"].mT + h.tanh() @ w["W_hh"].mT
        answers.append(h.tanh() @ w["W_rdt"].mT + w["b_rdt"][:, None])
    errors = (torch.stack(answers, 2) - test.target).square().mean((1, 2, 3)).numpy()
    row = next(line for line in said.splitlines() if line.split()[0] == "2")
    assert lab08.spread(errors) in row


def test_the_prediction_can_be_revealed():
    panel = lab08.predict_gain()
    panel.controls["choice"].value = panel.right
    panel.reveal_button.click()
    assert panel.truth.shape == (3, 2) and "You were right." in panel.meaning.value
    assert np.allclose(panel.truth[1], lab08.errors((3,), 0.5) - lab08.errors((0, 1, 2, 3), 0.5))
