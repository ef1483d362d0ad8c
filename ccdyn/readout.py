"""How the cortex answers: a linear readout, or one that expands first like a cerebellum.

Both have the same methods. ``shapes`` names the weights, ``forward``
computes the answer, and the other two are its exact derivatives, which every
learning rule needs and which are local enough to write by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ccdyn.cerebellum import add_mossy_gradient, granule_signal, granule_step, purkinje_step

if TYPE_CHECKING:
    from ccdyn.network import NetworkConfig


class LinearReadout:
    """z_t = W_rdt r_t + b_rdt."""

    def shapes(self, config: NetworkConfig) -> dict[str, tuple[tuple[int, ...], float]]:
        """Weights by name: (shape without the replica axis, bound of the uniform initial values)."""
        bound = config.n_cortex**-0.5
        return {"W_rdt": ((config.n_out, config.n_cortex), bound), "b_rdt": ((config.n_out,), bound)}

    def forward(self, rate: Tensor, w: dict[str, Tensor], dropout: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Answer and the activity that it was read from.

        Args:
            rate: (replica, rows, n_cortex).

        Returns:
            z (replica, rows, n_out), and ``rate`` itself.
        """
        return torch.baddbmm(w["b_rdt"].unsqueeze(-2), rate, w["W_rdt"].mT), rate

    def gradient(self, error: Tensor, rate: Tensor, hidden: Tensor, w: dict[str, Tensor],
                 gain: float = 1.0) -> dict[str, Tensor]:
        """Exact gradient of the task loss: dE/dW_rdt = sum_t (dE/dz_t) r_t^T, dE/db_rdt = sum_t dE/dz_t.

        Args:
            error: dE/dz, (..., rows, n_out).
            rate: r, (..., rows, n_cortex).
            hidden: the second thing ``forward`` returned.
            gain: not used by this readout, which has no dropout.
        """
        return {"W_rdt": error.mT @ rate, "b_rdt": error.sum(-2)}

    def learning_signal(self, error: Tensor, hidden: Tensor, w: dict[str, Tensor], gain: float = 1.0) -> Tensor:
        """L_j = dE/dr_j = sum_k W_rdt[k, j] dE/dz_k, (..., rows, n_cortex)."""
        return error @ w["W_rdt"]


class GranuleReadout:
    """A readout with a cerebellum's expansion, the control for "it is just a better readout"::

        z_t = W_pf_rdt relu(dropout(W_mf_rdt r_t))

    No biases. In training, each granule drive is dropped with probability
    ``readout_dropout`` and the others are scaled by 1 / (1 - readout_dropout).

    Source: Pemberton, Chadderton & Costa (2024), Table 1, fourth column, and released code.
    """

    def shapes(self, config: NetworkConfig) -> dict[str, tuple[tuple[int, ...], float]]:
        fan_in = config.fan_in or config.n_cortex
        return {
            "W_mf_rdt": ((config.n_granule, config.n_cortex), fan_in**-0.5),
            "W_pf_rdt": ((config.n_out, config.n_granule), config.n_granule**-0.5),
        }

    def forward(self, rate: Tensor, w: dict[str, Tensor], dropout: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Answer (replica, rows, n_out) and granule activity (replica, rows, n_granule).

        ``dropout`` is 0 where a drive is dropped and 1 / (1 - p) elsewhere.
        """
        granule = granule_step(rate, w["W_mf_rdt"])
        granule = granule if dropout is None else granule * dropout
        return purkinje_step(granule, w["W_pf_rdt"]), granule

    def gradient(self, error: Tensor, rate: Tensor, hidden: Tensor, w: dict[str, Tensor],
                 gain: float = 1.0) -> dict[str, Tensor]:
        """Exact gradient of the task loss, through the rectification and the dropout.

        ``gain`` is 1 / (1 - readout_dropout) if ``forward`` dropped drives, else 1.
        """
        gradients = {"W_pf_rdt": error.mT @ hidden, "W_mf_rdt": torch.zeros_like(w["W_mf_rdt"])}
        add_mossy_gradient(gradients["W_mf_rdt"], granule_signal(error, hidden, w["W_pf_rdt"]), gain * rate)
        return gradients

    def learning_signal(self, error: Tensor, hidden: Tensor, w: dict[str, Tensor], gain: float = 1.0) -> Tensor:
        """L = dE/dr = W_mf_rdt^T dE/d(granule drive), (..., rows, n_cortex)."""
        return gain * (granule_signal(error, hidden, w["W_pf_rdt"]) @ w["W_mf_rdt"])


READOUT = {"linear": LinearReadout(), "granule": GranuleReadout()}
