"""What lab 00 promises: the effects of alpha, tau, expansion and silencing at the settings of its live panel.

Line drawing with alpha .5, tau 5, expansion 20 and step size .003, three
sessions, one setting changed at a time; mossy fibres plastic, cortex fixed.

    python figures/lab00.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import bars

SEEDS, N_SESSIONS, N_TEST = range(10), 3, 1000
DEFAULTS = {"alpha": 0.5, "tau": 5, "expansion": 20}
CHANGES = {"as in the panel": {}, "tau 0": {"tau": 0}, "tau 1": {"tau": 1}, "tau 3": {"tau": 3}, "tau 8": {"tau": 8},
           "tau 15": {"tau": 15}, "expansion 1": {"expansion": 1}, "expansion 5": {"expansion": 5},
           "expansion 40": {"expansion": 40}, "alpha 0.1": {"alpha": 0.1}, "alpha 0.9": {"alpha": 0.9}}
SILENCES = {"silenced from step 10": ccdyn.Silence(start=10), "silenced from step 0": ccdyn.Silence()}
ALPHAS = {"alpha .1": "alpha 0.1", "alpha .5 (the panel)": "as in the panel", "alpha .9": "alpha 0.9"}

AXES = {"test error by seed": ("architecture", "settings", "seed")}


def compute(quick: bool = False) -> dict:
    """Train and test every setting; without a cerebellum only those of the cortex matter."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    training = {"lr": 3e-3, **({"batches_per_session": 3} if quick else {})}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    error: dict[str, dict] = {}
    jobs = [(label, change, name) for name in tuple(ccdyn.ARCHITECTURES)[:3] for label, change in CHANGES.items()
            if name == "cerebellar feedback" or label in ALPHAS.values()]
    with progress(len(jobs) * n_sessions * training.get("batches_per_session", 100)) as bar:
        for label, change, name in jobs:
            bar.set_description(f"{name}, {label}")
            settings = {**DEFAULTS, **change}
            network = ccdyn.Network.for_task(task, seeds=seeds, alpha=settings["alpha"],
                                             expansion=settings["expansion"], **ccdyn.ARCHITECTURES[name])
            network = train(bar, network, task, n_sessions, tau=settings["tau"], **training).network
            rows = error.setdefault(name, {})
            rows[label] = ccdyn.evaluate(network, test)["loss"]
            if name == "cerebellar feedback" and not change:
                rows |= {how: ccdyn.evaluate(network, test, silence)["loss"] for how, silence in SILENCES.items()}
    for name, rows in error.items():
        print(table(f"test error after {n_sessions} sessions, {name}", rows))
    return {"settings": {"defaults": DEFAULTS, "changes": CHANGES, "training": training, "seeds": seeds,
                         "n_sessions": n_sessions, "n_test": n_test, "task": "LineDrawing()"},
            "test error by seed": error}


def draw(result: dict):
    """Three architectures at three values of alpha."""
    error = result["test error by seed"]
    return bars({title: {name: rows[label] for name, rows in error.items()} for title, label in ALPHAS.items()},
                ylabel="test error after 3 sessions", chance=0.159)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
