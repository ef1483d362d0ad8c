"""Train the small networks that ship with this project, from which some labs start.

    python data/networks.py [NAME ...]

Each is a published experiment (``ccdyn.preset``) with cerebellar feedback and,
where nothing else is said, its published settings. Of the seeds that are tried,
the first few are kept whose best weights (lowest validation loss) answer enough
validation trials right. The files are written beside this script; the seeds and
the checksum, which belongs into ccdyn/storage.py and data/README.md, are printed.
Training takes a minute or two for each. On another machine the last digits of
the weights, and so the checksum, may differ.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ccdyn


@dataclass(frozen=True)
class Recipe:
    """Which experiment, for how many sessions, and which of the trained networks are kept."""

    preset: str
    n_sessions: int
    tried: Sequence[int]        # seeds
    kept: int                   # how many of them: the first whose
    accuracy: float             # validation accuracy is at least this
    network: Mapping[str, Any] = field(default_factory=dict)    # what differs from the published settings
    training: Mapping[str, Any] = field(default_factory=dict)

    def start(self, seeds: Sequence[int]) -> ccdyn.TrainState:
        """Fresh networks, ready to learn."""
        published = ccdyn.preset(self.preset)
        preset = replace(published, network={**published.network, **self.network})
        return preset.start(seeds=tuple(seeds), **self.training)


RECIPES = {
    "association": Recipe("delayed association", n_sessions=20, tried=range(10), kept=5, accuracy=0.99),
    # fewer granule cells, larger batches and steps than published, to get there sooner and to be a small file
    "evidence": Recipe("evidence accumulation", n_sessions=50, tried=range(5), kept=5, accuracy=0.8,
                       network={"expansion": 4}, training={"lr": 3e-3, "batch_size": 30}),
}


def make(recipe: Recipe) -> tuple[ccdyn.Network, np.ndarray]:
    """The networks that are kept, as one; and the validation accuracy of all that were tried, (seed,)."""
    state = recipe.start(recipe.tried)
    ccdyn.train(state, recipe.n_sessions)
    best = state.history["validation_loss"].argmin(1)
    accuracy = state.history["validation_accuracy"][np.arange(len(best)), best]
    good = np.flatnonzero(accuracy >= recipe.accuracy)[:recipe.kept].tolist()
    if len(good) < recipe.kept:
        raise SystemExit(f"only {len(good)} networks of {len(best)} have reached {recipe.accuracy}; try more seeds")
    return pick(ccdyn.best_network(state), good), accuracy


def pick(network: ccdyn.Network, places: Sequence[int]) -> ccdyn.Network:
    """Some of the replicas, as a network of their own."""
    few = ccdyn.Network(replace(network.config, seeds=tuple(network.config.seeds[i] for i in places)))
    for name, weight in few.weights().items():
        weight.data.copy_(getattr(network, name).detach()[list(places)])
    return few


def main(names: Sequence[str]) -> None:
    torch.set_num_threads(1)    # another number of threads sums in another order
    for name in names or RECIPES:
        network, accuracy = make(RECIPES[name])
        path = Path(__file__).parent / f"{name}.safetensors"
        ccdyn.save_network(network, path)
        print(f"validation accuracy of seeds {list(RECIPES[name].tried)}: {accuracy.round(3).tolist()}")
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.stat().st_size:>9,} bytes  {path.name}, "
              f"seeds {', '.join(map(str, network.config.seeds))}")


if __name__ == "__main__":
    main(sys.argv[1:])
