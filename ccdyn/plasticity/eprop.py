"""e-prop: what a synapse of the cortex can know, computed without a trace per synapse."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ccdyn.network import Network
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class EProp:
    """Symmetric e-prop for the leaky tanh cortex.

    In its textbook form each synapse low-passes what it receives and waits
    for a learning signal::

        eps_i(t) = alpha eps_i(t-1) + presynaptic_i(t)          (trace)
        e_ji(t) = (1 - r_j(t)^2) eps_i(t)                       (eligibility)
        L_j(t) = dE/dr_j(t) = sum_k W_rdt[k, j] dE/dz_k(t)      (learning signal)
        dE/dW_ji = sum over batch and t of L_j(t) e_ji(t)

    The presynaptic activity is x_t and f_t for the input weights and r_{t-1}
    for the recurrent ones. The same sum, with the order of summation turned
    round, filters the *postsynaptic* factor backwards::

        s_t = L_t (1 - r_t^2),   q_t = s_t + alpha q_{t+1},   dE/dW = sum over batch and t of q_t presynaptic_t^T

    which is what runs here: exact, one matrix product per weight, and memory
    for (time, batch, n_cortex) instead of (batch, to, from).

    Args:
        plastic: "full": stimulus, feedback and recurrent weights learn.
            "input": stimulus and feedback weights only.

    Source: Bellec et al. (2020), Nat Commun 11:3625, with the autapse term
    of the trace left out, as in Pemberton et al. (2024).
    """

    plastic: str = "full"

    def __post_init__(self) -> None:
        if self.plastic not in ("input", "full"):
            raise ValueError(f"plastic is {self.plastic!r}; use 'input' or 'full', or leave EProp out for a "
                             "fixed cortex")

    def claims(self, network: Network) -> tuple[str, ...]:
        feedback = (network.feedback.weight,) if network.feedback.weight else ()
        return ("W_ih", *feedback, *(("W_hh",) if self.plastic == "full" else ()))

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        feedback = ("feedback",) if network.feedback.weight else ()
        return (*feedback, *(("readout_hidden",) if network.config.readout == "granule" else ()))

    def init(self, network: Network) -> None:
        return None

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of W_ih, of the feedback weights, and of W_hh if fully plastic; shapes as in ``Network``."""
        stop = batch.taught[1]
        rows = backward_filtered(network, record, batch).flatten(-3, -2).mT
        gradients = {"W_ih": rows @ batch.rows("x", 0, stop)}
        if network.feedback.weight:
            gradients[network.feedback.weight] = rows @ record.rows("feedback", 0, stop)
        if self.plastic == "full":
            gradients["W_hh"] = rows @ record.rows("rate_before", 0, stop)
        return gradients, None


def backward_filtered(network: Network, record: Record, batch: Batch) -> Tensor:
    """q_t = L_t (1 - r_t^2) + alpha q_{t+1} for t = 0 .. last taught step, (..., time, batch, n_cortex).

    Steps after the last taught one have q = 0 and are left out.
    """
    start, stop = batch.taught
    rate = record.rows("rate", start, stop)
    hidden = record.rows("readout_hidden", start, stop) if "readout_hidden" in record else rate
    error, gain = record.rows("error", start, stop), 1.0 / (1.0 - record.dropout)
    signal = network.readout.learning_signal(error, hidden, network.weights(), gain)
    signal = torch.ops.aten.tanh_backward(signal, rate)  # L_t (1 - r_t^2), in one pass
    q = F.pad(signal.unflatten(-2, (stop - start, batch.mask.shape[-2])), (0, 0, 0, 0, start, 0))
    steps, alpha = q.unbind(-3), network.alpha
    for t in range(stop - 2, -1, -1):
        torch.addcmul(steps[t], alpha, steps[t + 1], out=steps[t])
    return q
