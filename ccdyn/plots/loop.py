"""The loop between cortex and cerebellum as a drawing, with the symbols of the equations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from ccdyn.plots.style import ARCHITECTURE, BLACK, GREEN, GREY, PURPLE, make_figure, styled

VARIANTS = ("no feedback", "readout feedback", "cerebellar feedback")
EQUATION = r"$h_t = \alpha\, h_{t-1} + W_{hh}\, r_{t-1} + W_{ih}\, x_t$"
HEARD = {"no feedback": "", "readout feedback": r"$\ +\ W_{zh}\, z_{t-1}$",
         "cerebellar feedback": r"$\ +\ W_{ch}\, c_t$"}
CEREBELLUM = r"$c_t = W_{pf}\,\max(0,\, W_{mf}\, r_{t-1})$"
# Where things are, in the drawing's own units: (x, y).
CORTEX, RADIUS = np.array((3.4, 1.9)), 1.3
READOUT = ((7.5, 2.2), (7.5, 1.6))
PURKINJE = ((6.9, 5.75), (6.9, 5.05))
LAYER = (1.2, 4.75, 4.4, 1.3)  # granule layer: left, bottom, width, height


@styled
def loop(variants: Sequence[str] = ("cerebellar feedback",)) -> Figure:
    """Who talks to whom: one large drawing, or several side by side to compare.

    What comes back to the cortex is in colour. The dashed line is the
    climbing fibre: it brings the target of tau steps after the cortical state
    that the granule cells saw.

    Args:
        variants: some of "no feedback", "readout feedback", "cerebellar feedback".

    Raises:
        ValueError: an unknown variant, or none.
    """
    if not variants or not set(variants) <= set(VARIANTS):
        raise ValueError(f"variants is {tuple(variants)}; "
                         f"name one or more of {', '.join(map(repr, VARIANTS))}")
    alone = len(variants) == 1
    size = (9.0, 6.1) if alone else (4.6 * len(variants), 3.4)
    figure, panels = make_figure(*size, 1, len(variants), squeeze=False)
    for axes, variant in zip(panels[0], variants):
        axes.set_xlim(-0.4, 10.6 if alone else 9.7)
        axes.set_ylim(-0.4, 7.0 if alone else 6.3)
        axes.set_aspect("equal")
        axes.axis("off")
        _draw_cortex(axes, variant, names=alone)
        if variant == "cerebellar feedback":
            _draw_cerebellum(axes, names=alone)
        elif variant == "readout feedback":
            color = ARCHITECTURE[variant].color
            _arrow(axes, (7.5, 2.5), CORTEX + (0.35, 1.3), color, curve=0.7, width=2.6)
            axes.text(6.0, 4.5, r"$W_{zh}$", color=color, ha="center", fontsize=14)
        if not alone:
            axes.set_title(variant, color=ARCHITECTURE[variant].color, loc="center", weight="bold")
    return figure


def _draw_cortex(axes: Axes, variant: str, names: bool) -> None:
    """Stimulus, cortical units with their recurrent connections, readout, and the equation of it all."""
    x, y = CORTEX
    axes.add_patch(Circle(CORTEX, RADIUS, facecolor="#F3F3F3", edgecolor=BLACK, linewidth=1.6))
    k = np.arange(11) + 0.5
    spots = CORTEX + np.stack([np.cos(2.4 * k), np.sin(2.4 * k)], 1) * (0.315 * np.sqrt(k))[:, None]
    for i, j in ((0, 4), (4, 9), (9, 6), (6, 1), (1, 7), (7, 2), (2, 10), (10, 5), (5, 8), (8, 3), (3, 0)):
        _arrow(axes, spots[i], spots[j], GREY, curve=0.3, width=0.9, head=7, gap=5)
    _units(axes, spots, 0.12)
    _arrow(axes, (0.35, y), (x - RADIUS, y), BLACK)
    axes.text(0.25, y, r"$x_t$", ha="right", va="center", fontsize=15)
    axes.text(1.2, y + 0.18, r"$W_{ih}$", ha="center", fontsize=14)
    for unit in READOUT:
        _arrow(axes, (x + RADIUS, y), unit, BLACK, width=1.4, gap=9)
    axes.text(x + 1.05, y - 1.3, r"$W_{hh}$", color=GREY, fontsize=14)
    _units(axes, READOUT, 0.18)
    axes.text(6.0, 1.15, r"$W_{rdt}$", ha="center", fontsize=14)
    axes.text(7.9, y, r"$z_t$", va="center", fontsize=15)
    if names:
        axes.text(x - 0.95, y + 1.0, "cortex", ha="right", fontsize=12)
        axes.text(0.35, y - 0.35, "stimulus", ha="center", va="top", fontsize=12)
        axes.text(7.5, 1.2, "readout", ha="center", va="top", fontsize=12)
    size = 14 if names else 12
    start = axes.annotate(EQUATION, (-0.2, 0.0), fontsize=size, va="center")
    axes.annotate(HEARD[variant], (1, 0.5), xycoords=start, fontsize=size, va="center",
                  color=ARCHITECTURE[variant].color)
    if names and variant == "cerebellar feedback":
        axes.text(6.0, 0.0, CEREBELLUM, fontsize=size, va="center", color=ARCHITECTURE[variant].color)


def _draw_cerebellum(axes: Axes, names: bool) -> None:
    """Mossy fibres fan out to granule cells; parallel fibres, Purkinje cells, the way back, the teacher."""
    color = ARCHITECTURE["cerebellar feedback"].color
    left, bottom, width, height = LAYER
    axes.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.3",
                                  facecolor="#E9F5F1", edgecolor=GREEN, linewidth=1.6))
    cells = [(left + (i + 0.75 + 0.5 * (row % 2)) * width / 17, bottom + (row + 0.75) * height / 4.5)
             for row in range(4) for i in range(16)]
    _units(axes, cells, 0.085, GREEN, linewidth=1.0)
    for i in range(9):
        angle = np.pi * (0.68 - 0.36 * i / 8)
        start = CORTEX + RADIUS * np.array((np.cos(angle), np.sin(angle)))
        _arrow(axes, start, (left + width * (i + 0.6) / 9.2, bottom), GREEN, width=1.1, head=8)
    axes.text(1.55, 3.75, r"$W_{mf}$", color=GREEN, ha="center", fontsize=14)
    for cell in PURKINJE:
        for shift in (-0.32, -0.16, 0, 0.16, 0.32):
            axes.plot((left + width, cell[0]), (0.6 * (cell[1] - 5.4) + 5.4 + shift, cell[1]), color=GREEN,
                      linewidth=0.9, zorder=1)
        axes.plot((cell[0], 8.1), (cell[1], cell[1]), color=PURPLE, linestyle=(0, (4, 2)), linewidth=1.8,
                  zorder=1)
    _units(axes, PURKINJE, 0.24, color, linewidth=2.0)
    axes.text(6.1, 4.5, r"$W_{pf}$", color=GREEN, ha="center", fontsize=14)
    axes.text(8.2, 5.4, r"$y_{t-1+\tau}$", color=PURPLE, va="center", fontsize=16)
    _arrow(axes, (6.9, 4.75), CORTEX + (1.02, 0.84), color, curve=-0.35, width=2.6)
    axes.text(6.95, 3.95, r"$c_t$", color=color, ha="left", fontsize=15)
    axes.text(5.9, 2.75, r"$W_{ch}$", color=color, ha="left", fontsize=14)
    if names:
        axes.text(left + width / 2, bottom + height + 0.15, "many granule cells", ha="center", fontsize=12)
        axes.text(1.15, 3.5, "mossy fibres", ha="center", va="top", fontsize=12)
        axes.text(5.75, 6.2, "parallel\nfibres", ha="center", fontsize=12)
        axes.text(6.9, 6.2, "Purkinje\ncells", ha="center", fontsize=12)
        axes.text(8.2, 6.2, "climbing fibre:\nthe teacher", fontsize=12)
        axes.text(8.2, 4.95, "the target $\\tau$ steps\nafter the state\nthat was seen", va="top")


def _units(axes: Axes, spots, radius: float, color: str = BLACK, linewidth: float = 1.4) -> None:
    for spot in spots:
        axes.add_patch(Circle(spot, radius, facecolor="white", edgecolor=color, linewidth=linewidth,
                              zorder=3))


def _arrow(axes: Axes, start, end, color: str, curve: float = 0.0, width: float = 1.8, head: float = 14,
           gap: float = 0.0) -> None:
    axes.add_patch(FancyArrowPatch(
        tuple(start), tuple(end), connectionstyle=f"arc3,rad={curve}", arrowstyle="-|>", mutation_scale=head,
        color=color, linewidth=width, shrinkA=gap if curve else 0, shrinkB=gap, capstyle="round",
        joinstyle="round", zorder=2))
