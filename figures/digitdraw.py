"""Drawing digits from a brief cue: loop, memory, and many windows at once.

Fig. 4's task: digits 0 to 5 in 20 steps, fixed cortex, tau 3, 30 sessions, at
alpha .9 (the released script) and .1 (its configuration). A *temporal basis*
predicts the target of four windows, 0 to 3 steps after the state, at once. It
brings four times as many channels to the cortex; the control *window 3, four
times* has the channels without the windows.

    python figures/digitdraw.py
"""

from __future__ import annotations

import numpy as np
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST = range(10), 30, 1000
ALPHAS = (0.9, 0.1)
FOUR = {"feedback": "cerebellar", "n_slices": 4}
KINDS = {**{name: (ccdyn.ARCHITECTURES[name], {}) for name in ("no feedback", "readout feedback", "granule readout",
                                                               "cerebellar feedback")},
         "cerebellar, temporal basis": (FOUR, {}),
         "cerebellar, window 3, four times": (FOUR, {"tau": (3, 3, 3, 3)})}
AXES = {"test error, last weights": ("alpha", "architecture", "seed"),
        "test error, best validation": ("alpha", "architecture", "seed"),
        "validation error by session": ("alpha", "architecture", "session", "seed")}


def compute(quick: bool = False) -> dict:
    """Train and test each kind at both alphas."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.DigitDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    last, best, curves = {}, {}, {}
    with progress(len(ALPHAS) * len(KINDS) * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for alpha in ALPHAS:
            at = f"alpha {alpha}"
            last[at], best[at], curves[at] = {}, {}, {}
            for name, (kind, training) in KINDS.items():
                bar.set_description(f"{at}, {name}")
                network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, **kind)
                state = train(bar, network, task, n_sessions, **training, **settings)
                last[at][name] = ccdyn.evaluate(state.network, test)["loss"]
                best[at][name] = ccdyn.evaluate(ccdyn.best_network(state), test)["loss"]
                curves[at][name] = state.history["validation_loss"].T
    for at, rows in last.items():
        print(table(f"test error, {at}, last weights", rows), table(f"test error, {at}, best validation", best[at]),
              sep="\n")
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "task": "DigitDrawing()",
                         "chance": task.error_without_cue, "alphas": ALPHAS,
                         "training": settings or "published defaults"},
            "test error, last weights": last, "test error, best validation": best,
            "validation error by session": curves}


def draw(result: dict):
    """Learning curves at both alphas."""
    sessions = np.arange(1, result["settings"]["n_sessions"] + 1)
    return sweeps({at: {"x": sessions, "values": rows, "xlabel": "session", "ylabel": "validation error",
                        "chance": result["settings"]["chance"]}
                   for at, rows in result["validation error by session"].items()})


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
