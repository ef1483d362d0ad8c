"""Backpropagation through time: the true gradient, and its truncated form."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ccdyn.checks import check_count
from ccdyn.dynamics import State, rerun
from ccdyn.network import Network
from ccdyn.plasticity.synapses import onto_cortex
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class BPTT:
    """Backpropagation through time, through everything that moves::

        dE/dW = sum over t of (dE/dz_t) dz_t/dW

    where dz_t/dW follows every path: the leak, the recurrent weights, the
    feedback and, if there is one, the cerebellum. Nothing is detached. No
    synapse could know this; it is what the other rules are compared with.

    With a ``window`` the trial is cut into pieces of so many steps, and
    nothing is sent back from one piece to the one before (truncated BPTT).
    The state itself passes on, so all steps see the same activity as without.

    Args:
        window: steps in a piece; None takes the whole trial at once.
        weights: names of the weights that learn; None takes those onto the
            cortex (W_ih, W_hh and the feedback weights).

    Cost: the trial is lived through a second time and walked back. Memory:
    the activity of one window, (window, batch, all units).

    Raises:
        ValueError: a window below 1; weights that the network does not have (when training starts).

    Source: Rumelhart, Hinton & Williams (1986); Williams & Peng (1990), Neural Comput 2:490, for the truncated form.
    """

    window: int | None = None
    weights: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.window is not None:
            check_count("window", self.window, 1, why="steps; None is the whole trial")

    def claims(self, network: Network) -> tuple[str, ...]:
        return onto_cortex(network) if self.weights is None else tuple(self.weights)

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return ()

    def init(self, network: Network) -> None:
        return None

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of the claimed weights; shapes as in ``Network``."""
        weights = {name: getattr(network, name) for name in self.claims(network)}
        total = {name: torch.zeros_like(weight) for name, weight in weights.items()}
        first, last = batch.taught
        window = self.window or max(last, 1)
        before: State | None = None
        untaught = first // window * window
        if untaught:  # nothing is sent back from these pieces
            before = rerun(network, batch.x, record, 0, untaught, readout_from=untaught - 1, autograd=False).state
        for start in range(untaught, last, window):
            stop = min(start + window, last)
            heard = max(first, start)  # the first step whose readout is wanted
            piece = rerun(network, batch.x, record, start, stop, before, readout_from=heard)
            before = State(*(part.detach() for part in piece.state))
            with torch.enable_grad():
                readout = piece.rows("readout", heard - start, stop - start)
            found = torch.autograd.grad(readout, list(weights.values()), record.rows("error", heard, stop),
                                        allow_unused=True)
            for name, gradient in zip(weights, found):
                if gradient is not None:
                    total[name] += gradient
        return total, None
