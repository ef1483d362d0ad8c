"""The picture of a decision under silence: the belief in time, in one trial and in all, and which steps matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.silenced import Silenced, draw_windows
from ccdyn.plots.style import BLACK, GHOST, GREY, styles
from ccdyn.plots.words import spread


@dataclass(frozen=True, eq=False)
class MemoryView:
    """Everything that the picture and its description are made of.

    Attributes:
        label: which networks, such as "cerebellar feedback".
        sides: names of the two answers, such as ("left", "right").
        silenced: the window.
        trial, answer: which trial is shown, and what is correct in it.
        puffs: steps of the trial at which something speaks for the first and for the second side.
        belief, intact_belief: share of the second side in this trial, (time, network).
        correct, intact_correct: share of the correct side, the mean of all trials that have one, (time, network).
        starts: first silenced steps for which ``windows`` has the accuracy, (start, network).
        accuracy, intact: with this window silenced, and with nothing silenced, (network,).
        n_trials: how many trials an accuracy is made of.
        chance: the accuracy of always giving the same answer.
        draws: whether there may be trials without a correct side.
    """

    label: str
    sides: tuple[str, str]
    silenced: Silenced
    trial: int
    answer: str
    puffs: tuple[np.ndarray, np.ndarray]
    belief: np.ndarray
    intact_belief: np.ndarray
    correct: np.ndarray
    intact_correct: np.ndarray
    starts: np.ndarray
    windows: np.ndarray
    accuracy: np.ndarray
    intact: np.ndarray
    n_trials: int
    chance: float
    draws: bool

    @property
    def sided(self) -> str:
        """Which trials have a correct side."""
        return "trials without a draw" if self.draws else "all trials"


def memory_picture(view: MemoryView) -> Figure:
    """Three axes, 12 by 3.9 inches: the belief in one trial, in all trials, and accuracy over where silence begins."""
    with frame((0.06, 0.16, 0.265, 0.73), (0.385, 0.16, 0.265, 0.73), (0.725, 0.16, 0.265, 0.73)) as (figure, axes):
        low, high = view.sides
        _draw_belief(axes[0], view, view.belief, view.intact_belief)
        for height, steps, marker in ((1.09, view.puffs[1], "^"), (-0.09, view.puffs[0], "v")):
            axes[0].plot(steps, np.full(len(steps), height), marker, color=BLACK)
        axes[0].set_yticks((0, 0.5, 1), (low, "half", high))
        put_title(axes[0], f"trial {view.trial} ({view.answer}): belief in {high}")
        _draw_belief(axes[1], view, view.correct, view.intact_correct)
        axes[1].set_yticks((0, 0.5, 1))
        axes[1].legend(loc="lower left", borderaxespad=0.2)
        put_title(axes[1], "belief in the correct side" + (" (no draws)" if view.draws else ", all trials"))
        _draw_windows(axes[2], view)
    return figure


def _draw_belief(axes: Axes, view: MemoryView, values: np.ndarray, intact: np.ndarray) -> None:
    steps, style = np.arange(len(values)), styles([view.label])[view.label]
    view.silenced.shade(axes)
    axes.axhline(0.5, color=GREY, linewidth=1.0, linestyle=(0, (1, 2)), zorder=0)
    draw_band(axes, steps, intact, "intact", GHOST, markers=False)
    draw_band(axes, steps, values, f"{view.silenced.how} (grey steps)", style, markers=False)
    axes.set(xlim=(-0.5, len(steps) - 0.5), ylim=(-0.17, 1.17), xticks=_ticks(view))
    axes.set_xlabel(STEP)


def _ticks(view: MemoryView) -> range:
    return range(0, len(view.belief), 5 if len(view.belief) < 30 else 10)


def _draw_windows(axes: Axes, view: MemoryView) -> None:
    intact = view.intact.mean()
    draw_windows(axes, view.silenced, view.label, view.starts, view.windows, view.accuracy.mean(),
                 (view.chance, intact), "accuracy")
    axes.text(-0.4, view.chance - 0.015, "always one answer", va="top", color=GREY)
    axes.text(-0.4, intact + 0.01, "intact", va="bottom", color=GREY)
    axes.set(ylim=(0.18, 1.1), xticks=_ticks(view))


def memory_words(view: MemoryView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    mean = view.windows.mean(1)
    worst, best = int(mean.argmin()), int(mean.argmax())
    return (f"{len(view.intact)} networks with {view.label}, {view.silenced.words}: accuracy "
            f"on {view.n_trials} trials {spread(view.accuracy, 2)}; intact {spread(view.intact, 2)}; always one answer "
            f"{view.chance:.2f}. In trial {view.trial}, {len(view.puffs[0])} for {view.sides[0]} and "
            f"{len(view.puffs[1])} for {view.sides[1]}, the belief in {view.sides[1]} at the last step is "
            f"{spread(view.belief[-1], 2)}, intact {spread(view.intact_belief[-1], 2)}. In {view.sided} the belief in "
            f"the correct side ends at {spread(view.correct[-1], 2)}, intact {spread(view.intact_correct[-1], 2)}. Of "
            f"windows of this length the one from step {view.starts[worst]} costs most (accuracy {mean[worst]:.2f}), "
            f"the one from step {view.starts[best]} least ({mean[best]:.2f}).")
