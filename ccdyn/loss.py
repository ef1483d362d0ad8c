"""The task's error: how wrong the readout is, and which way is up."""

from __future__ import annotations

import torch
from torch import Tensor


def loss_and_error(readout: Tensor, target: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean loss over the supervised rows, and its gradient with respect to the readout::

        numbers:  E = mean (z - y)^2 over rows and units      dE/dz = 2 (z - y) / (n_rows n_out)
        labels:   E = mean -log softmax(z)[y] over rows        dE/dz = (softmax(z) - onehot(y)) / n_rows

    Args:
        readout: z, (..., rows, n_out).
        target: y, numbers (..., rows, n_out) or integer labels (..., rows).
        mask: (..., rows), 1 where a row counts, else 0.

    Returns:
        E, one number per replica (...), and dE/dz (..., rows, n_out), 0 where the mask is.
        Without any supervised row both are 0.
    """
    weight = mask / mask.sum(-1, keepdim=True).clamp_min(1.0)
    if target.dtype.is_floating_point:
        difference = readout - target
        weight = weight.unsqueeze(-1) / readout.shape[-1]
        error = difference * weight
        return (difference * error).sum((-2, -1)), 2.0 * error
    log_p = readout.log_softmax(-1)
    label = target.unsqueeze(-1)
    loss = -(log_p.gather(-1, label).squeeze(-1) * weight).sum(-1)
    error = log_p.exp()
    error.scatter_add_(-1, label, torch.full_like(label, -1, dtype=error.dtype))
    return loss, error * weight.unsqueeze(-1)


def trial_losses(readout: Tensor, target: Tensor, mask: Tensor, n_trials: int) -> Tensor:
    """What each trial adds to the mean loss of ``loss_and_error``, (..., batch); their sum is E.

    Rows are time-major, ``n_trials`` to a step.
    """
    weight = mask / mask.sum(-1, keepdim=True).clamp_min(1.0)
    if target.dtype.is_floating_point:
        losses = (readout - target).square().mean(-1)
    else:
        losses = -readout.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return (losses * weight).unflatten(-1, (-1, n_trials)).sum(-2)


def accuracy(readout: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Share of the scored rows whose largest readout is the label; shapes as in ``loss_and_error``."""
    right = (readout.argmax(-1) == target) * mask
    return right.sum(-1) / mask.sum(-1).clamp_min(1.0)


def certainty(readout: Tensor, mask: Tensor) -> Tensor:
    """Mean probability of the answers given, the largest of softmax(z), over the scored rows; shapes as above."""
    return (readout.softmax(-1).amax(-1) * mask).sum(-1) / mask.sum(-1).clamp_min(1.0)
