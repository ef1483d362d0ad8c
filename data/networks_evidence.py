"""Train the networks that lab 09 takes apart, and write them to ``data/evidence.safetensors``.

    python data/networks_evidence.py

Five networks with cerebellar feedback learn evidence accumulation, with alpha .1 and tau 3 as published (Fig. 5), but
200 granule cells instead of 1,000, and batches and steps three times as large, to get there sooner (some two minutes).
The weights are those of the lowest validation error. On another machine their last digits may differ.
"""

from __future__ import annotations

from pathlib import Path

import torch

import ccdyn

SIZES = {"feedback": "cerebellar", "alpha": 0.1, "expansion": 4, "seeds": (0, 1, 2, 3, 4)}
TRAINING = {"tau": 3, "lr": 3e-3, "batch_size": 30, "batches_per_session": 80}
N_SESSIONS = 50


def evidence(n_sessions: int = N_SESSIONS) -> ccdyn.Network:
    """Five networks with the weights of their lowest validation error."""
    task = ccdyn.EvidenceAccumulation()
    state = ccdyn.start(ccdyn.Network.for_task(task, **SIZES), task, **TRAINING)
    return ccdyn.best_network(ccdyn.train(state, n_sessions))


if __name__ == "__main__":
    torch.set_num_threads(1)    # another number of threads sums in another order
    path = Path(__file__).with_name("evidence.safetensors")
    ccdyn.save_network(evidence(), path)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
