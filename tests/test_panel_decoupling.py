"""The panel of feedback decoupling: what it shows is what networks do that learned with the same calls."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.decoupling import gradient_similarity
from ccdyn.panels import DecouplingPanel
from ccdyn.panels.decoupling import render
from ccdyn.plots import spread

TASK = ccdyn.GradedLines(n_steps=6, radius=1.0)
SEEDS = (4, 1)


def small(**settings) -> DecouplingPanel:
    """Two small networks of each model that learn three batches a tick."""
    return DecouplingPanel(**{"task": TASK, "n_cortex": 7, "synthesiser": (5,), "seeds": SEEDS, "chunk": 3, "lr": 0.01,
                              **settings})


def tick(panel: DecouplingPanel) -> None:
    """What the play button sends."""
    panel.play.value += 1


def learned(panel_settings: dict | None = None, layers=(5,), task=TASK, truncation=1, lesions=((6, 0.1, "none"),)):
    """The same, made from the public parts: batches, factor and lesion one after the other."""
    network = ccdyn.DecoupledNetwork.for_task(task, n_cortex=7, synthesiser=layers, seeds=SEEDS)
    rules = [ccdyn.Decoupling(truncation, factor, lesion) for _, factor, lesion in lesions]
    state = ccdyn.start(network, task, rules[:1], batch_size=50, lr=0.01, **(panel_settings or {}))
    for (n, *_), rule in zip(lesions, rules):
        ccdyn.change(state, rules=[rule])
        ccdyn.advance(state, n)
    return state


def test_errors_drawings_and_agreement_are_those_of_the_models():
    panel = small()
    tick(panel), tick(panel)
    view, test = panel.parameters(), TASK.trials(range(7), ccdyn.make_generators(SEEDS, "test"))
    for model, layers in (("cRNN", ()), ("ccRNN", (5,))):
        network = learned(layers=layers).network
        assert view.errors[model].values[-1].tolist() == ccdyn.evaluate(network, test)["loss"].tolist()
        assert np.array_equal(view.drawn[model], ccdyn.run(network, test.x).readout.numpy())
    expected = gradient_similarity(network, test, ccdyn.Decoupling(1))[:, :4].mean(1)
    assert panel.learners["ccRNN"].boundaries == 4      # nothing is taught after step 4
    assert view.agreement.values[-1] == pytest.approx(expected.numpy()) and view.agreement.batches[-1] == 6
    assert f"ccRNN {spread(view.errors['ccRNN'].values[-1])}; drawing nothing gives {TASK.error_of_nothing:.3f}" \
        in panel.alt
    assert f"true feedback: {spread(expected, 2)}." in panel.alt


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small()
    tick(panel)
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    assert white_size(panel.png) == SIZE


def test_lesion_and_factor_act_at_once_on_the_ccrnn_alone():
    panel = small()
    tick(panel)
    panel.controls["lesion"].value = "olive"
    assert panel.learners["ccRNN"].batches == 3 and panel.ghosts == {}
    frozen = {name: getattr(panel.learners["ccRNN"].network, name).clone() for name in ("W_pf", "W_mf")}
    tick(panel)
    network = panel.learners["ccRNN"].network
    assert all(torch.equal(getattr(network, name), before) for name, before in frozen.items())
    panel.controls["factor"].value = 0.5
    tick(panel)
    expected = learned(lesions=((3, 0.1, "none"), (3, 0.1, "olive"), (3, 0.5, "olive"))).network
    assert torch.equal(network.W_hh, expected.W_hh)
    whole = learned(layers=(), lesions=((9, 0.1, "none"),)).network
    assert torch.equal(panel.learners["cRNN"].network.W_hh, whole.W_hh)
    assert panel.alt.endswith("Moved on the way: no olive at batch 3; factor 0.5 at batch 6.")
    assert panel.parameters().errors["cRNN"].marks == ()


def test_without_a_cerebellum_there_is_no_guess_and_it_can_be_healed():
    panel = small()
    tick(panel)
    panel.controls["lesion"].value = "cerebellum"
    tick(panel)
    assert np.isnan(panel.parameters().agreement.values[-1]).all()
    assert "There is no guess to compare with the true feedback." in panel.alt and "nan" not in panel.alt
    panel.controls["lesion"].value = "none"
    tick(panel)
    assert np.isfinite(panel.parameters().agreement.values[-1]).all() and "healed at batch 6" in panel.alt
    assert panel.parameters().agreement.values.shape[1] == 2


def test_truncation_and_teaching_start_again_with_a_ghost():
    panel = small()
    tick(panel)
    errors = panel.parameters().errors
    panel.controls["truncation"].value = 3
    assert panel.learners["ccRNN"].batches == 0
    assert {model: ghost.values.tolist() for model, ghost in panel.ghosts.items()} == {
        model: curve.values.tolist() for model, curve in errors.items()}
    assert "Before, truncation 1, taught every 2, after 3 batches: cRNN " in panel.alt
    panel.controls["sparse"].value = 1      # nothing was learned in between: the ghost stays
    assert panel.ghosts["cRNN"].label == "truncation 1, taught every 2"
    tick(panel)
    task = ccdyn.GradedLines(n_steps=6, radius=1.0, sparse=1)
    expected = learned(task=task, truncation=3, lesions=((3, 0.1, "none"),)).network
    assert torch.equal(panel.learners["ccRNN"].network.W_hh, expected.W_hh)
    panel.controls["truncation"].value = 6
    tick(panel)
    assert "(whole trial, taught at each step, factor 0.1)" in panel.alt and "There is no guess" in panel.alt


def test_it_goes_back_and_learns_the_same_again():
    panel = small(chunk=60)
    tick(panel)
    first = panel.png
    tick(panel)
    after = panel.parameters().errors["ccRNN"].values[-1]
    panel.rewind_button.click()
    assert panel.learners["ccRNN"].batches == panel.learners["cRNN"].batches == 100
    panel.learn(20)
    panel.refresh()
    assert np.array_equal(panel.parameters().errors["ccRNN"].values[-1], after)
    panel.rewind(), panel.rewind()
    assert panel.learners["ccRNN"].batches == 0
    tick(panel)
    assert panel.png == first


def test_reset_keeps_the_settings_and_begins_with_them():
    panel = small(lesion="olive", factor=0.2)
    tick(panel)
    panel.reset_button.click()
    assert panel.controls["lesion"].value == "olive" and panel.learners["ccRNN"].tape.marks() == ()
    assert panel.present.live == {"factor": 0.2, "lesion": "olive"} and set(panel.ghosts) == {"cRNN", "ccRNN"}


@pytest.mark.parametrize("settings, lesion", [({}, "olive"), ({"truncation": 4, "sparse": 3}, "cerebellum"),
                                              ({"clip": 1.0}, "none")])
def test_its_code_prints_its_numbers(settings, lesion):
    panel = small(**settings)
    tick(panel)
    panel.controls["lesion"].value = lesion
    panel.controls["factor"].value = 0.4
    tick(panel)
    printed = []
    exec(panel.code, {"print": lambda *values: printed.append(values[0].tolist())})
    cRNN, ccRNN, *cosine = printed
    assert f"cRNN {spread(cRNN)}, ccRNN {spread(ccRNN)};" in panel.alt
    assert len(cosine) == (lesion != "cerebellum")
    assert all(f"true feedback: {spread(each, 2)}." in panel.alt for each in cosine)


def test_the_meaning_is_in_units():
    panel = small(truncation=2)
    assert panel.meaning.value.startswith(
        "Errors are sent back through 2 of 6 steps (100 ms); the teacher speaks at 3 of them.")
    assert "0.1 of the guess is put in at the end of each truncation" in panel.meaning.value


@pytest.mark.parametrize("settings, words", [
    ({"truncation": 7}, "truncation is 7"), ({"sparse": 0}, "sparse is 0"), ({"factor": 2.0}, "factor is 2.0"),
    ({"lesion": "pons"}, "'pons'")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
