"""Predict, then reveal: a question to which one commits before the answer is drawn on top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from time import perf_counter

import ipywidgets as widgets
import numpy as np

from ccdyn.panels.controls import button, choice
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.plots.predict import PredictView, predict_picture, predict_words

UNDECIDED = "choose what you expect"
PATIENCE = 0.5      # seconds between two pictures while it is computed


def render(view: PredictView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(predict_picture(view)), predict_words(view)


class PredictPanel(Panel):
    """A few rough curves to choose from, and a button that draws what happens over them.

    The button is off until something is chosen; nothing is computed before it is pressed.

    Args:
        question: one line; it is the picture's title.
        x: where the curves are drawn, (point,).
        options: by the words of each answer, a rough curve (point,), or a few of them (point, curve).
        reveal: gives what happens, (point, network), called once, when the button is pressed. If it takes long, let it
            yield point by point: each is drawn as it comes, and the kernel's stop button ends it.
        right: the answer that comes nearest.
        why: shown after the reveal, in a sentence or two.
        xlabel, ylabel: with units.
        kept: called with (question, choice, PNG, alternative text) after the reveal.
        levels: heights to compare with, by their names, such as {"chance": 0.5}.
        each: draw every network by itself, where their mean is like none of them.

    Raises:
        ValueError: options that do not fit x, or a right answer that is not among them.

    Example:
        >>> panel = PredictPanel("Does it grow?", range(3), {"yes": [0, 1, 2], "no": [0, 0, 0]},
        ...                      lambda: [[0, 0], [1, 2], [2, 3]], right="yes", why="It adds up.")
        >>> panel.reveal_button.disabled
        True
        >>> panel.controls["choice"].value = "no"
        >>> panel.reveal_button.click()
        >>> panel.alt[-27:]
        '0 at 0, 1.5 at 1, 2.5 at 2.'
    """

    def __init__(self, question: str, x: Sequence[float], options: Mapping[str, Sequence[float]],
                 reveal: Callable[[], Iterable[Sequence[float]]], right: str, why: str, xlabel: str = "",
                 ylabel: str = "", kept: Callable[[str, str, bytes, str], None] | None = None,
                 levels: Mapping[str, float] | None = None, each: bool = False) -> None:
        self.question, self.x, self.labels = question, np.asarray(x, dtype=float), (xlabel, ylabel)
        self.options = {label: np.asarray(curve, dtype=float) for label, curve in options.items()}
        for label, curve in self.options.items():
            if curve.shape[:1] != self.x.shape or curve.ndim > 2:
                raise ValueError(f"the curve of {label!r} has shape {curve.shape} but x has {self.x.shape}; give one "
                                 "number for each point")
        if right not in self.options:
            raise ValueError(f"right is {right!r} but the options are {', '.join(map(repr, self.options))}; use one "
                             "of them")
        self.right, self.why, self.kept, self._find = right, why, kept, reveal
        self.levels, self.each = dict(levels or {}), each
        self.truth: np.ndarray | None = None
        self.reveal_button = button("reveal", "Compute what happens, and draw it over what you chose.")
        picked = choice([(UNDECIDED, ""), *((label, label) for label in self.options)], "",
                        "What do you expect? The first answer that is revealed counts.", width="38em")
        super().__init__(render, {"choice": picked}, meaning=lambda view: self._meaning())
        self.reveal_button.on_click(self.guard(self.reveal))

    def buttons(self) -> tuple[list[widgets.Widget], list[widgets.Widget]]:
        """The reveal below the picture, beside reset."""
        return [], [self.reveal_button, self.reset_button]

    def reveal(self) -> None:
        """Compute what happens, and draw it over what you chose."""
        rows, drawn = [], perf_counter()
        try:
            for row in self._find():
                rows.append(np.asarray(row, dtype=float))
                if perf_counter() - drawn > PATIENCE and len(rows) < len(self.x):
                    self.truth = np.stack(rows)
                    self.refresh()
                    drawn = perf_counter()
        except BaseException as error:  # the stop button, or an error: as if it had not been pressed
            self.truth = None
            self.refresh()
            if isinstance(error, KeyboardInterrupt):
                return
            raise
        self.truth = np.stack(rows)
        self.refresh()
        if self.kept:
            self.kept(self.question, self.controls["choice"].value, self.png, self.alt)

    def reset(self) -> None:
        """Hide the answer again and choose anew."""
        self.truth = None
        super().reset()

    def refresh(self) -> None:
        """Draw again; the button is on once something is chosen, and the choice is held once it is revealed."""
        shown = self.truth is not None
        self.controls["choice"].disabled = shown
        self.reveal_button.disabled = shown or not self.controls["choice"].value
        super().refresh()

    def parameters(self) -> PredictView:
        """What ``render`` is given."""
        return PredictView(self.question, self.x, *self.labels, self.options, self.controls["choice"].value, self.truth,
                           self.levels, self.each)

    def _meaning(self) -> str:
        if self.truth is None:
            return "Choose first, then press reveal: what you expect is worth more to you than what you are told."
        if len(self.truth) < len(self.x):
            return f"Computing, {len(self.truth)} of {len(self.x)} points so far."
        chosen = self.controls["choice"].value
        verdict = "You were right." if chosen == self.right else (
            f"You expected: {escape(chosen)}. Nearest: {escape(self.right)}.")
        return f"<b>{verdict}</b> {escape(self.why)}"
