"""The picture of the granule layer: who fires when, how alike two cues are, and what more cells bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.cortex import DT_MS
from ccdyn.granule import ExpansionCurves
from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.style import ARCHITECTURE, BLACK, GREY, OTHERS, PALE, Style
from ccdyn.plots.words import spread

GRANULE = ARCHITECTURE["cerebellar feedback"]
CORTEX = Style(BLACK, (0, (5, 2)), "s")
N_SHOWN = 200       # rows of the map, more could not be seen


@dataclass(frozen=True, eq=False)
class ExpansionView:
    """Everything that the picture of the granule layer and its description are made of.

    Attributes:
        expansion: granule cells per cortical unit.
        settings: the others in words.
        cues: the two that are compared.
        granule: activity of the first network in one trial of each of the two, (cue, time, cell).
        active: share of cells that are not silent, (network,).
        cortex: correlation between the population vectors of the two cues, (time, network).
        cells: the same in the granule cells, (time, network).
        curves: over expansion.
        tau: how far ahead is predicted, in steps.
    """

    expansion: int
    settings: str
    cues: tuple[int, int]
    granule: np.ndarray
    active: np.ndarray
    cortex: np.ndarray
    cells: np.ndarray
    curves: ExpansionCurves
    tau: int

    @property
    def map(self) -> np.ndarray:
        """Activity as a share of each cell's peak, sorted by its time under the first cue, (cell, cue, time)."""
        share = self.granule / np.maximum(self.granule.max((0, 1)), 1e-12)
        first = self.granule[0]
        peak = np.where(first.any(0), first.argmax(0), -1)  # on top those that are silent under the first cue
        return share[:, :, np.argsort(peak, kind="stable")].transpose(2, 0, 1)

    @property
    def share(self) -> np.ndarray:
        """Error of the linear prediction in per cent of that of predicting 0, (setting, network)."""
        return 100 * self.curves.error / self.curves.nothing


def expansion_picture(view: ExpansionView) -> Figure:
    """Three axes, 12 by 3.9 inches: a map of the cells, overlap in time, and three measures against expansion."""
    boxes = (0.035, 0.16, 0.27, 0.73), (0.365, 0.16, 0.265, 0.73), (0.69, 0.16, 0.3, 0.73)
    with frame(*boxes) as (figure, (cells, overlap, curves)):
        _draw_map(cells, view)
        _draw_overlap(overlap, view)
        _draw_curves(curves, view)
    return figure


def _draw_map(axes: Axes, view: ExpansionView) -> None:
    rows = view.map
    n_steps = rows.shape[2]
    rows = rows[np.linspace(0, len(rows) - 1, min(N_SHOWN, len(rows))).round().astype(int)]
    gap = np.full((len(rows), 1), np.nan)
    axes.imshow(np.concatenate([rows[:, 0], gap, rows[:, 1]], 1), aspect="auto", cmap="cividis", vmin=0, vmax=1,
                interpolation="nearest", extent=(-0.5, 2 * n_steps + 0.5, 0, 1))
    axes.set_xticks([0, n_steps // 2, n_steps + 1, n_steps + 1 + n_steps // 2], [0, n_steps // 2] * 2)
    axes.set_yticks([])
    axes.set_xlabel(f"time step, cue {view.cues[0]} and cue {view.cues[1]} ({DT_MS:g} ms)")
    axes.set_ylabel("granule cells, by peak", labelpad=4)
    put_title(axes, f"{view.granule.shape[2]} granule cells (bright: at peak)")


def _draw_overlap(axes: Axes, view: ExpansionView) -> None:
    steps = np.arange(len(view.cortex))
    axes.axhline(0, color=PALE, linewidth=1.2, zorder=0)
    draw_band(axes, steps, view.cortex, "cortex", CORTEX, markers=False)
    draw_band(axes, steps, view.cells, "granule cells", GRANULE, markers=False)
    axes.set(xlim=(-0.5, steps[-1] + 0.5), ylim=(-1.05, 1.4), xticks=range(0, len(steps), 5), yticks=[-1, 0, 1])
    axes.set_xlabel(STEP)
    axes.set_ylabel("correlation", labelpad=0)
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.2, borderpad=0)
    put_title(axes, f"overlap of cues {view.cues[0]} and {view.cues[1]}")


def _draw_curves(axes: Axes, view: ExpansionView) -> None:
    curves, places = view.curves, np.arange(len(view.curves.expansions))
    axes.axvline(curves.expansions.index(view.expansion), color=PALE, linewidth=6, zorder=0)
    axes.axhline(2, color=GREY, linewidth=1.0, zorder=0)
    names = ("components for 99 % of the variance", f"error {view.tau} steps ahead (% of predicting 0)",
             "participation ratio")
    for name, values, style in zip(names, (curves.components, view.share, curves.participation), OTHERS):
        low, mean, high = np.log10([values.min(1), values.mean(1), values.max(1)])
        axes.vlines(0, low[0], high[0], color=style.color, linewidth=6, alpha=0.18)
        axes.fill_between(places[1:], low[1:], high[1:], color=style.color, alpha=0.18, linewidth=0)
        axes.plot([0, np.nan, *places[1:]], [mean[0], np.nan, *mean[1:]], color=style.color, label=name,
                  linestyle=style.linestyle, marker=style.marker)
    # Logarithms on a plain axis: a logarithmic one takes three times as long to draw.
    axes.set(xlim=(-0.4, places[-1] + 0.4), ylim=np.log10((2, 2500)))
    axes.set_yticks(np.log10((3, 10, 30, 100, 300)), ("3", "10", "30", "100", "300"))
    axes.set_xticks(places, ["cortex", *curves.expansions[1:]])
    axes.set_xlabel("granule cells per cortical unit")
    axes.legend(loc="upper left", borderaxespad=0.2, borderpad=0)
    put_title(axes, f"what more cells bring ({curves.error.shape[1]} networks)")


def expansion_words(view: ExpansionView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    curves, here = view.curves, view.curves.expansions.index(view.expansion)

    def course(values: np.ndarray, digits: int) -> str:
        return (f"{spread(values[here], digits)}, cortex {spread(values[0], digits)}, "
                f"expansion {curves.expansions[-1]} {spread(values[-1], digits)}")

    return (f"Expansion {view.expansion}: {view.granule.shape[2]} granule cells, {view.settings}, {len(view.active)} "
            f"networks; {view.active.mean():.0%} of the cells are active. Correlation of cues {view.cues[0]} and "
            f"{view.cues[1]} at step 1: cortex {spread(view.cortex[1], 2)}, granule cells {spread(view.cells[1], 2)}. "
            f"Of {curves.n_states} states: components for 99 % of the variance {course(curves.components, 0)}; "
            f"participation ratio {course(curves.participation, 1)}. Error of the best linear prediction {view.tau} "
            f"steps ahead {course(curves.error, 3)}; predicting 0 gives {curves.nothing:.3f}.")
