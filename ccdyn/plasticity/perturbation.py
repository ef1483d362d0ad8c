"""Node perturbation: try something else, and keep what made the error smaller."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.dynamics import rerun
from ccdyn.loss import trial_losses
from ccdyn.network import Network
from ccdyn.plasticity.synapses import check_plastic, onto_cortex, presynaptic_series, product_with_inputs
from ccdyn.record import Record
from ccdyn.rng import Generators, make_generators, normal
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class NodePerturbation:
    """Learning from trial and error: the baseline that needs no error signal but one number::

        xi_t ~ N(0, sigma^2)                      a small extra current into every cortical unit, at every step
        Delta_b = E_b(with xi) - E_b(without)     what it changed in the error of trial b
        dE/dW = mean over samples of sum over b and t of (Delta_b / sigma^2) xi_t presynaptic_t^T

    where t ends with the last taught step of trial b, since nothing later can
    have changed its error.

    Its expectation is the true gradient (for small sigma) through everything
    that moves, like ``BPTT``; its variance grows with units and time steps,
    and this is why it learns slowly.

    Args:
        sigma: size of the perturbation, small beside 1.
        samples: how often each trial is tried anew.
        plastic: "full" or "input", as in ``EProp``.

    Cost: one more run of the batch per sample. Memory: one series (time, batch, n_cortex).

    Raises:
        ValueError: a sigma that is not above 0, samples below 1, an unknown ``plastic``.

    Source: Williams (1992), Mach Learn 8:229; Fiete & Seung (2006), Phys Rev Lett 97:048104.
    """

    sigma: float = 0.01
    samples: int = 1
    plastic: str = "full"

    def __post_init__(self) -> None:
        check_count("samples", self.samples)
        check_number("sigma", self.sigma)
        if self.sigma == 0:
            raise ValueError("sigma is 0, which perturbs nothing; use a number above 0 such as 0.01")
        check_plastic(self.plastic)

    def claims(self, network: Network) -> tuple[str, ...]:
        return onto_cortex(network, self.plastic)

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return presynaptic_series(network)

    def init(self, network: Network) -> None:
        return None

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Noisy gradients of the weights onto the cortex; shapes as in ``Network``."""
        start, stop = batch.taught
        steps, trials = batch.x.shape[-2], batch.x.shape[-3]
        generator = make_generators(network.config.seeds, "noise") if generator is None else generator
        teaching = (batch.rows("target", start, stop), batch.rows("mask", start, stop), trials)
        before = trial_losses(record.rows("readout", start, stop), *teaching)
        q = 0.0
        for _ in range(self.samples):
            xi = self.sigma * normal((trials, steps, network.config.n_cortex), generator, network.dtype)
            xi = xi.to(network.device)
            tried = rerun(network, batch.x, record, current=xi, readout_from=start, autograd=False)
            change = trial_losses(tried.rows("readout", start, stop), *teaching) - before
            q = q + xi.transpose(-3, -2) * (change / (self.samples * self.sigma**2)).unsqueeze(-2).unsqueeze(-1)
        matters = batch.mask.flip(-1).cummax(-1).values.flip(-1).mT.unsqueeze(-1)  # until a trial's last taught step
        return product_with_inputs(self.claims(network), record, batch, (q * matters)[..., :stop, :, :]), None
