"""The picture of switching: what is drawn in both contexts, both errors over time, and which fibres are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.curves import Curve
from ccdyn.plots.frame import frame, put_title
from ccdyn.plots.lines import draw_networks, draw_targets
from ccdyn.plots.style import BLUE, GREY, PALE, PURPLE, VERMILION, Style
from ccdyn.plots.words import spread

SESSION = 100                           # batches in a session
LOOKS = (Style(VERMILION, "-", "o"), Style(BLUE, (0, (5, 2)), "^"))     # of the two contexts
LEVEL = (0, (7, 2, 1.5, 2))             # unlike the ghosts, which have the lines of the two contexts in grey
LOWEST, HIGHEST = 0.001, 0.8            # errors that are drawn


@dataclass(frozen=True, eq=False)
class SwitchView:
    """Everything that the picture and its description are made of; what is by context has two, in order.

    Attributes:
        settings: what needs new networks, in words.
        plastic_readout: False if the readout is frozen after the first switch.
        now: the context that is learned.
        lines: target lines by context, (pattern, time, 2).
        drawn: what is drawn in each context with its cerebellum, (network, pattern, time, 2).
        curves: test error by context; the last point is now.
        ghosts: those of the networks before, or nothing.
        other: the error of drawing the other context's lines perfectly.
        fibres: parallel-fibre weights of the first network, (context, fibre).
        n_common: how many of them, the first ones, are common to both contexts.
        cosine: between all parallel fibres of the one context and the other, (network,).
    """

    settings: str
    plastic_readout: bool
    now: str
    lines: Mapping[str, np.ndarray]
    drawn: Mapping[str, np.ndarray]
    curves: Mapping[str, Curve]
    ghosts: Mapping[str, Curve]
    other: float
    fibres: np.ndarray
    n_common: int
    cosine: np.ndarray

    @property
    def looks(self) -> dict[str, Style]:
        """Colour, line and marker by context."""
        return dict(zip(self.lines, LOOKS))


def switch_picture(view: SwitchView) -> Figure:
    """Three axes, 12 by 3.9 inches: both drawings, both errors, and the parallel fibres of one against the other."""
    with frame((0.005, 0.03, 0.365, 0.86), (0.425, 0.16, 0.275, 0.73), (0.775, 0.16, 0.215, 0.73)) as (figure, axes):
        _draw_lines(axes[0], view)
        _draw_errors(axes[1], view)
        _draw_fibres(axes[2], view)
    return figure


def _draw_lines(axes: Axes, view: SwitchView) -> None:
    for place, (context, look) in enumerate(view.looks.items()):
        shift = np.array([2.5 * place, 0.0])
        draw_targets(axes, view.lines[context] + shift)
        draw_networks(axes, view.drawn[context] + shift, look.color)
        words = f"{context}, learned now" if context == view.now else context
        axes.text(shift[0], -1.4, words, ha="center", color=look.color, fontsize=12,
                  weight="bold" if context == view.now else "normal")
    axes.set(xlim=(-1.2, 3.7), ylim=(-1.45, 1.3), aspect="equal", anchor="N")
    axes.set_axis_off()
    put_title(axes, "drawn in each context (bold: first network)")


def _draw_errors(axes: Axes, view: SwitchView) -> None:
    # Logarithms on a plain axis: a logarithmic one takes three times as long to draw.
    for context, ghost in view.ghosts.items():
        axes.plot(ghost.batches / SESSION, np.log10(ghost.values.mean(1)), color=GREY, linewidth=1.2,
                  linestyle=view.looks[context].linestyle, zorder=1)
    for context, look in view.looks.items():
        curve = view.curves[context]
        low, mean, high = np.log10(np.clip([curve.values.min(1), curve.values.mean(1), curve.values.max(1)],
                                           LOWEST, None))
        axes.fill_between(curve.batches / SESSION, low, high, color=look.color, alpha=0.18, linewidth=0)
        axes.plot(curve.batches / SESSION, mean, color=look.color, linestyle=look.linestyle, label=context)
        axes.plot(curve.batches[-1] / SESSION, min(mean[-1], np.log10(HIGHEST)), look.marker, color=look.color,
                  clip_on=False)
    axes.axhline(np.log10(view.other), color=GREY, linewidth=1.2, linestyle=LEVEL, zorder=0,
                 label="the other task's lines")
    curve = next(iter(view.curves.values()))
    for batch, words in curve.marks:
        axes.axvline(batch / SESSION, ymax=0.85, color=GREY, linewidth=1.0, linestyle=(0, (1, 2)))  # below the legend
        axes.text(batch / SESSION, np.log10(LOWEST) + 0.05, words, rotation=90, va="bottom", ha="center",
                  fontsize=11, color=GREY, bbox={"facecolor": "white", "linewidth": 0, "pad": 1})
    last = max(each.batches[-1] for each in (*view.curves.values(), *view.ghosts.values()))
    longest = max(1, ceil(last / SESSION))
    axes.set(xlim=(0, longest), xticks=range(0, longest + 1, ceil(longest / 6)), ylim=np.log10((LOWEST, HIGHEST)))
    ticks = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
    axes.set_yticks(np.log10(ticks), [f"{tick:g}" for tick in ticks])
    axes.set_xlabel(f"session ({SESSION} batches)" + ("" if view.plastic_readout else ", readout frozen"))
    axes.legend(loc="upper right", ncols=2, borderaxespad=0, borderpad=0)
    put_title(axes, f"test error (mean and range of {curve.values.shape[1]})")


def _draw_fibres(axes: Axes, view: SwitchView) -> None:
    (first, second), n = view.fibres, view.n_common
    reach = 1.08 * np.abs(view.fibres).max()
    axes.plot((-reach, reach), (-reach, reach), color=PALE, linewidth=1.2, zorder=0)
    for some, look, words in ((slice(n, None), ("o", GREY), "its own"), (slice(n), ("x", PURPLE), "in common")):
        if len(first[some]):
            axes.plot(first[some], second[some], look[0], color=look[1], markersize=3.5, alpha=0.6, label=words)
    axes.set(xlim=(-reach, reach), ylim=(-reach, 1.35 * reach), aspect="auto")
    axes.locator_params(nbins=5)
    one, other = view.lines
    axes.set_xlabel(f"weight in {one}")
    axes.set_ylabel(f"weight in {other}", labelpad=0)
    axes.legend(loc="upper left", ncols=2, borderaxespad=0.1, borderpad=0, handletextpad=0.1, markerscale=1.6)
    put_title(axes, f"parallel fibres (cosine {view.cosine[0]:.2f})")


def switch_words(view: SwitchView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    curve = next(iter(view.curves.values()))
    errors = "; ".join(f"{context} {spread(each.values[-1], 4)}" for context, each in view.curves.items())
    words = (f"{curve.values.shape[1]} networks ({view.settings}) after {curve.batches[-1]} batches, now in "
             f"{view.now}. Test error with the cerebellum of each context: {errors}; drawing the other task's lines "
             f"gives {view.other:.4f}. Cosine of the first network's parallel fibres in both contexts "
             f"{view.cosine[0]:.2f}.")
    if view.ghosts:
        words += " Before: " + "; ".join(f"{context} {spread(ghost.values[-1], 4)}"
                                         for context, ghost in view.ghosts.items()) + "."
    return words + curve.moved
