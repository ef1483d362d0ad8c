"""The picture of feedback decoupling: how two models learn, what they draw, whether guesses are right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.curves import Curve
from ccdyn.plots.frame import frame, put_title
from ccdyn.plots.lines import draw_networks, draw_targets
from ccdyn.plots.style import BLACK, GREY, PURPLE, VERMILION, Style
from ccdyn.plots.words import spread

LOOKS = {"cRNN": Style(BLACK, (0, (5, 2)), "s"), "ccRNN": Style(VERMILION, "-", "o")}
GUESS = Style(PURPLE, "-", "D")
LOWEST, HIGHEST = 0.05, 100.0       # errors that are drawn
TICKS = (0.1, 0.3, 1, 3, 10, 30)
SHORT = {"none": "", "cerebellum": ", no cerebellum", "olive": ", no olive"}
LESIONS = {"none": "", "cerebellum": "the cerebellum is lesioned", "olive": "the olive is lesioned"}


@dataclass(frozen=True, eq=False)
class DecouplingView:
    """Everything that the picture and its description are made of; what is by model has cRNN, ccRNN.

    Attributes:
        settings: truncation and teaching in words.
        factor: how much of the guess is put in.
        lesion: "none", "cerebellum" or "olive".
        lines: target lines, (pattern, time, 2).
        radius: their length.
        drawn: by model, (network, pattern, time, 2).
        errors: test error by model; the last point is now.
        agreement: cosine of guess and true feedback, NaN where there is no guess.
        ghosts: test errors of the networks before, by model, or nothing.
        nothing: the error of staying at the origin.
    """

    settings: str
    factor: float
    lesion: str
    lines: np.ndarray
    radius: float
    drawn: Mapping[str, np.ndarray]
    errors: Mapping[str, Curve]
    agreement: Curve
    ghosts: Mapping[str, Curve]
    nothing: float

    @property
    def longest(self) -> int:
        """Where the axis of batches ends."""
        last = max(curve.batches[-1] for curve in (*self.errors.values(), *self.ghosts.values()))
        return max(200, int(np.ceil(last / 200)) * 200)


def decoupling_picture(view: DecouplingView) -> Figure:
    """Three axes, 12 by 3.9 inches: test errors, both drawings, and the agreement of guess and true feedback."""
    with frame((0.045, 0.16, 0.26, 0.73), (0.325, 0.02, 0.41, 0.87), (0.785, 0.16, 0.195, 0.73)) as (figure, axes):
        _draw_errors(axes[0], view)
        _draw_lines(axes[1], view)
        _draw_agreement(axes[2], view)
    return figure


def _draw_errors(axes: Axes, view: DecouplingView) -> None:
    # Logarithms on a plain axis: a logarithmic one takes three times as long to draw.
    scale = view.radius**2 / 100        # errors go with the square of the lines' length
    low, high = np.log10((LOWEST * scale, HIGHEST * scale))
    for model, ghost in view.ghosts.items():
        axes.plot(ghost.batches, np.log10(ghost.values.mean(1)), color=GREY, linewidth=1.2,
                  linestyle=LOOKS[model].linestyle, zorder=1)
    for model, look in LOOKS.items():
        curve = view.errors[model]
        lowest, mean, highest = np.log10(np.maximum(
            [each(curve.values, 1) for each in (np.min, np.mean, np.max)], 1e-9))
        axes.fill_between(curve.batches, lowest, highest, color=look.color, alpha=0.18, linewidth=0)
        axes.plot(curve.batches, mean, color=look.color, linestyle=look.linestyle, label=model)
        axes.plot(curve.batches[-1], np.clip(mean[-1], low, high), look.marker, color=look.color, clip_on=False)
    axes.axhline(np.log10(view.nothing), color=GREY, linewidth=1.2, zorder=0)
    axes.text(0.99, np.log10(view.nothing) + 0.03, "draws nothing", transform=axes.get_yaxis_transform(), ha="right",
              va="bottom", fontsize=11, color=GREY)
    _draw_marks(axes, view.errors["ccRNN"], low + 0.06)
    axes.set(ylim=(low, high))
    axes.set_yticks(np.log10(scale * np.array(TICKS)), [f"{scale * tick:.3g}" for tick in TICKS])
    _batches(axes, view, f"batches ({view.settings})")
    axes.legend(loc="upper right", ncols=2, borderaxespad=0, borderpad=0.1)
    put_title(axes, f"test error (mean and range of {curve.values.shape[1]})")


def _draw_lines(axes: Axes, view: DecouplingView) -> None:
    for place, (model, look) in enumerate(LOOKS.items()):
        shift = np.array([2.65 * place, 0.0])
        draw_targets(axes, view.lines / view.radius + shift)
        draw_networks(axes, view.drawn[model][:1] / view.radius + shift, look.color)
        words = f"{model}, factor {view.factor:g}{SHORT[view.lesion]}" if model == "ccRNN" else model
        axes.text(shift[0], -1.5, words, ha="center", color=look.color, fontsize=12)
    axes.set(xlim=(-1.3, 3.95), ylim=(-1.55, 1.35), aspect="equal", anchor="N")
    axes.set_axis_off()
    put_title(axes, "drawn by the first network of each")


def _draw_agreement(axes: Axes, view: DecouplingView) -> None:
    curve = view.agreement
    axes.axhline(0, color=GREY, linewidth=1.2, zorder=0)
    axes.fill_between(curve.batches, curve.values.min(1), curve.values.max(1), color=GUESS.color, alpha=0.2,
                      linewidth=0)
    axes.plot(curve.batches, curve.values.mean(1), color=GUESS.color)
    axes.plot(curve.batches[-1], curve.values[-1].mean(), GUESS.marker, color=GUESS.color, clip_on=False)
    if np.isnan(curve.values[-1]).all():
        axes.text(0.5, 0.5, "no guess to compare now", transform=axes.transAxes, ha="center", color=GREY)
    _draw_marks(axes, curve, -0.56)
    axes.set(ylim=(-0.6, 1.05), yticks=(-0.5, 0, 0.5, 1))
    _batches(axes, view)
    put_title(axes, "cosine, guess and truth")


def _draw_marks(axes: Axes, curve: Curve, height: float) -> None:
    """When factor or lesion was moved; the words stand upright on the axis."""
    for batch, words in curve.marks:
        axes.axvline(batch, color=GREY, linewidth=1.0, linestyle=(0, (1, 2)))
        axes.text(batch, height, words, rotation=90, va="bottom", ha="center", fontsize=11, color=GREY,
                  bbox={"facecolor": "white", "linewidth": 0, "pad": 1})


def _batches(axes: Axes, view: DecouplingView, label: str = "batches") -> None:
    step = next(step for step in (100, 200, 500, 1000, 2000, 10**9) if view.longest <= 4 * step)
    axes.set(xlim=(0, view.longest), xticks=range(0, view.longest + 1, step))
    axes.set_xlabel(label)


def decoupling_words(view: DecouplingView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    done, n = view.agreement.batches[-1], view.agreement.values.shape[1]
    errors = ", ".join(f"{model} {spread(curve.values[-1])}" for model, curve in view.errors.items())
    lesion = f", {LESIONS[view.lesion]}" if view.lesion != "none" else ""
    words = (f"{n} networks of each model ({view.settings}, factor {view.factor:g}{lesion}) after {done} batches of "
             f"line drawing. Test error: {errors}; drawing nothing gives {view.nothing:.3f}. ")
    words += ("There is no guess to compare with the true feedback." if np.isnan(view.agreement.values[-1]).all() else
              f"Cosine of the synthesiser's guess and the true feedback: {spread(view.agreement.values[-1], 2)}.")
    if view.ghosts:
        ghost = next(iter(view.ghosts.values()))
        words += f" Before, {ghost.label}, after {ghost.batches[-1]} batches: " + ", ".join(
            f"{model} {spread(each.values[-1])}" for model, each in view.ghosts.items()) + "."
    return words + view.agreement.moved
