"""The picture of the gradient microscope: rules beside the true gradient, by weight, by step, and while they learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.microscope import Angles
from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import frame, put_title
from ccdyn.plots.style import GHOST, GREY, Style, styles
from ccdyn.plots.words import spread

MEASURES = {"cosine": "cosine to the true gradient", "ratio": "length / that of the true gradient"}


@dataclass(frozen=True, eq=False)
class AngleView:
    """Everything that the microscope's picture and its description are made of.

    Attributes:
        measure: "cosine" or "ratio".
        settings: of the networks, in words.
        angles: of all steps together.
        by_step: of some steps, one by one.
        batches: how many batches had been trained at each look, (look,).
        course: the measure for all weights together at each look, (look, rule, seed).
        ghost: batches and course of the networks before, for their first rule only, or None.
        error: test error of each network now, (seed,).
    """

    measure: str
    settings: str
    angles: Angles
    by_step: Angles
    batches: np.ndarray
    course: np.ndarray
    ghost: tuple[np.ndarray, np.ndarray] | None
    error: np.ndarray


def angle_picture(view: AngleView) -> Figure:
    """Three axes, 12 by 3.9 inches: each weight matrix, the step of the error, and the course of learning."""
    look = styles(view.angles.rules)
    boxes = (0.065, 0.15, 0.26, 0.62), (0.395, 0.15, 0.26, 0.62), (0.725, 0.15, 0.26, 0.62)
    with frame(*boxes) as (figure, (left, middle, right)):
        _draw_weights(left, view, look)
        _draw_steps(middle, view, look)
        _draw_course(right, view, look)
        for axes in (left, middle, right):
            low, high = axes.get_ylim()
            limits = (min(0.0, low), 1.03) if view.measure == "cosine" else (0.0, max(1.1, high))
            axes.set_ylim(*limits)
            axes.locator_params(axis="y", nbins=5)
            axes.axhline(1.0 if view.measure == "ratio" else 0.0, color=GREY, linewidth=1.0, zorder=0)
        left.set_ylabel(MEASURES[view.measure])
        figure.text(0.0635, 0.945, f"{len(view.error)} networks (mean and range): {view.settings}; test error "
                                   f"{spread(view.error)}", fontsize=12)
        handles, labels = right.get_legend_handles_labels()
        figure.legend(handles, labels, loc=(0.06, 0.845), ncols=len(labels), columnspacing=2.0)
    return figure


def _draw_weights(axes: Axes, view: AngleView, look: dict[str, Style]) -> None:
    weights, rules = view.angles.weights, view.angles.rules
    for i, rule in enumerate(rules):
        shift = (i - (len(rules) - 1) / 2) * 0.5 / len(rules)
        values = np.stack([view.angles[rule, weight, view.measure] for weight in weights])
        found = np.flatnonzero(np.isfinite(values).any(1))
        low, mean, high = (pick(values[found], axis=1) for pick in (np.nanmin, np.nanmean, np.nanmax))
        axes.vlines(found + shift, low, high, color=look[rule].color, linewidth=3, alpha=0.3)
        axes.plot(found + shift, mean, look[rule].marker, color=look[rule].color)
    axes.set_xticks(range(len(weights)), weights)
    axes.set_xlim(-0.5, len(weights) - 0.5)
    put_title(axes, "each weight matrix")


def _draw_steps(axes: Axes, view: AngleView, look: dict[str, Style]) -> None:
    steps = view.by_step.steps
    for rule, style in look.items():
        draw_band(axes, steps, view.by_step[rule, "all", view.measure], rule, style, markers=True)
    axes.set_xlim(0, 1.02 * max(steps))
    axes.set_xlabel("time step of the error")
    put_title(axes, "the error of one step at a time")


def _draw_course(axes: Axes, view: AngleView, look: dict[str, Style]) -> None:
    for i, (rule, style) in enumerate(look.items()):
        draw_band(axes, view.batches, view.course[:, i], rule, style, markers=len(view.batches) == 1)
    if view.ghost is not None:
        batches, course = view.ghost
        draw_band(axes, batches, course, f"before: {next(iter(look))}", GHOST, markers=False)
    longest = max(view.batches[-1], 0 if view.ghost is None else view.ghost[0][-1], 10)
    axes.set_xlim(-0.02 * longest, longest)
    axes.set_xlabel("batches learned from")
    put_title(axes, "while they learn")


def angle_words(view: AngleView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    what = "Cosine" if view.measure == "cosine" else "Length"
    parts = []
    for rule in view.angles.rules:
        weights = ", ".join(f"{weight} {np.nanmean(view.angles[rule, weight, view.measure]):.2f}"
                            for weight in view.angles.weights[:-1]
                            if np.isfinite(view.angles[rule, weight, view.measure]).any())
        steps = view.by_step[rule, "all", view.measure].mean(1)
        parts.append(f"{rule} {spread(view.angles[rule, 'all', view.measure], 2)} ({weights}; error of step "
                     f"{view.by_step.steps[0]}: {steps[0]:.2f}, of step {view.by_step.steps[-1]}: {steps[-1]:.2f})")
    return (f"{len(view.error)} networks with {view.settings} after {view.batches[-1]} batches of line drawing. "
            f"{what} of each rule beside the true gradient: {'; '.join(parts)}. Test error {spread(view.error)}.")
