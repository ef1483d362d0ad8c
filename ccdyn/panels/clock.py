"""A panel in which something learns: the play button is its clock."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

import ipywidgets as widgets
from tqdm import tqdm

from ccdyn.panels.controls import button, pause
from ccdyn.panels.panel import Panel, Rendered


class ClockPanel(Panel):
    """Controls, a clock and one picture: at each tick something learns, and the picture is drawn again.

    A kind of panel says how to ``learn``, ``look``, ``rewind`` and ``reset``, and what ``render``
    is given (``parameters``). A tick learns from as many batches as fit into
    ``tick`` seconds, counted by time, look and picture included.

    Args:
        render, controls, rows, code, meaning: as in ``Panel``; the clock's buttons come first.
        tick: seconds that one tick may take.
        chunk: batches per tick; None counts by time.
        least: batches per tick that are learned in any case, if counted by time.
    """

    def __init__(self, render: Callable[[Any], Rendered], controls: Mapping[str, widgets.Widget],
                 rows: Sequence[Sequence[widgets.Widget]] | None, code: Callable[[Any], str], tick: float = 0.25,
                 chunk: int | None = None, least: int = 1, meaning: Callable[[Any], str] | None = None) -> None:
        self.tick, self.chunk, self.least = tick, chunk, least
        self.play = widgets.Play(min=0, value=0, max=10**9, interval=100, show_repeat=False)
        self.step_button = button("step", "Learn from one chunk of batches.")
        self.rewind_button = button("rewind", self.rewind.__doc__)
        super().__init__(render, controls, rows, code, meaning)
        self.play.observe(self.guard(self._on_tick), "value")
        self.step_button.on_click(self.guard(self.step))
        self.rewind_button.on_click(self.guard(self.rewind))

    def buttons(self) -> tuple[list[widgets.Widget], list[widgets.Widget]]:
        """The clock in front of the first row of controls, and what stands below the picture."""
        return [self.play, self.step_button, self.rewind_button, self.reset_button], [self.code_button]

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        raise NotImplementedError

    def look(self) -> None:
        """Measure what the picture shows, if anything has changed since the last look."""
        raise NotImplementedError

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        raise NotImplementedError

    def rewind(self) -> None:
        """Back to the end of the session before; press again to go further back."""
        raise NotImplementedError

    def step(self) -> None:
        """Learn one chunk and draw."""
        began = perf_counter()
        self.learn(self.chunk or self.least)
        while not self.chunk and perf_counter() - began < self.tick - self._redraw_seconds:
            self.learn(1)
        self.refresh()

    def train(self, n_batches: int, every: int = 10) -> None:
        """Train ``n_batches`` from a notebook cell, with a point of the curve after ``every`` batches.

        The kernel's stop button ends it early; the networks are then ready to train on.
        """
        bar = tqdm(total=n_batches, unit="batch", file=sys.stdout, ncols=88, desc="training")
        with bar, suppress(KeyboardInterrupt):
            while bar.n < n_batches:
                chunk = min(every, n_batches - bar.n)
                self.learn(chunk)
                self.look()
                bar.update(chunk)
        self.refresh()

    def refresh(self) -> None:
        """Look, and draw again."""
        began = perf_counter()
        self.look()
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
