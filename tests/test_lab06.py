"""Lab 06: its exercises say what the package does, and its demos measure what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ccdyn
from ccdyn import exercises as ex
from ccdyn.exercises import lab06

SMALL = {"n_cortex": 12, "expansion": 2, "seeds": (3, 1), "alpha": 0.5}


@pytest.fixture(scope="module")
def states():
    return ccdyn.compare(lab06.HELD, 1, ["no feedback", "cerebellar feedback"], SMALL, progress=False, lr=1e-2,
                         batches_per_session=20)


def test_rows_and_masks_are_those_of_the_task():
    stored, batch = ccdyn.data.load_digits(), lab06.HELD.split_batch("test", 0, 4)
    x = ex.rows(stored.test_images[:4].unflatten(1, (28, 28)) / 255, 12)
    taught, scored = ex.mask(x, *lab06.HELD.teacher)
    assert torch.equal(x, batch.x) and torch.equal(taught, batch.mask) and torch.equal(scored, batch.score_mask)


def test_what_is_counted_is_what_the_optimiser_changes():
    sizes = {"n_cortex": 7, "expansion": 3}
    learned = [sum(weight.numel() for group in state.optimiser.param_groups for weight in group["params"])
               for state in ccdyn.compare(lab06.PLAIN, 0, ["cerebellar feedback", "granule readout"], sizes).values()]
    assert learned == list(ex.count_learned(7, 21, 10))


def test_silenced_is_a_network_whose_cerebellum_reaches_nothing(states):
    whole = lab06.silenced(states, 0, 39, 200)
    state = states["cerebellar feedback"]
    kept = state.network.W_ch.detach().clone()
    with torch.no_grad():
        state.network.W_ch.zero_()
        alone = ccdyn.score({"": state}, 200)[""]
        state.network.W_ch.copy_(kept)
    assert whole.tolist() == alone.tolist()
    panel = lab06.predict_silence(states)
    panel.controls["choice"].value = panel.right
    panel.reveal_button.click()
    assert panel.truth.shape == (10, 2) and panel.truth[5].tolist() == lab06.silenced(states, 20, 23, 500).tolist()


def test_accuracy_is_measured_again_after_learning(states):
    before = lab06.accuracy(states)["no feedback"]
    assert before is lab06.accuracy(states)["no feedback"]
    state = states["no feedback"]
    saved = ccdyn.snapshot(state)
    ccdyn.advance(state, 1)
    after = lab06.accuracy(states)["no feedback"]
    assert after is not before and after.tolist() == ccdyn.score({"": state})[""].tolist()
    ccdyn.restore(state, saved)


def test_decoders_are_least_squares_of_half_the_digits_and_faint_traces_need_exact_rates(states, capsys):
    exact, said, labels = (each.numpy() for each in lab06.lived(states["no feedback"], noise=0))
    y, half = np.eye(10)[labels], 500
    scores = [exact[k, half:, 39] @ np.linalg.lstsq(exact[k, :half, 39], y[:half], rcond=1e-7)[0] for k in range(2)]
    found = [(each.argmax(1) == labels[half:]).mean() for each in scores]
    noisy = lab06.lived(states["no feedback"])[0].numpy()
    assert (noisy - exact).std() == pytest.approx(lab06.NOISE, rel=0.01) and noisy.shape == (2, 1000, 40, 12)
    lab06.trace_table(states)
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"39  {exact[:, :, 39].std(1, ddof=1).mean():15.4f}  {np.mean(found):.2f} (" in last


@pytest.mark.parametrize("rows, mask, words", [
    (lambda images, n: ..., lambda x, a, b: None, "rows: ours; yours is missing or does not fit; mask: ours; yours is missing"),
    (ex.rows.solve, ex.mask.solve, "rows: yours; mask: yours"),
    (lambda images, n: ex.rows(images.mT, n), lambda x, a, b: ex.mask(x, 40, 40), "rows: yours; mask: ours; yours"),
    (lambda images, n: images[0, 0, 0, 0], lambda x, a, b: (), "rows: ours; yours is missing or does not fit; mask: ours")])
def test_trials_are_drawn_whatever_the_student_has(rows, mask, words, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(lab06, "show", lambda figure, alt: shown.append(alt))
    lab06.show_trials(rows, mask)
    assert words in capsys.readouterr().out and "A bar marks steps 22 to 39, at which" in shown[0]


def test_knowledge_is_drawn_with_the_students_decoder_and_without(states, monkeypatch):
    shown = []
    monkeypatch.setattr(lab06, "show", lambda figure, alt: shown.append((figure, alt)))
    for decoder in (ex.decoder_by_row.solve, lambda *arguments: 1 / 0):
        lab06.show_knowledge(decoder, states)
    curves = [len(figure.axes[0].get_legend().get_texts()) for figure, _ in shown]
    assert curves == [4, 3]
    record = ccdyn.run(states["cerebellar feedback"].network, lab06.HELD.split_batch(
        "test", 0, 1000, ccdyn.make_generators(SMALL["seeds"], "test")).x)
    right = (record.readout[:, :, 27].argmax(-1) == ccdyn.data.load_digits().test_labels[:1000]).double().mean(1)
    assert f"{right.mean():.2f} ({right.min():.2f} to {right.max():.2f}) at row 27" in shown[1][1]
