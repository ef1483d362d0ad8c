"""Curves with standard errors, as in papers, and every network thin behind them: nothing is hidden by the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.curves import finish
from ccdyn.plots.lines import draw_panels
from ccdyn.plots.style import ARCHITECTURE, OTHERS, PALE, make_figure, styled, styles
from ccdyn.tasks.cued import CuedDrawing


@styled
def standard_errors(panels: Mapping[str, Mapping[str, Any]], columns: int = 2,
                    size: tuple[float, float] = (4.9, 3.4)) -> Figure:
    """Several panels of curves, each the mean over networks with a band of one standard error to both sides.

    Args:
        panels: by title, the arguments of ``draw_standard_errors``. Seven different curves at most have one look in
            all panels and one legend for all; else each panel has its own.
        columns: how many stand in one row.
        size: of one panel, inches.
    """
    rows = -(-len(panels) // columns)
    figure, grid = make_figure(size[0] * columns, size[1] * rows, rows, columns, squeeze=False)
    labels = list(dict.fromkeys(label for arguments in panels.values() for label in arguments["values"]))
    together = len(labels) <= len(OTHERS) + len(ARCHITECTURE)
    handles = {}
    for axes, (title, arguments) in zip(grid.flat, panels.items()):
        draw_standard_errors(axes, **{"looks": styles(labels) if together else None, **arguments}, say=False)
        axes.set_title(title)
        if together:
            handles |= dict(zip(*axes.get_legend_handles_labels()[::-1]))
            axes.get_legend().remove()
    for axes in grid.flat[len(panels):]:
        axes.remove()
    if together:
        room = int(figure.get_size_inches()[0] / (0.9 + 0.095 * max(map(len, labels))))
        figure.legend([handles[label] for label in labels], labels, loc="outside upper center",
                      ncols=max(1, min(len(labels), room)))
    say(figure, panels)
    return figure


@styled
def errors_and_lines(task: CuedDrawing, panels: Mapping[str, Mapping[str, Any]],
                     readouts: Mapping[str, np.ndarray]) -> Figure:
    """Panels of ``standard_errors``, two in a row, then what was drawn as in ``drawn_lines``.

    Args:
        task, readouts: as in ``drawn_lines``.
        panels: as in ``standard_errors``.
    """
    cells = [name for title in panels for name in (title, title)] + [f"drawn by {name}" for name in readouts]
    cells += ["."] * (-len(cells) % 4)
    rows = [cells[first:first + 4] for first in range(0, len(cells), 4)]
    figure, _ = make_figure(9.8, 3.3 * len(rows))
    figure.clear()
    places = figure.subplot_mosaic(rows)
    looks = styles(readouts)
    for title, arguments in panels.items():
        draw_standard_errors(places[title], **{"looks": looks, **arguments}, say=False)
        places[title].set_title(title)
    draw_panels([places[f"drawn by {name}"] for name in readouts], task, readouts, looks)
    say(figure, panels)
    return figure


def say(figure: Figure, panels: Mapping[str, Mapping[str, Any]]) -> None:
    """What lines and bands are, once for all panels."""
    sizes = sorted({np.shape(rows)[1] for arguments in panels.values() for rows in arguments["values"].values()})
    thin = any(arguments.get("thin", True) for arguments in panels.values())
    figure.supxlabel(f"lines and bands: mean and s.e.m. of {' or '.join(map(str, sizes))} networks"
                     + ("; thin: each of them" if thin else ""), fontsize=11)


def draw_standard_errors(axes: Axes, x: Sequence[float] | Mapping[str, Sequence[float]],
                         values: Mapping[str, np.ndarray], xlabel: str, ylabel: str, looks: Mapping | None = None,
                         thin: bool = True, chance: float | None = None, log: bool = False, at: Sequence[float] = (),
                         ticks: Mapping[float, str] | None = None, ylim: tuple[float, float] | None = None,
                         markers: bool = False, say: bool = True) -> None:
    """One panel of ``standard_errors`` into axes of your own.

    Args:
        axes: is drawn into.
        x: settings or sessions, (condition,); by label, if they differ.
        values: by label, (condition, seed).
        xlabel, ylabel: what they are, with units.
        looks: style by label; None finds some.
        thin: each network as a thin line behind.
        chance: a grey line at the level of guessing.
        log: logarithmic axis for the values.
        at: settings to mark with a pale line.
        ticks: names of places on the x axis.
        ylim: lowest and highest value shown; None finds them.
        markers: at every point of a curve.
        say: what line and band are, at the y axis.

    Raises:
        ValueError: values that do not have one row per setting, or only one network.
    """
    places = x if isinstance(x, Mapping) else dict.fromkeys(values, x)
    for place in at:
        axes.axvline(place, color=PALE, linewidth=1.4, zorder=0)
    for label, style in (looks or styles(values)).items():
        if label not in values:
            continue
        rows = np.asarray(values[label], dtype=float)
        if rows.ndim != 2 or rows.shape[1] < 2 or len(rows) != len(places[label]):
            raise ValueError(f"{label!r} has the shape {rows.shape} but there are {len(places[label])} settings; give "
                             "(condition, seed), with two seeds or more for a standard error")
        mean, error = rows.mean(1), rows.std(1, ddof=1) / rows.shape[1]**0.5
        floor = rows[rows > 0].min() if log else -np.inf     # a band that reaches 0 ends at the lowest network
        axes.fill_between(places[label], np.maximum(mean - error, floor), mean + error, color=style.color, alpha=0.25,
                          linewidth=0)
        if thin:
            axes.plot(places[label], rows, color=style.color, linewidth=0.6, alpha=0.45)
        axes.plot(places[label], mean, label=label, color=style.color, linestyle=style.linestyle,
                  marker=style.marker if markers else None)
    n_networks = max(np.shape(rows)[1] for rows in values.values())
    finish(axes, xlabel, ylabel, n_networks if say else 1, chance, log, "s.e.m. of")
    if ticks is not None:
        axes.set_xticks(list(ticks), list(ticks.values()))
    if ylim is not None:
        axes.set_ylim(ylim)
