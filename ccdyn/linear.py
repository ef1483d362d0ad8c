"""A control: the cerebellum without its relu, which is no more than another recurrent matrix."""

from __future__ import annotations

from copy import deepcopy

from torch import Tensor

from ccdyn.feedback import CerebellarFeedback
from ccdyn.network import Network
from ccdyn.plasticity.timed import TimedPlasticity, cerebellar_error
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


class LinearCerebellum(CerebellarFeedback):
    """c_t = factor_t W_pf W_mf r_{t-1}, for numbers as targets.

    The cortex then does exactly what one without feedback does whose recurrent weights are
    W_hh + W_ch W_pf W_mf: of rank n_out, and nothing that its own synapses could not do.

    Example:
        >>> from ccdyn import DeltaRule, LineDrawing, Network, start
        >>> network = without_relu(Network.for_task(LineDrawing(), feedback="cerebellar"))
        >>> state = start(network, LineDrawing(), [DeltaRule(), LinearTimed(tau=5)])
    """

    def step(self, rate, readout, w, writer, t, config, factor, noise):
        """c_t, (replica, batch, n_out)."""
        c = factor * (rate @ (w["W_pf"] @ w["W_mf"]).mT)
        writer.put("feedback", t, c)
        return c


def without_relu(network: Network) -> Network:
    """A copy of ``network`` with a ``LinearCerebellum``; to be taught by ``LinearTimed``. A file does not keep that.

    Raises:
        ValueError: a network without cerebellar feedback, or with classes as targets.
    """
    config = network.config
    if config.feedback != "cerebellar" or config.classification or config.n_slices > 1 or config.n_pons is not None:
        raise ValueError(f"this network has feedback={config.feedback!r}, classification={config.classification} and "
                         f"n_pons={config.n_pons}; use one with feedback='cerebellar' for numbers, without a pons")
    network = deepcopy(network)
    network.feedback = LinearCerebellum()
    return network


class LinearTimed(TimedPlasticity):
    """Timed plasticity of a ``LinearCerebellum``: the same pairs, cells that are never silent; mossy fibres learn."""

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return ()

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of W_pf and W_mf, by the chain rule from that of their product."""
        steps, targets = self._schedule(network, batch)
        rate = record.rows("rate_before", steps[0], steps[-1] + 1)
        prediction = rate @ (network.W_pf @ network.W_mf).mT
        product = cerebellar_error(prediction, batch.target, batch.mask, targets).mT @ rate
        return {"W_pf": product @ network.W_mf.mT, "W_mf": network.W_pf.mT @ product}, None
