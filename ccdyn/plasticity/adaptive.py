"""e-prop whose way back from the readout is learned, too."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.network import Network
from ccdyn.plasticity.delta import DeltaRule
from ccdyn.plasticity.eprop import EProp
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class AdaptiveEProp:
    """e-prop with senders B that learn what the readout learns, and forget as it forgets::

        W_rdt <- (1 - decay) W_rdt - step(sum_t (dE/dz_t) r_t^T)
        B     <- (1 - decay) B     - step(sum_t (dE/dz_t) r_t^T)
        L_t = B^T dE/dz_t, and the rest as in ``EProp``

    Both sides of the loop between cortex and readout have the same two factors
    at hand, the unit's rate and the error at the output, so both can compute
    the same change without knowing each other's weights. Their difference
    shrinks by ``decay`` in every batch, whatever they learn: after 1 / decay
    batches a third of it is left, and B has become W_rdt.

    The change is whatever the optimiser makes of the product; as it is the same for both, B takes
    it from what has become of W_rdt since the last batch. This rule claims
    the readout too, since it must forget alike; leave ``DeltaRule`` out.

    Args:
        plastic, kappa: as in ``EProp``. B starts at random.
        decay: share of W_rdt and of B that is lost in every batch, from 0 (B stays as far from
            W_rdt as it was) to 1.

    Cost: that of ``EProp`` and ``DeltaRule`` together. Memory: two matrices (n_out, n_cortex) more.

    Raises:
        ValueError: a decay outside [0, 1], what ``EProp`` refuses, a network with a granule readout.

    Source: Kolen & Pollack (1994), IEEE Int Conf Neural Netw 3:1375; for e-prop Bellec et al.
    (2020), Nat Commun 11:3625 ("adaptive e-prop").
    """

    plastic: str = "full"
    kappa: float = 0.0
    decay: float = 0.01

    def __post_init__(self) -> None:
        check_number("decay", self.decay, 0.0, 1.0)
        self._onto_cortex()

    def _onto_cortex(self) -> EProp:
        return EProp(self.plastic, "random", self.kappa)

    def claims(self, network: Network) -> tuple[str, ...]:
        if network.config.readout != "linear":
            raise ValueError(f"{self} learns together with a linear readout but the network has readout="
                             f"{network.config.readout!r}; use EProp()")
        return (*self._onto_cortex().claims(network), *DeltaRule().claims(network))

    def decays(self, network: Network) -> dict[str, float]:
        """Share of W_rdt that is lost in every batch."""
        return {"W_rdt": self.decay}

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return self._onto_cortex().needs(network, batch)

    def init(self, network: Network) -> dict[str, Tensor]:
        """B and W_rdt before anything is learned, each (n_out, n_cortex) or (replica, n_out, n_cortex)."""
        return {**self._onto_cortex().init(network), "W_rdt": network.W_rdt.detach().clone()}

    def update(self, state: dict[str, Tensor], network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Gradients of the weights onto the cortex and of the readout; shapes as in ``Network``."""
        B, left = self.senders(state, network), 1.0 - self.decay
        gradients, _ = self._onto_cortex().update({"B": B}, network, record, batch)
        readout, _ = DeltaRule().update(None, network, record, batch)
        return gradients | readout, {"B": left * B, "W_rdt": left * network.W_rdt}

    @staticmethod
    def senders(state: dict[str, Tensor], network: Network) -> Tensor:
        """B as it is now, from the rule's memory: what was left of it, and the step that W_rdt has taken since."""
        return state["B"] + (network.W_rdt.detach() - state["W_rdt"])
