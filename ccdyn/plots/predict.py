"""The picture of a prediction: what one may expect, and, once it is revealed, what happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import frame, put_title
from ccdyn.plots.style import BLACK, GREY, Style, styles

TRUTH = Style(BLACK, "-", "o")


@dataclass(frozen=True, eq=False)
class PredictView:
    """Everything that the picture of a prediction and its description are made of.

    Attributes:
        question: to which the options are answers.
        x: where the curves are drawn, (point,).
        xlabel, ylabel: of the axes, with units.
        options: a rough curve for each answer, (point,), or a few, (point, curve).
        choice: the answer that was chosen, or "".
        truth: what happens, (point, network), the first points while it is computed, or None while it is hidden.
        levels: heights to compare with, by their names.
        each: draw every network by itself, not their mean and range.
    """

    question: str
    x: np.ndarray
    xlabel: str
    ylabel: str
    options: Mapping[str, np.ndarray]
    choice: str
    truth: np.ndarray | None
    levels: Mapping[str, float] = field(default_factory=dict)
    each: bool = False


def predict_picture(view: PredictView) -> Figure:
    """One axes, 12 by 3.9 inches, and beside it which curve is which."""
    with frame((0.07, 0.16, 0.56, 0.72)) as (figure, (axes,)):
        for name, height in view.levels.items():
            axes.axhline(height, color=GREY, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0)
            axes.annotate(name, (view.x[-1], height), (0, 2), textcoords="offset points", ha="right", color=GREY)
        for label, look in styles(view.options).items():
            chosen = view.choice in ("", label)
            lines = axes.plot(view.x, view.options[label], color=look.color, linestyle=look.linestyle,
                              marker=look.marker, markevery=max(1, len(view.x) // 8),
                              linewidth=3 if label == view.choice else 2, alpha=1 if chosen else 0.35)
            lines[0].set_label(fill(label + (" (your choice)" if label == view.choice else ""), 38))
        if view.truth is not None:
            n_points, n_networks = view.truth.shape
            words = f"what {n_networks} networks do" if n_networks > 1 else "what happens"
            if view.each:
                lines = axes.plot(view.x[:n_points], view.truth, color=TRUTH.color, linewidth=1.6)
                lines[0].set_label(f"{words}, one by one")
            else:
                draw_band(axes, view.x[:n_points], view.truth, words, TRUTH, markers=True)
        every = np.concatenate([np.ravel(part) for part in (*view.options.values(), [*view.levels.values()],
                                                            [] if view.truth is None else view.truth)])
        margin = 0.05 * (np.ptp(every) or 1)
        axes.set(ylim=(every.min() - margin, every.max() + margin), ylabel=view.ylabel)
        axes.set_xlabel(view.xlabel)
        axes.locator_params(nbins=6)
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.02), borderaxespad=0, labelspacing=0.9, handlelength=3)
        put_title(axes, view.question)
    return figure


def predict_words(view: PredictView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    words = f"{view.question} Answers to choose from: {'; '.join(view.options)}."
    if view.levels:
        words += f" Drawn to compare with: {', '.join(f'{name} {height:.3g}' for name, height in view.levels.items())}."
    if view.choice:
        words += f" Chosen: {view.choice}."
    if view.truth is None:
        return f"{words} What happens is still hidden."
    mean = view.truth.mean(1)
    places = np.unique(np.linspace(0, len(mean) - 1, min(5, len(mean))).round().astype(int))
    if view.each:
        some = "; ".join(f"{' '.join(f'{value:.2f}' for value in view.truth[i])} at {view.x[i]:g}" for i in places)
        return f"{words} What happens ({view.ylabel} against {view.xlabel}, network by network): {some}."
    some = ", ".join(f"{mean[i]:.3g} at {view.x[i]:g}" for i in places)
    return f"{words} What happens ({view.ylabel} against {view.xlabel}, mean of {view.truth.shape[1]}): {some}."
