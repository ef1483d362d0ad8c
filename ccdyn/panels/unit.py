"""One leaky unit as a panel: what alpha does to memory, and what it does to the gain."""

from __future__ import annotations

from math import log

import numpy as np
import torch

from ccdyn.checks import check_count, check_number
from ccdyn.cortex import DT_MS, lone_units
from ccdyn.panels.controls import slider, switch, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.plots.unit import OTHERS, UnitView, unit_picture, unit_words
from ccdyn.plots.words import in_ms

START, N_STEPS, LONGEST = 3, 36, 25  # of the pulse; of the picture; of the longest pulse
ALPHAS = np.linspace(0, 1, 101)


def render(view: UnitView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(unit_picture(view)), unit_words(view)


class UnitPanel(Panel):
    """One leaky unit hears a pulse: h_t = alpha h_{t-1} + g x_t, r_t = tanh h_t.

    The switch chooses g: 1, as in ccdyn's networks, or 1 - alpha, as in many
    other models. It shows that alpha raises the gain as well as the memory,
    so that whoever compares two alphas changes two things at once.

    Args:
        alpha: fraction of h kept per step, 0 to 1.
        length: of the pulse, in steps of 50 ms, 1 to 25.
        height: of the pulse, above 0.
        divided: multiply the input with 1 - alpha.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> UnitPanel(alpha=0.9).meaning.value[:75]
        'The unit keeps 90 % of h in each step of 50 ms. Membrane time constant: 475'
    """

    def __init__(self, alpha: float = 0.5, length: int = 10, height: float = 0.5, divided: bool = False) -> None:
        check_number("alpha", alpha, 0, 1)
        check_count("length", length, 1, LONGEST)
        check_number("height", height, 0.05)
        controls = {
            "alpha": slider("alpha", alpha, 0, 1, 0.05, "Share of h that is kept in each step."),
            "length": slider("pulse (steps)", length, 1, LONGEST, tip=f"How long the pulse is; {DT_MS:g} ms a step."),
            "height": slider("pulse height", height, 0.05, 2, 0.05, "The input x while the pulse lasts."),
            "divided": switch("(1 - alpha) on the input", divided,
                              "Multiply the input with 1 - alpha: memory without more gain."),
        }
        rows = [[controls["alpha"], controls["divided"]], [controls["length"], controls["height"]]]
        super().__init__(render, controls, rows, code, meaning)

    def parameters(self) -> UnitView:
        """What ``render`` is given."""
        alpha, length, height, divided = (value_of(control) for control in self.controls.values())
        x = torch.zeros(N_STEPS, dtype=torch.float64)
        x[START:START + length] = height
        impulse = lone_units(torch.eye(21)[0], (alpha, *OTHERS), divided)
        # The last one is this unit, which need not be one of ALPHAS.
        gains = np.stack([lone_units(torch.ones(length), (*ALPHAS, alpha), each)[-1].numpy()
                          for each in (divided, not divided)])
        return UnitView(alpha, divided, height, START, length, lone_units(x, (alpha,), divided)[:, 0].numpy(),
                        impulse.numpy(), ALPHAS, gains[:, :-1], gains[:, -1])


def meaning(view: UnitView) -> str:
    """What the settings mean, with units."""
    alpha = view.alpha
    if alpha == 1:
        gain = "with this switch it hears nothing" if view.divided else "a steady input raises h without end"
    else:
        gain = f"a steady input ends at h = {1 if view.divided else 1 / (1 - alpha):.3g} x (its gain)"
    return (f"The unit keeps {100 * alpha:g} % of h in each step of {DT_MS:g} ms. Membrane time constant: "
            f"{in_ms(view.time_constant)}; half-life: {in_ms(log(2) * view.time_constant)}; {gain}.")


def code(view: UnitView) -> str:
    """Python that prints h and r at the end of the pulse, the time constant in ms and the gain."""
    return "\n".join([
        "import torch", "from ccdyn.cortex import lone_units, time_constant", "",
        f"alpha, x = {view.alpha}, torch.zeros({len(view.h)}, dtype=torch.float64)",
        f"x[{view.start}:{view.start + view.length}] = {view.height}",
        f"h = lone_units(x, [alpha], divided={view.divided})[{view.start + view.length - 1}, 0]",
        "print(h.item(), h.tanh().item())",
        "print(time_constant(alpha))",
        f"print(h.item() / {view.height})", ""])
