"""FORCE: the readout learns at every step, inside the sequence, by recursive least squares."""

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
class FORCE(LeastSquares):
    """Recursive least squares at the linear readout, after every time step.

    With R the rates of the taught trials at step t, a 1 beside each for the
    bias, one trial a row, and e = z_t - y_t their error before the change::

        K = P R^T (1 + R P R^T)^-1
        P <- P - K R P
        [W_rdt, b_rdt]^T <- [W_rdt, b_rdt]^T - K e

    Since the change comes at once, a network with readout feedback hears a
    readout that is nearly right from the first steps on; learning keeps the
    loop stable while it finds weights that do so alone. After every step the
    readout is the exact solution of ridge regression on all steps so far::

        argmin_W  sum |W r - y|^2 + regularisation |W - W_0|^2

    ``P``, the inverse correlation of the rates, is kept from batch to batch, in float64: in
    float32 it soon has negative eigenvalues, and the weights explode.
    To see the network run free, ``run`` or ``evaluate`` it: nothing learns there.

    Args:
        regularisation: P starts as the identity over this number (alpha in the
            paper); smaller learns faster at first.

    Cost: (n_cortex + 1)^2 * batch per step. Memory: P, (n_cortex + 1)^2 numbers per network.

    Raises:
        ValueError: a network with classes as targets or with a granule readout.

    Source: Sussillo & Abbott (2009), Neuron 63:544, eqs. 3 to 5; several trials at
    once by the matrix inversion lemma.
    """

    def init(self, network: Network) -> dict[str, Tensor]:
        """P, (n_cortex + 1, n_cortex + 1) or with a replica axis in front, always float64."""
        identity = torch.eye(network.config.n_cortex + 1, dtype=torch.float64, device=network.device)
        shape = network.W_rdt.shape[:-2] + identity.shape
        return {"P": (identity / self.regularisation).expand(shape).clone()}

    def online(self, state: dict[str, Tensor], network: Network, batch: Batch) -> RecursiveLeastSquares:
        """What ``run`` calls after every step of this batch."""
        return RecursiveLeastSquares(state["P"], batch, network.config.n_replicas is None)

    def update(self, state: dict[str, Tensor], network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """How far the readout has moved in the batch, as a change to subtract, and P."""
        moved, P = record.online.result()
        return {name: getattr(network, name) - weight for name, weight in moved.items()}, {"P": P}


class RecursiveLeastSquares:
    """The readout while a batch goes on; inside there always is a replica axis, as in ``run``."""

    def __init__(self, P: Tensor, batch: Batch, single: bool) -> None:
        self.single = single
        self.P, self.target, self.mask = (part.unsqueeze(0) if single else part
                                          for part in (P.clone(), batch.target, batch.mask))
        self.moved: dict[str, Tensor] = {}

    def __call__(self, t: int, readout: Tensor, rate: Tensor, w: dict[str, Tensor]) -> dict[str, Tensor]:
        mask = self.mask[..., t].unsqueeze(-1)              # (replica, batch, 1)
        R = (F.pad(rate, (0, 1), value=1.0) * mask).double()  # an untaught trial is a row of zeros: no change
        error = (readout - self.target[..., t, :]) * mask
        PR = self.P @ R.mT
        K = torch.linalg.solve(torch.eye(R.shape[-2], dtype=R.dtype, device=R.device) + R @ PR, PR, left=False)
        self.P.baddbmm_(K, PR.mT, alpha=-1)                 # in place: P is nearly all there is to read and write
        change = (K.to(error.dtype) @ error).mT
        self.moved = {"W_rdt": w["W_rdt"] - change[..., :-1], "b_rdt": w["b_rdt"] - change[..., -1]}
        return {**w, **self.moved}

    def result(self) -> tuple[dict[str, Tensor], Tensor]:
        """The readout's weights after the batch, and P; shapes as in ``Network``."""
        if self.single:
            return {name: weight.squeeze(0) for name, weight in self.moved.items()}, self.P.squeeze(0)
        return self.moved, self.P
