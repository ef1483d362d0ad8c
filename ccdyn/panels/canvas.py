"""Where a student draws: a canvas for mouse and finger, and the same strokes as text, for the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets
import traitlets

from ccdyn.panels.controls import button, with_tip
from ccdyn.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY
from ccdyn.tasks.drawn import MAX_STROKES

try:
    from anywidget import AnyWidget
except ImportError:     # then the strokes are typed
    Canvas = None
else:
    class Canvas(AnyWidget):
        """A square on which strokes are drawn with mouse, pen or finger, with buttons to take them back.

        ``strokes`` is a list of strokes, each a list of points [x, y] from -1 to 1, y upwards, in
        three decimals. It can be read and set from either side.

        >>> Canvas(strokes=[[[0, 0], [0.5, 0.8]]]).strokes
        [[[0, 0], [0.5, 0.8]]]
        """

        _esm = Path(__file__).with_name("canvas.js").read_text(encoding="utf-8")
        _css = """
            .ccdyn-canvas canvas { touch-action: none; border: 1px solid #6E6E6E; border-radius: 4px; display: block }
            .ccdyn-canvas div { display: flex; align-items: center; gap: 8px; margin-top: 4px }
            .ccdyn-canvas button { font-size: 13px; padding: 4px 12px }
            .ccdyn-canvas button:focus-visible { outline: 3px solid #0072B2; outline-offset: 1px }
            .ccdyn-canvas { user-select: none; -webkit-user-select: none; font-size: 13px }"""
        strokes = traitlets.List().tag(sync=True)
        size = traitlets.Int(280, help="width and height in pixels").tag(sync=True)
        most = traitlets.Int(MAX_STROKES, help="strokes that fit").tag(sync=True)
        # The orange-red is left to the networks.
        colors = traitlets.List([BLUE, ORANGE, GREEN, PURPLE, SKY, BLACK]).tag(sync=True)


def to_text(strokes: Sequence) -> str:
    """Strokes as text, a line each, in three decimals.

    >>> to_text([[(0, 0), (0.5, 0.8), (1, 0)], [(0, 0), (-1, 0.12345)]])
    '0,0 0.5,0.8 1,0\\n0,0 -1,0.123'
    """
    return "\n".join(" ".join(f"{round(x, 3):g},{round(y, 3):g}" for x, y in points) for points in strokes)


def from_text(text: str) -> list[list[list[float]]]:
    """The strokes that a text says; empty lines say nothing.

    Raises:
        ValueError: something that is no point.

    >>> from_text("0,0 0.5,0.8 1,0")
    [[[0.0, 0.0], [0.5, 0.8], [1.0, 0.0]]]
    """
    return [[_point(word, number) for word in line.split()]
            for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _point(word: str, number: int) -> list[float]:
    try:
        x, y = map(float, word.split(","))
    except ValueError:
        raise ValueError(f"line {number} of the points has {word!r}; write every point as two numbers with a comma "
                         "and no space, such as 0.5,0.8") from None
    return [x, y]


class Board:
    """A canvas above the same strokes as text: what one changes, the other shows.

    The text (``text.value``) is what counts. It is hidden behind a button while there is a canvas;
    where anywidget is not installed the text is all there is, and does the same.

    >>> board = Board()
    >>> board.text.value = "0,0 0.5,0.8"
    >>> board.strokes
    [[[0.0, 0.0], [0.5, 0.8]]]
    """

    def __init__(self, strokes: Sequence = ()) -> None:
        self.canvas = Canvas() if Canvas else None
        hint = ("One line a stroke: points x,y from -1 to 1, y upwards, with a space between them, "
                f"{MAX_STROKES} lines at most.")
        self.text = with_tip(widgets.Textarea(
            to_text(strokes), placeholder="0,0 0.5,0.8 1,0", continuous_update=False,
            layout=widgets.Layout(width="280px", height="7em", display="none" if self.canvas else "")), hint)
        hidden = self.canvas is not None
        self.hint = widgets.HTML(hint, layout=widgets.Layout(width="280px", display="none" if hidden else ""))
        self.toggle = button("points as text", "Type the points instead, or see those that were drawn.")
        self.toggle.on_click(self._toggle)
        shown = [self.canvas, self.toggle] if self.canvas else []
        self.box = widgets.VBox([*shown, self.hint, self.text], layout=widgets.Layout(align_items="flex-start"))
        if self.canvas:
            self._typed()
            self.text.observe(self._typed, "value")
            self.canvas.observe(self._drawn, "strokes")

    @property
    def strokes(self) -> list[list[list[float]]]:
        """What is drawn, or typed."""
        return from_text(self.text.value)

    def _drawn(self, change) -> None:
        # Equal strokes are not written again: text that was typed shall stay as it was typed.
        if self._said() != self.canvas.strokes:
            self.text.value = to_text(self.canvas.strokes)

    def _typed(self, change=None) -> None:
        strokes = self._said()
        if strokes is not None:
            self.canvas.strokes = strokes

    def _said(self) -> list | None:
        """The strokes of the text, or None where it cannot be read: whoever asks for ``strokes`` is told why."""
        try:
            return self.strokes
        except ValueError:
            return None

    def _toggle(self, _) -> None:
        for part in (self.hint, self.text):
            part.layout.display = "" if part.layout.display == "none" else "none"
