"""The live panel of lab 00: networks learn to draw lines while the student moves their settings."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import ipywidgets as widgets

from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, slider, switch, value_of
from ccdyn.panels.learner import Learner, Settings
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.plots.live import DT_MS, Curve, LiveView, live_picture, live_words
from ccdyn.tasks.linedraw import LineDrawing

CHOICE = tuple(ARCHITECTURES)[:3]
def render(view: LiveView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(live_picture(view)), live_words(view)


class LinePanel(ClockPanel):
    """Several networks learn line drawing; what you move acts at the next tick of the clock.

    The play button is the clock: at each tick the networks learn from a few
    batches (as many as fit into ``tick`` seconds, counted by time) and the
    picture is drawn again. tau and silencing act on the running networks;
    architecture, alpha and expansion start new ones with the same seeds, and
    the old learning curve stays as a grey ghost.

    Args:
        architecture: "no feedback", "readout feedback" or "cerebellar feedback".
        alpha, expansion, tau: where the sliders stand at the start.
        lr: step size of every part that learns.
        seeds: one network each.
        task: the lines to draw.
        tick: seconds that one tick may take, picture included.
        chunk: batches per tick; None counts by time.
        training: further fields of ``TrainConfig``, such as ``{"mossy": False}``.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Example:
        >>> panel = LinePanel(n_cortex=5, expansion=2, seeds=(0, 1), chunk=3)
        >>> panel.step()
        >>> panel.alt[:60]
        '2 networks with cerebellar feedback (alpha 0.5, expansion 2,'
    """

    def __init__(self, architecture: str = "cerebellar feedback", alpha: float = 0.5, expansion: int = 20,
                 tau: int = 5, lr: float = 3e-3, seeds: Sequence[int] = (0, 1, 2, 3, 4),
                 task: LineDrawing | None = None, tick: float = 0.25, chunk: int | None = None,
                 training: dict | None = None, **sizes) -> None:
        if architecture not in CHOICE:
            raise ValueError(f"unknown architecture {architecture!r}; "
                             f"use one of {', '.join(map(repr, CHOICE))}")
        self.task = LineDrawing() if task is None else task
        self.ghost: Curve | None = None
        self._fixed = {"seeds": tuple(seeds), "sizes": sizes, "training": {"lr": lr, **(training or {})}}
        last = self.task.n_steps - 1
        again = "New networks; the old curve stays."
        self.controls = {
            "architecture": choice(CHOICE, architecture, f"What the cortex hears back. {again}"),
            "tau": slider("tau (steps)", tau, 0, min(15, last),
                          tip="How far the cerebellum's teaching looks ahead. Acts at once."),
            "silenced": switch("", tip="What the cortex hears back is set to zero. Acts at once."),
            "silent_from": slider("from step", (last + 1) // 2, 0, last, tip="First silenced step. Acts at once."),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept in each step. {again}"),
            "expansion": slider("expansion", expansion, 1, 40, tip=f"Granule cells per cortical unit. {again}"),
        }
        self.learner = self._new_learner()
        super().__init__(render, self.controls, self._rows(), lambda view: self.learner.code(), tick, chunk,
                         meaning=lambda view: self._meaning())

    def _rows(self) -> list[list[widgets.Widget]]:
        at_once, again = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="8em"))
                          for text in ("acts at once", "starts again"))
        control = self.controls
        return [[control["architecture"]],
                [at_once, control["tau"], control["silenced"], control["silent_from"]],
                [again, control["alpha"], control["expansion"]]]

    def settings(self) -> Settings:
        """What the controls say."""
        value = {name: value_of(control) for name, control in self.controls.items()}
        silence = Silence(start=value["silent_from"]) if value["silenced"] else None
        return Settings(value["architecture"], value["alpha"], value["expansion"], value["tau"], silence)

    def parameters(self) -> LiveView:
        """What ``render`` is given."""
        return self.learner.view(self.ghost)

    def changed(self) -> None:
        """A control was moved: act on the running networks, or start new ones."""
        old, new = self.learner.settings, self.settings()
        if old.with_live(new) != new:
            self.reset()
        elif old != new:
            self.learner.change(new)
            self.refresh()

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        self.learner.learn(n_batches)

    def look(self) -> None:
        """Run the test trials."""
        self.learner.look()

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        learner = self._new_learner()
        if self.learner.batches:
            self.ghost = self.learner.curve
        self.learner = learner
        self.refresh()

    def refresh(self) -> None:
        """Draw again, with the controls on that mean something to these networks."""
        settings, control = self.learner.settings, self.controls
        control["tau"].disabled = control["expansion"].disabled = not settings.cerebellar
        silent = settings.architecture == "no feedback"
        control["silenced"].disabled = control["silent_from"].disabled = silent
        control["silenced"].description = f"silence the {'cerebellum' if settings.cerebellar else 'feedback'}"
        super().refresh()

    def _meaning(self) -> str:
        """What the settings mean, with units."""
        settings, config = self.learner.settings, self.learner.network.config
        words = f"alpha: each unit remembers for {_membrane(settings.alpha)} (its membrane time constant)."
        if not settings.cerebellar:
            return words
        return (f"tau: {settings.tau * DT_MS:g} ms. {words} "
                f"expansion: {config.n_granule} granule cells for {config.n_cortex} cortical units.")

    def _new_learner(self) -> Learner:
        return Learner(self.task, self.settings(), **self._fixed)


def _membrane(alpha: float) -> str:
    """alpha = exp(-DT_MS / time constant), in words."""
    return "ever" if alpha == 1 else f"{-DT_MS / log(alpha):.0f} ms" if alpha else "0 ms"
