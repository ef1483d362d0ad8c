"""What could be read out of states by someone who is free to choose the readout."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ccdyn.checks import check_number


def leave_one_out(states: Tensor, labels: Tensor, n_classes: int = 10, resolution: float = 0.05) -> Tensor:
    """What a linear least-squares decoder of the states says about each trial, fitted to all *other* trials::

        s_i = 1 / n_classes + W_i (r_i - mean r)
        W_i = argmin sum_{j != i} |s_j - y_j|^2 + n resolution^2 |W|^2        (y_j: 1 at the label, else 0)

    s_i estimates the probability of each class given the state, and sums to
    1 over classes; being linear, it can leave 0 to 1 a little. Without any
    information it is 1 / n_classes. No trial takes part in its own decoder.
    All n decoders come from one solution, since with G = sum r r^T + n resolution^2
    and h_i = r_i^T G^-1 r_i, leaving trial i out turns its fitted value f_i into
    (f_i - h_i y_i) / (1 - h_i).

    Args:
        states: (..., n, unit), such as the rates at one step, with any axes in front.
        labels: (n,) integers from 0 to n_classes - 1.
        n_classes: how many there are.
        resolution: how finely a unit can be read: the ridge that noise of this standard
            deviation on each unit amounts to (Bishop 1995, Neural Comput 7:108). Differences
            far below it, such as the last traces of a memory, count as lost. Above 0.

    Returns:
        (..., n, n_classes), in the dtype of the states.

    Raises:
        ValueError: labels that do not fit the states; a resolution that is not above 0.

    Cost: (unit + n) unit^2 operations for each set of states. Source: Allen (1974), Technometrics 16:125.

    >>> labels = torch.tensor([0, 1, 2] * 10)
    >>> states = torch.eye(3)[labels] + torch.linspace(0, 0.1, 30)[:, None]
    >>> leave_one_out(states, labels, n_classes=3)[0].round(decimals=1)
    tensor([1., 0., 0.])
    """
    check_number("resolution", resolution)
    if resolution == 0:
        raise ValueError("resolution is 0, with which there may be no solution; use a number above 0 such as 0.05")
    if labels.shape != states.shape[-2:-1] or labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels has shape {tuple(labels.shape)} and runs from {labels.min()} to {labels.max()}; the "
                         f"states ask for {tuple(states.shape[-2:-1])} labels from 0 to {n_classes - 1}")
    n, n_units = states.shape[-2:]
    states = states - states.mean(-2, keepdim=True)
    target = F.one_hot(labels, n_classes).to(states.dtype) - 1 / n_classes
    ridge = n * resolution**2 * torch.eye(n_units, dtype=states.dtype, device=states.device)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(states.mT @ states + ridge))
    weighted = states @ inverse
    own = (weighted * states).sum(-1, keepdim=True)     # h_i
    fitted = weighted @ (states.mT @ target)
    return (fitted - own * target) / (1 - own) + 1 / n_classes


def decode_cue(rate: Tensor, labels: Sequence[int] | Tensor, ridge: float = 1e-4) -> Tensor:
    """How often a linear decoder names the cue from the rates of one step: (..., time), chance is 1 / number of cues.

    At each step a decoder of its own is fitted to the first half of the trials
    and tested on the second. It regresses 1 for the cue and 0 for the others
    on the rates, and names the cue with the largest answer::

        D_t = argmin sum |D r_t - y|^2 + ridge * (mean variance of a unit) |D|^2,    both centred

    Args:
        rate: (..., batch, time, unit).
        labels: cue of each trial, (batch,).
        ridge: how much the size of D costs, so that there always is an answer.

    Raises:
        ValueError: not one label for each of at least two trials.
    """
    labels = torch.as_tensor(labels, device=rate.device)
    if labels.shape != rate.shape[-3:-2] or len(labels) < 2:
        raise ValueError(f"there are labels of shape {tuple(labels.shape)} for rates of shape {tuple(rate.shape)}; "
                         f"give one for each of the {rate.shape[-3]} trials, and at least two trials")
    half = len(labels) // 2
    answers = F.one_hot(labels[:half]).double()
    rate = rate.transpose(-3, -2).double()
    fit, test = rate[..., :half, :], rate[..., half:, :]
    middle = fit.mean(-2, keepdim=True)
    fit = fit - middle
    squares = fit.mT @ fit
    diagonal = squares.diagonal(dim1=-2, dim2=-1)
    # A cortex that is silent has no variance at all.
    diagonal += (ridge * diagonal.mean(-1, keepdim=True)).clamp_min(torch.finfo(torch.float64).tiny)
    decoder = torch.linalg.solve(squares, fit.mT @ answers)
    said = (test @ decoder + (answers.mean(0) - middle @ decoder)).argmax(-1)
    return (said == labels[half:]).double().mean(-1)
