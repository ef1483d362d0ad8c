"""The seam between networks and learning: what a plasticity rule is, and how rules combine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.dynamics import Online, run
from ccdyn.feedback import Silence
from ccdyn.loss import loss_and_error
from ccdyn.network import Network, Weights
from ccdyn.record import Record, Workspace
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch


@runtime_checkable
class Rule(Protocol):
    """A learning rule turns what happened in a run into gradients. It never touches the network.

    A rule sees the series it asked for and gives one gradient per weight that
    it claims; the optimiser does the rest. Two rules may not claim the same weight.

    Four things a rule may have beside these methods:

    * ``learns_in``: the kind of network that it is made for, ``Network`` if it does not say.
    * ``decays(network)``: share of a weight that is lost in every batch, before the
      optimiser's step, by name of the weights that it claims.
    * ``direct = True``: what it gives is subtracted from the weight as it is,
      without the optimiser (least squares knows how far to go).
    * ``online(state, network, batch)``, which returns an ``Online`` that ``run``
      calls after every step: learning inside the sequence. ``update`` finds it
      again as ``record.online``.
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
            generator: Generators | None = None, dropout: bool = False, online: Online | None = None,
            workspace: Workspace | None = None) -> Record:
    """Run a batch and add what the teacher says: ``record.loss`` and ``record.error`` = dE/dz.

    ``error`` is kept for the taught steps, ``batch.taught``. The other
    arguments are those of ``run``.

    Raises:
        ValueError: a batch that does not fit the network.
    """
    check_batch(batch, network)
    start, stop = batch.taught
    record = run(network, batch.x, record=needs, silence=silence, generator=generator, dropout=dropout,
                 readout_from=start, online=online, workspace=workspace)
    taught = (record.rows("readout", start, stop), batch.rows("target", start, stop), batch.rows("mask", start, stop))
    loss, error = loss_and_error(*taught)
    return record.teach(loss, error.unflatten(-2, (stop - start, batch.mask.shape[-2])), start)


@torch.no_grad()
def gradients(network: Network, batch: Batch, rules: Sequence[Rule], silence: Silence | None = None,
              generator: Generators | None = None) -> dict[str, Tensor]:
    """What each rule would change, for one batch and without dropout: gradients by weight name.

    Raises:
        ValueError: a batch that does not fit, a rule that is broken (see ``apply_rules``), or a gradient
            that is NaN or infinite.
    """
    check_rules(rules, network)
    states = [rule.init(network) for rule in rules]
    record = observe(network, batch, needed(rules, network, batch), silence, generator,
                     online=online_of(rules, states, network, batch))
    found, _ = apply_rules(rules, states, network, record, batch, generator)
    for name, gradient in found.items():
        if not bool(torch.isfinite(gradient).all()):
            raise ValueError(f"the gradient of {name} has {int((~torch.isfinite(gradient)).sum())} values that are NaN "
                             f"or infinite; look for a division by 0 or an overflow in {owner(rules, network)[name]}")
    return found


def apply_rules(rules: Sequence[Rule], states: Sequence[Any], network: Network, record: Record, batch: Batch,
                generator: Generators | None) -> tuple[dict[str, Tensor], list[Any]]:
    """The gradients of all rules by weight name, and the rules' new memories.

    Synapses that are not there (``fan_in``) get no gradient, whatever the rule.

    Raises:
        ValueError: a rule that gives another shape, leaves a claimed weight out, adds one, or changes the
            network itself; naming the rule, the weight and both shapes.
    """
    gradients, after = {}, []
    weights = network.weights()
    for rule, state in zip(rules, states):
        versions = {name: weight._version for name, weight in weights.items()}
        update, state = rule.update(state, network, record, batch, generator)
        _check_update(rule, update, network, weights, versions)
        gradients |= update
        after.append(state)
    for name in gradients.keys() & network.masks.keys():
        gradients[name] = gradients[name] * network.masks[name]
    return gradients, after


def _check_update(rule: Rule, update: dict[str, Tensor], network: Network, weights: dict[str, Tensor],
                  versions: dict[str, int]) -> None:
    """Refuse what is no gradient of the claimed weights, in one sentence."""
    claims = rule.claims(network)
    for name in claims:
        if name not in update:
            raise ValueError(f"{rule} claims {name} of shape {tuple(weights[name].shape)} but gave "
                             f"{', '.join(update) or 'nothing'}; return a gradient for each weight that it claims")
    for name, gradient in update.items():
        if name not in claims:
            raise ValueError(f"{rule} gave a gradient for {name!r} but claims {', '.join(claims)}; "
                             "add it to claims, or leave it out")
        if not isinstance(gradient, Tensor) or gradient.shape != weights[name].shape:
            found = tuple(gradient.shape) if isinstance(gradient, Tensor) else type(gradient).__name__
            raise ValueError(f"{rule} gave {found} for {name} of shape {tuple(weights[name].shape)}; "
                             "a gradient has the shape of its weight")
    for name, weight in weights.items():
        if weight._version != versions[name]:
            raise ValueError(f"{rule} changed {name} itself; return a gradient and leave the network as it is")


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


def check_rules(rules: Sequence[Rule], network: Weights) -> None:
    """Refuse rules that claim unknown weights, the same weight twice, or none at all.

    Raises:
        ValueError: naming the weight and the rules; a rule that is made for another kind of network.
    """
    known: dict[str, Rule] = {}
    for rule in rules:
        kind = getattr(rule, "learns_in", Network)
        if not isinstance(network, kind):
            raise ValueError(f"{rule} learns in a {kind.__name__} but got a {type(network).__name__}; build the network "
                             f"with ccdyn.{kind.__name__}.for_task(task, ...), or use another rule")
        for name in rule.claims(network):
            if name not in network.weights():
                raise ValueError(f"{rule} claims {name!r} but the network has {', '.join(network.weights())}; "
                                 "claim only weights that are there")
            if name in known:
                raise ValueError(f"{known[name]} and {rule} both claim {name!r}; a weight has one rule")
            known[name] = rule
    if not known:
        raise ValueError("no rule changes any weight; give at least one, such as DeltaRule()")
    for name, share in decays(rules, network).items():
        check_number(f"decay of {name}", share, 0.0, 1.0)
        if name not in known:
            raise ValueError(f"decays has {name!r} but no rule claims it; the rules claim {', '.join(known)}")
    online = [rule for rule in rules if hasattr(rule, "online")]
    if len(online) > 1:
        raise ValueError(f"{online[0]} and {online[1]} both learn inside the sequence; use one of them")


def owner(rules: Iterable[Rule], network: Network) -> dict[str, Rule]:
    """Which rule changes a weight, by its name."""
    return {name: rule for rule in rules for name in rule.claims(network)}


def decays(rules: Iterable[Rule], network: Network) -> dict[str, float]:
    """Share of each weight that is lost in every batch, where a rule says so."""
    return {name: share for rule in rules if hasattr(rule, "decays") for name, share in rule.decays(network).items()}


def online_of(rules: Sequence[Rule], states: Sequence[Any], network: Network, batch: Batch) -> Online | None:
    """What learns inside the sequence, if any of the rules does."""
    return next((rule.online(state, network, batch) for rule, state in zip(rules, states)
                 if hasattr(rule, "online")), None)


def needed(rules: Iterable[Rule], network: Network, batch: Batch) -> tuple[str, ...]:
    """All series that a set of rules asks for, each once."""
    return tuple(dict.fromkeys(name for rule in rules for name in rule.needs(network, batch)))
