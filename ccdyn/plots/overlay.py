"""What a student's function gives, drawn over ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ccdyn.plots.style import GREY, PALE, make_figure, styled, styles


@styled
def overlay(x: Sequence[float], ours: np.ndarray, yours: np.ndarray | None, labels: Sequence[str], xlabel: str,
            ylabel: str) -> Figure:
    """Our curves pale and thick, the student's thin on top of them.

    Args:
        x: (point,).
        ours: (point, curve).
        yours: the same, or None (or anything of another shape) as long as there is nothing to draw.
        labels: of the curves.
        xlabel, ylabel: with units.
    """
    fits = yours is not None and np.shape(yours) == np.shape(ours)
    figure, axes = make_figure(8.5, 3.6)
    for i, (label, look) in enumerate(styles(labels).items()):
        axes.plot(x, ours[:, i], color=PALE, linewidth=7, solid_capstyle="round", zorder=1)
        if fits:
            axes.plot(x, yours[:, i], color=look.color, linestyle=look.linestyle, marker=look.marker, label=label,
                      markevery=max(1, len(x) // 10))
        else:
            axes.plot(x, ours[:, i], color=GREY, linestyle=look.linestyle, linewidth=1, marker=look.marker,
                      markersize=6, label=f"ours, {label}", markevery=max(1, len(x) // 10))
    if fits:
        axes.plot([], [], color=PALE, linewidth=7, label="ours")
    axes.set(xlabel=xlabel, ylabel=ylabel, title="yours over ours" if fits else "ours; yours is not there yet")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
    return figure


@styled
def puffs_below(figure: Figure, puffs: np.ndarray, labels: Sequence[str]) -> None:
    """Below curves from 0 to 1 a row of triangles for each: down for what came on the left, up for the right.

    Args:
        figure: from ``overlay``.
        puffs: True where there was one, (curve, point, side), left first.
        labels: of the curves.
    """
    axes = figure.axes[0]
    for i, (label, look) in enumerate(styles(labels).items()):
        height = -0.14 - 0.13 * i
        for side, marker in enumerate("v^"):
            steps = np.flatnonzero(puffs[i, :, side])
            axes.plot(steps, np.full(len(steps), height), marker, color=look.color, markersize=5)
        axes.text(puffs.shape[1] + 0.5, height, label, va="center", fontsize=11, color=look.color)
    axes.set(ylim=(-0.5, 1.05), yticks=(0, 0.25, 0.5, 0.75, 1), xlim=(-1, puffs.shape[1]))
