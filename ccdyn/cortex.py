"""The cortex: one leaky step of a recurrent network of tanh units."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log

import torch
from torch import Tensor

DT_MS = 50.0    # duration of a time step


def time_constant(kept: float) -> float:
    """After how many ms 1/e is left of what keeps the share ``kept`` in each step: -dt / ln kept.

    >>> round(time_constant(0.5))
    72
    """
    return inf if kept >= 1 else -DT_MS / log(kept) if kept > 0 else 0.0


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


def lone_units(x: Tensor, alpha: Sequence[float], divided: bool = False) -> Tensor:
    """Units without neighbours, one for each ``alpha``, that all hear the same input from rest.

    What a leak alone does. Multiplying the input with 1 - alpha, as many other
    models do, keeps the height that a steady input leads to the same::

        h_t = alpha h_{t-1} + g x_t,    g = 1, or 1 - alpha if divided
        h_t -> g / (1 - alpha) x        for a steady x

    Args:
        x: input, (time,).
        alpha: fraction of h kept per step, (unit,).
        divided: multiply the input with 1 - alpha.

    Returns:
        h, (time, unit), float64; the rate is its tanh.

    >>> lone_units(torch.ones(3), [0.5, 0.0])[:, 0].tolist()
    [1.0, 1.5, 1.75]
    """
    alpha = torch.as_tensor(alpha, dtype=torch.float64)
    stimulus = x.double()[:, None] * (1 - alpha if divided else torch.ones_like(alpha))
    h, alone = torch.zeros(1, 1, len(alpha), dtype=torch.float64), torch.zeros(1, len(alpha), len(alpha)).double()
    steps = []
    for now in stimulus[:, None, None]:
        h = leaky_step(h, h.tanh(), now, None, alpha, alone, None)
        steps.append(h[0, 0])
    return torch.stack(steps)
