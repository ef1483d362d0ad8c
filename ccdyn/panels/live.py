"""The live panel of lab 00: networks learn to draw lines while the student moves their settings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from math import inf, log
from time import perf_counter

import ipywidgets as widgets
from tqdm import tqdm

from ccdyn.feedback import Silence
from ccdyn.panels.learner import ARCHITECTURES, Learner, Settings
from ccdyn.panels.panel import Panel, Rendered, pause, to_png, with_tip
from ccdyn.plots.live import DT_MS, Curve, LiveView, live_picture, live_words
from ccdyn.tasks.linedraw import LineDrawing

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
        feedback: "none", "readout" or "cerebellar".
        alpha, expansion, tau: where the sliders stand at the start.
        lr: step size of every part that learns.
        seeds: one network each.
        task: the lines to draw.
        tick: seconds that one tick may take, picture included.
        chunk: batches per tick; None counts by time.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.
        training: further fields of ``TrainConfig``, such as ``mossy``.

    Example:
        >>> panel = LinePanel(n_cortex=5, expansion=2, seeds=(0, 1), chunk=3)
        >>> panel.step()
        >>> panel.alt[:60]
        '2 networks with cerebellar feedback (alpha 0.5, expansion 2,'
    """

    def __init__(self, feedback: str = "cerebellar", alpha: float = 0.5, expansion: float = 20, tau: int = 5,
                 lr: float = 3e-3, seeds: Sequence[int] = (0, 1, 2, 3, 4), task: LineDrawing | None = None,
                 tick: float = 0.25, chunk: int | None = None, training: dict | None = None, **sizes) -> None:
        self.task = LineDrawing() if task is None else task
        self.seeds, self.tick_length, self.chunk = tuple(seeds), tick, chunk
        self._sizes, self._training = sizes, {"lr": lr, **(training or {})}
        self._batch_seconds = inf  # until measured: the first tick trains one batch
        self._redraw_seconds = 0.0
        self.ghost: Curve | None = None
        self.play = widgets.Play(min=0, value=0, max=10**9, interval=100, show_repeat=False)
        narrow, last = widgets.Layout(width="6em"), self.task.n_steps - 1
        self.step_button, self.reset_button = (with_tip(widgets.Button(description=name, layout=narrow), tip)
                                               for name, tip in (("step", "Learn from one chunk of batches."),
                                                                 ("reset", "New networks, same seeds and settings.")))
        architecture = next((name for name, short in ARCHITECTURES.items() if short == feedback), None)
        if architecture is None:
            raise ValueError(f"unknown feedback {feedback!r}; use one of {', '.join(ARCHITECTURES.values())}")
        # A slider acts when it is let go: while it is dragged, pictures would queue up.
        quiet = {"continuous_update": False, "style": {"description_width": "8em"}}
        controls = {
            "architecture": widgets.Dropdown(options=list(ARCHITECTURES), value=architecture),
            "tau": widgets.IntSlider(tau, 0, max(tau, min(15, last)), description="tau (steps)", **quiet),
            "silenced": widgets.Checkbox(False, description="silence the cerebellum", indent=False),
            "silent_from": widgets.IntSlider(self.task.n_steps // 2, 0, last, description="from step", **quiet),
            "alpha": widgets.FloatSlider(alpha, min=0, max=1, step=0.1, readout_format=".1f", description="alpha", **quiet),
            "expansion": widgets.IntSlider(expansion, 1, max(expansion, 40), description="expansion", **quiet),
        }
        for name, control in controls.items():
            with_tip(control, TIPS[name])
        self.meaning = widgets.HTML()
        self.controls = controls
        self.learner = self._new_learner()
        live, fresh = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="9em"))
                       for text in ("acts at once", "starts again"))
        super().__init__(render, controls, [
            [self.play, self.step_button, self.reset_button, controls["architecture"]],
            [live, controls["tau"], controls["silenced"], controls["silent_from"]],
            [fresh, controls["alpha"], controls["expansion"]],
            [self.meaning]], code=lambda view: self.learner.code())
        self.play.observe(self.guard(self._tick), "value")
        self.step_button.on_click(self.guard(self.step))
        self.reset_button.on_click(self.guard(self.reset))

    def settings(self) -> Settings:
        """What the controls say."""
        value = {name: control.value for name, control in self.controls.items()}
        silence = Silence(start=value["silent_from"]) if value["silenced"] else None
        return Settings(value["architecture"], round(value["alpha"], 3), value["expansion"], value["tau"], silence)

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
        n_batches = self.chunk or max(1, int((self.tick_length - self._redraw_seconds) / self._batch_seconds))
        self.learner.train(n_batches)
        trained = perf_counter()
        self.refresh()
        self._batch_seconds, self._redraw_seconds = (trained - began) / n_batches, perf_counter() - trained

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        learner = self._new_learner()
        if self.learner.batches:
            self.ghost = self.learner.curve
        self.learner = learner
        self._batch_seconds = inf
        self.refresh()

    def train(self, n_batches: int, every: int = 10) -> None:
        """Train ``n_batches`` from a notebook cell, with a point of the curve after ``every`` batches.

        The kernel's stop button ends it early; the networks are as good as after any other batch.
        """
        bar = tqdm(total=n_batches, unit="batch", file=sys.stdout, ncols=88, desc="training")
        with bar, suppress(KeyboardInterrupt):
            while bar.n < n_batches:
                chunk = min(every, n_batches - bar.n)
                self.learner.train(chunk)
                bar.update(chunk)
        self.refresh()

    def refresh(self) -> None:
        """Draw again, and say in words what the settings mean."""
        settings, config = self.learner.settings, self.learner.network.config
        cerebellar, looped = settings.architecture == "cerebellar feedback", settings.architecture != "no feedback"
        self.controls["tau"].disabled = self.controls["expansion"].disabled = not cerebellar
        self.controls["silenced"].disabled = self.controls["silent_from"].disabled = not looped
        self.controls["silenced"].description = "silence the cerebellum" if cerebellar else "silence the feedback"
        keeps = "for ever" if settings.alpha == 1 else f"for {_membrane_ms(settings.alpha):.0f} ms"
        words = f"tau: {settings.tau * DT_MS:g} ms. " if cerebellar else ""
        words += f"alpha: each unit remembers {keeps} (its membrane time constant)."
        words += f" expansion: {config.n_granule} granule cells for {config.n_cortex} cortical units." if cerebellar else ""
        self.meaning.value = words
        super().refresh()

    def _tick(self) -> None:
        # Whatever the clock says now: one chunk. Its lowest value means that the stop button was pressed.
        if self.play.value == self.play.min:
            return
        try:
            self.step()
        except BaseException:  # an error, or the kernel's stop button: do not let the clock call again
            pause(self.play)
            raise

    def _new_learner(self) -> Learner:
        return Learner(self.task, self.settings(), self.seeds, self._sizes, self._training)


def _membrane_ms(alpha: float) -> float:
    """alpha = exp(-DT_MS / time constant)."""
    return -DT_MS / log(alpha) if alpha else 0.0
