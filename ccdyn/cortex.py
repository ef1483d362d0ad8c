"""The cortex: one leaky step of a recurrent network of tanh units."""

from __future__ import annotations

import torch
from torch import Tensor


def leaky_step(h: Tensor, rate: Tensor, stimulus: Tensor, feedback: Tensor | None, alpha: Tensor, W_hh: Tensor,
               W_fh: Tensor | None, out: Tensor | None = None) -> Tensor:
    """One time step of the cortex, before the tanh.

    Each unit keeps a fraction ``alpha`` of what it was, and adds what the
    outside world, the feedback and its neighbours send it::

        h_t = alpha h_{t-1} + W_ih x_t + W_fh f_t + W_hh r_{t-1},    r_t = tanh(h_t)

    There is no (1 - alpha) factor in front of the input, and no bias: with a
    step of ``dt`` ms, alpha = exp(-dt / tau_membrane), so larger means slower.

    Args:
        h: state before the step, (replica, batch, n_cortex).
        rate: r_{t-1} = tanh(h), same shape.
        stimulus: W_ih x_t, same shape.
        feedback: f_t, (replica, batch, n_feedback), or None without feedback.
        alpha: fraction of h kept, broadcastable to h.
        W_hh: recurrent weights, (replica, to, from).
        W_fh: feedback weights, (replica, to, from), or None without feedback.
        out: where to write the result; may be ``h`` itself.

    Returns:
        h_t, (replica, batch, n_cortex).

    Source: Pemberton, Chadderton & Costa (2024), Methods, and their released code.
    """
    h = torch.addcmul(stimulus, alpha, h, out=out)
    if feedback is not None:
        h = torch.baddbmm(h, feedback, W_fh.mT, out=out)
    return torch.baddbmm(h, rate, W_hh.mT, out=out)
