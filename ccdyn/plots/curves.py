"""Curves and bars with their spread over networks: learning curves, sweeps, accuracies.

A band always reaches from the lowest to the highest network, and the axis
says so: nothing is hidden by an average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from ccdyn.history import History
from ccdyn.plots.style import GREY, PALE, Style, make_figure, styled, styles

NAMES = {"train_loss": "training error", "validation_loss": "validation error",
         "validation_accuracy": "validation accuracy", "validation_certainty": "validation certainty"}


@styled
def learning_curves(histories: Mapping[str, History], metric: str = "validation_loss",
                    chance: float | None = None, log: bool = False, ylabel: str | None = None) -> Figure:
    """One curve per label against sessions: the mean over networks, and a band from lowest to highest.

    Args:
        histories: by label, such as "cerebellar feedback"; the same metric is read from each.
        metric: "train_loss", "validation_loss" or "validation_accuracy".
        chance: a grey line at the level of not knowing the cue, or of guessing.
        log: logarithmic axis for the metric.
        ylabel: what the metric is, with its unit; None takes the metric's own name.

    Raises:
        ValueError: nothing to draw yet.
    """
    if not histories or not any(len(history) for history in histories.values()):
        raise ValueError(f"no sessions to draw in {len(histories)} histories; train for at least one session")
    figure, axes = make_figure(6.4, 4.0)
    draw_learning(axes, histories, metric, chance, log, ylabel)
    return figure


def draw_learning(axes: Axes, histories: Mapping[str, History], metric: str, chance: float | None = None,
                  log: bool = False, ylabel: str | None = None) -> None:
    """``learning_curves`` into axes of your own."""
    for label, style in styles(histories).items():
        history = histories[label]
        draw_band(axes, history.sessions, history[metric].T, label, style, markers=len(history) <= 12)
    longest = max(len(history) for history in histories.values())
    axes.set_xlim(1 if longest > 1 else 0.5, max(longest, 1.5))
    axes.xaxis.get_major_locator().set_params(integer=True)
    n_networks = max(len(history.seeds) for history in histories.values())
    finish(axes, "session", ylabel or NAMES.get(metric, metric), n_networks, chance, log)


@styled
def sweep(x: Sequence[float], values: Mapping[str, np.ndarray], xlabel: str, ylabel: str,
          chance: float | None = None, log_x: bool = False, log: bool = False) -> Figure:
    """A measurement against a setting: the mean over networks, and a band from lowest to highest.

    Args:
        x: the settings, (condition,).
        values: by label, (condition, seed).
        xlabel, ylabel: what they are, with units.
        chance: a grey line at the level of not knowing the cue, or of guessing.
        log_x: the settings are spaced by ratio; each gets a tick either way.
        log: logarithmic axis for the measurement.

    Raises:
        ValueError: values that do not have one row per setting.
    """
    figure, axes = make_figure(6.4, 4.0)
    draw_sweep(axes, x, values, xlabel, ylabel, chance, log_x, log)
    return figure


@styled
def sweeps(panels: Mapping[str, Mapping[str, Any]], columns: int = 2) -> Figure:
    """Several sweeps side by side.

    Args:
        panels: by title, the arguments of ``draw_sweep``; the same curves in each share one legend.
        columns: how many stand in one row.
    """
    rows = -(-len(panels) // columns)
    figure, grid = make_figure(4.9 * columns, 3.2 * rows, rows, columns, squeeze=False)
    for axes, (title, arguments) in zip(grid.flat, panels.items()):
        draw_sweep(axes, **arguments)
        axes.set_title(title)
    for axes in grid.flat[len(panels):]:
        axes.remove()
    if len({tuple(arguments["values"]) for arguments in panels.values()}) == 1 < len(panels):  # one legend for all
        for axes in grid.flat[:len(panels)]:
            axes.get_legend().remove()
        _legend_above(figure, *grid.flat[0].get_legend_handles_labels(), most=2 * columns)
    return figure


def _legend_above(figure: Figure, handles: Sequence[Any], labels: Sequence[str], most: int) -> None:
    """One legend over all axes, in as many columns (at most ``most``) as the figure has room for, and room of its own.

    The figure grows by its height, so that the axes, and the labels beside them, keep theirs.
    """
    for columns in range(min(most, len(labels)), 0, -1):
        legend = figure.legend(handles, labels, loc="outside upper center", ncols=columns)
        extent = legend.get_window_extent()
        if extent.width <= figure.bbox.width or columns == 1:
            break
        legend.remove()
    figure.set_figheight(figure.get_figheight() + extent.height / figure.dpi)


def draw_sweep(axes: Axes, x: Sequence[float] | Mapping[str, Sequence[float]], values: Mapping[str, np.ndarray],
               xlabel: str, ylabel: str, chance: float | None = None, log_x: bool = False, log: bool = False,
               at: float | None = None) -> None:
    """``sweep`` into axes of your own; by label, ``x`` may differ from curve to curve, ``at`` is a setting to mark."""
    places = x if isinstance(x, Mapping) else dict.fromkeys(values, x)
    for label, rows in values.items():
        if len(rows) != len(places[label]):
            raise ValueError(f"{label!r} has {len(rows)} rows but there are {len(places[label])} settings; "
                             "give (condition, seed)")
    if at is not None:
        axes.axvline(at, color=PALE, linewidth=1.2, zorder=0)
    for label, style in styles(values).items():
        draw_band(axes, places[label], values[label], label, style, markers=True)
    if log_x:
        axes.set_xscale("log")
    if not isinstance(x, Mapping) and len(x) <= 10:
        axes.set_xticks(list(x), [f"{value:g}" for value in x])
        axes.minorticks_off()
    finish(axes, xlabel, ylabel, max(np.shape(rows)[1] for rows in values.values()), chance, log)


@styled
def bars(values: Mapping[str, Mapping[str, Sequence[float]]], ylabel: str,
         chance: float | None = None) -> Figure:
    """Bars side by side in groups: the mean over networks, and a dot for each of them.

    Args:
        values: group -> label -> one number per network.
        ylabel: what it is, with its unit.
        chance: a grey line at the level of guessing.
    """
    labels = list(dict.fromkeys(label for group in values.values() for label in group))
    figure, axes = make_figure(1.8 + 3.1 * len(values), 4.2)
    for i, members in enumerate(values.values()):
        for label, numbers in members.items():
            style = styles(labels)[label]
            position = i + (labels.index(label) - (len(labels) - 1) / 2) * 0.8 / len(labels)
            mean = float(np.mean(numbers))
            axes.bar(position, mean, 0.8 / len(labels) * 0.9, color=style.color, alpha=0.35,
                     label=label if i == 0 else None)
            spots = position + np.linspace(-0.2, 0.2, len(numbers)) / len(labels)
            axes.plot(spots, numbers, linestyle="none", marker=style.marker, color=style.color, markersize=5,
                      markeredgecolor="white", markeredgewidth=0.6)
            axes.annotate(f"{mean:.2f}", (position, max(numbers)), (0, 6), textcoords="offset points",
                          ha="center")
    axes.set_xticks(range(len(values)), list(values))
    axes.tick_params(axis="x", length=0, labelsize=12)
    n_networks = max(len(numbers) for members in values.values() for numbers in members.values())
    finish(axes, "", ylabel, n_networks, chance, False, mean_and="each of the")
    axes.get_legend().remove()
    figure.legend(loc="outside upper center", ncols=min(4, len(labels)), columnspacing=1.2, handlelength=1.4)
    return figure


@dataclass(frozen=True, eq=False)
class Curve:
    """What was measured on some networks while they learned.

    Attributes:
        label: the settings, for the legend of a ghost.
        batches: how many batches had been trained at each point, (point,).
        values: such as the mean squared error on fresh trials, (point, network).
        marks: batch and words of each moment at which a live setting was moved.
    """

    label: str
    batches: np.ndarray
    values: np.ndarray
    marks: tuple[tuple[int, str], ...] = ()

    @property
    def moved(self) -> str:
        """The marks as a sentence with a space in front, or nothing."""
        words = "; ".join(f"{what} at batch {batch}" for batch, what in self.marks)
        return f" Moved on the way: {words}." if words else ""


def draw_marks(axes: Axes, curve: Curve, height: float, unit: int = 1) -> None:
    """The moments at which a live setting was moved, on an axis that counts in ``unit`` batches."""
    for batch, words in curve.marks:
        axes.axvline(batch / unit, color=GREY, linewidth=1.0, linestyle=(0, (1, 2)))
        axes.text(batch / unit, height, words, rotation=90, va="center", ha="center", fontsize=11, color=GREY,
                  bbox={"facecolor": "white", "linewidth": 0, "pad": 1})


def draw_band(axes: Axes, x: Sequence[float], values: np.ndarray, label: str, style: Style,
              markers: bool) -> None:
    """Mean and lowest-to-highest band of ``values`` (condition, seed) against ``x`` (condition,)."""
    values = np.asarray(values, dtype=float)
    axes.fill_between(x, values.min(1), values.max(1), color=style.color, alpha=0.18, linewidth=0)
    axes.plot(x, values.mean(1), label=label, color=style.color, linestyle=style.linestyle,
              marker=style.marker if markers else None, markevery=max(1, len(values) // 12))


def finish(axes: Axes, xlabel: str, ylabel: str, n_networks: int, chance: float | None, log: bool,
           mean_and: str = "range of") -> None:
    """Labels with the meaning of the band, the chance line, and the legend."""
    axes.set_xlabel(xlabel)
    axes.set_ylabel(f"{ylabel}\n(mean and {mean_and} {n_networks} networks)" if n_networks > 1 else ylabel)
    if log:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 1000 * low else (1,), numticks=8))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        low, high = axes.get_ylim()
        axes.set_ylim(min(0, low) if low < -0.1 * high else 0, max(high, 1.12 * (chance or 0)))
    if chance is not None:
        axes.axhline(chance, color=GREY, linewidth=1.2, zorder=0)
        axes.text(1.015, chance, "chance", color=GREY, fontsize=11, va="center",
                  transform=axes.get_yaxis_transform())
    axes.legend()
