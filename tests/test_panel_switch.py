"""The panel of switching without a browser: contexts, what is shared, going back, and code with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.panels import SwitchPanel
from ccdyn.panels.switch import render
from ccdyn.plots import spread

TASKS = {"straight": ccdyn.LineDrawing(n_steps=8), "arcs": ccdyn.LineDrawing(n_steps=8, arc=1.0)}
SEEDS = (4, 1)


def small(**settings) -> SwitchPanel:
    """Two small networks that learn three batches a tick."""
    return SwitchPanel(**{"tasks": TASKS, "n_cortex": 7, "expansion": 3, "seeds": SEEDS, "chunk": 3, "tau": 2,
                          **settings})


def tick(panel: SwitchPanel) -> None:
    """What the play button sends."""
    panel.play.value += 1


def walk(panel: SwitchPanel) -> None:
    """Three batches of straight lines, six of arcs, back, and three more."""
    tick(panel)
    panel.controls["context"].value = "arcs"
    tick(panel), tick(panel)
    panel.controls["context"].value = "straight"
    tick(panel)


def contexts(**options) -> ccdyn.Contexts:
    """What ``small`` trains, made from the public parts."""
    network = ccdyn.Network.for_task(TASKS["straight"], n_cortex=7, expansion=3, seeds=SEEDS, alpha=0.5)
    return ccdyn.Contexts(network, TASKS, tau=2, lr=3e-3, final_learning=True, **options)


def walked(**options) -> ccdyn.Contexts:
    made = contexts(**options)
    made.advance(3)
    made.switch("arcs")
    made.advance(6)
    made.switch("straight")
    made.advance(3)
    return made


OPTIONS = [{}, {"cerebella": "one"}, {"shared": 0.5, "sharing": "true"}, {"shared": 0.25, "sharing": "copied"},
           {"plastic_readout": False}]


@pytest.mark.parametrize("options", OPTIONS)
def test_errors_drawings_and_fibres_are_those_of_the_contexts(options):
    panel, made = small(**options), walked(**options)
    walk(panel)
    view = panel.parameters()
    for context, task in TASKS.items():
        test = task.trials(list(range(6)) * 5, ccdyn.make_generators(SEEDS, "test"))
        readout = ccdyn.run(made.network(context), test.x).readout
        errors = (readout - test.target).square().mean((1, 2, 3)).tolist()
        assert view.curves[context].values[-1].tolist() == pytest.approx(errors, rel=1e-5)
        assert np.allclose(view.drawn[context], readout[:, :6], atol=1e-6)
        assert f"{context} {spread(errors, 4)}" in panel.alt
    fibres = [made.network(context).W_pf.detach().flatten(1).double().numpy() for context in TASKS]
    assert np.allclose(view.fibres, [each[0] for each in fibres])
    cosine = [a @ b / np.sqrt(a @ a * (b @ b)) for a, b in zip(*fibres)]
    assert view.cosine.tolist() == pytest.approx(cosine, rel=1e-5)
    assert view.n_common == {"one": 42}.get(options.get("cerebella"), int(42 * options.get("shared", 0)))
    same = np.equal(*view.fibres)
    if options.get("cerebella") == "one" or options.get("sharing") == "true":
        assert same[:view.n_common].all()
    assert not same[view.n_common:].any()


def test_the_level_is_the_error_of_the_other_tasks_lines():
    view = small().parameters()
    lines = [task.lines.numpy() for task in TASKS.values()]
    assert view.other == pytest.approx(((lines[0] - lines[1])**2).mean())
    assert ((ccdyn.LineDrawing().lines - ccdyn.LineDrawing(arc=1.0).lines)**2).mean() == pytest.approx(0.0495, abs=1e-4)


def test_the_picture_is_pure_white_and_fixed_in_size():
    panel = small(shared=0.5)
    walk(panel)
    panel.controls["frozen"].value = True
    walk(panel)
    assert render(panel.parameters()) == render(panel.parameters()) == (panel.png, panel.alt)
    assert white_size(panel.png) == SIZE


def test_every_control_changes_picture_and_words():
    panel = small()
    seen, first = {(panel.png, panel.alt)}, (panel.png, panel.alt)
    for name, value in (("context", "arcs"), ("shared", 0.5), ("sharing", "copied"), ("frozen", True), ("alpha", 0.2),
                        ("cerebella", "one")):
        panel.controls[name].value = value
        assert all(panel.alt != alt for _, alt in seen), name
        seen.add((panel.png, panel.alt))
    tick(panel)
    assert panel.png != first[0] and "after 3 batches" in panel.alt


def test_a_switch_acts_on_the_running_networks_and_all_else_starts_new_ones():
    panel = small()
    tick(panel)
    running = panel.switcher
    panel.controls["context"].value = "arcs"
    assert panel.switcher is running and ", now in arcs." in panel.alt
    assert panel.alt.endswith(" Moved on the way: to arcs at batch 3.")
    for name, value in (("shared", 0.25), ("frozen", True), ("alpha", 0.3), ("sharing", "copied"),
                        ("cerebella", "one")):
        running = panel.switcher
        panel.controls[name].value = value
        assert panel.switcher is not running and panel.controls["context"].value == "straight", name
        assert "after 0 batches, now in straight." in panel.alt
    assert set(panel.ghosts) == {"straight", "arcs"} and "Before: straight" in panel.alt


def test_what_means_nothing_is_switched_off():
    panel = small()
    off = [{name for name, control in panel.controls.items() if control.disabled}]
    for name, value in (("shared", 0.5), ("cerebella", "one"), ("cerebella", "distinct"), ("shared", 0.0)):
        panel.controls[name].value = value
        off.append({name for name, control in panel.controls.items() if control.disabled})
    assert off == [{"sharing"}, set(), {"shared", "sharing"}, set(), {"sharing"}]
    assert "exchanged, 42 parallel fibres and all mossy fibres. " in panel.meaning.value
    panel.controls["shared"].value = 0.5
    assert "but for the first 21 parallel fibres. " in panel.meaning.value


@pytest.mark.parametrize("options", OPTIONS)
def test_the_code_prints_the_numbers_of_the_words(options):
    panel = small(**options)
    panel.controls["context"].value = "arcs"        # before anything is learned
    panel.controls["context"].value = "straight"
    walk(panel)
    printed = {}
    exec(panel.code, {"print": lambda name, values: printed.update({name: values.tolist()})})
    for context in TASKS:
        assert f"{context} {spread(printed[context], 4)}" in panel.alt
    assert f"parallel fibres in both contexts {printed['cosine'][0]:.2f}." in panel.alt


def test_rewind_goes_back_over_a_switch_and_learns_the_same_again():
    panel = small(chunk=60)
    for context in ("straight", "straight", "arcs", "arcs", "straight"):
        panel.controls["context"].value = context
        panel.step()
    assert "after 300 batches" in panel.alt
    seen, diary = list(panel.switcher.values[-1].values()), panel.switcher.diary
    for batches, now in ((240, "straight"), (220, "arcs"), (120, "arcs"), (100, "straight"), (0, "straight"),
                         (0, "straight")):
        panel.rewind_button.click()
        assert f"after {batches} batches, now in {now}." in panel.alt
        assert panel.controls["context"].value == now and panel.switcher.points[-1] == batches
    panel.chunk = 20
    for context, chunks in (("straight", 6), ("arcs", 6), ("straight", 3)):
        panel.controls["context"].value = context
        for _ in range(chunks):
            panel.step()
    assert panel.switcher.diary == diary
    assert all(np.array_equal(a, b) for a, b in zip(seen, panel.switcher.values[-1].values()))


def test_reset_begins_again_in_the_first_context():
    panel = small()
    tick(panel)
    alt = panel.alt
    panel.controls["context"].value = "arcs"
    tick(panel)
    panel.reset_button.click()
    assert "after 0 batches, now in straight." in panel.alt
    tick(panel)
    assert panel.alt.startswith(alt) and "Before: " in panel.alt


def test_with_a_frozen_readout_straight_lines_stay_as_they_were():
    panel = small(plastic_readout=False)
    tick(panel)
    left = panel.parameters()
    panel.controls["context"].value = "arcs"
    tick(panel)
    now = panel.parameters()
    assert np.array_equal(now.drawn["straight"], left.drawn["straight"])
    assert not np.array_equal(now.drawn["arcs"], left.drawn["arcs"])
    assert torch.equal(panel.switcher.contexts.network().W_hh, contexts().network().W_hh)


@pytest.mark.parametrize("settings, words", [
    ({"tasks": {"straight": TASKS["straight"]}}, "tasks has 1 contexts; this panel shows two"),
    ({"shared": 1.5}, "shared is 1.5"), ({"n_neurons": 3}, "unknown network setting 'n_neurons'"),
    ({"training": {"taus": 3}}, "unknown training setting 'taus'")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)
