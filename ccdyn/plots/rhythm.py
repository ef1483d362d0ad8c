"""The picture of networks that were taught a rhythm: while the teacher speaks, after it left, and the errors so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ccdyn.cortex import DT_MS
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.style import ARCHITECTURE, GREY, OTHERS, PALE
from ccdyn.plots.words import in_ms

SILENT = 0.5            # mean square of a sine
LIMIT, TOP = 2.0, 1.2   # of the answers, and of the errors, in the picture
GOES_ON = 0.1           # an error below which we say that a network goes on


@dataclass(frozen=True, eq=False)
class RhythmView:
    """Everything that the picture and its description are made of.

    Attributes:
        gain: spectral radius of W_hh.
        rule: the learning rule, by its name on the menu.
        hears: what the networks hear after the teacher has left.
        period: of the sine, in steps.
        target: (time,), the taught steps and those after them.
        taught: answers while the teacher speaks, (network, time).
        after: answers afterwards, (network, time).
        error: mean squared error of ``after``, (network,).
        visited: the errors of all settings looked at so far, by (rule, gain), with the same feedback.
    """

    gain: float
    rule: str
    hears: str
    period: int
    target: np.ndarray
    taught: np.ndarray
    after: np.ndarray
    error: np.ndarray
    visited: dict[tuple[str, float], np.ndarray]


def rhythm_picture(view: RhythmView, rules: Sequence[str]) -> Figure:
    """Three axes, 12 by 3.9 inches: the first taught steps, the time around the teacher's leaving, errors over gain."""
    boxes = (0.05, 0.15, 0.21, 0.72), (0.3, 0.15, 0.37, 0.72), (0.73, 0.15, 0.25, 0.72)
    n_taught = view.taught.shape[1]
    every = np.concatenate((view.taught, view.after), 1)
    with frame(*boxes) as (figure, (left, middle, right)):
        _draw_answers(left, view, every, 0, 2 * view.period)
        left.legend(loc="lower left", ncols=2, borderaxespad=0.1, columnspacing=1.0)
        put_title(left, "the first taught steps")
        _draw_answers(middle, view, every, n_taught - view.period, n_taught + 4 * view.period)
        middle.axvline(n_taught - 0.5, color="black", linewidth=1.2)
        middle.text(n_taught + 2, 0.98 * LIMIT, f"alone, hears {view.hears}", va="top", fontsize=11)
        middle.text(n_taught - 2, 0.98 * LIMIT, "taught", va="top", ha="right", fontsize=11)
        put_title(middle, "the teacher leaves")
        _draw_errors(right, view, rules)
    return figure


def _draw_answers(axes: Axes, view: RhythmView, every: np.ndarray, start: int, stop: int) -> None:
    steps = np.arange(start, min(stop, every.shape[1]))
    look = ARCHITECTURE["readout feedback"]
    shown = np.clip(np.nan_to_num(every[:, steps], nan=9.0), -9, 9)
    axes.plot(steps, view.target[steps], color=PALE, linewidth=6, zorder=1, label="target")
    axes.add_collection(LineCollection([np.column_stack((steps, line)) for line in shown[1:]], colors=look.color,
                                       linewidths=1.0, alpha=0.45, zorder=2))
    axes.plot(steps, shown[0], color=look.color, linewidth=2.2, zorder=3, label="answers z")
    axes.set(xlim=(steps[0], steps[-1]), ylim=(-LIMIT, LIMIT), yticks=(-1, 0, 1))
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(STEP)


def _draw_errors(axes: Axes, view: RhythmView, rules: Sequence[str]) -> None:
    looks = dict(zip(rules, (ARCHITECTURE["readout feedback"], *OTHERS)))
    legend = []
    for i, (rule, look) in enumerate(looks.items()):
        dots = {"linestyle": "", "marker": look.marker, "color": look.color, "markersize": 7,
                "markeredgecolor": "white", "markeredgewidth": 0.5}
        legend.append(Line2D([], [], label=rule, **dots))
        for (name, gain), errors in view.visited.items():
            if name == rule:    # side by side
                places = gain + 0.08 * (i - 1) + 0.02 * (np.arange(len(errors)) - (len(errors) - 1) / 2)
                axes.plot(places, np.clip(np.nan_to_num(errors, nan=9.0), 0, TOP), **dots, zorder=3)
    axes.axvline(view.gain, color=PALE, linewidth=22, zorder=0)
    axes.axhline(SILENT, color=GREY, linewidth=1.2, zorder=1)
    axes.text(0.02, SILENT + 0.02, "silence", color=GREY, fontsize=11)
    axes.set(xlim=(0, 2), ylim=(-0.05, 1.75), yticks=(0, 0.5, 1, TOP), yticklabels=("0", "0.5", "1", f"> {TOP:g}"))
    axes.set_xlabel("gain (spectral radius of W_hh)")
    axes.legend(handles=legend, loc="upper left", borderaxespad=0.1)
    put_title(axes, "error when alone, each network")


def rhythm_words(view: RhythmView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    n, last = len(view.error), view.taught[:, -2 * view.period:]
    gone = np.square(last - view.target[view.taught.shape[1] - last.shape[1]:view.taught.shape[1]]).mean(1)
    errors = ", ".join(f"{error:.3f}" for error in view.error)
    return (f"{n} networks with readout feedback and gain {view.gain:g} were taught a sine of {view.period} steps "
            f"({in_ms(DT_MS * view.period)}), {view.rule}, for {view.taught.shape[1]} steps. Mean squared error in the "
            f"last {last.shape[1]} taught steps: {', '.join(f'{error:.3f}' for error in gone)}. In "
            f"{view.after.shape[1]} "
            f"steps alone, hearing {view.hears}: {errors}; silence has 0.5. {int((view.error < GOES_ON).sum())} of "
            f"{n} go "
            f"on with an error below {GOES_ON:g}.")
