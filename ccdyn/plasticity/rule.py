"""The seam between networks and learning: what a plasticity rule is, and how rules combine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from ccdyn.dynamics import run
from ccdyn.feedback import Silence
from ccdyn.loss import loss_and_error
from ccdyn.network import Network
from ccdyn.record import Record, Workspace
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@runtime_checkable
class Rule(Protocol):
    """A learning rule turns what happened in a run into gradients. It never touches the network.

    A rule sees the series it asked for and gives one gradient per weight that
    it claims; the optimiser does the rest. Two rules may not claim the same weight.
    """

    def claims(self, network: Network) -> tuple[str, ...]:
        """Names of the weights that this rule changes in ``network``."""
        ...

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        """Names of the recorded series that ``update`` will read, beside ``rate`` and ``error``."""
        ...

    def init(self, network: Network) -> Any:
        """The rule's own memory at the start: a dict of tensors, or None."""
        ...

    def update(self, state: Any, network: Network, record: Record, batch: Batch,
               generator: Generators | None) -> tuple[dict[str, Tensor], Any]:
        """Gradients by weight name, each of its weight's shape, and the rule's new memory.

        ``record`` has, beside the series asked for, ``error`` = dE/dz at the
        taught steps ``batch.taught``; ``record.rows`` and ``batch.rows`` give
        any series as a matrix over time and batch. The series are overwritten
        in the next training step: copy what the rule's memory keeps of them.
        """
        ...


@torch.no_grad()
def observe(network: Network, batch: Batch, needs: Iterable[str] = (), silence: Silence | None = None,
            generator: Generators | None = None, dropout: bool = False, workspace: Workspace | None = None) -> Record:
    """Run a batch and add what the teacher says: ``record.loss`` and ``record.error`` = dE/dz.

    ``error`` is kept for the taught steps, ``batch.taught``. The other
    arguments are those of ``run``.

    Raises:
        ValueError: a batch that does not fit the network.
    """
    check_batch(batch, network)
    start, stop = batch.taught
    record = run(network, batch.x, record=needs, silence=silence, generator=generator, dropout=dropout,
                 readout_from=start, workspace=workspace)
    taught = (record.rows("readout", start, stop), batch.rows("target", start, stop), batch.rows("mask", start, stop))
    loss, error = loss_and_error(*taught)
    return record.teach(loss, error.unflatten(-2, (stop - start, batch.mask.shape[-2])), start)


@torch.no_grad()
def gradients(network: Network, batch: Batch, rules: Sequence[Rule], silence: Silence | None = None,
              generator: Generators | None = None) -> dict[str, Tensor]:
    """What each rule would change, for one batch and without dropout: gradients by weight name."""
    check_rules(rules, network)
    record = observe(network, batch, needed(rules, network, batch), silence, generator)
    return apply_rules(rules, [rule.init(network) for rule in rules], network, record, batch, generator)[0]


def apply_rules(rules: Sequence[Rule], states: Sequence[Any], network: Network, record: Record, batch: Batch,
                generator: Generators | None) -> tuple[dict[str, Tensor], list[Any]]:
    """The gradients of all rules by weight name, and the rules' new memories.

    Synapses that are not there (``fan_in``) get no gradient, whatever the rule.
    """
    gradients, after = {}, []
    for rule, state in zip(rules, states):
        update, state = rule.update(state, network, record, batch, generator)
        gradients |= update
        after.append(state)
    for name in gradients.keys() & network.masks.keys():
        gradients[name] = gradients[name] * network.masks[name]
    return gradients, after


def check_batch(batch: Batch, network: Network) -> None:
    """Refuse a batch whose parts do not fit each other or the network, in one sentence."""
    n_out, shape = network.config.n_out, batch.x.shape[:-1]
    if batch.is_classification != network.config.classification:
        raise ValueError(f"the batch has {'labels' if batch.is_classification else 'numbers'} as targets but the "
                         f"network was built with classification={network.config.classification}; build it with "
                         f"classification={batch.is_classification}")
    wanted = shape if batch.is_classification else (*shape, n_out)
    if batch.target.shape != wanted:
        raise ValueError(f"target has shape {tuple(batch.target.shape)} but x and n_out={n_out} ask for "
                         f"{tuple(wanted)}; give one target per trial and step")
    for name in ("mask", "score_mask"):
        if getattr(batch, name).shape != shape:
            raise ValueError(f"{name} has shape {tuple(getattr(batch, name).shape)} but x has {tuple(shape)} "
                             "trials and steps; give it that shape (use .expand)")
    if batch.is_classification:
        low, high = (int(value) for value in batch.target.aminmax())
        if low < 0 or high >= n_out:
            raise ValueError(f"labels run from {low} to {high} but the network has {n_out} classes; "
                             f"use 0 to {n_out - 1}")
    elif not all(map(math.isfinite, batch.target.aminmax())):
        raise ValueError(f"target has {int((~torch.isfinite(batch.target)).sum())} values that are NaN or infinite; "
                         "clean it, or set mask to 0 and the target to 0 where nothing is taught")


def claimed(rules: Iterable[Rule], network: Network) -> list[str]:
    """Names of all weights that a set of rules changes."""
    return [name for rule in rules for name in rule.claims(network)]


def check_rules(rules: Sequence[Rule], network: Network) -> None:
    """Refuse rules that claim unknown weights, the same weight twice, or none at all.

    Raises:
        ValueError: naming the weight and the rules.
    """
    owner: dict[str, Rule] = {}
    for rule in rules:
        for name in rule.claims(network):
            if name not in network.weights():
                raise ValueError(f"{rule} claims {name!r} but the network has {', '.join(network.weights())}; "
                                 "claim only weights that are there")
            if name in owner:
                raise ValueError(f"{owner[name]} and {rule} both claim {name!r}; a weight has one rule")
            owner[name] = rule
    if not owner:
        raise ValueError("no rule changes any weight; give at least one, such as DeltaRule()")


def needed(rules: Iterable[Rule], network: Network, batch: Batch) -> tuple[str, ...]:
    """All series that a set of rules asks for, each once."""
    return tuple(dict.fromkeys(name for rule in rules for name in rule.needs(network, batch)))
