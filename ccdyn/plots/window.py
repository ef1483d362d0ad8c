"""The picture of the cerebellar window: who teaches whom, what is learned from it, and what one synapse sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.style import ARCHITECTURE, GREY, PALE, PURPLE
from ccdyn.plots.words import spread

COLOR = ARCHITECTURE["cerebellar feedback"].color


@dataclass(frozen=True, eq=False)
class WindowView:
    """Everything that the window's picture and its description are made of; heights are of one line of the task.

    Attributes:
        tau: time window in steps.
        step: of the highlighted prediction.
        table: the pairs (s, t): p_s is taught y_t.
        target: height of the line, (time,).
        drawn: predicted height in the networks as they were drawn, (network, time).
        fitted: the same if the parallel fibres follow this teaching to its end, (network, time).
        granule: activity behind the highlighted prediction in the first network, (cell,).
        reach: the largest activity of that network at any step.
        norm: length of the parallel fibres' change by all pairs of one trial, (network,).
    """

    tau: int
    step: int
    table: tuple[tuple[int, int], ...]
    target: np.ndarray
    drawn: np.ndarray
    fitted: np.ndarray
    granule: np.ndarray
    reach: float
    norm: np.ndarray

    @property
    def teacher(self) -> int | None:
        """The step whose target the highlighted prediction is taught, or None."""
        return dict(self.table).get(self.step)

    @property
    def error(self) -> np.ndarray | None:
        """Target minus prediction of the highlighted pair, (network,), or None."""
        return None if self.teacher is None else self.target[self.teacher] - self.drawn[:, self.step]


def window_picture(view: WindowView) -> Figure:
    """Three axes, 12 by 3.9 inches: the pairs in time, the line in time, the synapses of one pair."""
    boxes = (0.015, 0.16, 0.315, 0.73), (0.375, 0.16, 0.275, 0.73), (0.725, 0.16, 0.265, 0.73)
    with frame(*boxes) as (figure, (pairing, time, synapses)):
        _draw_pairs(pairing, view)
        _draw_time(time, view)
        _draw_synapses(synapses, view)
    return figure


def _draw_pairs(axes: Axes, view: WindowView) -> None:
    n_steps, taught = len(view.target), dict(view.table)
    steps = np.arange(n_steps + 1)
    axes.plot(steps[:-1], 0 * steps[:-1], "s", color=GREY, markersize=8)
    axes.plot(steps, 0 * steps + 1, "o", color="white", markeredgecolor=COLOR, markeredgewidth=1.6, markersize=8)
    axes.plot(list(taught), [1] * len(taught), "o", color=COLOR, markersize=8)
    for bold in (False, True):
        ends = np.array([pair for pair in view.table if (pair[0] == view.step) == bold]).reshape(-1, 2)
        axes.quiver(ends[:, 0], 0 * ends[:, 0] + 0.9, ends[:, 1] - ends[:, 0], 0 * ends[:, 0] - 0.8, angles="xy",
                    scale_units="xy", scale=1, width=0.016 if bold else 0.005, headwidth=3 if bold else 4,
                    headlength=4, headaxislength=4, color=PURPLE if bold else "#A8A8A8", zorder=1 + bold)
    axes.plot(view.step, 1, "o", markersize=16, color="none", markeredgecolor="black", markeredgewidth=2.0)
    axes.text(-0.5, 1.16, "predictions (hollow: taught nothing)", color=COLOR)
    axes.text(-0.5, -0.24, "targets", color=GREY)
    axes.set(xlim=(-0.9, n_steps + 0.6), ylim=(-0.35, 1.32), xticks=range(0, n_steps + 1, 5), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(STEP)
    put_title(axes, f"tau {view.tau}: which target teaches which prediction")


def _draw_time(axes: Axes, view: WindowView) -> None:
    steps = np.arange(len(view.target))
    axes.plot(steps, view.target, color=PALE, linewidth=6, solid_capstyle="round", label="target")
    s, t = np.array([pair for pair in view.table if pair[0] < len(steps)]).T
    axes.plot(s, view.target[t], color=PURPLE, linestyle=(0, (1, 1.5)), label="its teacher")
    for values, linestyle, label in ((view.drawn, (0, (4, 1.5)), "before"), (view.fitted, "-", "once taught")):
        axes.fill_between(steps, values.min(0), values.max(0), color=COLOR, alpha=0.12, linewidth=0)
        axes.plot(steps, values.mean(0), color=COLOR, linestyle=linestyle, label=label)
    axes.axvline(view.step, ymax=0.8, color=PALE, linewidth=1.2, zorder=0)
    if view.teacher is not None:
        height, said = view.target[view.teacher], view.drawn[:, view.step].mean()
        axes.plot([view.teacher, view.step], [height, height], color=PURPLE, linewidth=1.4)
        axes.plot(view.teacher, height, "s", color=GREY, markersize=9)
        axes.quiver(view.step, said, 0, height - said, angles="xy", scale_units="xy", scale=1, width=0.012,
                    headlength=4, headaxislength=4, minlength=0, zorder=3)
    axes.set(xlim=(-0.5, len(steps) - 0.5), ylim=(-0.45, 1.75), xticks=range(0, len(steps), 5), yticks=[0, 0.5, 1])
    axes.set_xlabel(STEP)
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.2, borderpad=0)
    put_title(axes, f"height of the line ({len(view.drawn)} networks)")


def _draw_synapses(axes: Axes, view: WindowView) -> None:
    error = 0.0 if view.error is None else view.error[0]
    axes.axhline(0, color=PALE, linewidth=1.2, zorder=0)
    axes.plot([0, view.reach], [0, error * view.reach], color="black", linewidth=1.4)
    axes.plot(view.granule, error * view.granule, "o", color=COLOR, alpha=0.35, markeredgewidth=0)
    axes.set(xlim=(-0.03 * view.reach, 1.03 * view.reach), ylim=(-0.35 * view.reach, 1.1 * view.reach))
    axes.locator_params(nbins=4)
    axes.set_xlabel(f"granule activity behind step {view.step}")
    axes.set_ylabel("change of its parallel fibre")
    put_title(axes, "change = error (slope) x activity")


def pair_words(view: WindowView) -> str:
    """The highlighted pair in words."""
    said = f"the prediction used at step {view.step} is taught"
    if view.teacher is not None:
        return f"{said} the target of step {view.teacher}"
    return f"{said} nothing: {'there is no target before it' if view.tau == 0 else 'the trial ends before its target'}"


def window_words(view: WindowView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    words = (f"tau {view.tau}: {len(view.table)} of {len(view.target) + 1} predictions are taught (the last is made "
             f"after the trial); {pair_words(view)}.")
    silent = (view.granule == 0).mean()
    words += f" Behind it, {1 - silent:.0%} of the granule cells are active."
    if view.error is not None:
        words += (f" The line is {view.target[view.teacher]:.2f} high there; target minus prediction "
                  f"{spread(view.error)}.")
    return (f"{words} Once taught, {len(view.drawn)} networks say {spread(view.fitted[:, view.step], 2)} at step "
            f"{view.step}. Length of the change of all parallel fibres by all pairs of one trial {spread(view.norm)}.")
