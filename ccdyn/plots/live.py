"""The picture of the live panel: what networks draw, how well, and what comes back to the cortex."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.feedback import Silence
from ccdyn.plots.curves import Curve, draw_band, draw_marks
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.lines import draw_networks, draw_targets
from ccdyn.plots.style import ARCHITECTURE, BLACK, GHOST, GREY, PALE, PURPLE, Style
from ccdyn.plots.words import spread
from ccdyn.tasks.cued import CuedDrawing

SESSION = 100  # batches in a session


@dataclass(frozen=True, eq=False)
class Shown:
    """What is shown of networks of one architecture.

    Attributes:
        architecture: "no feedback", "readout feedback" or "cerebellar feedback".
        settings: the numbers in words, such as "alpha 0.5, expansion 20, tau 5 steps (250 ms)".
        tau: time window of the cerebellum in steps, or None if there is none.
        drawn: readout z for every pattern, (replica, pattern, time, 2).
        heard: what the cortex hears back, same shape, or None without feedback.
        curve: of the running networks; its last point is now.
        ghost: of the networks before them, or None.
    """

    architecture: str
    settings: str
    tau: int | None
    drawn: np.ndarray
    heard: np.ndarray | None
    curve: Curve
    ghost: Curve | None


@dataclass(frozen=True, eq=False)
class LiveView:
    """Everything that the live picture and its description are made of.

    Attributes:
        task: for its target lines.
        silence: how the feedback is scaled, or None.
        shown: one for each architecture on the screen.
    """

    task: CuedDrawing
    silence: Silence | None
    shown: tuple[Shown, ...]


def live_picture(view: LiveView) -> Figure:
    """Drawn lines over targets, learning curves and, for one architecture, a line in time; 12 by 3.9 inches."""
    alone = len(view.shown) == 1
    boxes = ((0.005, 0.03, 0.285, 0.86), (0.365, 0.16, 0.275, 0.73), (0.715, 0.16, 0.275, 0.73)) if alone else (
        (0.005, 0.03, 0.645, 0.86), (0.715, 0.16, 0.275, 0.73))
    with frame(*boxes) as (figure, (left, middle, *right)):
        _draw_lines(left, view)
        draw_error(middle, view)
        if alone:
            _draw_time(right[0], view)
    return figure


def _draw_lines(axes: Axes, view: LiveView) -> None:
    for place, shown in enumerate(view.shown):
        shift = np.array([2.6 * place, 0.0])
        color = ARCHITECTURE[shown.architecture].color
        draw_targets(axes, view.task.lines.numpy() + shift)
        draw_networks(axes, shown.drawn + shift, color)
        if len(view.shown) > 1:
            name = shown.architecture + ("" if shown.tau is None else f", tau {shown.tau}")
            axes.text(shift[0], -1.14, name, ha="center", color=color, fontsize=12)
    axes.set(xlim=(-1.25, 2.6 * len(view.shown) - 1.35), ylim=(-1.15, 1.25), aspect="equal", anchor="N")
    axes.set_axis_off()
    put_title(axes, "what they draw (bold: the first network)")


def draw_error(axes: Axes, view: LiveView, top: float | None = None) -> None:
    """Test error so far, over that of the networks before, and what one gets for nothing; up to ``top``."""
    nothing, cue_blind = view.task.error_of_nothing, view.task.error_without_cue
    levels = [(nothing, 1.02, "bottom", "draws nothing")]
    if 0 < cue_blind < 0.97 * nothing:      # else it is the same line, or there is only one thing to draw
        levels.append((cue_blind, 0.98, "top", "best without the cue"))
    top = 1.35 * nothing if top is None else top
    if top <= nothing:      # the lower level alone: above it there is room
        levels = [(level, 1.02, "bottom", words) for level, *_, words in levels[1:]]
    for level, beside, anchor, words in levels:
        axes.axhline(level, color=GREY, linewidth=1.2)
        axes.text(0.99, level * beside, words, transform=axes.get_yaxis_transform(), ha="right", va=anchor,
                  fontsize=11, color=GREY)
    for shown in view.shown:
        style, curve, ghost = ARCHITECTURE[shown.architecture], shown.curve, shown.ghost
        if ghost is not None:
            draw_band(axes, ghost.batches / SESSION, ghost.values, f"before: {ghost.label}", GHOST, markers=False)
        draw_band(axes, curve.batches / SESSION, curve.values, f"now: {curve.label}", style, markers=False)
        # A network that has just begun may be worse than the axis is high: an arrow at its edge says so.
        now = curve.values[-1].mean()
        axes.plot(curve.batches[-1] / SESSION, min(now, top), style.marker if now <= top else "^", color=style.color,
                  clip_on=False)
    draw_marks(axes, view.shown[0].curve, top / 3, SESSION)
    longest = max(c.batches[-1] for shown in view.shown for c in (shown.curve, shown.ghost) if c is not None)
    longest = max(1, ceil(longest / SESSION))
    axes.set(xlim=(0, longest), xticks=range(0, longest + 1, ceil(longest / 6)), ylim=(0, top))
    axes.yaxis.get_major_locator().set_params(nbins=5)
    axes.set_xlabel(f"session ({SESSION} batches)")
    put_title(axes, f"test error (mean and range of {view.shown[0].curve.values.shape[1]})")
    if len(view.shown) == 1 and view.shown[0].ghost is not None:
        axes.legend(loc="upper right", borderaxespad=0, borderpad=0.1, frameon=True, facecolor="white",
                    edgecolor="none", framealpha=1)     # curves that begin high pass behind it


def _draw_time(axes: Axes, view: LiveView) -> None:
    n_steps, number, shown = view.task.n_steps, min(1, view.task.n_patterns - 1), view.shown[0]
    steps, height = np.arange(n_steps), view.task.lines[number, :, 1].numpy()
    axes.plot(steps, height, color=PALE, linewidth=6, solid_capstyle="round", label="target")
    draw_band(axes, steps, shown.drawn[:, number, :, 1].T, "drawn", Style(BLACK, "-", "o"), markers=False)
    if shown.heard is not None:
        label = "cerebellum" if shown.tau is not None else "fed back"
        look = ARCHITECTURE[shown.architecture]._replace(linestyle=(0, (4, 1.5)))
        draw_band(axes, steps, shown.heard[:, number, :, 1].T, label, look, markers=False)
    if shown.tau is not None:
        ahead = steps - (shown.tau - 1)  # what is said at step t is taught the target of step t - 1 + tau
        taught = ahead >= 0
        axes.plot(ahead[taught], height[taught], color=PURPLE, linestyle=(0, (1, 1.5)), label="its teacher")
    if view.silence is not None:
        stop = n_steps if view.silence.stop is None else view.silence.stop
        axes.axvspan(view.silence.start - 0.5, stop - 0.5, ymax=0.84, facecolor="none", edgecolor=PALE,
                     hatch="//", zorder=0)
        axes.text(stop - 0.7, -0.4, "silenced", fontsize=11, ha="right",
                  bbox={"facecolor": "white", "linewidth": 0, "pad": 1})
    axes.set(xlim=(-0.5, n_steps - 0.5), ylim=(-0.45, 1.75), xticks=range(0, n_steps, 5), yticks=[0, 0.5, 1])
    axes.set_xlabel(STEP)
    axes.legend(loc="upper left", ncols=2, borderaxespad=0, borderpad=0)
    put_title(axes, "height of the line upwards")


def live_words(view: LiveView, what: str = "line drawing") -> str:
    """The same in words, with the numbers: the picture's alternative text; ``what`` is learned."""
    words = []
    for shown in view.shown:
        done, errors, ghost = shown.curve.batches[-1], shown.curve.values[-1], shown.ghost
        words.append(f"{len(errors)} networks with {shown.architecture} ({shown.settings}) after {done} batches "
                     f"({done / SESSION:.1f} sessions) of {what}. Test error {spread(errors)}; "
                     f"drawing nothing gives {view.task.error_of_nothing:.3f}.")
        if view.silence is not None and shown.heard is not None:
            words.append(f"The feedback is silenced from step {view.silence.start} on.")
        if ghost is not None:
            words.append(f"Before, {ghost.label}: {spread(ghost.values[-1])} after {ghost.batches[-1]} batches.")
    return " ".join(words) + view.shown[0].curve.moved
