"""The cerebellum: mossy fibres expand the cortical state, parallel fibres read it out."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Generator, Tensor


def mossy_input(rate: Tensor, w: Mapping[str, Tensor]) -> Tensor:
    """What the mossy fibres carry: the cortical rates, or W_pons r if there is a pons that compresses them.

    Args:
        rate: r, (replica, rows, n_cortex).
        w: the network's weights by name; W_pons, if there is one, is (replica, n_pons, n_cortex).

    Returns:
        (replica, rows, n_cortex), or (replica, rows, n_pons).
    """
    return torch.bmm(rate, w["W_pons"].mT) if "W_pons" in w else rate


def granule_step(rate: Tensor, W_mf: Tensor, drive: Tensor | None = None, out: Tensor | None = None) -> Tensor:
    """Granule cells: a rectified random expansion of the cortical rates, g = relu(W_mf r).

    Args:
        rate: r, or what a pons makes of it, (replica, rows, n_mossy); rows may be a batch, or batch and time together.
        W_mf: mossy-fibre weights, (replica, n_granule, n_mossy).
        drive: where to write W_mf r. A scratch array that stays in the cache:
            the product is up to twice as slow when it writes to a series.
        out: where to write g; may be ``drive`` itself.

    Returns:
        g, (replica, rows, n_granule).
    """
    drive = torch.bmm(rate, W_mf.mT, out=drive)
    return drive.relu() if out is None else torch.clamp_min(drive, 0.0, out=out)


def purkinje_step(granule: Tensor, W_pf: Tensor) -> Tensor:
    """Purkinje cells: a linear readout of the granule cells, p = W_pf g.

    Args:
        granule: g, (replica, rows, n_granule).
        W_pf: parallel-fibre weights, (replica, n_out, n_granule).

    Returns:
        p, (replica, rows, n_out): the cerebellum's raw prediction. For
        classification these are logits.
    """
    return torch.bmm(W_pf, granule.mT).mT  # in this order up to four times as fast


def granule_signal(error: Tensor, granule: Tensor, W_pf: Tensor) -> Tensor:
    """Error at the granule cells' drive: (W_pf^T error) where the cell fires, 0 where it is silent.

    Args:
        error: dE/dp, (..., rows, n_out).
        granule: g, (..., rows, n_granule).
        W_pf: (..., n_out, n_granule).

    Returns:
        dE/d(W_mf r), (..., rows, n_granule).
    """
    signal = error @ W_pf
    # In place, in one pass over the largest array there is; multiplying by (granule > 0) is ten times slower.
    return torch.ops.aten.threshold_backward.grad_input(signal, granule, 0.0, grad_input=signal)


def add_mossy_gradient(total: Tensor, drive_signal: Tensor, rate: Tensor) -> None:
    """total += dE/dW_mf = sum over rows of (drive signal) r^T, (..., n_granule, n_mossy).

    The product is taken with the granule axis last, because that is how W_mf
    lies in memory (see ``Network``).
    """
    add_product = torch.baddbmm if rate.ndim == 3 else torch.addmm
    add_product(total.mT, rate.mT, drive_signal, out=total.mT)


def draw_mossy_mask(n_granule: int, n_mossy: int, fan_in: int, generator: Generator) -> Tensor:
    """Which mossy fibres each granule cell hears: exactly ``fan_in`` per row, without repeats.

    Real granule cells have 4 to 7 dendrites, each with one mossy fibre.

    Returns:
        (n_granule, n_mossy) of 0 and 1, float64.
    """
    order = torch.rand(n_granule, n_mossy, dtype=torch.float64, generator=generator).argsort(1)
    return (order < fan_in).to(torch.float64)
