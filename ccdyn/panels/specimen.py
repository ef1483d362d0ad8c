"""Trained networks on the table: everything that the dissection panel shows, measured once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from functools import cached_property

import numpy as np
from torch import Tensor

from ccdyn.dissection import firing_share, pattern_means, peaks, principal_components, selectivity
from ccdyn.experiments import ORDERS, lesion, lesion_errors, lesion_order
from ccdyn.network import Network
from ccdyn.plasticity.rule import observe
from ccdyn.plots.dissect import DissectView, NothingView, PopulationView, UnitView
from ccdyn.plots.granule import GranuleView, LesionView
from ccdyn.rng import make_generators
from ccdyn.tasks.cued import CuedDrawing

REPEATS = 5  # test trials of each pattern
SHARES = tuple(i / 10 for i in range(11))  # of granule cells removed, for the curves
CODE = {  # by view: what to import, and how to print the numbers of the words
    "single units": ("ccdyn.dissection import pattern_means, selectivity", (
        "print(selectivity(record.rate, patterns)[{at}{unit}])",
        "print(pattern_means(record.rate, patterns)[{at}:, -1, {unit}])")),
    "population": ("ccdyn.dissection import pattern_means, principal_components", (
        "shares = principal_components(pattern_means(record.rate, patterns)).shares",
        "print(shares[{at}:2])",
        "print(shares[..., :2].sum(-1))")),
    "granule cells": ("ccdyn.dissection import firing_share, peaks", (
        "print([place[{at}{cell}] for place in peaks(record.granule, patterns)])",
        "print(firing_share(record.granule).mean(-1))")),
    "lesion": ("ccdyn.experiments import lesion, lesion_order", (
        "order = lesion_order(record.granule, {order!r}, seeds)",
        "{removed}",
        'print(ccdyn.evaluate(network, batch{noise})["loss"])',
        'print(ccdyn.evaluate(lesion(network, cells), batch{noise})["loss"])')),
}


class Specimen:
    """Networks of one kind, with one axis for replicas even if there is only one.

    Args:
        label: such as "cerebellar feedback".
        network: is copied: what happens to it later is not seen here.
        task: what it draws.
    """

    def __init__(self, label: str, network: Network, task: CuedDrawing) -> None:
        self.label, self.network, self.task = label, deepcopy(network), task
        self.single = network.config.n_replicas is None
        self.seeds = (network.config.seeds,) if self.single else network.config.seeds
        self.has_granule = network.config.feedback == "cerebellar"
        self.patterns = list(range(task.n_patterns)) * REPEATS
        self.batch = task.trials(self.patterns, make_generators(network.config.seeds, "test"),
                                 network.dtype).to(network.device)

    def _all(self, values: Tensor) -> Tensor:
        """With a replica axis, on the processor."""
        return (values.detach().unsqueeze(0) if self.single else values.detach()).cpu()

    def _noise(self):
        return make_generators(self.network.config.seeds, "noise")

    @cached_property
    def record(self):
        """Whole networks on the test trials, and their test errors."""
        return observe(self.network, self.batch, ("granule",) if self.has_granule else (), generator=self._noise())

    @cached_property
    def rates(self) -> Tensor:
        return pattern_means(self._all(self.record.rate), self.patterns)

    @cached_property
    def selectivity(self) -> np.ndarray:
        return selectivity(self._all(self.record.rate), self.patterns).numpy()

    @cached_property
    def components(self):
        return principal_components(self.rates)

    @cached_property
    def granule(self) -> Tensor:
        return pattern_means(self._all(self.record.granule), self.patterns)

    @cached_property
    def fires(self) -> np.ndarray:
        return firing_share(self._all(self.record.granule)).numpy()

    @cached_property
    def peaks(self) -> np.ndarray:
        """Share of all cells that fire most for a pattern at a step, (pattern, time)."""
        shares = np.zeros(self.granule.shape[1:3])
        pattern, step = (part.numpy().ravel() for part in peaks(self._all(self.record.granule), self.patterns))
        np.add.at(shares, (pattern[pattern >= 0], step[pattern >= 0]), 1 / len(pattern))
        return shares

    @cached_property
    def orders(self) -> dict[str, Tensor]:
        """In which order cells are removed, each (replica, cell)."""
        seeds = self.network.config.seeds
        return {which: self._all(lesion_order(self.record.granule, which, seeds)) for which in ORDERS}

    @cached_property
    def curves(self) -> dict[str, np.ndarray]:
        """Test error over the share of cells removed, by order, each (share, replica)."""
        return {which: lesion_errors(self.network, self.batch, order[0] if self.single else order, SHARES)
                .reshape(len(SHARES), -1).cpu().double().numpy() for which, order in self.orders.items()}

    def prepare(self) -> None:
        """Do the long work now, so that no control waits for it."""
        self.selectivity, self.components
        if self.has_granule:
            self.peaks, self.fires, self.curves

    def removed(self, order: str, share: float, cells: Sequence[int]) -> list[list[int]]:
        """Which cells go, for each network: the first ``share`` percent of an order, and those named by ``cells``."""
        first = round(share / 100 * self.network.config.n_granule)
        return [sorted({*row[:first].tolist(), *cells}) for row in self.orders[order]]

    def view(self, view: str, replica: int, unit: int, cell: int, **removal) -> DissectView:
        """What the picture is made of.

        Args:
            view: "single units", "population", "granule cells" or "lesion".
            replica, unit, cell: which network, cortical unit and granule cell is shown.
            removal: arguments of ``removed``.
        """
        common = self.label, self.seeds, replica, self.task.lines.numpy()
        if not self.shows(view):
            return NothingView(*common, view)
        if view == "single units":
            return UnitView(*common, unit, self.rates[replica, ..., unit].numpy(), self.selectivity)
        if view == "population":
            scores, shares = self.components.scores, self.components.shares
            return PopulationView(*common, scores[replica, ..., :2].numpy(), shares.numpy())
        if view == "granule cells":
            return GranuleView(*common, cell, self.granule[replica, ..., cell].numpy(), self.peaks, self.fires)
        return self._lesion_view(common, replica, **removal)

    def shows(self, view: str) -> bool:
        """True if there is something to see in this view."""
        return self.has_granule or view in ("single units", "population")

    def _lesion_view(self, common: tuple, replica: int, order: str, share: float, cells: Sequence[int]) -> LesionView:
        lists, n = self.removed(order, share, cells), self.task.n_patterns
        lost = np.zeros((len(lists), self.network.config.n_granule), dtype=bool)
        for row, some in zip(lost, lists):
            row[some] = True
        without = lesion(self.network, lists[0] if self.single else lists)
        after = observe(without, self.batch, generator=self._noise())
        drawn = [self._all(record.readout)[:, :n].numpy() for record in (self.record, after)]
        errors = [self._all(record.loss).double().numpy() for record in (self.record, after)]
        words = " and ".join([*([order] if share else []), *([f"{len(cells)} by number"] if cells else [])])
        activity = self.granule[replica].mean((0, 1)).numpy()
        voice = self._all(self.network.W_pf)[replica].norm(dim=0).numpy()
        return LesionView(*common, words or "none", lost, *drawn, *errors, np.array(SHARES), self.curves, activity,
                          voice)

    def code(self, origin: str, view: str, replica: int, unit: int, cell: int, order: str, share: float,
             cells: Sequence[int]) -> str:
        """Python that prints the numbers of the words; ``origin`` says where network and task come from."""
        if not self.shows(view):
            return f"# {self.label}: no granule cells to look at\n"
        config = self.network.config
        noise = ', generator=ccdyn.make_generators(seeds, "noise")' if config.cerebellar_noise else ""
        kept = ', record=["granule"]' if view in ("granule cells", "lesion") else ""
        first = f":{round(share / 100 * config.n_granule)}"
        more = "".join(f", {i}" for i in cells)
        removed = (f"cells = [*order[{first}].tolist(){more}]" if self.single
                   else f"cells = [[*row{more}] for row in order[:, {first}].tolist()]")
        names, lines = CODE[view]
        at = "" if self.single else f"{replica}, "
        return "\n".join([
            "import ccdyn", f"from {names}", "", origin,
            "seeds = network.config.seeds", f"patterns = list(range({self.task.n_patterns})) * {REPEATS}",
            'batch = task.trials(patterns, ccdyn.make_generators(seeds, "test"), network.dtype)',
            f"record = ccdyn.run(network, batch.x{kept}{noise})",
            *(line.format(at=at, unit=unit, cell=cell, order=order, removed=removed, noise=noise) for line in lines),
            ""])
