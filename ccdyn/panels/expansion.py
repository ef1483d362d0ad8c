"""The granule layer as a panel: what an expansion does with the cortical state."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ccdyn.cerebellum import granule_step
from ccdyn.granule import ExpansionCurves, expansion_curves, open_loop, overlap
from ccdyn.network import Network
from ccdyn.panels.controls import choice, slider, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.plots.expansion import ExpansionView, expansion_picture, expansion_words
from ccdyn.tasks.linedraw import LineDrawing

EXPANSIONS = (1, 2, 5, 10, 20, 40)
N_TRIALS = 3        # of each cue
ALL = 0             # a menu takes None for nothing chosen


def render(view: ExpansionView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(expansion_picture(view)), expansion_words(view)


class ExpansionPanel(Panel):
    """What granule cells do with the cortical state, while the cortex does not hear the cerebellum.

    Left the cells of the first network under two cues, each as a share of its
    own peak; in the middle how alike the two cues are; right, against the
    number of cells, the dimensions of their states and the error of the best
    linear prediction on fresh trials (``ccdyn.granule.expansion_curves``).
    The curves are worked out when alpha and fan-in are first visited (below
    one second) and kept. An expansion e takes the first e * n_cortex cells.

    Args:
        expansion, fan_in, alpha, first, second: where the controls stand at the start; fan_in None is all.
        tau: how far ahead the target is predicted, in steps.
        seeds: one network each, two or more.
        task: the lines to draw.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an expansion, fan-in or cue that is not on offer; too few seeds; tau beyond the trial.

    Example:
        >>> panel = ExpansionPanel(n_cortex=5, seeds=(0, 1), task=LineDrawing(n_steps=8))
        >>> panel.alt[:77]
        'Expansion 20: 100 granule cells, alpha 0.5, all mossy fibres each, 2 networks'
    """

    def __init__(self, expansion: int = 20, fan_in: int | None = None, alpha: float = 0.5, first: int = 1,
                 second: int = 2, tau: int = 5, seeds: Sequence[int] = (0, 1, 2, 3, 4),
                 task: LineDrawing | None = None, **sizes) -> None:
        self.task = LineDrawing() if task is None else task
        last = self.task.n_patterns - 1
        fan_ins = [("all mossy fibres each", ALL), ("4 mossy fibres each", 4), ("1 mossy fibre each", 1)]
        for name, value, offered in (("expansion", expansion, EXPANSIONS), ("fan_in", fan_in, (None, 4, 1)),
                                     ("first", first, range(last + 1)), ("second", second, range(last + 1))):
            if value not in offered:
                raise ValueError(f"{name} is {value!r}; use one of {', '.join(map(str, offered))}")
        if isinstance(seeds, int) or len(seeds) < 2:
            raise ValueError(f"seeds is {seeds!r} but a range needs several networks; use seeds=(0, 1, 2, 3, 4)")
        self.tau, self.sizes = tau, {"seeds": tuple(seeds), **sizes}
        self._known: dict[tuple, tuple[Tensor, Tensor, ExpansionCurves]] = {}
        again = "Other networks."
        controls = {
            "expansion": choice([(f"expansion {e}", e) for e in EXPANSIONS], expansion,
                                "Granule cells per cortical unit.", width="11em"),
            "fan_in": choice(fan_ins, fan_in or ALL,
                             f"How many cortical units each granule cell hears; real ones hear 4 to 7. {again}"),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept in each step. {again}"),
            "first": slider("first cue", first, 0, last, tip="The cells are sorted by their peak under this cue."),
            "second": slider("second cue", second, 0, last,
                             tip="The cue that is compared with the first; the same cue: two trials of it."),
        }
        rows = [[controls[name] for name in ("expansion", "fan_in", "alpha")],
                [controls[name] for name in ("first", "second")]]
        super().__init__(render, controls, rows, lambda view: self._code(), lambda view: self._meaning())

    def _values(self) -> tuple:
        """What the controls say: expansion, fan-in or None, alpha, and the two cues."""
        expansion, fan_in, *others = (value_of(control) for control in self.controls.values())
        return expansion, fan_in or None, *others

    @torch.no_grad()
    def _look(self, alpha: float, fan_in: int | None) -> tuple[Tensor, Tensor, ExpansionCurves]:
        """Rates and mossy fibres of the networks with these settings, and their curves; kept."""
        if (alpha, fan_in) not in self._known:
            network = Network.for_task(self.task, alpha=alpha, fan_in=fan_in, expansion=EXPANSIONS[-1], **self.sizes)
            curves = expansion_curves(network, self.task, EXPANSIONS, self.tau, N_TRIALS)
            rate, _ = open_loop(network, self.task, N_TRIALS, "test")
            self._known[alpha, fan_in] = rate, network.W_mf, curves
        return self._known[alpha, fan_in]

    @torch.no_grad()
    def parameters(self) -> ExpansionView:
        """What ``render`` is given."""
        expansion, fan_in, alpha, first, second = self._values()
        rate, mossy, curves = self._look(alpha, fan_in)
        mossy = mossy[:, :expansion * rate.shape[-1]]
        cortex = {cue: rate[:, cue::self.task.n_patterns] for cue in (first, second)}
        cells = {cue: granule_step(some.flatten(1, 2), mossy).unflatten(1, some.shape[1:3])
                 for cue, some in cortex.items()}
        granule = torch.stack([cells[first][0, 0], cells[second][0, -1]])  # two trials, even of the same cue
        words = f"alpha {alpha:g}, {self.controls['fan_in'].label}"
        return ExpansionView(expansion, words, (first, second), granule.numpy(),
                             (cells[first] > 0).double().mean((1, 2, 3)).numpy(),
                             overlap(cortex[first], cortex[second]).mT.numpy(),
                             overlap(cells[first], cells[second]).mT.numpy(), curves, self.tau)

    def _meaning(self) -> str:
        """What the settings mean."""
        expansion, fan_in, *_ = self._values()
        n_cortex = next(iter(self._known.values()))[0].shape[-1]
        hears = {None: f"all {n_cortex} cortical units", 1: "one cortical unit"}.get(fan_in, f"{fan_in} cortical units")
        return (f"{expansion * n_cortex} granule cells for {n_cortex} cortical units; each hears {hears} and is silent "
                "below 0. Here the cortex does not hear the cerebellum, so its states are the same for every "
                f"expansion. Prediction: {self.tau * 50} ms after the state.")

    def _code(self) -> str:
        """Python that prints the overlaps and the curves."""
        expansion, fan_in, alpha, first, second = self._values()
        sizes = ", ".join(f"{name}={value!r}" for name, value in self.sizes.items())
        return "\n".join([
            "import ccdyn", "from ccdyn.cerebellum import granule_step",
            "from ccdyn.granule import expansion_curves, open_loop, overlap", "",
            f"task = ccdyn.{self.task!r}",
            f"network = ccdyn.Network.for_task(task, alpha={alpha}, fan_in={fan_in}, expansion={EXPANSIONS[-1]}, "
            f"{sizes})",
            f'rate, _ = open_loop(network, task, {N_TRIALS}, "test")',
            f"cortex = [rate[:, cue::{self.task.n_patterns}] for cue in sorted({{{first}, {second}}})]",
            f"mossy = network.W_mf.detach()[:, :{expansion} * rate.shape[-1]]",
            "cells = [granule_step(some.flatten(1, 2), mossy).unflatten(1, some.shape[1:3]) for some in cortex]",
            "print(overlap(cortex[0], cortex[-1])[:, 1], overlap(cells[0], cells[-1])[:, 1])",
            f"curves = expansion_curves(network, task, {EXPANSIONS}, {self.tau}, {N_TRIALS})",
            f"here = curves.expansions.index({expansion})",
            "print(curves.components[here], curves.participation[here], curves.error[here], curves.nothing)", ""])
