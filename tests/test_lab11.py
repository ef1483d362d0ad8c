"""Lab 11: its exercises say what the rule of the package does, and its tables measure what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn import exercises as ex
from ccdyn.decoupling import gradient_similarity, true_feedback
from ccdyn.exercises import lab11_shows as lab11
from ccdyn.exercises.exercise import Function
from ccdyn.plots import spread

RULE = ccdyn.Decoupling(truncation=1, factor=0.3)
SOLUTIONS = (ex.target_at_start, ex.bootstrap, ex.synthesiser_update, ex.similarity)


@pytest.fixture(scope="module")
def small() -> ccdyn.DecoupledNetwork:
    """Two small networks whose guesses are not 0."""
    network = ccdyn.DecoupledNetwork.for_task(lab11.TASK, n_cortex=4, synthesiser=(6,), seeds=(3, 1), dtype="float64")
    for i, weight in enumerate((network.W_pf, network.b_pf)):
        weight.data.normal_(generator=torch.Generator().manual_seed(i))
    return network


def explained(network: ccdyn.DecoupledNetwork, n: int = 1, rule: ccdyn.Decoupling = RULE):
    batch = lab11.lines(n)
    return rule.explain(network, ccdyn.observe(network, batch, ("cell",)), batch)


def test_every_mistake_is_recognised_and_every_solution_is_right():
    for exercise in SOLUTIONS:
        assert isinstance(exercise, Function) and exercise.check(exercise.solve).outcome == "correct"
        assert len(exercise.mistakes) >= 10
        for words, wrong in exercise.mistakes.items():
            said = exercise.check(wrong)
            assert said.outcome == "not yet" and words in said.text, (exercise.name, words, said.text)


def test_targets_are_those_of_the_rule(small):
    one = lab11.alone(small, 1)
    told, found = explained(one), lab11.inside(one, 1)
    for line in (0, 4):
        targets, _ = ex.bootstrap(found.own[:, line], found.jacobians[:, line], found.guesses[:, line], RULE.factor)
        torch.testing.assert_close(targets, told.arrived[0, :, line])
    for t in range(lab11.TASK.n_steps):
        target = ex.target_at_start(found.start[t], lab11.one_step(one, t), RULE.factor * found.guesses[t])
        torch.testing.assert_close(target, told.arrived[0, t])


def test_the_true_feedback_is_that_of_the_package(small):
    one = lab11.alone(small, 0)
    true, guesses = true_feedback(one, lab11.lines(), RULE)
    found = lab11.inside(one, 1)
    for line in range(7):
        _, ours = ex.bootstrap(found.own[:, line], found.jacobians[:, line], found.guesses[:, line], 0.0)
        torch.testing.assert_close(ours[1:], true[0, :, line])
    torch.testing.assert_close(lab11.perfect(found, 1.0)[1:], true[0])
    torch.testing.assert_close(found.guesses[:-1], guesses[0])


def test_similarity_is_that_of_the_package(small):
    batch = lab11.TASK.trials(range(7), ccdyn.make_generators((3, 1), "test"), torch.float64)
    true, guesses = true_feedback(small, batch, RULE)
    found = gradient_similarity(small, batch, RULE)
    for k in range(2):
        torch.testing.assert_close(ex.similarity(guesses[k], true[k]), found[k])


def test_the_update_is_that_of_the_last_layer(small):
    one = lab11.alone(small, 0)
    told, found = explained(one), lab11.inside(one, 1)
    at_rest = torch.relu(one.b_mf.detach()).expand(7, -1)
    granule = torch.cat((at_rest, found.granule[:-1].flatten(0, 1)))
    guess = granule @ one.W_pf.detach().T + one.b_pf.detach()
    dW, db = ex.synthesiser_update(granule, guess, told.arrived[0].flatten(0, 1))
    torch.testing.assert_close(dW, told.gradients["W_pf"][0])
    torch.testing.assert_close(db, told.gradients["b_pf"][0])


def test_one_of_the_networks_alone_is_that_network(small):
    x = lab11.lines().x
    together = ccdyn.run(small, x.expand(2, -1, -1, -1)).rate[1]
    assert torch.allclose(ccdyn.run(lab11.alone(small, 1), x).rate, together)
    assert lab11.alone(small, 1).config.seeds == 1


def test_a_perfect_pupil_gives_itself_as_its_target(small):
    found = lab11.inside(lab11.alone(small, 0), 1)
    said = lab11.perfect(found, 0.3)
    guesses = torch.cat((said[1:], torch.zeros_like(said[:1])))
    targets, _ = ex.bootstrap(found.own[:, 2], found.jacobians[:, 2], guesses[:, 2], 0.3)
    torch.testing.assert_close(targets, said[:, 2])
    torch.testing.assert_close(lab11.perfect(found, 0.0), found.own)
    assert lab11.taught_later(found) == 8       # behind the start of step 9 nothing is taught


def test_cosines_of_horizons_end_at_one_and_are_of_the_truncated_gradient(small):
    found = lab11.horizon_cosines(small, (2, 10))
    batch = lab11.TASK.trials(range(7), ccdyn.make_generators((3, 1), "test"), torch.float64)
    short, whole = (ccdyn.gradients(small, batch, [ccdyn.Decoupling(n, 0.0)])["W_ih"].flatten(1).numpy()
                    for n in (2, None))
    expected = (short * whole).sum(1) / np.sqrt((short**2).sum(1) * (whole**2).sum(1))
    assert np.allclose(found["W_ih"][0], expected) and np.allclose(found["W_hh"][1], 1)


def test_the_story_holds():
    """What the notebook says of five networks."""
    horizons = lab11.horizon_cosines(lab11.trained("cRNN").network)["W_ih"].mean(1)
    assert (horizons[:6] < 0.2).all() and (horizons[6:] > 0.6).all()
    none, cerebellum, olive = (lab11.lesioned(lesion) for lesion in ("none", "cerebellum", "olive"))
    assert (none[0] == olive[0]).all() and (none[0] == cerebellum[0]).all()
    assert np.allclose(lab11.lesioned("none", 0.0), cerebellum)
    assert none[-1].mean() < cerebellum[-1].mean() < none[0].mean() < lab11.without()[0].mean()
    assert olive[-1].mean() > 10 and (olive[-1] > 3).all()


def test_the_reveal_is_what_lesioned_networks_do():
    panel = lab11.predict_lesion()
    panel.controls["choice"].value = panel.right
    panel.reveal_button.click()
    assert panel.error is None and np.array_equal(panel.truth, lab11.lesioned("olive"))


def test_tables_say_what_was_measured(capsys):
    lab11.table_of_use()
    whole, silenced = (spread(each, 2) for each in (lab11.error(lab11.trained().network),) * 2)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.count(whole) == 2 and last.endswith(silenced)
    lab11.table_of_factors((0.1, 1.0))
    lines = capsys.readouterr().out.splitlines()
    assert "1.00 (1.00 to 1.00)" in lines[2] and "0.10" in lines[1].split("  ")[-1] and len(lines) == 4
    lab11.table_of_lesions()
    assert capsys.readouterr().out.splitlines()[4].endswith(spread(lab11.lesioned("olive")[-1], 2))
    lab11.table_of_horizons((1, 2, 3, 10))
    assert capsys.readouterr().out.splitlines()[4].endswith("1.00 (1.00 to 1.00)")


@pytest.mark.parametrize("yours", [lambda *a: ..., lambda *a: None, lambda *a: 3, lambda *a: (torch.ones(2), 1)])
def test_demos_go_on_whatever_the_student_has(yours, monkeypatch):
    shown = []
    monkeypatch.setattr(lab11, "show", lambda figure, alt: shown.append(alt))
    for demo in (lab11.show_target, lab11.show_bootstrap, lab11.show_update):
        demo(yours)
    assert len(shown) == 3 and shown[2].startswith("A last layer that begins at 0 learns its targets.")


def test_the_students_functions_are_drawn_over_ours(monkeypatch, capsys):
    drawn = []
    monkeypatch.setattr(lab11, "show", lambda figure, alt: None)
    monkeypatch.setattr(lab11, "overlay", lambda x, ours, yours, *rest: drawn.append((ours, yours)))
    lab11.show_target(ex.target_at_start)
    lab11.show_bootstrap(ex.bootstrap)
    lab11.show_update(ex.synthesiser_update)
    assert all(torch.equal(ours, yours) for ours, yours in drawn) and len(drawn) == 3
    assert capsys.readouterr().out == ""


def test_lines_are_told_apart():
    assert lab11.lines(2).kind is None and lab11.lines(2).x.shape == (14, 10, 1)
    assert lab11.lines().target.dtype == torch.float64
