"""What a cortex alone does with a cue: the modes of its linear part."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.network import Network


def rescaled(network: Network, radius: float, gain: float = 1.0) -> Network:
    """A copy of ``network`` whose W_hh has the spectral radius ``radius``, and whose W_ih is ``gain`` times as large.

    The spectral radius is the largest absolute eigenvalue; W_hh as it is drawn
    has about .63 with 50 units, and .58 (1 / sqrt 3) with very many::

        W_hh <- radius / max |eig(W_hh)| W_hh,    W_ih <- gain W_ih

    Raises:
        ValueError: a negative radius or gain.

    >>> from ccdyn import LineDrawing
    >>> network = rescaled(Network.for_task(LineDrawing(), n_cortex=5, alpha=0.0, seeds=(0, 1)), radius=1.5)
    >>> modes(network).abs().amax(-1)
    tensor([1.5000, 1.5000], dtype=torch.float64)
    """
    check_number("radius", radius)
    check_number("gain", gain)
    network = deepcopy(network)
    with torch.no_grad():
        largest = torch.linalg.eigvals(network.W_hh.double()).abs().amax(-1)
        network.W_hh.mul_((radius / largest)[..., None, None].to(network.dtype))
        network.W_ih.mul_(gain)
    return network


def modes(network: Network) -> Tensor:
    """Eigenvalues of one time step near rest, h_t = (alpha I + W_hh) h_{t-1}: complex (..., n_cortex).

    Each belongs to a pattern of activity that a step multiplies with it: it
    fades if the absolute value is below 1, grows (until tanh holds it) above
    1, and turns if the eigenvalue is complex.
    """
    with torch.no_grad():
        kept = network.alpha.double() * torch.eye(network.config.n_cortex, dtype=torch.float64, device=network.device)
        return torch.linalg.eigvals(kept + network.W_hh.double())
