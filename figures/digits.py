"""Sequential MNIST with a fixed cortex: is it the feedback, or just a better readout?

Digits are read row by row, and only the readout and the cerebellum learn. Two
factors, at two levels each:

at once, held    28 rows, taught at the last one; or 12 blank rows follow, taught on the last 18 steps
alpha .5, .1     a cortex that keeps half of its state, or a tenth

Each architecture trains on the same 6,000 digits, five times; the score is
the accuracy on all 10,000 test digits, weights as they are after the last
batch. The control "granule readout" has no feedback but reads the cortex
through as many rectified granule cells as the cerebellum has.

    python figures/digits.py
"""

from __future__ import annotations

import torch
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import bars

TASKS = {"at once": {}, "held": {"blank_steps": 12, "teacher": (-18, None)}}
ALPHAS = (0.5, 0.1)
NETWORK = {"n_cortex": 100, "expansion": 20, "seeds": range(5)}
TRAINING = {"tau": 3, "lr": 1e-3, "batch_size": 50, "batches_per_session": 120}
N_TRAIN, N_SESSIONS, N_TEST, PIECE = 6000, 5, 10_000, 1000

AXES = {"test accuracy by seed": ("version", "architecture", "seed"),
        "validation accuracy by seed and session": ("version", "architecture", "seed", "session")}


def compute(quick: bool = False) -> dict:
    """Train and test every architecture on every version."""
    network = {**NETWORK, **({"n_cortex": 20, "seeds": range(2)} if quick else {})}
    training = {**TRAINING, **({"batches_per_session": 2, "validation_size": 20} if quick else {})}
    n_sessions, n_test = (1, 100) if quick else (N_SESSIONS, N_TEST)
    accuracy, validation = {}, {}
    versions = {f"{name}, alpha {alpha}": (options, alpha) for name, options in TASKS.items() for alpha in ALPHAS}
    total = len(versions) * len(ccdyn.ARCHITECTURES) * n_sessions * training["batches_per_session"]
    with progress(total) as bar:
        for version, (options, alpha) in versions.items():
            task = ccdyn.SequentialMNIST(n_train=N_TRAIN, **options)
            accuracy[version], validation[version] = {}, {}
            for label, architecture in ccdyn.ARCHITECTURES.items():
                bar.set_description(f"{version}, {label}")
                model = ccdyn.Network.for_task(task, alpha=alpha, **architecture, **network)
                state = train(bar, model, task, n_sessions, **training)
                accuracy[version][label] = test_accuracy(state.network, task, n_test)
                validation[version][label] = state.history["validation_accuracy"]
            bar.write(table(f"accuracy on {n_test} test digits, {version}", accuracy[version]))
    return {"settings": {"tasks": TASKS, "alphas": ALPHAS, "network": network, "training": training, "n_train": N_TRAIN,
                         "n_sessions": n_sessions, "n_test": n_test},
            "test accuracy by seed": accuracy, "validation accuracy by seed and session": validation}


def test_accuracy(network: ccdyn.Network, task: ccdyn.SequentialMNIST, n_test: int) -> list[float]:
    """Share of the first ``n_test`` test digits that each replica names, a piece at a time to save memory."""
    generators = ccdyn.make_generators(network.config.seeds, "test")
    right = torch.zeros(network.config.n_replicas)
    for first in range(0, n_test, PIECE):
        batch = task.split_batch("test", first, min(first + PIECE, n_test), generators)
        right += ccdyn.evaluate(network, batch)["accuracy"] * batch.x.shape[-3]
    return (right / n_test).tolist()


def draw(result: dict):
    """Four groups of bars, a dot for every network."""
    accuracy = {version.replace(", ", "\n"): values for version, values in result["test accuracy by seed"].items()}
    return bars(accuracy, ylabel="accuracy on 10,000 test digits", chance=0.1)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
