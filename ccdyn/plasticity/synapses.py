"""The weights onto the cortex, and what reaches their synapses: shared by the rules that change them."""

from __future__ import annotations

from torch import Tensor

from ccdyn.network import Network
from ccdyn.record import Record
from ccdyn.tasks.batch import Batch


def check_plastic(plastic: str) -> None:
    """Refuse anything but "input" and "full"."""
    if plastic not in ("input", "full"):
        raise ValueError(f"plastic is {plastic!r}; use 'input' or 'full', or leave the rule out for a fixed cortex")


def onto_cortex(network: Network, plastic: str = "full") -> tuple[str, ...]:
    """Names of the stimulus and feedback weights, and of the recurrent ones if ``plastic`` is "full"."""
    feedback = (network.feedback.weight,) if network.feedback.weight else ()
    return ("W_ih", *feedback, *(("W_hh",) if plastic == "full" else ()))


def presynaptic_series(network: Network) -> tuple[str, ...]:
    """What ``product_with_inputs`` needs to have been recorded, beside the rate."""
    return ("feedback",) if network.feedback.weight else ()


def product_with_inputs(names: tuple[str, ...], record: Record, batch: Batch, q: Tensor) -> dict[str, Tensor]:
    """sum over batch and t of q_t presynaptic_t^T: gradients of weights onto the cortex, shapes as in ``Network``.

    Args:
        names: of weights onto the cortex.
        q: postsynaptic factor from step 0 on, (..., time, batch, n_cortex).
    """
    stop, rows = q.shape[-3], q.flatten(-3, -2).mT
    gradients = {}
    for name in names:
        presynaptic = (batch.rows("x", 0, stop) if name == "W_ih" else
                       record.rows("rate_before" if name == "W_hh" else "feedback", 0, stop))
        gradients[name] = rows @ presynaptic
    return gradients
