"""Lab 04: e-prop and the true gradient against autograd, and a student's function as a rule that the panel judges."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import ccdyn
from ccdyn import exercises as ex
from ccdyn.exercises import lab04
from ccdyn.exercises.lab01 import some
from ccdyn.exercises.own_rule import OwnRulePanel, own_rule

ALPHA = 0.3
SEEDS = (3, 4)


def autograd(cut: bool):
    """dE/dW of a network written out here, and what e-prop is given; ``cut``: what others send is a given current."""
    x, target = some(3, 7, 4), some(3, 7, 2, seed=1)
    W_ih, W_hh = (2 * some(*shape, seed=seed) for shape, seed in (((5, 4), 2), ((5, 5), 3)))
    W_rdt, h, rates = some(2, 5, seed=4), torch.zeros(3, 5, dtype=torch.float64), []
    for W in (W_ih, W_hh):
        W.requires_grad_()
    for t in range(7):
        r = torch.tanh(h)
        h = ALPHA * h + x[:, t] @ W_ih.T + (r.detach() if cut else r) @ W_hh.T
        rates.append(torch.tanh(h))
    rates = torch.stack(rates, 1)
    z = rates @ W_rdt.T
    found = torch.autograd.grad(((z - target)**2).mean(), (W_ih, W_hh))
    L = ex.learning_signal(z.detach(), target, W_rdt)
    return found, (x, rates.detach(), L, ALPHA, W_hh.detach())


def test_eprop_is_the_gradient_with_what_others_send_held_fixed():
    found, given = autograd(cut=True)
    for mine, true in zip(ex.eprop(*given), found):
        torch.testing.assert_close(mine, true)


def test_the_walk_back_with_W_hh_is_the_true_gradient():
    found, given = autograd(cut=False)
    for mine, true in zip(lab04.true_gradient(*given), found):
        torch.testing.assert_close(mine, true)


def test_traces_and_the_walk_back_agree():
    _, (x, rates, L, alpha, W_hh) = autograd(cut=True)
    q = lab04.walk_back(L, rates, alpha)
    torch.testing.assert_close(torch.einsum("bti,btj->ij", q, x), ex.eprop(x, rates, L, alpha, W_hh)[0])


def test_with_two_steps_a_synapse_knows_everything_and_later_less():
    near = [lab04.nearness(0.5, n_steps, seeds=range(5)).mean() for n_steps in (2, 5, 20)]
    assert near[0] == pytest.approx(1, abs=1e-5) and near[0] > near[1] + 0.1 > near[2] + 0.3
    assert lab04.nearness(0.1, 20, seeds=range(5)).mean() > 0.6
    assert lab04.nearness(0.1, 20, 1.75, seeds=range(5)).mean() < 0.5


# A student's function as a rule

def gradients_of(rule, seeds=SEEDS, task=None, feedback="none", alpha=ALPHA):
    task = task or ccdyn.LineDrawing(n_steps=6)
    network = ccdyn.Network.for_task(task, feedback=feedback, alpha=alpha, seeds=seeds, n_cortex=6, expansion=2,
                                     dtype="float64")
    batch = task.batch(4, ccdyn.make_generators(seeds, "test"), "test", network.dtype)
    return ccdyn.gradients(network, batch, [rule])


@pytest.mark.parametrize("setting", [
    {}, {"seeds": 3}, {"feedback": "readout"}, {"feedback": "cerebellar", "seeds": 3}, {"feedback": "cerebellar"},
    {"alpha": ((0.2,), (0.7,))}, {"task": ccdyn.DelayedAssociation()},
    {"task": ccdyn.EvidenceAccumulation(), "seeds": 1}])
def test_as_a_rule_our_function_is_eprop(setting):
    mine, ours = (gradients_of(rule, **setting) for rule in (own_rule(ex.eprop.solve), ccdyn.EProp()))
    assert mine.keys() == ours.keys()
    for name in ours:
        torch.testing.assert_close(mine[name], ours[name])


def test_several_leaks_are_refused():
    with pytest.raises(ValueError, match="one alpha for all units"):
        gradients_of(own_rule(ex.eprop.solve), alpha=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6))


def test_it_sees_one_network_in_the_shapes_of_the_exercise_and_may_write_on_what_it_gets():
    seen = []

    def careless(x, rates, L, alpha, W_hh):
        seen.append([*(tuple(each.shape) for each in (x, rates, L, W_hh)), alpha])
        found = ex.eprop(x, rates, L, alpha, W_hh)
        for each in (x, rates, L, W_hh):
            each.fill_(7)
        return found

    found = gradients_of(own_rule(careless))
    assert seen == 2 * [[(4, 6, 10), (4, 6, 6), (4, 6, 6), (6, 6), pytest.approx(ALPHA)]]
    torch.testing.assert_close(found["W_hh"], gradients_of(ccdyn.EProp())["W_hh"])


@pytest.mark.parametrize("returned", [None, 3, (1, 2), (torch.ones(6, 10),), (torch.ones(10, 6), torch.ones(6, 6))])
def test_what_is_no_pair_of_gradients_gets_a_sentence(returned):
    with pytest.raises(ValueError, match=r"should return two tensors, of shape \(6, 10\) and \(6, 6\)"):
        gradients_of(own_rule(lambda *given: returned))


# Under the microscope

def panel_of(rule) -> OwnRulePanel:
    return OwnRulePanel({"yours": own_rule(rule), "e-prop": ccdyn.EProp()}, alpha=ALPHA, n_steps=5, seeds=SEEDS,
                        n_cortex=6, chunk=2)


def test_the_right_rule_is_the_same_as_ours():
    panel = panel_of(ex.eprop.solve)
    assert panel.meaning.value.endswith("yours beside our e-prop: W_ih the same; W_hh the same.")
    panel.step()
    assert panel.meaning.value.endswith("W_ih the same; W_hh the same.") and panel.error is None


@pytest.mark.parametrize("words", ex.eprop.mistakes)
def test_every_mistake_parts_from_ours_in_the_panel(words):
    if "wrong way round" in words:
        pytest.skip("is refused: its gradients have another shape")
    said = panel_of(ex.eprop.mistakes[words]).meaning.value
    assert "<b>W_hh parts</b>" in said
    assert ("W_ih the same" in said) == ("that of r_t" in words or "in a circle" in words)


def test_a_length_is_told_where_the_cosine_is_blind():
    said = panel_of(lab04.mean_twice).meaning.value
    assert "<b>W_ih parts</b>, nearly the same direction, length 0.10" in said


def raises(x, rates, L, alpha, W_hh):
    raise RuntimeError("my own")


@pytest.mark.parametrize("rule, words", [
    (lambda x, rates, L, alpha, W_hh: ..., "is not written yet"), (raises, "RuntimeError: my own"),
    (lambda x, rates, L, alpha, W_hh: W_hh, "should return two tensors"), (3, "cannot be used yet"),
    (lambda x, rates, L, alpha, W_hh: (x.new_full((50, 10), float("nan")), W_hh), "NaN")])
def test_as_long_as_there_is_nothing_to_show_ours_is_shown_alone(rule, words, capsys):
    panel = lab04.microscope(rule, n_batches=0)
    assert list(panel.rules) == ["e-prop"] and panel.meaning.value == "" and words in capsys.readouterr().out


def test_a_rule_that_fails_later_is_told_in_the_panel(monkeypatch):
    monkeypatch.delenv("CCDYN_STRICT", raising=False)

    def five_steps_only(x, rates, L, alpha, W_hh):
        return ex.eprop(x, rates, L, alpha, W_hh) if x.shape[1] == 5 else None

    panel = panel_of(five_steps_only)
    panel.controls["n_steps"].value = 10
    assert "should return two tensors" in panel.message.value


def test_a_rule_that_changes_nothing_is_drawn():
    panel = panel_of(lambda x, rates, L, alpha, W_hh: (0 * ex.eprop(x, rates, L, alpha, W_hh)[0], 0 * W_hh))
    panel.step()
    assert "length 0.00" in panel.meaning.value and panel.png


def test_the_code_of_the_panel_runs(capsys):
    panel = panel_of(lab04.trace_of_now)
    exec(panel.code, {"trace_of_now": lab04.trace_of_now})
    assert capsys.readouterr().out.startswith("yours [")


# What the lab prints and draws

def test_what_is_printed_says_what_it_should(capsys, monkeypatch):
    monkeypatch.setattr(lab04, "LENGTHS", (2, 5))
    lab04.two_ways(ex.eprop.solve)
    lab04.two_ways(lambda x, rates, L, alpha, W_hh: ...)
    lab04.nearness_table()
    lab04.line_up(0.1)
    said = capsys.readouterr().out
    assert "forward, with traces (yours)  | not there yet" in said and "decay 1 - alpha  | " in said
    assert said.count("1.00 (1.00 to 1.00)") == 4
    rows = dict(line.split(" |", 1) for line in said.splitlines() if line.startswith("backward"))
    assert float(rows["backward, alpha alone        "].split("|")[0]) < 1e-12
    assert float(rows["backward, alpha and W_hh     "].split("|")[1]) < 1e-12


def test_predictions_are_revealed(monkeypatch):
    monkeypatch.setattr(lab04, "RACE", {"e-prop": replace(ccdyn.EProp(), kappa=0.1)})
    for panel in (lab04.predict_nearness(), lab04.predict_learning(1)):
        panel.controls["choice"].value = panel.right
        panel.reveal_button.click()
        assert panel.error is None and panel.truth.shape == (len(panel.x), 5)
