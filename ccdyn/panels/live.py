"""The live panel of lab 00: networks learn to draw lines while the student moves their settings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from math import log
from time import perf_counter

import ipywidgets as widgets
from tqdm import tqdm

from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES
from ccdyn.panels.learner import Learner, Settings
from ccdyn.panels.panel import Panel, Rendered, pause, to_png, with_tip
from ccdyn.plots.live import DT_MS, Curve, LiveView, live_picture, live_words
from ccdyn.tasks.linedraw import LineDrawing

CHOICE = tuple(ARCHITECTURES)[:3]
TIPS = {
    "architecture": "What the cortex hears back. New networks; the old curve stays.",
    "tau": "How far the cerebellum's teaching looks ahead. Acts at once.",
    "silenced": "What the cortex hears back is set to zero. Acts at once.",
    "silent_from": "First silenced step. Acts at once.",
    "alpha": "Share of h that is kept in each step. New networks; the old curve stays.",
    "expansion": "Granule cells per cortical unit. New networks; the old curve stays.",
}


def render(view: LiveView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(live_picture(view)), live_words(view)


class LinePanel(Panel):
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
        self.tick, self.chunk, self.ghost = tick, chunk, None
        self._fixed = {"seeds": tuple(seeds), "sizes": sizes, "training": {"lr": lr, **(training or {})}}
        last = self.task.n_steps - 1
        # A slider acts when it is let go: while it is dragged, pictures would queue up.
        slider = {"continuous_update": False, "layout": widgets.Layout(width="280px"),
                  "style": {"description_width": "7em"}}
        self.controls = {
            "architecture": widgets.Dropdown(options=CHOICE, value=architecture),
            "tau": widgets.IntSlider(tau, 0, max(tau, min(15, last)), description="tau (steps)", **slider),
            "silenced": widgets.Checkbox(False, indent=False, layout=widgets.Layout(width="auto")),
            "silent_from": widgets.IntSlider((last + 1) // 2, 0, last, description="from step", **slider),
            "alpha": widgets.FloatSlider(alpha, min=0, max=1, step=0.1, readout_format=".1f",
                                         description="alpha", **slider),
            "expansion": widgets.IntSlider(expansion, 1, max(expansion, 40), description="expansion",
                                           **slider),
        }
        for name, control in self.controls.items():
            with_tip(control, TIPS[name])
        self.play = widgets.Play(min=0, value=0, max=10**9, interval=100, show_repeat=False)
        self.step_button = _button("step", "Learn from one chunk of batches.")
        self.reset_button = _button("reset", "New networks with the same seeds; the old curve stays.")
        self.meaning = widgets.HTML()
        self.learner = self._new_learner()
        super().__init__(render, self.controls, self._rows(), code=lambda view: self.learner.code())
        self.play.observe(self.guard(self._on_tick), "value")
        self.step_button.on_click(self.guard(self.step))
        self.reset_button.on_click(self.guard(self.reset))

    def _rows(self) -> list[list[widgets.Widget]]:
        at_once, again = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="8em"))
                          for text in ("acts at once", "starts again"))
        control = self.controls
        return [[self.play, self.step_button, self.reset_button, control["architecture"]],
                [at_once, control["tau"], control["silenced"], control["silent_from"]],
                [again, control["alpha"], control["expansion"]],
                [self.meaning]]

    def settings(self) -> Settings:
        """What the controls say."""
        value = {name: control.value for name, control in self.controls.items()}
        silence = Silence(start=value["silent_from"]) if value["silenced"] else None
        alpha = round(value["alpha"], 3)  # a slider's .30000000000000004
        return Settings(value["architecture"], alpha, value["expansion"], value["tau"], silence)

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

    def step(self) -> None:
        """Train one chunk and draw."""
        began = perf_counter()
        self.learner.learn(self.chunk or 1)
        while not self.chunk and perf_counter() - began < self.tick - self._redraw_seconds:
            self.learner.learn(1)
        self.learner.look()
        self.refresh()

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        learner = self._new_learner()
        if self.learner.batches:
            self.ghost: Curve | None = self.learner.curve
        self.learner = learner
        self.refresh()

    def train(self, n_batches: int, every: int = 10) -> None:
        """Train ``n_batches`` from a notebook cell, with a point of the curve after ``every`` batches.

        The kernel's stop button ends it early; the networks are then ready to train on.
        """
        bar = tqdm(total=n_batches, unit="batch", file=sys.stdout, ncols=88, desc="training")
        with bar, suppress(KeyboardInterrupt):
            while bar.n < n_batches:
                chunk = min(every, n_batches - bar.n)
                self.learner.learn(chunk)
                self.learner.look()
                bar.update(chunk)
        self.refresh()

    def refresh(self) -> None:
        """Draw again, and say in words what the settings mean."""
        began = perf_counter()
        settings, config, control = self.learner.settings, self.learner.network.config, self.controls
        control["tau"].disabled = control["expansion"].disabled = not settings.cerebellar
        silent = settings.architecture == "no feedback"
        control["silenced"].disabled = control["silent_from"].disabled = silent
        control["silenced"].description = f"silence the {'cerebellum' if settings.cerebellar else 'feedback'}"
        words = f"alpha: each unit remembers for {_membrane(settings.alpha)} (its membrane time constant)."
        if settings.cerebellar:
            words = (f"tau: {settings.tau * DT_MS:g} ms. {words} "
                     f"expansion: {config.n_granule} granule cells for {config.n_cortex} cortical units.")
        self.meaning.value = words
        super().refresh()
        self._redraw_seconds = perf_counter() - began

    def _on_tick(self) -> None:
        # Whatever the clock says now: one chunk. Its lowest value means that the stop button was pressed.
        if self.play.value == self.play.min:
            return
        try:
            self.step()
        except BaseException:  # an error, or the kernel's stop button: the clock shall not call again
            pause(self.play)
            raise

    def _new_learner(self) -> Learner:
        return Learner(self.task, self.settings(), **self._fixed)


def _button(name: str, tip: str) -> widgets.Button:
    return with_tip(widgets.Button(description=name, layout=widgets.Layout(width="6em")), tip)


def _membrane(alpha: float) -> str:
    """alpha = exp(-DT_MS / time constant), in words."""
    return "ever" if alpha == 1 else f"{-DT_MS / log(alpha):.0f} ms" if alpha else "0 ms"
