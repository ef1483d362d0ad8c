"""What rules that find a linear readout by least squares have in common."""

from __future__ import annotations

from dataclasses import dataclass

from ccdyn.checks import check_number
from ccdyn.network import Network
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True)
class LeastSquares:
    """A direct rule for W_rdt and b_rdt: it knows how far to go and needs no optimiser.

    Raises:
        ValueError: a regularisation that is not above 0; a network with classes as
            targets or with a granule readout.
    """

    regularisation: float = 1.0
    direct = True

    def __post_init__(self) -> None:
        check_number("regularisation", self.regularisation)
        if self.regularisation == 0:
            raise ValueError("regularisation is 0, with which there may be no solution; use a number above 0 such as 1")

    def claims(self, network: Network) -> tuple[str, ...]:
        config = network.config
        if config.readout != "linear" or config.classification:
            raise ValueError(f"{self} trains a linear readout of numbers but the network has readout="
                             f"{config.readout!r} and classification={config.classification}; use DeltaRule()")
        return ("W_rdt", "b_rdt")

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return ()
