"""The picture of networks asleep: what they can still answer, how long two weights are, and one trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.style import ARCHITECTURE, BLACK, BLUE, GHOST, GREY, ORANGE, PALE, Style
from ccdyn.plots.words import spread

WHOLE, SILENCED = ARCHITECTURE["cerebellar feedback"], Style(BLACK, (0, (5, 2)), "s")
LENGTHS = {"W_hh": Style(BLUE, "-", "^"), "W_ch": Style(ORANGE, (0, (4, 2)), "v")}


@dataclass(frozen=True, eq=False)
class SleepView:
    """Everything that the picture and its description are made of.

    Attributes:
        rule: by which W_hh learns, by its name on the menu.
        decay: share of W_ch that is lost in a trial of sleep.
        last: after how many trials the sleep ends.
        whole, silenced: test accuracy after 0, 1, 2 ... trials, (trial, network).
        lengths: of W_hh and W_ch by name, (trial, network).
        ghost: accuracy, silenced, of the sleep before this one, (trial, network), or None.
        example: which test trial is drawn.
        belief: of the networks in the right answer, (2, network, time): whole, silenced.
        n_test: how many test trials there are.
        chance: accuracy of guessing.
    """

    rule: str
    decay: float
    last: int
    whole: np.ndarray
    silenced: np.ndarray
    lengths: dict[str, np.ndarray]
    ghost: np.ndarray | None
    example: int
    belief: np.ndarray
    n_test: int
    chance: float

    @property
    def trial(self) -> int:
        """How many trials of sleep there have been."""
        return len(self.whole) - 1


def sleep_picture(view: SleepView) -> Figure:
    """Three axes, 12 by 3.9 inches: accuracy and lengths over trials of sleep, and belief over one test trial."""
    with frame((0.05, 0.15, 0.27, 0.74), (0.39, 0.15, 0.25, 0.74), (0.71, 0.15, 0.28, 0.74)) as (figure, axes):
        _draw_accuracy(axes[0], view)
        _draw_lengths(axes[1], view)
        _draw_belief(axes[2], view)
    return figure


def _draw_accuracy(axes: Axes, view: SleepView) -> None:
    trials = np.arange(view.trial + 1)
    axes.axhline(view.chance, color=GREY, linewidth=1.2, zorder=0)
    axes.text(view.last, view.chance - 0.01, "guessing", ha="right", va="top", color=GREY, fontsize=11)
    if view.ghost is not None:
        axes.plot(view.ghost.mean(1), color=GHOST.color, linestyle=GHOST.linestyle, linewidth=1.4,
                  label="silenced, last time")
    draw_band(axes, trials, view.whole, "whole", WHOLE, markers=True)
    draw_band(axes, trials, view.silenced, "silenced", SILENCED, markers=True)
    axes.set(xlim=(-0.5, view.last + 0.5), ylim=(-0.03, 1.42), yticks=(0, 0.25, 0.5, 0.75, 1))
    axes.set_xlabel("trials of sleep")
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.2, columnspacing=1.0)
    put_title(axes, f"accuracy: {view.rule}, decay {view.decay:g}")


def _draw_lengths(axes: Axes, view: SleepView) -> None:
    for name, style in LENGTHS.items():
        draw_band(axes, np.arange(view.trial + 1), view.lengths[name], name, style, markers=True)
    axes.set(xlim=(-0.5, view.last + 0.5), yscale="log", ylim=(0.008, 300), yticks=(0.01, 0.1, 1, 10, 100),
             yticklabels=("0.01", "0.1", "1", "10", "100"))
    axes.minorticks_off()
    axes.set_xlabel("trials of sleep")
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.2)
    put_title(axes, "length of two weight matrices")


def _draw_belief(axes: Axes, view: SleepView) -> None:
    steps = np.arange(view.belief.shape[-1])
    axes.axhline(view.chance, color=GREY, linewidth=1.2, zorder=0)
    axes.axvspan(steps[-1] - 0.5, steps[-1] + 0.5, color=PALE, alpha=0.7, linewidth=0, zorder=0)
    for style, label, lines in zip((WHOLE, SILENCED), ("whole", "silenced"), view.belief):
        axes.add_collection(LineCollection([np.column_stack((steps, line)) for line in lines], colors=style.color,
                                           linestyles=[style.linestyle], linewidths=1.4, alpha=0.7))
        axes.plot([], [], color=style.color, linestyle=style.linestyle, label=label)
    axes.set(xlim=(-0.5, steps[-1] + 0.5), ylim=(-0.03, 1.42), yticks=(0, 0.25, 0.5, 0.75, 1))
    axes.set_xlabel(STEP)
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.2)
    put_title(axes, f"test trial {view.example}: belief in the right answer")


def sleep_words(view: SleepView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    n, (whole, silenced) = view.whole.shape[1], view.belief[..., -1]
    ghost = "" if view.ghost is None else (
        f" The sleep before this one came to {spread(view.ghost[-1], 2)} silenced after {len(view.ghost) - 1} trials.")
    many, trials = "s" if n > 1 else "", "trial" if view.trial == 1 else "trials"
    return (f"{n} network{many} after {view.trial} {trials} of sleep, {view.rule}, decay {view.decay:g}. "
            f"Accuracy on {view.n_test} test trials: whole {spread(view.whole[-1], 2)}, cerebellum silenced "
            f"{spread(view.silenced[-1], 2)}; guessing {view.chance:g}. Length of W_hh "
            f"{spread(view.lengths['W_hh'][-1], 2)}, of W_ch {spread(view.lengths['W_ch'][-1], 2)}. Test trial "
            f"{view.example}: belief in the right answer at the last step {spread(whole, 2)} whole, "
            f"{spread(silenced, 2)} silenced.{ghost}")
