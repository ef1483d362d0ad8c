"""The digit panel without a browser: reading digits live, silence, decoders, and code that gives the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.decode import leave_one_out
from ccdyn.panels import DigitPanel
from ccdyn.panels.digits import render

SEEDS, N_TEST = (4, 1), 30


def small(**settings) -> DigitPanel:
    """Two small networks that learn two batches of ten a tick."""
    return DigitPanel(**{"n_cortex": 7, "expansion": 3, "seeds": SEEDS, "chunk": 2, "tau": 2, "batch_size": 10,
                         "n_test": N_TEST, **settings})


def tick(panel: DigitPanel) -> None:
    """What the play button sends."""
    panel.play.value += 1


def trained(panel: DigitPanel, n_batches: int, **training) -> tuple[ccdyn.TrainState, ccdyn.SequentialMNIST]:
    """The networks of ``small`` made from the public parts."""
    teacher = {0: None, 4: (-10, None), 12: (-18, None)}[panel.controls["blank_rows"].value]
    task = ccdyn.SequentialMNIST(blank_steps=panel.controls["blank_rows"].value, teacher=teacher)
    network = ccdyn.Network.for_task(task, n_cortex=7, expansion=3, seeds=SEEDS,
                                     alpha=panel.controls["alpha"].value,
                                     **ccdyn.ARCHITECTURES[panel.controls["architecture"].value])
    state = ccdyn.start(network, task, tau=2, lr=5e-3, batch_size=10, **training)
    ccdyn.advance(state, n_batches)
    return state, task


@pytest.mark.parametrize("architecture", list(ccdyn.ARCHITECTURES))
def test_belief_accuracy_and_marks_are_those_of_the_networks(architecture):
    panel = small(architecture=architecture, blank_rows=4, digit=3)
    tick(panel)
    state, task = trained(panel, 2)
    panel.controls["row"].value = 21
    view = panel.parameters()
    test = task.split_batch("test", 0, N_TEST, ccdyn.make_generators(SEEDS, "test"))
    answer = ccdyn.run(state.network, test.x).readout.double().numpy()
    belief = np.exp(answer) / np.exp(answer).sum(-1, keepdims=True)
    accuracy = ccdyn.evaluate(state.network, test)["accuracy"].tolist()
    assert np.abs(view.belief - belief[:, 3]).max() < 1e-6
    assert view.curve.values[-1].tolist() == pytest.approx(accuracy) and view.curve.batches.tolist() == [0, 2]
    digits = ccdyn.data.load_digits()
    label = int(digits.test_labels[3])
    assert view.label == label and view.taught == (22, 32)
    assert np.allclose(view.image, digits.test_images[3].reshape(28, 28).numpy() / 255)
    mine = view.belief[:, 21, label].astype(float)
    said = ", ".join(map(str, belief[:, 3, 21].argmax(-1)))
    assert (f"After row 21 the networks say {said}. Their belief in {label} is "
            f"{mine.mean():.2f} ({mine.min():.2f} to {mine.max():.2f})") in panel.alt
    assert f"({min(accuracy):.3f} to {max(accuracy):.3f}) of 30 test digits right; guessing gives 0.1." in panel.alt


def test_the_decoder_is_a_ridge_regression_that_has_not_seen_the_digit():
    generator = torch.Generator().manual_seed(3)
    states = torch.randn(2, 40, 6, dtype=torch.float64, generator=generator)
    labels = torch.randint(0, 4, (40,), generator=generator)
    found = leave_one_out(states, labels, n_classes=4, resolution=0.3)
    for k in range(2):
        r = (states[k] - states[k].mean(0)).numpy()
        y = np.eye(4)[labels] - 0.25
        for i in (0, 17, 39):
            others = np.arange(40) != i
            rows = np.vstack([r[others], np.sqrt(40) * 0.3 * np.eye(6)])     # the ridge as six more rows
            weights = np.linalg.lstsq(rows, np.vstack([y[others], np.zeros((6, 4))]), rcond=None)[0]
            assert found[k, i].numpy() == pytest.approx(r[i] @ weights + 0.25, abs=1e-10)
    silent = leave_one_out(torch.zeros(40, 6), labels, n_classes=4)
    assert torch.equal(silent, torch.full((40, 4), 0.25))    # nothing to go by, so no guess


@pytest.mark.parametrize("change, message", [
    ({"resolution": 0}, "resolution is 0, with which"), ({"resolution": -1}, "resolution is -1; use a finite"),
    ({"labels": torch.zeros(5, dtype=int)}, r"labels has shape \(5,\) .* ask for \(6,\)"),
    ({"n_classes": 3}, "runs from 0 to 5; the states ask for .* from 0 to 2")])
def test_the_decoder_refuses_what_does_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        leave_one_out(torch.rand(6, 2), **{"labels": torch.arange(6), **change})


def test_the_picture_shows_what_decoders_make_of_the_states():
    panel = small(digit=5)
    tick(panel)
    state, task = trained(panel, 2)
    test = task.split_batch("test", 0, N_TEST, ccdyn.make_generators(SEEDS, "test"))
    labels = test.target[0, :, 0]
    rates = ccdyn.run(state.network, test.x).rate.double()
    decoded = torch.stack([leave_one_out(rates[:, :, t], labels) for t in range(28)], 2).clamp(0, 1)
    view = panel.parameters()
    assert np.abs(view.decoded - decoded[:, 5].numpy()).max() < 1e-3
    assert view.right_decoded == pytest.approx(decoded[:, 5, :, labels[5]].numpy(), abs=1e-3)
    panel.controls["everyone"].value = True
    mean = torch.stack([decoded[:, i, :, label] for i, label in enumerate(labels)]).mean(0)
    assert panel.parameters().right_decoded == pytest.approx(mean.numpy(), abs=1e-3)
    assert f"the decoder's {mean[:, -1].mean():.2f} (" in panel.alt


@pytest.mark.parametrize("architecture, feedback", [("no feedback", 0), ("cerebellar feedback", 1)])
def test_states_are_decoded_again_only_if_they_can_have_changed(monkeypatch, architecture, feedback):
    calls = []
    monkeypatch.setattr("ccdyn.panels.reader.leave_one_out",
                        lambda *arguments: calls.append(1) or leave_one_out(*arguments))
    panel = small(architecture=architecture)
    panel.controls["row"].value = 5
    assert len(calls) == 1
    tick(panel)
    assert len(calls) == 1 + feedback
    panel.train(4, every=1)     # looks without a picture need no decoder
    assert len(calls) == 1 + 2 * feedback


@pytest.mark.parametrize("name, value, again", [
    ("architecture", "readout feedback", True), ("alpha", 0.1, True), ("blank_rows", 12, True), ("digit", 7, False),
    ("row", 20, False), ("everyone", True, False), ("silenced", False, False), ("silent_from", 3, False),
    ("silent_to", 26, False)])
def test_every_control_changes_picture_and_words(name, value, again):
    panel = small()
    tick(panel)
    tick(panel)
    panel.controls["silenced"].value = True
    png, alt, old = panel.png, panel.alt, panel.parameters().curve
    assert not any(control.disabled for control in panel.controls.values())
    panel.controls[name].value = value
    assert panel.png != png and panel.alt != alt
    view = panel.parameters()
    assert (view.ghost is not None) == again and view.curve.batches[-1] == (0 if again else 4)
    if again:
        assert np.array_equal(view.ghost.values, old.values)
        assert "Before, cerebellar feedback, alpha 0.5, 0 blank rows: " in panel.alt and "after 4 batches." in panel.alt


def test_render_is_pure_and_its_picture_white_and_fixed_in_size():
    panel, sizes = small(), set()
    tick(panel)
    view = panel.parameters()
    assert render(view) == render(view) == (panel.png, panel.alt)
    for name, value in (("silenced", True), ("blank_rows", 12), ("everyone", True), ("row", 31), ("blank_rows", 0),
                        ("architecture", "granule readout")):
        panel.controls[name].value = value
        sizes.add(white_size(panel.png))
    assert sizes == {SIZE}


def test_silence_acts_on_the_running_networks_and_on_what_they_learn():
    panel = small(blank_rows=4)
    tick(panel)
    before, reader = panel.parameters(), panel.reader
    panel.controls["silenced"].value = True
    panel.controls["silent_from"].value, panel.controls["silent_to"].value = 24, 10    # either end first
    after = panel.parameters()
    assert panel.reader is reader and after.silent == (10, 25) and "silenced from row 10 to 24." in panel.alt
    assert np.array_equal(after.belief[:, :10], before.belief[:, :10])
    assert (np.abs(after.belief[:, 10:] - before.belief[:, 10:]).max((0, 2)) > 0).all()
    assert (np.abs(after.decoded[:, 12:] - before.decoded[:, 12:]).max((0, 2)) > 0).all()
    assert after.curve.batches.tolist() == [0, 2, 2]    # the first look at these networks, and the last one
    assert after.curve.marks == ((2, "silent from 10 to 24"),)
    assert panel.alt.endswith(" Moved on the way: silent from 10 to 24 at batch 2.")
    tick(panel)
    state, _ = trained(panel, 2)
    ccdyn.change(state, silence=ccdyn.Silence(start=10, stop=25))
    ccdyn.advance(state, 2)
    for name, weight in state.network.weights().items():
        assert torch.equal(weight, reader.network.weights()[name]), name


def test_fewer_rows_move_the_sliders_without_a_second_start(monkeypatch):
    panel, started = small(blank_rows=12), []
    panel.controls["silenced"].value = True
    panel.controls["silent_to"].value = 39
    real = ccdyn.panels.digits.Reader
    monkeypatch.setattr("ccdyn.panels.digits.Reader", lambda *a, **k: started.append(1) or real(*a, **k))
    panel.controls["blank_rows"].value = 0
    assert len(started) == 1 and panel.controls["row"].value == panel.controls["silent_to"].value == 27
    assert panel.reader.state.config.silence == ccdyn.Silence(start=0, stop=28)
    assert "After row 27 " in panel.alt and "silenced from row 0 to 27." in panel.alt
    panel.controls["blank_rows"].value = 8
    assert [panel.controls[name].max for name in ("row", "silent_from", "silent_to")] == [35] * 3
    assert "taught: rows 22 to 35." in panel.meaning.value


def test_without_feedback_there_is_nothing_to_silence():
    panel = small()
    assert {name for name, control in panel.controls.items() if control.disabled} == {"silent_from", "silent_to"}
    assert panel.controls["silenced"].description == "silence the cerebellum"
    panel.controls["silenced"].value = True
    for architecture in ("no feedback", "granule readout"):
        panel.controls["architecture"].value = architecture
        off = {name for name, control in panel.controls.items() if control.disabled}
        assert off == {"silenced", "silent_from", "silent_to"}
        assert "silenced" not in panel.alt and panel.reader.state.config.silence is None
    panel.controls["architecture"].value = "readout feedback"
    assert "The feedback is silenced from row 0 to 19." in panel.alt


def test_copied_code_gives_the_numbers_of_the_words():
    panel = small(blank_rows=4, digit=2)
    tick(panel)
    panel.controls["silenced"].value = True
    tick(panel)
    panel.controls["silent_to"].value = 30
    tick(panel)
    panel.controls["row"].value = 25
    assert panel.code.count("ccdyn.advance(state, 2)") == 3 and panel.code.count("ccdyn.change") == 2
    printed = {}
    exec(panel.code, {"print": lambda name, values: printed.update({name: values.tolist()})})
    view = panel.parameters()
    assert printed["accuracy"] == pytest.approx(view.curve.values[-1].tolist())
    assert printed["belief"] == pytest.approx(view.belief[:, 25, view.label].tolist(), abs=1e-6)
    assert printed["decoded"] == pytest.approx(view.decoded[:, 25, view.label].tolist(), abs=1e-3)
    low, *_, high = sorted(printed["belief"])
    assert f"Their belief in {view.label} is {np.mean((low, high)):.2f} ({low:.2f} to {high:.2f})" in panel.alt


def test_reset_repeats_the_same_networks_even_if_they_are_silenced():
    panel = small()
    panel.controls["silenced"].value = True
    tick(panel)
    alt = panel.alt
    panel.reset_button.click()
    assert "after 0 batches" in panel.alt and "silence=ccdyn.Silence(start=0, stop=20)" in panel.code
    tick(panel)
    assert panel.alt.startswith(alt) and panel.parameters().ghost is not None


@pytest.mark.parametrize("settings, message", [
    ({"architecture": "cerebelar"}, "unknown architecture 'cerebelar'; use one of 'no feedback', "),
    ({"blank_rows": 13}, "blank_rows is 13; use a whole number from 0 to 12"),
    ({"digit": 30}, r"digit is 30; use a whole number from 0 to 29 \(n_test is 30\)"),
    ({"n_test": 5}, "n_test is 5; use a whole number from 20 to 10000"),
    ({"alpha": 1.5}, "alpha is 1.5 but is the fraction of h kept"),
    ({"n_neurons": 3}, "unknown network setting 'n_neurons'")])
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        small(**settings)


def test_rewind_goes_back_and_learns_the_same_again():
    panel = small(chunk=60)
    for _ in range(4):
        panel.step()
    accuracy = panel.reader.tape.values[-1]
    panel.rewind_button.click()
    assert "after 200 batches" in panel.alt
    panel.chunk = 40
    panel.step()
    assert "after 240 batches" in panel.alt and np.array_equal(panel.reader.tape.values[-1], accuracy)
