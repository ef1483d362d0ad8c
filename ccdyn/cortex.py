"""The cortex: one leaky step of a recurrent network of tanh units."""

from __future__ import annotations

import torch
from torch import Tensor


def leaky_step(h: Tensor, rate: Tensor, current: Tensor, alpha: Tensor, W_hh: Tensor,
               out: Tensor | None = None) -> Tensor:
    """One time step of the cortex, before the tanh.

    Each unit keeps a fraction ``alpha`` of what it was, and adds what its
    neighbours and the outside world send it::

        h_t = alpha h_{t-1} + W_hh r_{t-1} + current_t,    r_t = tanh(h_t)

    There is no (1 - alpha) factor in front of the input, and no bias: with a
    step of ``dt`` ms, alpha = exp(-dt / tau_membrane), so larger means slower.

    Args:
        h: state before the step, (replica, batch, n_cortex).
        rate: r_{t-1} = tanh(h), same shape.
        current: W_ih x_t + feedback current, same shape.
        alpha: fraction of h kept, broadcastable to h.
        W_hh: recurrent weights, (replica, to, from).
        out: where to write the result; may be ``h`` itself.

    Returns:
        h_t, (replica, batch, n_cortex).

    Source: Pemberton, Chadderton & Costa (2024), Methods, and their released code.
    """
    kept = torch.addcmul(current, alpha, h, out=out)
    return torch.baddbmm(kept, rate, W_hh.mT, out=out)
