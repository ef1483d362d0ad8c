"""The gradient microscope: how near the gradient of a learning rule comes to the true one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ccdyn.checks import check_count
from ccdyn.feedback import Silence
from ccdyn.loss import loss_and_error
from ccdyn.network import Network
from ccdyn.plasticity import BPTT, Rule
from ccdyn.plasticity.rule import apply_rules, needed, observe
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch

if TYPE_CHECKING:
    import xarray

MEASURES = ("cosine", "ratio")


@dataclass(frozen=True)
class Angles:
    """Cosine and length of gradients beside the true one.

    Attributes:
        values: (rule, weight, measure, step, seed); NaN where a rule does not
            change a weight, or where one of the two gradients is 0.
        rules: names of the rules.
        weights: names of the weights, and "all": those of a rule taken together.
        steps: time steps of the error, or ("all",) if they were taken together.
        seeds: of the networks.
    """

    values: np.ndarray
    rules: tuple[str, ...]
    weights: tuple[str, ...]
    steps: tuple[int | str, ...]
    seeds: tuple[int, ...]

    def __getitem__(self, key: tuple[str, str, str]) -> np.ndarray:
        """``angles[rule, weight, measure]``: (step, seed), or (seed,) if the steps were taken together."""
        rule, weight, measure = key
        found = self.values[self.rules.index(rule), self.weights.index(weight), MEASURES.index(measure)]
        return found[0] if self.steps == ("all",) else found

    def to_xarray(self) -> xarray.DataArray:
        """With named axes; needs xarray."""
        import xarray
        return xarray.DataArray(self.values, dims=("rule", "weight", "measure", "step", "seed"),
                                coords={"rule": list(self.rules), "weight": list(self.weights),
                                        "measure": list(MEASURES), "step": list(self.steps),
                                        "seed": list(self.seeds)})


@torch.no_grad()
def gradient_angles(network: Network, batch: Batch, rules: Mapping[str, Rule], steps: Iterable[int] | None = None,
                    silence: Silence | None = None, generator: Generators | None = None,
                    memory: Mapping[str, Any] | None = None) -> Angles:
    """Compare what rules would change with the true gradient, on one batch::

        cosine = g . G / (|g| |G|),    ratio = |g| / |G|

    where g is the rule's gradient of a weight and G the one of ``BPTT``: of the
    task loss through everything that moves, feedback and cerebellum included.
    Cosine 1 is the same direction, 0 an unrelated one.

    Args:
        network: stays as it is.
        batch: trials with their targets.
        rules: learning rules by the name that they shall have in the result; they
            need not change the same weights.
        steps: time steps of the error that are looked at one by one, such as ``range(*batch.taught)``,
            which shows how far back a rule can reach; the cost grows with them. None takes
            all steps together.
        silence, generator: as in ``run``.
        memory: of rules that remember, by the same names, such as the ``TrainState.rule_states`` of
            ``AdaptiveEProp``; the others start afresh.

    Raises:
        ValueError: no rules, direct rules such as ``FORCE``, which have no gradient, memory of a rule that is not
            there, or a batch that does not fit.

    Example:
        >>> from ccdyn import EProp, LineDrawing, Network, make_generators
        >>> task = LineDrawing()
        >>> network = Network.for_task(task, feedback="none", seeds=range(5))
        >>> batch = task.batch(50, make_generators(range(5), "test"), "test")
        >>> angles = gradient_angles(network, batch, {"e-prop": EProp()})
        >>> bool((angles["e-prop", "W_hh", "cosine"] > 0.5).all())
        True
    """
    for name, rule in rules.items():
        if getattr(rule, "direct", False):
            raise ValueError(f"{name} is {rule}, which has no gradient to compare; use rules such as EProp()")
    if not rules:
        raise ValueError('rules is empty; give at least one, such as {"e-prop": EProp()}')
    memory = dict(memory or {})
    for name in memory:
        if name not in rules:
            raise ValueError(f"memory is that of {name!r} but the rules are {', '.join(rules)}; use one of their names")
    start, stop = batch.taught
    steps = ("all",) if steps is None else tuple(steps)
    for step in steps if steps != ("all",) else ():
        check_count("step", step, start, stop - 1, "the steps that are taught")
    weights = tuple(dict.fromkeys(weight for rule in rules.values() for weight in rule.claims(network)))
    seeds = network.config.seeds if network.config.n_replicas else (network.config.seeds,)
    values = np.full((len(rules), len(weights) + 1, 2, len(steps), len(seeds)), np.nan)
    compared = (*rules.values(), BPTT(weights=weights))
    states = [*(memory.get(name, rule.init(network)) for name, rule in rules.items()), None]
    parts = [batch if step == "all" else _only(batch, step) for step in steps]
    series = {name for part in parts for name in needed(compared, network, part)}
    lived = observe(network, batch, series, silence, generator)  # one run for all rules and steps
    for k, part in enumerate(parts):
        record = lived if part is batch else _teach_only(lived, part)
        *found, truth = (apply_rules([rule], [state], network, record, part, generator)[0]
                         for rule, state in zip(compared, states))
        for i, gradients in enumerate(found):
            for j, names in enumerate((*((weight,) for weight in weights), tuple(gradients))):
                if gradients.keys() >= set(names):
                    g, G = (torch.cat([_flat(source[name], network) for name in names], -1)
                            for source in (gradients, truth))
                    values[i, j, :, k] = _compare(g, G).cpu().numpy()
    return Angles(values, tuple(rules), (*weights, "all"), steps, tuple(seeds))


def _only(batch: Batch, step: int) -> Batch:
    """The batch with a teacher who speaks at one step."""
    mask = torch.zeros_like(batch.mask)
    mask[..., step] = batch.mask[..., step]
    return replace(batch, mask=mask)


def _teach_only(record: Record, part: Batch) -> Record:
    """The same run, taught by another batch of the same trials."""
    start, stop = part.taught
    loss, error = loss_and_error(record.rows("readout", start, stop), part.rows("target", start, stop),
                                 part.rows("mask", start, stop))
    return record.teach(loss, error.unflatten(-2, (stop - start, part.mask.shape[-2])), start)


def _flat(values: Tensor, network: Network) -> Tensor:
    return values.reshape(network.config.n_replicas or 1, -1).double()


def _compare(g: Tensor, G: Tensor) -> Tensor:
    """(2, replica): cosine and ratio of lengths; NaN if either is 0."""
    lengths = g.norm(dim=-1), G.norm(dim=-1)
    return torch.stack([(g * G).sum(-1) / (lengths[0] * lengths[1]),
                        (lengths[0] / lengths[1]).where(lengths[1] > 0, torch.nan)])
