"""Draw your own: networks learn, beside the canvas, the strokes that a student draws on it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from math import cos, pi
from pathlib import Path

import ipywidgets as widgets

from ccdyn.cortex import DT_MS, time_constant
from ccdyn.feedback import Silence
from ccdyn.panels.canvas import Board, to_text
from ccdyn.panels.controls import button, slider, switch, value_of, with_tip
from ccdyn.panels.learner import Settings
from ccdyn.panels.live import LearnerPanel
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.plots.draw import draw_picture, draw_words
from ccdyn.plots.live import LiveView
from ccdyn.plots.words import in_ms
from ccdyn.storage import load_drawing, save_drawing
from ccdyn.tasks.drawn import EXAMPLE, MAX_STROKES, OwnDrawing, check_strokes


def render(view: LiveView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(draw_picture(view)), draw_words(view)


class DrawPanel(LearnerPanel):
    """A canvas, and beside it several networks with cerebellar feedback that learn what is drawn on it.

    Each stroke is a line with a cue of its own. A new stroke, one taken back, and a new alpha start new networks
    with the same seeds, and the old learning curve stays as a grey ghost; tau and silencing act on
    the running networks. As long as the canvas is empty, the networks learn an example.

    Args:
        strokes: what is on the canvas at the start; see ``OwnDrawing``.
        alpha, tau: where the sliders stand at the start.
        expansion: granule cells per cortical unit.
        lr: step size of every part that learns.
        seeds: one network each.
        n_steps: time steps of a trial.
        tick: seconds that one tick may take, picture included.
        chunk: batches per tick; None counts by time.
        training: further fields of ``TrainConfig``, such as ``{"mossy": False}``.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: a setting out of its range, or a drawing that cannot be learned.

    Example:
        >>> panel = DrawPanel([[(0, 0), (0.5, 0.8), (1, 0)]], n_cortex=5, expansion=2, seeds=(0, 1), chunk=3)
        >>> panel.step()
        >>> panel.alt[-49:]
        'The strokes: 1 from (0.00, 0.00) to (1.00, 0.00).'
    """

    def __init__(self, strokes: Sequence = (), alpha: float = 0.5, tau: int = 5, expansion: float = 20,
                 lr: float = 3e-3, seeds: Sequence[int] = (0, 1, 2, 3, 4), n_steps: int = 20, tick: float = 0.25,
                 chunk: int | None = None, training: dict | None = None, **sizes) -> None:
        self.board = Board(check_strokes(strokes) if len(strokes) else ())
        self.task = OwnDrawing(self.board.strokes or EXAMPLE, n_steps)     # in three decimals, as on the board
        self.expansion = expansion
        self.seeds = tuple(seeds)
        self.fixed = {"sizes": sizes, "training": {"lr": lr, **(training or {})}}
        last = n_steps - 1
        self.controls = {
            "tau": slider("tau (steps)", tau, 0, min(15, last),
                          tip="How far the cerebellum's teaching looks ahead. Acts at once."),
            "alpha": slider("alpha", alpha, 0, 1, 0.1,
                            "Share of h that is kept in each step. New networks; the old curve stays."),
            "silenced": switch("silence the cerebellum",
                               tip="What the cortex hears from it is set to zero. Acts at once."),
            "silent_from": slider("from step", (last + 1) // 2, 0, last, tip="First silenced step. Acts at once."),
        }
        self.begin()
        self.file = with_tip(widgets.Text("drawing.json", description="file", layout=widgets.Layout(width="22em")),
                             "A name, in the folder of the notebook, or a path.")
        self.save_button = button("save drawing", "Write the strokes to this file.")
        self.load_button = button("load drawing", "Read strokes from this file; those on the canvas go.")
        self.said = widgets.HTML()
        control = list(self.controls.values())
        super().__init__(render, self.controls, [control[:2], control[2:]], self.code_of, tick, chunk,
                         meaning=lambda view: self._meaning())
        self.board.text.observe(self.guard(self._drawn), "value")
        self.save_button.on_click(self.guard(self._save))
        self.load_button.on_click(self.guard(self._load))

    def buttons(self) -> tuple[list[widgets.Widget], list[widgets.Widget]]:
        """Those of the clock, and below the picture those for files."""
        first, last = super().buttons()
        return first, [*last, self.file, self.save_button, self.load_button, self.said]

    def stage(self) -> list[list[widgets.Widget]]:
        """The canvas beside the picture, or above it on a narrow page."""
        self.picture.layout = widgets.Layout(flex="1 1 420px", align_self="flex-start")
        self.board.box.layout.align_self = "flex-start"
        # What it means comes after it: a sentence that gets longer must not push the canvas away from the pen.
        return [[self.board.box, self.picture], [self.meaning]]

    def settings(self) -> Settings:
        """What the controls say."""
        value = {name: value_of(control) for name, control in self.controls.items()}
        silence = Silence(start=value["silent_from"]) if value["silenced"] else None
        return Settings("cerebellar feedback", value["alpha"], self.expansion, value["tau"], silence)

    def parameters(self) -> LiveView:
        """What ``render`` is given."""
        view, (learner,) = super().parameters(), self.learners.values()
        label = f"{_count(learner.task)}, alpha {self.present.alpha:g}, tau {self.present.tau}"
        shown, = view.shown
        return replace(view, task=learner.task, shown=(replace(shown, curve=replace(shown.curve, label=label)),))

    def refresh(self) -> None:
        """Draw again, with the controls on that mean something now."""
        self.controls["silent_from"].disabled = not self.controls["silenced"].value
        self.save_button.disabled = not self.board.text.value.strip()
        super().refresh()

    def _drawn(self) -> None:
        """There is a new stroke, or one was taken back: new networks for the new drawing."""
        self.task = OwnDrawing(self.board.strokes or EXAMPLE, self.task.n_steps)
        self.said.value = ""
        self.changed()

    def _path(self) -> Path:
        if not self.file.value.strip():
            raise ValueError("the file has no name; type one, such as drawing.json")
        return Path(self.file.value.strip())

    def _save(self) -> None:
        self._drawn()   # refuses what cannot be learned
        save_drawing(self.task, self._path())
        self._say(f"Saved {_count(self.task)} to {self._path().resolve()}.")

    def _load(self) -> None:
        task = load_drawing(self._path())
        self.board.text.value = to_text(task.strokes)
        self._say(f"Loaded {_count(task)} from {self._path().resolve()}.")

    def _say(self, text: str) -> None:
        self.said.value = f'<span role="status">{html.escape(text)}</span>'

    def _meaning(self) -> str:
        """What the settings mean, with units."""
        settings, task = self.present, self.task
        words = f"One cue a stroke: {_count(task)}." if self.board.text.value.strip() else (
            f"The canvas is empty, so the networks learn an example, the letter A. Draw one to {MAX_STROKES} strokes.")
        words += (f" tau: {settings.tau * DT_MS:g} ms. "
                  f"alpha: membrane time constant {in_ms(time_constant(settings.alpha))}.")
        if settings.silence is None:
            return words
        start = settings.silence.start
        share = (1 - cos(pi * start / max(task.n_steps - 1, 1))) / 2
        return f"{words} The cerebellum falls silent after {start * DT_MS:g} ms, at {100 * share:.0f} % of each stroke."


def _count(task: OwnDrawing) -> str:
    return f"{task.n_patterns} stroke{'s' if task.n_patterns > 1 else ''}"
