"""Ridge regression: the readout of an echo-state network in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ccdyn.network import Network
from ccdyn.plasticity.least_squares import LeastSquares
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class RidgeRegression(LeastSquares):
    """The best linear readout of all rates seen so far::

        [W_rdt, b_rdt] = argmin sum |W r + b - y|^2 + regularisation (|W|^2 + b^2)
                       = (sum y [r, 1]^T) (sum [r, 1] [r, 1]^T + regularisation)^-1

    over the taught steps of every batch since the start. It forgets where the
    readout began. With a fixed cortex and no feedback one large batch is all
    it takes; a network that hears its own readout changes its rates as it
    learns, and then the sums mix old and new ones (see ``FORCE``).

    Args:
        regularisation: how much the weights' size costs, above 0.

    Cost: one product of (n_cortex + 1, time * batch) with its transpose, and one solution of n_cortex + 1
    equations. Memory: (n_cortex + 1)^2 numbers per network.

    Raises:
        ValueError: a network with classes as targets or with a granule readout.

    Source: Jaeger (2001), GMD report 148; Lukosevicius & Jaeger (2009), Comput Sci Rev 3:127.
    """

    regularisation: float = 1e-3

    def init(self, network: Network) -> dict[str, Tensor]:
        """The two sums: of [r, 1] [r, 1]^T, with the regularisation in it, and of [r, 1] y^T; float64."""
        n, n_out = network.config.n_cortex + 1, network.config.n_out
        front = network.W_rdt.shape[:-2]
        squares = self.regularisation * torch.eye(n, dtype=torch.float64, device=network.device)
        return {"squares": squares.expand(*front, n, n).clone(),
                "products": torch.zeros(*front, n, n_out, dtype=torch.float64, device=network.device)}

    def update(self, state: dict[str, Tensor], network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The distance to the best readout, as a change to subtract, and the sums."""
        mask = batch.rows("mask", *batch.taught).unsqueeze(-1).double()
        rate = F.pad(record.rows("rate", *batch.taught).double(), (0, 1), value=1.0) * mask
        squares = state["squares"] + rate.mT @ rate
        products = state["products"] + rate.mT @ batch.rows("target", *batch.taught).double()
        best = torch.linalg.solve(squares, products).mT.to(network.dtype)
        change = {"W_rdt": network.W_rdt - best[..., :-1], "b_rdt": network.b_rdt - best[..., -1]}
        return change, {"squares": squares, "products": products}
