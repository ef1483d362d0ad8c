"""The live panel of lab 00: networks learn to draw lines while the student moves their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import ipywidgets as widgets

from ccdyn.cortex import DT_MS, time_constant
from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, slider, switch, value_of
from ccdyn.panels.learner import Learner, Settings
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.plots.curves import Curve
from ccdyn.plots.live import LiveView, live_picture, live_words
from ccdyn.plots.words import in_ms
from ccdyn.tasks.linedraw import LineDrawing

KINDS = tuple(ARCHITECTURES)[:3]
ALL = "all three side by side"


def render(view: LiveView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(live_picture(view)), live_words(view)


class LearnerPanel(ClockPanel):
    """A clock for learners: what the panels have in common in which several networks learn to draw.

    A kind of panel says what its ``settings`` are. Before it calls ``__init__`` it sets
    ``task``, ``seeds`` and ``fixed`` (further arguments of ``Learner``), and calls ``begin``.
    """

    ghosts: Mapping[str, Curve] = MappingProxyType({})

    def settings(self) -> Settings:
        """What the controls say."""
        raise NotImplementedError

    def needs_new(self) -> tuple:
        """What needs new networks if it has changed."""
        return self.task, self.seeds, replace(self.settings(), tau=0, silence=None)

    def begin(self) -> None:
        """New networks, as the controls say."""
        settings = self.settings()
        kinds = KINDS if settings.architecture == ALL else (settings.architecture,)
        self.learners = {kind: Learner(self.task, replace(settings, architecture=kind), self.seeds, **self.fixed)
                         for kind in kinds}
        self.present, self._begun = settings, self.needs_new()

    def parameters(self) -> LiveView:
        """What ``render`` is given."""
        shown = tuple(learner.shown(self.ghosts.get(kind)) for kind, learner in self.learners.items())
        return LiveView(self.task, self.present.silence, shown)

    def changed(self) -> None:
        """A control was moved: act on the running networks, or start new ones."""
        if self.needs_new() != self._begun:
            self.reset()
        elif self.settings() != self.present:
            self.present = self.settings()
            for learner in self.learners.values():
                learner.change(self.present)
            self.refresh()

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        for learner in self.learners.values():
            learner.tape.advance(n_batches)

    def look(self) -> None:
        """Run the test trials."""
        for learner in self.learners.values():
            learner.look()

    def rewind(self) -> None:
        """Back to the end of the session before; press again to go further back."""
        for learner in self.learners.values():
            learner.tape.rewind()
        self.refresh()

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        learned = any(learner.batches for learner in self.learners.values())
        curves = {shown.architecture: shown.curve for shown in self.parameters().shown}
        self.begin()
        if learned:  # one architecture may come after another, but three are compared each with itself
            alone = next(iter(curves.values())) if len(curves) == len(self.learners) == 1 else None
            self.ghosts = {kind: curves.get(kind, alone) for kind in self.learners}
        self.refresh()

    def code_of(self, view: LiveView) -> str:
        """Python that repeats all of it, one architecture after the other."""
        return "\n".join(learner.code() for learner in self.learners.values())


class LinePanel(LearnerPanel):
    """Several networks learn line drawing; what you move acts at the next tick of the clock.

    The play button is the clock: at each tick the networks learn from a few
    batches (as many as fit into ``tick`` seconds, counted by time) and the
    picture is drawn again. tau and silencing act on the running networks, and the
    curve has a mark there; architecture, alpha, expansion and seed start new ones, and
    the old learning curve stays as a grey ghost. *rewind* goes back session by session.

    Args:
        architecture: "no feedback", "readout feedback", "cerebellar feedback" or "all three side by side".
        alpha, expansion, tau: where the sliders stand at the start.
        lr: step size of every part that learns.
        seeds: one network each; the seed slider goes on from there.
        task: the lines to draw.
        tick: seconds that one tick may take, picture included.
        chunk: batches per tick; None counts by time.
        training: further fields of ``TrainConfig``, such as ``{"mossy": False}``.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an unknown architecture or setting.

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
        if architecture not in (*KINDS, ALL):
            raise ValueError(f"unknown architecture {architecture!r}; "
                             f"use one of {', '.join(map(repr, (*KINDS, ALL)))}")
        self.task = LineDrawing() if task is None else task
        self._first_seeds = tuple(seeds)
        self.fixed = {"sizes": sizes, "training": {"lr": lr, **(training or {})}}
        last = self.task.n_steps - 1
        again = "New networks; the old curve stays."
        self.controls = {
            "architecture": choice((*KINDS, ALL), architecture, f"What the cortex hears back. {again}"),
            "tau": slider("tau (steps)", tau, 0, min(15, last),
                          tip="How far the cerebellum's teaching looks ahead. Acts at once."),
            "silenced": switch("", tip="What the cortex hears back is set to zero. Acts at once."),
            "silent_from": slider("from step", (last + 1) // 2, 0, last, tip="First silenced step. Acts at once."),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept in each step. {again}"),
            "expansion": slider("expansion", expansion, 1, 40, tip=f"Granule cells per cortical unit. {again}"),
            "seed": slider("seed", 0, 0, 9, tip=f"Other networks of the same kind. {again}"),
        }
        self.begin()
        super().__init__(render, self.controls, self._rows(), self.code_of, tick, chunk,
                         meaning=lambda view: self._meaning())

    def _rows(self) -> list[list[widgets.Widget]]:
        at_once, again = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="8em"))
                          for text in ("acts at once", "starts again"))
        control = self.controls
        return [[control["architecture"]],
                [at_once, control["tau"], control["silenced"], control["silent_from"]],
                [again, control["alpha"], control["expansion"], control["seed"]]]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of the networks: those of the beginning, and as many further on for each step of the slider."""
        further = self.controls["seed"].value * len(self._first_seeds)
        return tuple(seed + further for seed in self._first_seeds)

    def settings(self) -> Settings:
        """What the controls say."""
        value = {name: value_of(control) for name, control in self.controls.items()}
        silence = Silence(start=value["silent_from"]) if value["silenced"] else None
        return Settings(value["architecture"], value["alpha"], value["expansion"], value["tau"], silence)

    def refresh(self) -> None:
        """Draw again, with the controls on that mean something to these networks."""
        control, kinds = self.controls, self.learners.keys()
        control["tau"].disabled = control["expansion"].disabled = KINDS[2] not in kinds
        control["silenced"].disabled = control["silent_from"].disabled = kinds == {KINDS[0]}
        what = "cerebellum" if kinds == {KINDS[2]} else "feedback"
        control["silenced"].description = f"silence the {what}"
        super().refresh()

    def _meaning(self) -> str:
        """What the settings mean, with units."""
        words = f"alpha: membrane time constant {in_ms(time_constant(self.present.alpha))}."
        if KINDS[2] not in self.learners:
            return words
        config = self.learners[KINDS[2]].network.config
        return (f"tau: {self.present.tau * DT_MS:g} ms. {words} "
                f"expansion: {config.n_granule} granule cells for {config.n_cortex} cortical units.")
