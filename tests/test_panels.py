"""Panels without a browser: what a moved slider, a tick of the clock or an error does."""

from __future__ import annotations

import io

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from PIL import Image
from seeing import white_size

import ccdyn
from ccdyn.panels import LinePanel, MicroscopePanel, Panel
from ccdyn.panels.live import render
from ccdyn.panels.controls import pause
from ccdyn.panels.panel import image_tag, to_png
from ccdyn.panels.tape import Tape

def small(**settings) -> LinePanel:
    """Two small networks that learn three batches a tick."""
    return LinePanel(**{"n_cortex": 7, "expansion": 3, "seeds": (4, 1), "chunk": 3, "tau": 2, **settings})


def tick(panel: LinePanel, ticks: int = 1) -> None:
    """What the play button sends."""
    panel.play.value += ticks


def learner(panel: LinePanel):
    """The only kind of networks in a panel."""
    only, = panel.learners.values()
    return only


def weights(panel: LinePanel) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in learner(panel).network.weights().items()}


def slope(parameters) -> tuple[bytes, str]:
    """A tiny picture: grey, the lighter the larger the slope."""
    if parameters["slope"] == 3:
        raise ValueError("slope is 3; use <another> number")
    file = io.BytesIO()
    Image.new("L", (4, 5), 20 * parameters["slope"]).save(file, "PNG")
    return file.getvalue(), f'slope "{parameters["slope"]}"'


def sloped() -> Panel:
    return Panel(slope, {"slope": widgets.IntSlider(1, 0, 9)},
                 code=lambda parameters: f"slope = {parameters['slope']}")


def test_a_moved_slider_changes_picture_and_words():
    panel = sloped()
    before = panel.png
    panel.controls["slope"].value = 5
    assert panel.png != before and Image.open(io.BytesIO(panel.png)).getpixel((0, 0)) == 100
    assert panel.picture.value.count("<img") == 1 and 'alt="slope &quot;5&quot;"' in panel.picture.value
    assert 'width="4" height="5"' in panel.picture.value
    assert panel.code == "slope = 5"


def test_an_error_is_shown_and_kept_until_something_works(monkeypatch):
    monkeypatch.delenv("CCDYN_STRICT")
    panel = sloped()
    before = panel.picture.value
    panel.controls["slope"].value = 3
    assert isinstance(panel.error, ValueError)
    assert "slope is 3; use &lt;another&gt; number" in panel.message.value
    assert panel.picture.value == before
    panel.controls["slope"].value = 4
    assert panel.error is None and panel.message.value == ""


def test_strict_mode_raises_what_a_callback_raises():
    panel = sloped()
    with pytest.raises(ValueError, match="slope is 3"):
        panel.controls["slope"].value = 3
    assert isinstance(panel.error, ValueError) and "slope is 3" in panel.message.value


def test_reset_puts_the_controls_back_and_draws_once():
    panel, drawn = sloped(), []
    first, panel.controls["slope"].value = panel.png, 5
    panel.changed = lambda: (drawn.append(1), panel.refresh())
    panel.reset_button.click()
    assert panel.controls["slope"].value == 1 and panel.png == first and len(drawn) == 1


def test_code_is_shown_on_request_and_follows():
    panel = sloped()
    assert panel.code_box.layout.display == "none"
    panel.code_button.click()
    assert panel.code_box.layout.display != "none" and panel.code_box.value == "slope = 1"
    panel.controls["slope"].value = 2
    assert panel.code_box.value == "slope = 2"
    panel.code_button.click()
    assert panel.code_box.layout.display == "none"


def test_static_picture_is_shown_once_and_hidden_by_the_living_panel(monkeypatch):
    shown = []
    monkeypatch.setattr("ccdyn.panels.panel.display", lambda data, raw: shown.append(data))
    panel = sloped()
    panel.show()
    live, static = shown
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.box.model_id
    assert static["text/html"] == image_tag(panel.png, panel.alt, f"static {panel._id}")
    assert static["text/html"].count("<img") == 1
    rules = [child.value for child in panel.box.children if getattr(child, "value", "").startswith("<style>")]
    assert rules == [f"<style>.static.{panel._id} {{display: none}}</style>"]
    assert panel._id != sloped()._id


def test_the_live_picture_is_pure_and_white_and_fixed_in_size():
    panel = small()
    tick(panel)
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    sizes = set()
    for architecture in ("no feedback", "readout feedback", "cerebellar feedback"):
        panel.controls["architecture"].value = architecture
        panel.controls["silenced"].value = not panel.controls["silenced"].value
        sizes.add(white_size(panel.png))
    assert len(sizes) == 1


def test_a_tick_trains_one_chunk_however_far_the_clock_jumps():
    panel = small()
    assert "after 0 batches (0.0 sessions)" in panel.alt
    tick(panel)
    assert "after 3 batches" in panel.alt
    tick(panel, 25)  # the front end merges ticks while Python is busy
    assert "after 6 batches" in panel.alt
    panel.play.value = panel.play.min  # the stop button
    assert "after 6 batches" in panel.alt
    panel.step_button.click()
    assert "after 9 batches" in panel.alt
    panel.train(5, every=2)
    assert "after 14 batches" in panel.alt
    assert learner(panel).tape.points == [0, 3, 6, 9, 11, 13, 14]


def test_chunks_are_counted_by_time(monkeypatch):
    clock = [0.0]  # runs on by 40 ms at every look at it
    monkeypatch.setattr("ccdyn.panels.clock.perf_counter", lambda: clock.append(clock[-1] + 0.04) or clock[-1])
    panel = small(chunk=None, tick=0.25)
    tick(panel)
    assert learner(panel).batches == 6  # the last began after 200 of the 210 ms that a picture of 40 ms leaves
    panel._redraw_seconds = 9.0
    tick(panel)
    assert learner(panel).batches == 6 + 1  # at least one, however long a picture takes


@pytest.mark.parametrize("name, value", [("alpha", 0.9), ("expansion", 5), ("architecture", "no feedback")])
def test_what_needs_new_networks_starts_again_and_leaves_a_ghost(name, value):
    panel = small()
    tick(panel)
    tick(panel)
    old = learner(panel).curve.values
    panel.controls[name].value = value
    assert "after 0 batches" in panel.alt
    assert "Before, alpha 0.5, expansion 3: " in panel.alt and "after 6 batches." in panel.alt
    assert np.array_equal(next(iter(panel.ghosts.values())).values, old)
    panel.controls["alpha"].value = 0.1  # nothing was learned in between: the ghost stays
    assert np.array_equal(next(iter(panel.ghosts.values())).values, old)


def test_reset_repeats_the_same_networks():
    panel = small()
    tick(panel)
    errors = learner(panel).tape.values
    panel.reset_button.click()
    assert learner(panel).batches == 0 and panel.ghosts
    tick(panel)
    assert np.array_equal(learner(panel).tape.values, errors)


def test_tau_and_silence_act_at_once_on_the_running_networks():
    panel = small()
    tick(panel)
    before, same, alt = weights(panel), learner(panel), panel.alt
    panel.controls["silent_from"].value = 12  # nothing is silenced yet
    assert panel.alt == alt
    panel.controls["silenced"].value = True
    assert learner(panel) is same and "silenced from step 12" in panel.alt and not panel.ghosts
    heard = panel.parameters().shown[0].heard  # (replica, pattern, time, 2); the first step hears an empty cortex
    assert heard[:, :, 1:12].all() and not heard[:, :, 12:].any()
    silenced = panel.png
    panel.controls["tau"].value = 4
    assert "tau 4 steps (200 ms)" in panel.alt and panel.png != silenced
    assert all(torch.equal(weight, before[name]) for name, weight in weights(panel).items())
    assert same.tape.points == [0, 3, 3]  # the first look at these networks, and the last one
    tick(panel)

    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, n_cortex=7, expansion=3, alpha=0.5, seeds=(4, 1))
    state = ccdyn.start(network, task, tau=2, lr=3e-3)
    ccdyn.advance(state, 3)
    ccdyn.change(state, tau=4, silence=ccdyn.Silence(start=12))
    ccdyn.advance(state, 3)
    assert all(torch.equal(weight, network.weights()[name]) for name, weight in weights(panel).items())


def test_copied_code_gives_the_numbers_of_the_words():
    panel = small(task=ccdyn.LineDrawing(n_steps=9, arc=1), training={"mossy": False})
    tick(panel)
    panel.controls["tau"].value = 5
    tick(panel)
    panel.controls["silenced"].value = True
    panel.controls["silent_from"].value = 3
    tick(panel)
    panel.controls["silent_from"].value = 6
    assert panel.code.count("ccdyn.advance(state, 3)") == 3 and panel.code.count("ccdyn.change") == 3
    printed = []
    exec(panel.code, {"print": printed.append})
    errors, = printed
    assert errors.shape == (2,)
    assert f"Test error {errors.mean():.3f} ({errors.min():.3f} to {errors.max():.3f});" in panel.alt
    assert errors.tolist() == pytest.approx(learner(panel).tape.values[-1].tolist(), rel=1e-6)


@pytest.mark.parametrize("architecture, words, off", [
    ("no feedback", "no feedback (alpha 0.5)", {"tau", "expansion", "silenced", "silent_from"}),
    ("readout feedback", "readout feedback (alpha 0.5)", {"tau", "expansion"}),
    ("cerebellar feedback", "cerebellar feedback (alpha 0.5, expansion 3, tau 2 steps (100 ms))", set())])
def test_controls_without_meaning_are_switched_off(architecture, words, off):
    panel = small(architecture=architecture)
    assert words in panel.alt
    assert {name for name, control in panel.controls.items() if control.disabled} == off
    tick(panel)
    assert learner(panel).batches == 3


def no_room(state):
    raise MemoryError("no room")


def test_an_error_stops_the_clock_and_keeps_the_networks(monkeypatch):
    panel = small()
    tick(panel)
    before = weights(panel)
    pause(panel.play)
    name = "playing" if panel.play.has_trait("playing") else "_playing"
    setattr(panel.play, name, True)
    with monkeypatch.context() as patch:
        patch.setattr("ccdyn.training._train_batch", no_room)
        with pytest.raises(MemoryError):
            tick(panel)
    assert getattr(panel.play, name) is False and "no room" in panel.message.value
    assert all(torch.equal(weight, before[name]) for name, weight in weights(panel).items())
    tick(panel)
    assert learner(panel).batches == 6 and panel.error is None


def test_a_stopped_cell_leaves_networks_that_train_on(monkeypatch):
    panel = small()
    real, calls = ccdyn.training._train_batch, []
    def stopped(state):
        calls.append(state)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(state)
    monkeypatch.setattr("ccdyn.training._train_batch", stopped)
    panel.train(20, every=4)
    assert "after 4 batches" in panel.alt  # the second chunk was undone
    tick(panel)
    assert "after 7 batches" in panel.alt and "ccdyn.advance(state, 7)" in panel.code


def test_unknown_architecture_is_refused():
    with pytest.raises(ValueError, match="unknown architecture 'cerebelar'; use one of 'no feedback', "):
        LinePanel(architecture="cerebelar")


def test_to_png_is_repeatable():
    from ccdyn.plots.live import live_picture
    view = small().parameters()
    assert to_png(live_picture(view)) == to_png(live_picture(view))


def microscope(**settings) -> MicroscopePanel:
    """Two small networks that learn three batches a tick."""
    return MicroscopePanel(**{"n_cortex": 7, "expansion": 3, "seeds": (4, 1), "chunk": 3, "n_steps": 6, "tau": 2,
                              "architecture": "cerebellar feedback", **settings})


def test_the_microscope_shows_the_angles_of_networks_that_learn_by_its_first_rule():
    panel = microscope()
    tick(panel, 7)
    task = ccdyn.LineDrawing(n_steps=6)
    network = ccdyn.Network.for_task(task, n_cortex=7, expansion=3, alpha=0.5, seeds=(4, 1))
    state = ccdyn.start(network, task, plasticity="full", tau=2)
    batch = task.batch(10, ccdyn.make_generators((4, 1), "test"), "test")
    rules = {"e-prop": ccdyn.EProp(), "truncated BPTT, 5 steps": ccdyn.BPTT(5),
             "e-prop, random senders": ccdyn.EProp(feedback="random")}
    before = ccdyn.gradient_angles(network, batch, rules)
    ccdyn.advance(state, 3)
    after, steps = (ccdyn.gradient_angles(network, batch, rules, each) for each in (None, (1, 2, 3, 4, 5)))
    view = panel.parameters()
    assert np.array_equal(view.angles.values, after.values, equal_nan=True)
    assert view.by_step.steps == (1, 2, 3, 4, 5)
    assert np.array_equal(view.by_step.values, steps.values, equal_nan=True)
    assert view.batches.tolist() == [0, 3]
    assert np.array_equal(view.course, [before.values[:, -1, 0, 0], after.values[:, -1, 0, 0]])
    assert view.error.tolist() == pytest.approx(ccdyn.evaluate(network, batch)["loss"].tolist())
    mean = after["e-prop", "W_ch", "cosine"].mean()
    assert f"W_ch {mean:.2f}" in panel.alt and "after 3 batches" in panel.alt and "tau 2" in panel.alt


@pytest.mark.parametrize("name, value, words", [
    ("alpha", 0.9, "alpha 0.9"), ("n_steps", 10, "T 10"), ("tau", 1, "tau 1"),
    ("architecture", "no feedback", "with no feedback, alpha 0.5, T 6 ")])
def test_the_microscope_starts_again_and_keeps_the_old_curve(name, value, words):
    panel = microscope()
    tick(panel)
    tick(panel)
    old = panel.parameters().course[:, 0]
    panel.controls[name].value = value
    assert words in panel.alt and "after 0 batches" in panel.alt
    batches, course = panel.parameters().ghost
    assert batches.tolist() == [0, 3, 6] and np.array_equal(course, old)
    assert panel.controls["tau"].disabled == (name == "architecture")


def test_the_microscope_measures_length_without_looking_again(monkeypatch):
    panel = microscope()
    tick(panel)
    cosine, view = panel.png, panel.parameters()
    monkeypatch.setattr("ccdyn.panels.microscope.gradient_angles", None)
    panel.controls["measure"].value = "ratio"
    ratio = panel.parameters()
    assert panel.png != cosine and "Length of each rule" in panel.alt
    assert ratio.batches.tolist() == view.batches.tolist() == [0, 3]
    assert np.array_equal(ratio.course[-1], view.angles.values[:, -1, 1, 0])


def test_the_code_of_the_microscope_gives_its_angles():
    panel = microscope(rules={"mine": ccdyn.AdaptiveEProp(kappa=0.2), "e-prop": ccdyn.EProp()})
    tick(panel)
    tick(panel)
    printed = []
    exec(panel.code, {"print": lambda rule, values: printed.append((rule, values.tolist()))})
    course = panel.parameters().course[-1]
    assert [rule for rule, _ in printed] == ["mine", "e-prop"]
    assert [values for _, values in printed] == [pytest.approx(row.tolist(), rel=1e-6) for row in course]


def test_the_microscope_refuses_rules_without_a_gradient():
    with pytest.raises(ValueError, match="force is FORCE.*no gradient"):
        microscope(rules={"e-prop": ccdyn.EProp(), "force": ccdyn.FORCE()})


def test_rewind_goes_back_session_by_session_and_learns_the_same_again():
    panel = small(chunk=50, training={"batches_per_session": 100})
    tick(panel, 1)
    first = panel.alt
    for _ in range(4):
        tick(panel)
    assert "after 250 batches" in panel.alt
    errors, points = learner(panel).tape.values[-1], list(learner(panel).tape.points)
    panel.rewind_button.click()
    assert "after 200 batches" in panel.alt and learner(panel).tape.points == [0, 50, 100, 150, 200]
    tick(panel)
    assert np.array_equal(learner(panel).tape.values[-1], errors) and learner(panel).tape.points == points
    for at in (200, 100, 0, 0):
        panel.rewind_button.click()
        assert f"after {at} batches" in panel.alt
    tick(panel)
    assert panel.alt == first


def test_rewinding_keeps_the_settings_of_now_and_the_code_tells_the_same_story():
    panel = small(chunk=60)
    tick(panel)
    tick(panel)
    panel.controls["tau"].value = 4
    tick(panel)
    assert learner(panel).curve.marks == ((120, "tau 4"),) and "tau 4 at batch 120" in panel.alt
    panel.rewind_button.click()
    assert "after 100 batches" in panel.alt and learner(panel).curve.marks == ((100, "tau 4"),)
    panel.controls["silenced"].value = True
    tick(panel)
    assert learner(panel).curve.marks == ((100, "tau 4, silent from 10"),)
    printed = []
    exec(panel.code, {"print": printed.append})
    assert printed[0].tolist() == pytest.approx(learner(panel).tape.values[-1].tolist(), rel=1e-6)


def test_only_so_many_sessions_are_kept():
    task = ccdyn.LineDrawing(n_steps=4)
    state = ccdyn.start(ccdyn.Network.for_task(task, feedback="none", n_cortex=4), task, batches_per_session=2)
    tape = Tape(state, length=3)
    tape.advance(11)
    back = []
    while tape.rewind():
        back.append(state.batches_done)
    assert back == [10, 8, 6]


def test_all_three_side_by_side_are_the_three_by_themselves():
    panel = small(architecture="all three side by side", seeds=(2, 5))
    tick(panel)
    panel.controls["tau"].value = 4
    tick(panel)
    assert panel.alt.count("2 networks with") == 3 and panel.alt.count("after 6 batches") == 3
    for kind, each in panel.learners.items():
        alone = small(architecture=kind, seeds=(2, 5))
        tick(alone)
        alone.controls["tau"].value = 4
        tick(alone)
        assert np.array_equal(each.tape.values[-1], learner(alone).tape.values[-1])
    panel.controls["alpha"].value = 0.9
    assert panel.alt.count("Before, alpha 0.5") == 3 and len(panel.ghosts) == 3
    printed = []
    exec(panel.code, {"print": printed.append})
    assert [errors.tolist() for errors in printed] == [
        pytest.approx(each.tape.values[-1].tolist(), rel=1e-6) for each in panel.learners.values()]


def test_another_seed_is_other_networks():
    panel = small()
    tick(panel)
    panel.controls["seed"].value = 1
    assert learner(panel).network.config.seeds == (6, 3) and "after 0 batches" in panel.alt and panel.ghosts


def test_the_microscope_rewinds_too():
    panel = microscope(chunk=70)
    tick(panel)
    tick(panel)
    course = panel.parameters().course[-1]
    panel.rewind_button.click()
    assert panel.parameters().batches.tolist() == [0, 70, 100]
    panel.chunk = 40
    tick(panel)
    assert np.array_equal(panel.parameters().course[-1], course)


def test_tau_is_seen_beside_other_architectures_even_before_anything_is_learned():
    panel = small(architecture="all three side by side")
    before = panel.png
    panel.controls["tau"].value = 1
    assert panel.png != before and "tau 1 steps" in panel.alt
