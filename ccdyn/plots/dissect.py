"""The pictures of networks taken apart: single units and the population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.lines import MARKERS
from ccdyn.plots.style import (BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, SKY, VERMILION, Style, styles)
from ccdyn.plots.words import spread

COLORS = BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE  # one per pattern, as the markers; then again
N_NAMED = 5  # most selective units that are named


@dataclass(frozen=True, eq=False)
class DissectView:
    """What every view of a dissection has.

    Attributes:
        label: which networks, such as "cerebellar feedback".
        seeds: of the networks.
        network: which of them is shown where only one can be, 0, 1, ...
        lines: the task's target lines, (pattern, time, 2).
    """

    label: str
    seeds: tuple[int, ...]
    network: int
    lines: np.ndarray

    @property
    def who(self) -> str:
        """The network that is shown."""
        return f"network with seed {self.seeds[self.network]} ({self.label})"

    @property
    def style(self) -> Style:
        """How these networks are drawn."""
        return styles([self.label])[self.label]

    def picture(self) -> Figure:
        """At most three axes, 12 by 3.9 inches."""
        raise NotImplementedError

    def words(self) -> str:
        """The same in words, with the numbers."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class NothingView(DissectView):
    """Networks without granule cells, where ``view`` would show some."""

    view: str

    def picture(self) -> Figure:
        with frame() as (figure, _):
            figure.text(0.5, 0.5, self.words(), ha="center", fontsize=13)
        return figure

    def words(self) -> str:
        return (f"{self.view.capitalize()}: networks with {self.label} have no granule cells in their feedback; "
                "choose others, or another view.")


@dataclass(frozen=True, eq=False)
class UnitView(DissectView):
    """One cortical unit: ``rates`` (pattern, time), and the ``selectivity`` (replica, unit) of all."""

    unit: int
    rates: np.ndarray
    selectivity: np.ndarray

    @property
    def ranking(self) -> np.ndarray:
        """Units of the network that is shown, the most selective first."""
        return np.argsort(-self.selectivity[self.network], kind="stable")

    def picture(self) -> Figure:
        boxes = (0.065, 0.16, 0.37, 0.73), (0.51, 0.16, 0.27, 0.73), (0.79, 0.18, 0.21, 0.64)
        with frame(*boxes) as (figure, (left, right, key)):
            steps = np.arange(self.rates.shape[1])
            for i, rate in enumerate(self.rates):
                left.plot(steps, rate, color=COLORS[i % 7], marker=MARKERS[i % 11], markevery=(i % 3, 3), linewidth=1.8)
            left.axhline(0, color=PALE, linewidth=1.2, zorder=0)
            left.set(xlim=(-0.5, steps[-1] + 0.5), ylim=(-1.08, 1.08), yticks=(-1, -0.5, 0, 0.5, 1), xticks=steps[::5],
                     ylabel="rate r = tanh(h)")
            left.set_xlabel(STEP)
            put_title(left, f"unit {self.unit}, seed {self.seeds[self.network]}: each pattern's mean")
            ordered = -np.sort(-self.selectivity, axis=1)
            ranks, mine = np.arange(1, ordered.shape[1] + 1), ordered[self.network]
            draw_band(right, ranks, ordered.T, "networks", Style(GREY, "-", "o"), markers=False)
            right.plot(ranks, mine, ".", color=self.style.color)
            place = int(np.flatnonzero(self.ranking == self.unit)[0])
            right.plot(ranks[place], mine[place], "o", markersize=13, color="none", markeredgecolor=BLACK)
            right.set(xlim=(0, len(ranks) + 1), ylim=(0, 1.04), yticks=(0, 0.5, 1))
            right.locator_params(axis="x", nbins=5)
            right.set_xlabel("rank of the unit (circle: the one on the left)")
            right.text(0.03, 0.04, "most selective units:\n" + ", ".join(map(str, self.ranking[:N_NAMED])), va="bottom",
                       transform=right.transAxes)
            put_title(right, f"selectivity (grey: {len(self.seeds)} networks)")
            draw_key(key, self.lines)
        return figure

    def words(self) -> str:
        mine, last = self.selectivity[self.network], self.rates[:, -1]
        best = ", ".join(f"{unit} ({mine[unit]:.2f})" for unit in self.ranking[:N_NAMED])
        rank = int(np.flatnonzero(self.ranking == self.unit)[0]) + 1
        return (f"Unit {self.unit} of the {self.who}: rate at the last step "
                f"{', '.join(f'{rate:.2f} for pattern {i}' for i, rate in enumerate(last))}. Its selectivity, the "
                f"share of its variance that tells the pattern, is {mine[self.unit]:.3f}, rank {rank} of {len(mine)}. "
                f"Most selective units: {best}. Mean over all units of {len(self.seeds)} networks: "
                f"{spread(self.selectivity.mean(1))}.")


@dataclass(frozen=True, eq=False)
class PopulationView(DissectView):
    """Principal components of the rates: ``scores`` (pattern, time, 2), ``shares`` of variance (replica, component)."""

    scores: np.ndarray
    shares: np.ndarray

    def picture(self) -> Figure:
        boxes = (0.065, 0.16, 0.37, 0.73), (0.51, 0.16, 0.27, 0.73), (0.79, 0.18, 0.21, 0.64)
        with frame(*boxes) as (figure, (left, right, key)):
            for i, path in enumerate(self.scores):
                color, marker = COLORS[i % 7], MARKERS[i % 11]
                left.plot(*path.T, ".-", color=color, linewidth=1.4)
                left.plot(*path[-1], marker, color=color, markersize=10, markeredgecolor="white", zorder=3)
            left.margins(0.06)
            left.locator_params(nbins=5)
            left.set_ylabel("second component", labelpad=0)
            left.set_xlabel("first component (a dot each step; large: the end)")
            put_title(left, f"rates of all units together, seed {self.seeds[self.network]}")
            total = np.cumsum(self.shares, 1)[:, :20]
            counts = np.arange(1, total.shape[1] + 1)
            draw_band(right, counts, total.T, "networks", self.style, markers=True)
            right.plot(counts, total[self.network], color=BLACK, linewidth=1.4, linestyle=(0, (4, 2)))
            right.axhline(0.9, color=PALE, linewidth=1.2, zorder=0)
            right.set(xlim=(0.5, len(counts) + 0.5), ylim=(0, 1.04), yticks=(0, 0.5, 0.9, 1),
                      xticks=[count for count in counts if count == 1 or count % 5 == 0])
            right.set_xlabel("number of components (dashed: the left network)")
            put_title(right, f"variance explained ({len(self.seeds)} networks)")
            draw_key(key, self.lines)
        return figure

    def words(self) -> str:
        total = np.cumsum(self.shares, 1)
        needed = (total < 0.9).sum(1) + 1
        return (f"Principal components of the rates in the {self.who}: the first explains "
                f"{self.shares[self.network, 0]:.3f} and the second {self.shares[self.network, 1]:.3f} of the "
                f"variance. Both together, in {len(self.seeds)} networks: {spread(total[:, 1])}; for nine tenths of it "
                f"they need {spread(needed, 1)} components.")


def places(lines: np.ndarray) -> np.ndarray:
    """Where to draw each pattern, (pattern, 1, 2): all in one place if they begin at one point, else side by side."""
    if not np.ptp(lines[:, 0], axis=0).any():
        return np.zeros((len(lines), 1, 2))
    row, column = np.divmod(np.arange(len(lines)), int(np.ceil(len(lines)**0.5)))
    return 1.4 * np.ptp(lines, axis=(0, 1)) * np.stack((column, -row), 1)[:, None]


def draw_key(axes: Axes, lines: np.ndarray) -> None:
    """The target lines in the colours and markers of the patterns: which is which."""
    lines = lines + places(lines)
    axes.add_collection(LineCollection(lines, colors=[COLORS[i % 7] for i in range(len(lines))], linewidths=2))
    low, high = lines.min((0, 1)), lines.max((0, 1))
    for i, line in enumerate(lines):
        axes.plot(*line[-1], MARKERS[i % 11], color=COLORS[i % 7], markersize=8)
        away = (line[-1] - (low + high) / 2) / (high - low).max()
        axes.annotate(str(i), line[-1], 30 * away if away @ away > 0.01 else (-9, 9), textcoords="offset points",
                      ha="center", va="center")
    margin = 0.22 * (high - low).max()
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), aspect="equal")
    axes.set_axis_off()
    put_title(axes, "the patterns", "center")
