"""The picture of the digit panel: a digit being read, what networks believe, and what their states could tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ccdyn.plots.curves import Curve, draw_band, draw_marks
from ccdyn.plots.frame import frame, put_title
from ccdyn.plots.style import ARCHITECTURE, BLACK, GHOST, GREY, ORANGE, PALE, PURPLE, SKY, Style
from ccdyn.plots.words import spread

N_CLASSES = 10
CHANCE = 1 / N_CLASSES
N_ROWS = 28         # of a digit
TOP = 1.24          # of both axes on the right: room for a legend above 1
DECODER = Style(ORANGE, (0, (4, 1.5)), "X")


@dataclass(frozen=True, eq=False)
class DigitView:
    """Everything that the picture of the digit panel and its description are made of.

    Attributes:
        architecture: one of ``ARCHITECTURES``.
        settings: the numbers in words, such as "alpha 0.5, 12 blank rows".
        number, label, image: the test digit, the class it is of, and its pixels (28, 28), 1 is ink.
        row: the last row that was read, counted from 0.
        taught: the first taught row, and the one after the last.
        silent: the first silenced row, and the one after the last; None if the feedback is heard.
        belief: the networks' softmax for this digit, (network, row, class).
        decoded: what decoders of their states make of it, 0 to 1, same shape.
        everyone: True if the next two are means over all test digits, else they are of this one.
        right_belief, right_decoded: what the right class is given, (network, row).
        n_test: how many test digits there are.
        curve: share of the test digits that are named right after the last row; its last point is now.
        ghost: of the networks before them, or None.
    """

    architecture: str
    settings: str
    number: int
    label: int
    image: np.ndarray
    row: int
    taught: tuple[int, int]
    silent: tuple[int, int] | None
    belief: np.ndarray
    decoded: np.ndarray
    everyone: bool
    right_belief: np.ndarray
    right_decoded: np.ndarray
    n_test: int
    curve: Curve
    ghost: Curve | None

    @property
    def style(self) -> Style:
        """How these networks are drawn: solid, as the decoder beside them is dashed."""
        return ARCHITECTURE[self.architecture]._replace(linestyle="-")


def digit_picture(view: DigitView) -> Figure:
    """Three axes, 12 by 3.9 inches: the digit and ten beliefs, the right one row by row, and the learning curve."""
    boxes = (0.01, 0.05, 0.345, 0.83), (0.4, 0.16, 0.275, 0.72), (0.735, 0.16, 0.25, 0.72)
    with frame(*boxes) as (figure, (left, middle, right)):
        _draw_digit(left, view)
        _draw_rows(middle, view)
        _draw_accuracy(right, view)
    return figure


def _draw_digit(axes: Axes, view: DigitView) -> None:
    """Rows that were not read yet are grey; the bars beside them are the beliefs after the last row that was."""
    n_rows, color = view.belief.shape[1], view.style.color
    ink = np.zeros((n_rows, N_ROWS))
    ink[:N_ROWS] = view.image
    ink[view.row + 1:] = 0.28 + 0.2 * ink[view.row + 1:]
    axes.imshow(ink, cmap="Greys", vmin=0, vmax=1, extent=(0, N_ROWS, n_rows, 0), interpolation="nearest")
    axes.add_patch(Rectangle((0, 0), N_ROWS, n_rows, facecolor="none", edgecolor=GREY))
    if n_rows > N_ROWS:
        axes.plot([0, N_ROWS], [N_ROWS] * 2, color=GREY, linestyle=(0, (4, 2)), linewidth=1.2)
    if view.silent is not None:
        first, stop = view.silent
        axes.add_patch(Rectangle((0, first), N_ROWS, stop - first, facecolor="none", edgecolor=SKY, linewidth=0,
                                 hatch="//"))
    # Where the bars begin and how long a certain belief is, in pixels of the digit.
    start, scale, place = N_ROWS + 0.14 * n_rows, 0.36 * n_rows, (np.arange(N_CLASSES) + 0.5) * n_rows / N_CLASSES
    belief, decoded = view.belief[:, view.row], view.decoded[:, view.row].mean(0)
    for low, high, width, alpha in ((0 * decoded, belief.mean(0), 9, 0.35), (belief.min(0), belief.max(0), 2, 1)):
        bars = [((start + scale * a, y), (start + scale * b, y)) for a, b, y in zip(low, high, place)]
        axes.add_collection(LineCollection(bars, colors=color, linewidths=width, alpha=alpha))
    axes.plot(start + scale * decoded, place, DECODER.marker, color=DECODER.color, markersize=8)
    axes.plot([start, start], [0, n_rows], color=GREY, linewidth=1)
    for name, y in enumerate(place):
        look = {"weight": "bold", "fontsize": 13, "color": BLACK} if name == view.label else {"color": GREY}
        axes.text(start - 0.02 * n_rows, y, name, ha="right", va="center", **look)
    axes.set(xlim=(-0.5, start + scale), ylim=(n_rows + 0.3, -0.3), aspect="equal", anchor="NW")
    axes.set_axis_off()
    put_title(axes, f'a "{view.label}", read to row {view.row}')
    put_title(axes, "belief, 0 to 1", "right")


def _draw_rows(axes: Axes, view: DigitView) -> None:
    style, n_rows, (first, stop) = view.style, view.belief.shape[1], view.taught
    if view.silent is not None:
        start, end = view.silent
        axes.axvspan(start - 0.5, end - 0.5, ymax=1 / TOP, facecolor="none", edgecolor=SKY, linewidth=0, hatch="//",
                     zorder=0)
        axes.text(np.clip((start + end) / 2, 5, n_rows - 6), 0.95, "silenced", fontsize=11, ha="center", va="center",
                  bbox={"facecolor": "white", "linewidth": 0, "pad": 1})
    if n_rows > N_ROWS:
        axes.axvline(N_ROWS - 0.5, ymax=1 / TOP, color=GREY, linestyle=(0, (4, 2)), linewidth=1.2, zorder=0)
    axes.plot([first - 0.5, stop - 0.5], [1.03] * 2, color=PURPLE, linewidth=5, solid_capstyle="butt")
    axes.text(first - 1, 1.03, "taught", color=PURPLE, fontsize=11, ha="right", va="center")
    axes.axvline(view.row, ymax=1 / TOP, color=GREY, linewidth=1, zorder=1)
    axes.axhline(CHANCE, color=PALE, linewidth=1.2, zorder=0)
    for values, look, label in ((view.right_decoded, DECODER, "a decoder of their states"),
                                (view.right_belief, style, "the networks")):
        draw_band(axes, np.arange(n_rows), values.T, label, look, markers=False)
        axes.plot(view.row, values[:, view.row].mean(), look.marker, color=look.color, markersize=8, clip_on=False)
    axes.set(xlim=(-0.5, n_rows - 0.5), ylim=(0, TOP), yticks=[0, CHANCE, 0.5, 1], xticks=range(0, n_rows, 9))
    axes.set_xlabel("row" if n_rows == N_ROWS else f"row (blank from {N_ROWS} on)")
    axes.legend(loc="upper left", ncols=2, borderaxespad=0, borderpad=0, columnspacing=0.7,
                handlelength=1.4, handletextpad=0.5)
    put_title(axes, f"belief in what is right, mean of {view.n_test}" if view.everyone
           else f'belief in "{view.label}", row by row')


def _draw_accuracy(axes: Axes, view: DigitView) -> None:
    curve, ghost, style = view.curve, view.ghost, view.style
    axes.axhline(CHANCE, color=GREY, linewidth=1.2)
    axes.text(0.99, CHANCE + 0.01, "guessing", transform=axes.get_yaxis_transform(), ha="right", va="bottom",
              fontsize=11, color=GREY)
    if ghost is not None:
        draw_band(axes, ghost.batches, ghost.values, "before: " + ghost.label.replace(", ", ",\n", 1), GHOST,
                  markers=False)
        axes.legend(loc="upper left", borderaxespad=0, borderpad=0)
    draw_band(axes, curve.batches, curve.values, "now", style, markers=False)
    axes.plot(curve.batches[-1], curve.values[-1].mean(), style.marker, color=style.color, clip_on=False)
    draw_marks(axes, curve, 0.55)
    longest = max(100, *(each.batches[-1] for each in (curve, ghost) if each is not None))
    axes.set(xlim=(0, longest), xticks=np.linspace(0, longest, 3), ylim=(0, TOP), yticks=[0, 0.5, 1])
    axes.set_xlabel("batches learned from")
    put_title(axes, f"accuracy on {view.n_test} test digits")


def digit_words(view: DigitView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    curve, ghost, belief = view.curve, view.ghost, view.belief[:, view.row]
    words = (f"{len(belief)} networks with {view.architecture} ({view.settings}) after {curve.batches[-1]} batches of "
             f"reading digits. After the last row they name {spread(curve.values[-1])} of {view.n_test} test digits "
             f"right; guessing gives {CHANCE:g}. Test digit {view.number} is a {view.label}. After row {view.row} the "
             f"networks say {', '.join(map(str, belief.argmax(-1)))}. Their belief in {view.label} is "
             f"{spread(belief[:, view.label], 2)}; that of a decoder of their states "
             f"{spread(view.decoded[:, view.row, view.label], 2)}.")
    if view.everyone:
        words += (f" Mean of all test digits: the networks' belief in the right class is "
                  f"{spread(view.right_belief[:, view.row], 2)}, the decoder's "
                  f"{spread(view.right_decoded[:, view.row], 2)}.")
    if view.silent is not None:
        words += f" The feedback is silenced from row {view.silent[0]} to {view.silent[1] - 1}."
    if ghost is not None:
        words += f" Before, {ghost.label}: {spread(ghost.values[-1])} after {ghost.batches[-1]} batches."
    return words + curve.moved
