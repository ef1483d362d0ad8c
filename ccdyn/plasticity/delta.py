"""The delta rule: the readout follows the exact gradient of the task loss."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ccdyn.network import Network
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class DeltaRule:
    """Learning at the readout::

        dE/dW_rdt = sum_t (dE/dz_t) r_t^T,    dE/db_rdt = sum_t dE/dz_t

    (through the rectification, for a granule readout). Local: each synapse
    needs its own input and its output unit's error. It costs one product of
    (n_out, time * batch) with (time * batch, n_cortex).

    Source: Widrow & Hoff (1960); used for the readout in Pemberton et al. (2024).
    """

    def claims(self, network: Network) -> tuple[str, ...]:
        return tuple(network.readout.shapes(network.config))

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return ("readout_hidden",) if network.config.readout == "granule" else ()

    def init(self, network: Network) -> None:
        return None

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of the readout's weights; shapes as in ``Network``."""
        rate = record.rows("rate", *batch.taught)
        hidden = record.rows("readout_hidden", *batch.taught) if "readout_hidden" in record else rate
        error, gain = record.rows("error", *batch.taught), 1.0 / (1.0 - record.dropout)
        return network.readout.gradient(error, rate, hidden, network.weights(), gain), None
