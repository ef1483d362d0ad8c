"""The digit panel: networks learn to read handwriting row by row, and one digit is watched while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ipywidgets as widgets

from ccdyn.checks import check_count
from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, slider, switch, value_of
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.panels.reader import Reader, Reading
from ccdyn.plots.curves import Curve
from ccdyn.plots.digit_live import N_ROWS, DigitView, digit_picture, digit_words

MOST_BLANK = 12


def render(view: DigitView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(digit_picture(view)), digit_words(view)


class DigitPanel(ClockPanel):
    """Several networks learn sequential MNIST, and a student watches them read one digit of the test set.

    Left the digit, one row of 28 pixels a step, with the networks' belief in
    each class after the row that the student chose; in the middle their belief
    in the right one over all rows, and beside it what a linear decoder could
    make of the same states; right the accuracy while they learn.
    Nobody teaches the networks early: they are taught the last row only, or,
    if blank rows follow, those and the six before.

    Silencing acts on the running networks; architecture, alpha and blank rows
    start new ones with the same seeds, and the old curve stays as a grey ghost. *rewind*
    goes back session by session.

    Args:
        architecture: one of ``ARCHITECTURES``, the control "granule readout" included.
        alpha, blank_rows, digit: where the sliders stand at the start.
        tau, lr, batch_size: of training, see ``TrainConfig``.
        seeds: one network each.
        n_test: how many test digits are looked at.
        tick: seconds that one tick may take.
        chunk: batches per tick; None counts by time.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an unknown architecture; a number out of its range.

    Example:
        >>> panel = DigitPanel(n_cortex=5, expansion=2, seeds=(0, 1), chunk=3, n_test=20)
        >>> panel.step()
        >>> panel.alt[:80]
        '2 networks with cerebellar feedback (alpha 0.5, 0 blank rows) after 3 batches of'
    """

    def __init__(self, architecture: str = "cerebellar feedback", alpha: float = 0.5, blank_rows: int = 0,
                 digit: int = 0, tau: int = 3, lr: float = 5e-3, batch_size: int = 50,
                 seeds: Sequence[int] = (0, 1, 2), n_test: int = 150, tick: float = 0.25, chunk: int | None = None,
                 **sizes) -> None:
        if architecture not in ARCHITECTURES:
            raise ValueError(f"unknown architecture {architecture!r}; use one of {', '.join(map(repr, ARCHITECTURES))}")
        check_count("blank_rows", blank_rows, 0, MOST_BLANK)
        check_count("n_test", n_test, 20, 10_000, "a decoder needs some digits; the test set has 10,000")
        check_count("digit", digit, 0, n_test - 1, f"n_test is {n_test}")
        self._fixed = {"seeds": tuple(seeds), "n_test": n_test, "sizes": {"n_cortex": 100, "expansion": 5, **sizes},
                       "training": {"tau": tau, "lr": lr, "batch_size": batch_size}}
        self.ghost: Curve | None = None
        last, again = N_ROWS + blank_rows - 1, "New networks; the old curve stays."
        self.controls = {
            "architecture": choice(ARCHITECTURES, architecture, f"What the cortex hears back. {again}"),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept from row to row. {again}"),
            "blank_rows": slider("blank rows", blank_rows, 0, MOST_BLANK, 4, f"Rows after the digit. {again}"),
            "digit": slider("test digit", digit, 0, n_test - 1, tip="Which digit of the test set is watched."),
            "row": slider("row", last, 0, last, tip="The last row that was read, counted from 0."),
            "everyone": choice([("belief for this digit", False), ("mean of all digits", True)], False,
                               "What the middle draws.", width="13em"),
            "silenced": switch("", tip="What the cortex hears back is set to zero. Acts at once."),
            "silent_from": slider("from row", 0, 0, last, tip="One end of the silence, counted from 0. Acts at once."),
            "silent_to": slider("to row", 19, 0, last, tip="The other end, silenced too. Acts at once."),
        }
        self.reader = Reader(self.reading(), **self._fixed)
        super().__init__(render, self.controls, self._rows(), lambda view: self._code(), tick, chunk,
                         meaning=lambda view: self._meaning())

    def _rows(self) -> list[list[widgets.Widget]]:
        watch, at_once, again = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="8em"))
                                 for text in ("watch", "acts at once", "starts again"))
        control = self.controls
        return [[control["architecture"]],
                [watch, control["digit"], control["row"], control["everyone"]],
                [at_once, control["silenced"], control["silent_from"], control["silent_to"]],
                [again, control["alpha"], control["blank_rows"]]]

    def reading(self) -> Reading:
        """What the controls say."""
        value = {name: value_of(control) for name, control in self.controls.items()}
        first, last = sorted((value["silent_from"], value["silent_to"]))
        new = Reading(value["architecture"], value["alpha"], value["blank_rows"], None)
        silent = value["silenced"] and new.has_feedback
        return replace(new, silence=Silence(start=first, stop=last + 1)) if silent else new

    def changed(self) -> None:
        """A control was moved: start new networks, silence the running ones, or only draw."""
        old, new = self.reader.reading, self.reading()
        if replace(old, silence=None) != replace(new, silence=None):
            self.reset()
        else:
            if old != new:
                self.reader.silence(new.silence)
            self.refresh()

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        self.reader.tape.advance(n_batches)

    def look(self) -> None:
        """Read the test digits."""
        self.reader.look()

    def rewind(self) -> None:
        """Back to the end of the session before; press again to go further back."""
        self.reader.tape.rewind()
        self.refresh()

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        with self.held():  # what gets shorter here shall not start anything
            for name in ("row", "silent_from", "silent_to"):
                self.controls[name].max = N_ROWS + self.controls["blank_rows"].value - 1
        reader = Reader(self.reading(), **self._fixed)
        if self.reader.batches:
            self.ghost = self.reader.curve
        self.reader = reader
        self.refresh()

    def refresh(self) -> None:
        """Draw again, with the controls on that mean something to these networks."""
        reading, control = self.reader.reading, self.controls
        control["silenced"].disabled = not reading.has_feedback
        control["silenced"].description = f"silence the {'cerebellum' if reading.cerebellar else 'feedback'}"
        control["silent_from"].disabled = control["silent_to"].disabled = reading.silence is None
        super().refresh()

    def parameters(self) -> DigitView:
        """What ``render`` is given."""
        reader, reading, silence = self.reader, self.reader.reading, self.reader.reading.silence
        digit, row, everyone = (self.controls[name].value for name in ("digit", "row", "everyone"))
        label, both = int(reader.labels[digit]), (reader.belief, reader.decoded)
        right = [reader.of_right(each) if everyone else each[:, digit, :, label] for each in both]
        return DigitView(reading.architecture, reading.words, digit, label,
                         reader.test.x[0, digit, :N_ROWS].numpy(), row, reader.test.taught,
                         silence and (silence.start, silence.stop), *(each[:, digit] for each in both),
                         everyone, *right, reader.n_test, reader.curve, self.ghost)

    def _code(self) -> str:
        return self.reader.code(self.controls["digit"].value, self.controls["row"].value)

    def _meaning(self) -> str:
        """What the settings mean."""
        task, (first, stop) = self.reader.task, self.reader.test.taught
        taught = f"row {first}" if stop - first == 1 else f"rows {first} to {stop - 1}"
        return (f"A row is one time step: {N_ROWS} of a digit, {task.blank_steps} blank; taught: {taught}. "
                f"alpha: {self.reader.reading.alpha:.0%} of h is kept from one row to the next. The decoder is linear, "
                f"made anew for each row, and has seen only the other {self.reader.n_test - 1} test digits.")
