"""The pictures of granule cells: what they answer to, and what networks draw that have lost some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ccdyn.plots.curves import draw_band
from ccdyn.plots.dissect import DissectView, places
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.lines import draw_networks, draw_targets
from ccdyn.plots.style import BLACK, GREY, OTHERS
from ccdyn.plots.words import spread


@dataclass(frozen=True, eq=False)
class GranuleView(DissectView):
    """One granule ``cell``: ``rates`` (pattern, time); and of all: where they peak, and how often they fire.

    ``peaks`` (pattern, time) is the share of all cells of all networks that fire most there, ``fires``
    (replica, cell) the share of trials and steps in which a cell fires.
    """

    cell: int
    rates: np.ndarray
    peaks: np.ndarray
    fires: np.ndarray

    def picture(self) -> Figure:
        boxes = (0.055, 0.16, 0.25, 0.73), (0.345, 0.16, 0.255, 0.73), (0.73, 0.16, 0.26, 0.73)
        with frame(*boxes) as (figure, (left, middle, right)):
            n_patterns, n_steps = self.rates.shape
            for axes, values in ((left, self.rates), (middle, np.sqrt(self.peaks))):
                axes.imshow(values, cmap="cividis", aspect="auto", vmin=0, vmax=max(values.max(), 1e-9))
                axes.set(yticks=range(n_patterns), xticks=range(0, n_steps, 5))
                axes.set_xlabel(STEP)
            left.set_ylabel("pattern", labelpad=4)
            put_title(left, f"cell {self.cell}, seed {self.seeds[self.network]} (yellow: {self.rates.max():.2f})")
            for i, share in enumerate(self.peaks.sum(1)):
                middle.text(n_steps - 0.2, i, f"{share:.0%}", va="center")
            put_title(middle, f"where the cells peak (yellow: {self.peaks.max():.0%})")
            edges = np.linspace(0, 1, 21)
            counts = np.stack([np.histogram(fires, edges)[0] / len(fires) for fires in self.fires], 1)
            draw_band(right, edges[:-1] + 0.025, counts, "cells", self.style, markers=True)
            right.axvline(self.fires[self.network, self.cell], color=BLACK, linestyle=(0, (4, 2)), linewidth=1.4)
            right.set(xlim=(0, 1), ylim=(0, None), xticks=(0, 0.5, 1))
            right.set_ylabel(f"share of cells ({len(self.seeds)} networks)")
            right.locator_params(axis="y", nbins=5)
            right.set_xlabel("share of the time that a cell fires")
            put_title(right, f"sparsity (dashed: cell {self.cell})")
        return figure

    def words(self) -> str:
        pattern, step = np.unravel_index(self.rates.argmax(), self.rates.shape)
        peak = f"most for pattern {pattern} at step {step} ({self.rates.max():.3f})" if self.rates.any() else "never"
        by_pattern = ", ".join(f"{share:.0%} for pattern {i}" for i, share in enumerate(self.peaks.sum(1)))
        return (f"Granule cell {self.cell} of the {self.who} fires {peak}, and in "
                f"{self.fires[self.network, self.cell]:.0%} of all trials and steps. All cells, in {len(self.seeds)} "
                f"networks: a cell fires in {spread(self.fires.mean(1))} of the time; {by_pattern} fire most; "
                f"{self.peaks[:, -1].sum():.0%} of them at the last step. "
                f"{(self.fires == 0).mean():.1%} never fire.")


@dataclass(frozen=True, eq=False)
class LesionView(DissectView):
    """Networks before and after granule cells were removed.

    Attributes:
        order: which cells went, in words, such as "most active first".
        lost: which cells are gone, (replica, cell) of bool.
        before, after: readout z for every pattern, (replica, pattern, time, 2).
        whole, errors: test error before and after, (replica,).
        shares: of cells removed, for the curves, (share,).
        curves: test error by order, (share, replica).
        activity: mean activity of each cell in the network that is shown, (cell,).
        voice: length of its column of W_pf, (cell,).
    """

    order: str
    lost: np.ndarray
    before: np.ndarray
    after: np.ndarray
    whole: np.ndarray
    errors: np.ndarray
    shares: np.ndarray
    curves: Mapping[str, np.ndarray]
    activity: np.ndarray
    voice: np.ndarray

    def picture(self) -> Figure:
        boxes = (0.005, 0.03, 0.285, 0.86), (0.36, 0.16, 0.28, 0.73), (0.71, 0.16, 0.28, 0.73)
        with frame(*boxes) as (figure, (left, middle, right)):
            self._draw_lines(left)
            self._draw_errors(middle)
            self._draw_cells(right)
        return figure

    def _draw_lines(self, axes: Axes) -> None:
        color, mine = self.style.color, self.network
        shift = places(self.lines)
        targets, before, after = self.lines + shift, self.before[mine] + shift, self.after + shift
        draw_targets(axes, targets)
        axes.add_collection(LineCollection(before, colors=BLACK, linewidths=1.6, linestyles=(0, (3, 1.5)), zorder=3))
        draw_networks(axes, after, color, mine, faint=0.25)
        low, high = targets.min((0, 1)), targets.max((0, 1))
        margin = 0.15 * (high - low).max()
        axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), aspect="equal",
                 anchor="N")
        axes.set_axis_off()
        put_title(axes, f"drawn (dashed: whole; bold: seed {self.seeds[mine]})")

    def _draw_errors(self, axes: Axes) -> None:
        color = self.style.color
        for (order, errors), style in zip(self.curves.items(), OTHERS):
            draw_band(axes, 100 * self.shares, errors, order, style, markers=True)
        share = 100 * self.lost.mean()
        axes.vlines(share, self.errors.min(), self.errors.max(), color=color, linewidth=2, zorder=4)
        axes.plot(share, self.errors.mean(), self.style.marker, color=color, markersize=9, markeredgecolor="white",
                  label="now", zorder=5, clip_on=False)
        nothing = (self.lines**2).mean()
        axes.axhline(nothing, color=GREY, linewidth=1.2, zorder=0)
        axes.text(0, 1.02 * nothing, "draws nothing", color=GREY, fontsize=11)
        highest = max(self.errors.max(), *(errors.max() for errors in self.curves.values()), nothing)
        axes.set(xlim=(-2, 102), ylim=(0, 1.5 * highest), xticks=(0, 50, 100))
        axes.locator_params(axis="y", nbins=4)
        axes.set_xlabel("granule cells removed (%)")
        axes.legend(loc="upper left", ncols=2, borderaxespad=0, columnspacing=1.2)
        put_title(axes, f"test error (mean, range of {len(self.seeds)})")

    def _draw_cells(self, axes: Axes) -> None:
        color, gone = self.style.color, self.lost[self.network]
        axes.plot(self.activity[~gone], self.voice[~gone], ".", color=GREY, markersize=5, label="left")
        axes.plot(self.activity[gone], self.voice[gone], "x", color=color, markersize=6, markeredgewidth=1.4,
                   label="removed")
        axes.set(xlim=(0, 1.04 * self.activity.max()), ylim=(0, 1.3 * self.voice.max()))
        axes.locator_params(nbins=4)
        axes.set_xlabel("mean activity of the cell")
        axes.set_ylabel("length of its column of W_pf")
        axes.legend(loc="upper left", ncols=2, borderaxespad=0, handletextpad=0.3)
        put_title(axes, f"{gone.sum()} of {len(gone)} cells are gone")

    def words(self) -> str:
        count, n_granule = int(self.lost[self.network].sum()), self.lost.shape[1]
        middle = len(self.shares) // 2
        curves = ", ".join(f"{order} {errors[middle].mean():.3f}" for order, errors in self.curves.items())
        return (f"{len(self.seeds)} networks with {self.label}; {count} of {n_granule} granule cells are removed from "
                f"the one with seed {self.seeds[self.network]} ({self.order}). Test error {spread(self.errors)}; whole "
                f"{spread(self.whole)}; drawing nothing gives {(self.lines**2).mean():.3f}. "
                f"With {self.shares[middle]:.0%} of the cells removed, mean: {curves}.")
