"""Does a cortex that learns, too, make the cerebellum superfluous?

Line drawing at the published settings, 20 sessions, with e-prop for nothing in
the cortex, for what comes into it (stimulus and feedback), or for all of it.

    python figures/plasticity.py
"""

from __future__ import annotations

import numpy as np
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST = range(10), 20, 1000
LABELS = ("no feedback", "readout feedback", "cerebellar feedback")
PLASTICITY = {"cortex fixed": "fixed", "its inputs learn": "input", "all of it learns": "full"}
AXES = {"test error by seed": ("cortex", "architecture", "seed"),
        "validation error by session": ("cortex", "architecture", "session", "seed")}


def compute(quick: bool = False) -> dict:
    """Train and test each architecture with each kind of cortical plasticity."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    error = {name: {} for name in PLASTICITY}
    curves = {name: {} for name in PLASTICITY}
    with progress(len(PLASTICITY) * len(LABELS) * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for name, plasticity in PLASTICITY.items():
            for label in LABELS:
                bar.set_description(f"{name}, {label}")
                network = ccdyn.Network.for_task(task, seeds=seeds, **ccdyn.ARCHITECTURES[label])
                state = train(bar, network, task, n_sessions, plasticity=plasticity, **settings)
                error[name][label] = ccdyn.evaluate(state.network, test)["loss"]
                curves[name][label] = state.history["validation_loss"].T
    for name, rows in error.items():
        print(table(f"test error after {n_sessions} sessions, {name}", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "task": "LineDrawing()",
                         "network": "published defaults", "training": settings or "published defaults"},
            "test error by seed": error, "validation error by session": curves}


def draw(result: dict):
    """Learning curves, a panel for each kind of plasticity."""
    sessions = {"x": np.arange(1, result["settings"]["n_sessions"] + 1), "xlabel": "session",
                "ylabel": "validation error", "chance": 0.159}
    return sweeps({name: {**sessions, "values": rows} for name, rows in result["validation error by session"].items()},
                  columns=3)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
