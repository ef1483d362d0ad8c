"""The panel of sleep: what it shows is what a network does that ``consolidate`` has put to sleep."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.panels import SleepPanel
from ccdyn.panels.sleep import LAST, render
from ccdyn.plots import spread

TASK = ccdyn.DelayedAssociation(n_steps=8)
NETWORK = ccdyn.Network.for_task(TASK, n_cortex=7, expansion=3, seeds=(4, 1))


def small(**settings) -> SleepPanel:
    return SleepPanel(**{"network": NETWORK, "task": TASK, "n_test": 20, "chunk": 2, **settings})


def slept(n_trials: int, rule="least squares", decay: float = 0.1) -> ccdyn.Network:
    if n_trials == 0:
        return NETWORK
    return next(islice(ccdyn.consolidate(NETWORK, TASK, LAST, rule, decay=decay), n_trials - 1, None))


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    panel.step()
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    assert white_size(panel.png) == SIZE


@pytest.mark.parametrize("rule, decay", [("least squares", 0.1), ("local", 0.3)])
def test_accuracy_lengths_and_belief_are_those_of_networks_that_slept(rule, decay):
    panel = small(rule=rule, decay=decay)
    panel.controls["example"].value = 3
    for _ in range(2):
        panel.play.value += 1
    view, test = panel.parameters(), TASK.batch(20, ccdyn.make_generators((4, 1), "test"), "test")
    assert view.trial == 4 and view.whole.shape == view.silenced.shape == (5, 2)
    for trial in range(5):
        network = slept(trial, rule, decay)
        for found, silence in ((view.whole, None), (view.silenced, ccdyn.Silence())):
            assert found[trial].tolist() == pytest.approx(ccdyn.evaluate(network, test, silence)["accuracy"].tolist())
        for name, lengths in view.lengths.items():
            weight = getattr(network, name).detach().numpy()
            assert lengths[trial] == pytest.approx(np.sqrt((weight**2).sum((1, 2))), rel=1e-6)
    for i, silence in enumerate((None, ccdyn.Silence())):
        answer = ccdyn.run(network, test.x, silence=silence).readout.double().numpy()[:, 3]
        belief = np.exp(answer) / np.exp(answer).sum(-1, keepdims=True)
        right = belief[np.arange(2), :, test.target[:, 3, 0].numpy()]
        assert np.allclose(view.belief[i], right, atol=1e-6)
    assert f"after 4 trials of sleep, {rule}, decay {decay:g}." in panel.alt
    assert f"cerebellum silenced {spread(view.silenced[-1], 2)}; guessing 0.5." in panel.alt


def test_it_goes_back_and_forth_and_stops_at_the_end():
    panel = small(chunk=1)
    pictures = [panel.png]
    for _ in range(3):
        panel.step()
        pictures.append(panel.png)
    panel.rewind_button.click()
    assert panel.png == pictures[2]
    panel.step_button.click()
    assert panel.png == pictures[3] and len(panel.seen) == 4    # nothing was slept twice
    for _ in range(5):
        panel.rewind_button.click()
    assert panel.png == pictures[0]
    panel.learn(LAST + 3)
    assert panel.trial == LAST and f"after {LAST} trials" in (panel.refresh() or panel.alt)


def test_another_rule_or_decay_begins_again_with_a_ghost_and_another_trial_does_not():
    panel = small()
    panel.step()
    silenced = panel.parameters().silenced
    panel.controls["example"].value = 2
    assert panel.trial == 2 and panel.ghost is None
    panel.controls["rule"].value = "local"
    assert panel.trial == 0 and panel.ghost.tolist() == silenced.tolist()
    assert f"The sleep before this one came to {spread(silenced[-1], 2)} silenced after 2 trials." in panel.alt
    panel.controls["decay"].value = 0.2     # nobody has slept in between: the ghost stays
    assert panel.ghost.tolist() == silenced.tolist()
    panel.learn(3)
    panel.reset_button.click()
    assert panel.trial == 0 and panel.controls["rule"].value == "local" and len(panel.ghost) == 4


def test_a_network_without_replicas_and_a_rule_of_ones_own():
    network = ccdyn.Network.for_task(TASK, n_cortex=7, expansion=3, seeds=4)
    panel = small(network=network, rule=lambda rate, drive: torch.zeros_like(network.W_hh).double())
    panel.step()
    view = panel.parameters()
    assert view.rule == "your rule" and view.lengths["W_hh"][0] == view.lengths["W_hh"][2]
    assert panel.alt.startswith("1 network after 2 trials of sleep, your rule, decay 0.1.")


@pytest.mark.parametrize("n_trials, settings", [
    (0, {}), (2, {"rule": "local"}), (2, {"rule": lambda rate, drive: (drive.mT @ rate).sum(-3) / 100})])
def test_its_code_prints_its_numbers(n_trials, settings):
    panel = small(**settings)
    panel.learn(n_trials)
    panel.controls["example"].value = 4
    panel.refresh()
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values[0].tolist()), "network": NETWORK, "task": TASK,
                      **settings})
    whole, belief, silenced, belief_silenced, W_hh, W_ch = printed
    assert f"whole {spread(whole, 2)}, cerebellum silenced {spread(silenced, 2)}" in panel.alt
    assert f"Length of W_hh {spread(W_hh, 2)}, of W_ch {spread(W_ch, 2)}." in panel.alt
    assert f"at the last step {spread(belief, 2)} whole, {spread(belief_silenced, 2)} silenced." in panel.alt


def test_a_given_network_stays_as_it_is_and_its_own_is_that_which_comes_with_ccdyn():
    before = {name: weight.clone() for name, weight in NETWORK.weights().items()}
    small().learn(3)
    assert all(torch.equal(weight, before[name]) for name, weight in NETWORK.weights().items())
    panel = SleepPanel(n_test=20)
    assert torch.equal(panel.network.W_hh, ccdyn.load_trained("association").W_hh)
    assert 'network = ccdyn.load_trained("association")' in panel.code


@pytest.mark.parametrize("settings, words", [
    ({"rule": "hebb"}, "unknown rule 'hebb'"), ({"decay": 2.0}, "decay is 2.0"), ({"n_test": 3}, "n_test is 3"),
    ({"network": ccdyn.Network.for_task(TASK, feedback="none")}, "no cerebellum to consolidate")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
