"""Line drawing with a fixed cortex: only the loop through the cerebellum learns it.

The published settings (the defaults of ``Network`` and ``start``): alpha .1,
tau 3, 20 granule cells per cortical unit, plastic mossy fibres, Adam at 1e-3,
30 sessions of 100 batches of 10 trials. The picture of the README.

    python figures/linedraw.py
"""

from __future__ import annotations

import numpy as np
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import lines_and_curves

LABELS = ("no feedback", "readout feedback", "cerebellar feedback")
SEEDS, N_SESSIONS, N_TEST = range(10), 30, 1000

AXES = {"test error by seed, last weights": ("architecture", "seed"),
        "test error by seed, best validation": ("architecture", "seed"),
        "validation error by seed and session": ("architecture", "seed", "session")}


def compute(quick: bool = False) -> dict:
    """Train ten networks of each kind and test them on 1,000 fresh trials."""
    seeds, n_sessions, n_test = (range(2), 2, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    gallery = task.gallery(ccdyn.make_generators(seeds, "test"))
    last, best, curves, drawn = {}, {}, {}, {}
    with progress(len(LABELS) * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for label in LABELS:
            bar.set_description(label)
            network = ccdyn.Network.for_task(task, seeds=seeds, **ccdyn.ARCHITECTURES[label])
            state = train(bar, network, task, n_sessions, **settings)
            chosen = ccdyn.best_network(state)
            last[label] = ccdyn.evaluate(state.network, test)["loss"]
            best[label] = ccdyn.evaluate(chosen, test)["loss"]
            curves[label] = state.history["validation_loss"]
            drawn[label] = ccdyn.run(chosen, gallery.x).readout.numpy().round(3)
    print(table("test error, last weights", last), table("test error, best validation", best), sep="\n")
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "task": "LineDrawing()",
                         "network": "published defaults", "training": settings or "published defaults"},
            "test error by seed, last weights": last, "test error by seed, best validation": best,
            "validation error by seed and session": curves, "drawn lines by seed, pattern and step": drawn}


def draw(result: dict):
    """Learning curves on the left, what every network draws on the right."""
    seeds, metrics = tuple(result["settings"]["seeds"]), ("validation_loss",)
    curves = {label: ccdyn.History(np.array(values)[:, :, None], seeds, metrics)
              for label, values in result["validation error by seed and session"].items()}
    drawn = result["drawn lines by seed, pattern and step"]
    return lines_and_curves(ccdyn.LineDrawing(), curves, drawn, chance=0.159)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
