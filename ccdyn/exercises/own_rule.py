"""A student's e-prop as a learning rule, and under the microscope beside ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ccdyn.network import Network
from ccdyn.panels import MicroscopePanel
from ccdyn.plasticity.eprop import EProp, learning_signal
from ccdyn.plasticity.rule import gradients
from ccdyn.plasticity.synapses import onto_cortex, presynaptic_series
from ccdyn.plots import spread
from ccdyn.record import Record
from ccdyn.rng import Generators, make_generators
from ccdyn.tasks.batch import Batch

SAME = 1e-3     # of the length: what single precision and another order of summation may leave


@dataclass(frozen=True)
class OwnRule:
    """A ``Rule`` made of a function such as the one of lab 04, which sees one network at a time::

        dW_ih, dW_hh = function(x, rates, L, alpha, W_hh)

    x (trial, time, input) is what comes in, feedback included; rates and L = dE/dr are (trial, time, unit).
    Whatever the function does to its arguments, the network and the record stay as they are.

    Raises:
        ValueError: in ``update``, if what comes back is no pair of gradients.
    """

    function: Callable

    def __repr__(self) -> str:
        return f"exercises.own_rule({getattr(self.function, '__name__', 'function')})"

    def claims(self, network: Network) -> tuple[str, ...]:
        return onto_cortex(network)

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        return EProp().needs(network, batch)

    def init(self, network: Network) -> None:
        return None

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of all weights onto the cortex; shapes as in ``Network``."""
        start, stop = batch.taught
        L = F.pad(learning_signal(network, record, batch).transpose(-3, -2), (0, 0, start, batch.x.shape[-2] - stop))
        parts = [batch.x, *(getattr(record, name) for name in presynaptic_series(network))]
        given = [torch.cat(parts, -1), record.rate, L, network.W_hh.detach()]
        replicas = network.config.n_replicas or 1
        if network.alpha.numel() not in (1, replicas):
            raise ValueError(f"{self} knows one alpha for all units; use EProp() for a network with several")
        if network.config.n_replicas is None:
            given = [each.unsqueeze(0) for each in given]
        onto, recurrent = map(torch.stack, zip(*(
            self._ask(*one) for one in zip(*given, network.alpha.flatten().expand(replicas).tolist()))))
        if network.config.n_replicas is None:
            onto, recurrent = onto[0], recurrent[0]
        *names, last = self.claims(network)     # the stimulus and feedback weights stand side by side
        return {**dict(zip(names, onto.split([part.shape[-1] for part in parts], -1))), last: recurrent}, state

    def _ask(self, x: Tensor, rates: Tensor, L: Tensor, W_hh: Tensor, alpha: float) -> tuple[Tensor, ...]:
        """The two gradients of one network."""
        found = self.function(x.clone(), rates.clone(), L.clone(), alpha, W_hh.clone())
        shapes = (len(W_hh), x.shape[-1]), tuple(W_hh.shape)
        if not isinstance(found, (tuple, list)) or [getattr(each, "shape", None) for each in found] != list(shapes):
            raise ValueError(f"{self} should return two tensors, of shape {shapes[0]} and {shapes[1]}")
        return tuple(each.detach().to(W_hh.dtype) for each in found)


def own_rule(function: Callable) -> OwnRule:
    """The function as a learning rule, for ``MicroscopePanel``, ``train``, ``gradient_angles`` and all else."""
    return OwnRule(function)


class OwnRulePanel(MicroscopePanel):
    """The microscope, and a sentence on where its first rule parts from e-prop, by weight matrix.

    The cosine to the true gradient alone does not tell: many a wrong rule has the same.
    """

    def stage(self) -> list[list]:
        """The sentence above the picture."""
        return [[self.meaning], [self.picture]]

    def look(self) -> None:
        """Compare with the true gradient, and the first rule with e-prop."""
        if not self.tape.seen:
            self.mine, self.ours = (
                gradients(self.network, self.batch, [rule], generator=make_generators(self.seeds, "noise"))
                for rule in (next(iter(self.rules.values())), EProp()))
        super().look()

    def refresh(self) -> None:
        """Look, draw again, and say where they part."""
        super().refresh()
        self.meaning.value = self.parting() if len(self.rules) > 1 else ""

    def parting(self) -> str:
        """Where the first rule parts from e-prop, in words."""
        parts = []
        for name, ours in self.ours.items():
            mine, ours = (each.flatten(1).double() for each in (self.mine[name], ours))
            if bool(((mine - ours).norm(dim=1) <= SAME * ours.norm(dim=1)).all()):
                parts.append(f"{name} the same")
            else:
                cosine, length = F.cosine_similarity(mine, ours), mine.norm(dim=1) / ours.norm(dim=1)
                way = (f"cosine of the two {spread(cosine, 2)}" if float(cosine.min()) < 0.995
                       else "nearly the same direction")
                parts.append(f"<b>{name} parts</b>, {way}, length {spread(length, 2)} of ours")
        return f"In these networks now, {next(iter(self.rules))} beside our e-prop: {'; '.join(parts)}."
