"""The picture of one leaky unit: its answer to a pulse, how it forgets, and its gain."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ccdyn.cortex import DT_MS, time_constant
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.style import GREY, ORANGE, PALE, PURPLE
from ccdyn.plots.words import in_ms

OTHERS = (0.1, 0.5, 0.9)  # the alphas of the course, drawn for comparison
SWITCH = ("input as it is", "input times 1 - alpha")


@dataclass(frozen=True, eq=False)
class UnitView:
    """Everything that the picture and its description are made of.

    Attributes:
        alpha: fraction of h kept per step.
        divided: the input is multiplied with 1 - alpha.
        height, start, length: of the pulse; start and length in steps.
        h: (time,); the rate is its tanh.
        impulse: h after one step of input 1, (time, unit): of this unit, then of ``OTHERS``.
        alphas: where the gain is drawn, (alpha,).
        gains: h at the pulse's end / height of the pulse, as it is set and with the other setting of
            ``divided``, (2, alpha).
        gain: the same for this unit, (2,).
    """

    alpha: float
    divided: bool
    height: float
    start: int
    length: int
    h: np.ndarray
    impulse: np.ndarray
    alphas: np.ndarray
    gains: np.ndarray
    gain: np.ndarray

    @property
    def time_constant(self) -> float:
        """The membrane time constant in ms."""
        return time_constant(self.alpha)


def unit_picture(view: UnitView) -> Figure:
    """Three axes, 12 by 3.9 inches: a pulse and its answer, the impulse response, gain over alpha."""
    boxes = (0.05, 0.15, 0.29, 0.72), (0.395, 0.15, 0.26, 0.72), (0.725, 0.15, 0.265, 0.72)
    with frame(*boxes) as (figure, (left, middle, right)):
        _draw_pulse(left, view)
        _draw_impulse(middle, view)
        _draw_gain(right, view)
    return figure


def _draw_pulse(axes: Axes, view: UnitView) -> None:
    steps, end = np.arange(len(view.h)), view.start + view.length - 0.5
    axes.fill_between((view.start - 0.5, end), view.height, color=PALE, linewidth=0, label="input x")
    axes.plot(steps, view.h, color=PURPLE, marker="o", markersize=4, label="h")
    axes.plot(steps, np.tanh(view.h), color=ORANGE, linestyle=(0, (4, 1.5)), marker="s", markersize=4,
              label="r = tanh h")
    axes.axhline(1.0, color=GREY, linewidth=1.0, zorder=0)
    axes.set(xlim=(-0.5, steps[-1] + 0.5), ylim=(0, 1.3 * max(1.0, view.h.max(), view.height)),
             xticks=range(0, len(steps), 10))
    axes.locator_params(axis="y", nbins=4)
    axes.set_xlabel(STEP)
    axes.legend(loc="upper left", ncols=3, borderaxespad=0.2, columnspacing=1.2)
    put_title(axes, "a pulse, and what the unit makes of it")


def _draw_impulse(axes: Axes, view: UnitView) -> None:
    steps = np.arange(len(view.impulse))
    axes.add_collection(LineCollection([np.column_stack((steps, values)) for values in view.impulse.T[1:]],
                                       colors=GREY, linewidths=1.2, linestyles=[(0, (1.2, 1.6))],
                                       label=f"alpha {', '.join(f'{alpha:g}' for alpha in OTHERS)}"))
    axes.plot(steps, view.impulse[:, 0], color=PURPLE, marker="o", markersize=5, label=f"now: {view.alpha:g}")
    fallen, decay = view.impulse[0, 0] * exp(-1), view.time_constant / DT_MS
    if 0 < decay < steps[-1]:
        axes.plot((decay, decay), (0, fallen), color="black", linewidth=1.0, zorder=4)
        axes.plot(decay, fallen, "X", color="black", markersize=9, zorder=5, label=f"1/e: {view.time_constant:.0f} ms")
    axes.set(xlim=(-0.4, steps[-1]), ylim=(0, 1.42), xticks=range(0, len(steps), 5), yticks=(0, 0.5, 1))
    axes.set_xlabel("steps after one step of input 1")
    axes.legend(loc="upper right", borderaxespad=0.2)
    put_title(axes, "how h forgets" + (" (times 1 - alpha)" if view.divided else ""))


def _draw_gain(axes: Axes, view: UnitView) -> None:
    top = max(2.0, view.gains.max())
    steady = view.alphas[view.alphas <= 1 - 1 / top]
    looks = (PURPLE, "-", "o", ", now"), (GREY, (0, (4, 1.5)), "s", "")
    for divided, values, gain, look in zip((view.divided, not view.divided), view.gains, view.gain, looks):
        color, line, marker, now = look
        axes.plot(view.alphas, values, color=color, linestyle=line, label=SWITCH[divided] + now)
        axes.plot(view.alpha, gain, marker, color=color, markersize=9, markeredgecolor="white", clip_on=False,
                  zorder=5 if now else 4)
    axes.plot(steady, 1 / (1 - steady), color=GREY, linewidth=1.2, linestyle=(0, (1, 1.5)),
              zorder=1, label="if the pulse never ended")
    axes.axhline(1.0, color=GREY, linewidth=1.2, linestyle=(0, (1, 1.5)), zorder=1)
    axes.set(xlim=(-0.02, 1.02), ylim=(0, 1.45 * top), xticks=(0, 0.5, 1))
    axes.locator_params(axis="y", nbins=4)
    axes.set_xlabel("alpha (share of h kept per step)")
    axes.legend(loc="upper left", borderaxespad=0.2)
    put_title(axes, "gain: h at the pulse's end / x")


def unit_words(view: UnitView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    end = view.start + view.length - 1
    now, other = SWITCH[view.divided], SWITCH[not view.divided]
    return (f"One leaky unit with alpha {view.alpha:g}, {now}, hears a pulse of {view.height:g} for {view.length} "
            f"step{'s' if view.length > 1 else ''} ({view.length * DT_MS:g} ms). At its end h is {view.h[end]:.3f} and "
            f"r = tanh h is {np.tanh(view.h[end]):.3f}; 5 steps later h is {view.h[end + 5]:.3f}. Membrane time "
            f"constant {in_ms(view.time_constant)}. Gain (h / input) at the pulse's end {view.gain[0]:.2f}, and "
            f"{view.gain[1]:.2f} with the {other}.")
