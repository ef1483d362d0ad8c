"""e-prop: what a synapse of the cortex can know, computed without a trace per synapse."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.network import Network
from ccdyn.plasticity.synapses import check_plastic, onto_cortex, presynaptic_series, product_with_inputs
from ccdyn.record import Record
from ccdyn.rng import Generators, make_generators, uniform
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class EProp:
    """e-prop for the leaky tanh cortex.

    In its textbook form each synapse low-passes what it receives and waits
    for a learning signal::

        eps_i(t) = alpha eps_i(t-1) + presynaptic_i(t)          (trace)
        e_ji(t) = (1 - r_j(t)^2) eps_i(t)                       (eligibility)
        L_j(t) = sum_k B[k, j] dE/dz_k(t)                       (learning signal; dE/dr_j(t) if B = W_rdt)
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
        feedback: how the error at the readout reaches the cortex, L = B^T dE/dz.
            "symmetric": B is the readout itself, W_rdt (with a granule readout, the
            exact path through its granule cells).
            "random": B stays as it was drawn, uniform in +-1/sqrt(n_cortex).
            (``AdaptiveEProp`` learns B.)
        kappa: the readout's error passes a low-pass filter before it is sent,
            dE/dz_t <- kappa dE/dz_{t-1} + (1 - kappa) dE/dz_t; 0 sends it as it is. What the
            filter still holds after the last taught step goes on teaching.

    Cost: one product per plastic weight and time step. Memory: one series (time, batch, n_cortex).

    Raises:
        ValueError: an unknown ``plastic`` or ``feedback``, kappa outside [0, 1].

    Source: Bellec et al. (2020), Nat Commun 11:3625, with the autapse term
    of the trace left out, as in Pemberton et al. (2024).
    """

    plastic: str = "full"
    feedback: str = "symmetric"
    kappa: float = 0.0

    def __post_init__(self) -> None:
        check_plastic(self.plastic)
        if self.feedback not in ("symmetric", "random"):
            raise ValueError(f"feedback of the learning signal is {self.feedback!r}; use 'symmetric' or 'random', or "
                             "the rule AdaptiveEProp, which learns it")
        check_number("kappa", self.kappa, 0.0, 1.0)

    def claims(self, network: Network) -> tuple[str, ...]:
        return onto_cortex(network, self.plastic)

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        through_granules = network.config.readout == "granule" and self.feedback == "symmetric"
        return presynaptic_series(network) + (("readout_hidden",) if through_granules else ())

    def init(self, network: Network) -> dict[str, Tensor] | None:
        """B, (n_out, n_cortex) or (replica, n_out, n_cortex), unless it is the readout."""
        if self.feedback == "symmetric":
            return None
        c = network.config
        B = uniform(c.n_cortex**-0.5, (c.n_out, c.n_cortex), make_generators(c.seeds, "feedback"), torch.float64)
        return {"B": B.to(network.device, network.dtype)}

    def update(self, state: dict[str, Tensor] | None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], dict[str, Tensor] | None]:
        """Gradients of W_ih, of the feedback weights, and of W_hh if fully plastic; shapes as in ``Network``."""
        B = None if state is None else state["B"]
        signal = learning_signal(network, record, batch, B, self.kappa)
        gradients = product_with_inputs(self.claims(network), record, batch,
                                        backward_filtered(network, record, batch, signal))
        return gradients, state


def learning_signal(network: Network, record: Record, batch: Batch, B: Tensor | None = None,
                    kappa: float = 0.0) -> Tensor:
    """L_t = dE/dr_t from the first taught step on, (..., time, batch, n_cortex).

    It ends with the last taught step, or with the trial if the error is filtered.
    """
    (start, stop), n_steps, n_trials = batch.taught, batch.x.shape[-2], batch.mask.shape[-2]
    error = record.rows("error", start, stop).unflatten(-2, (stop - start, n_trials))
    if kappa:
        error, stop = F.pad(error, (0, 0, 0, 0, 0, n_steps - stop)).mul_(1.0 - kappa), n_steps
        for before, now in pairwise(error.unbind(-3)):
            now.add_(before, alpha=kappa)
    error = error.flatten(-3, -2)
    if B is not None:
        signal = error @ B
    else:
        gain = 1.0 / (1.0 - record.dropout)
        hidden = record.rows("readout_hidden" if "readout_hidden" in record else "rate", start, stop)
        signal = network.readout.learning_signal(error, hidden, network.weights(), gain)
    return signal.unflatten(-2, (stop - start, n_trials))


def backward_filtered(network: Network, record: Record, batch: Batch, signal: Tensor) -> Tensor:
    """q_t = L_t (1 - r_t^2) + alpha q_{t+1} for t = 0 .. last step with a signal, (..., time, batch, n_cortex).

    Later steps have q = 0 and are left out. ``signal`` is written over.
    """
    start = batch.taught[0]
    stop = start + signal.shape[-3]
    rate = record.rows("rate", start, stop).unflatten(-2, signal.shape[-3:-1])
    q = torch.ops.aten.tanh_backward.grad_input(signal, rate, grad_input=signal)  # L_t (1 - r_t^2), in place
    q = F.pad(q, (0, 0, 0, 0, start, 0)) if start else q
    steps, alpha = q.unbind(-3), network.alpha
    for t in range(stop - 2, -1, -1):
        torch.addcmul(steps[t], alpha, steps[t + 1], out=steps[t])
    return q
