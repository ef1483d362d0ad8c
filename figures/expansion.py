"""How many granule cells? The expansion from cortex to cerebellum, with mossy fibres as they were drawn.

Line drawing with a fixed cortex, tau 3, 10 sessions; only the parallel fibres
and the readout learn (with plastic mossy fibres the expansion hardly matters).
Adam moves every parallel fibre by about the learning rate in each step, so more
granule cells also mean larger steps of the cerebellum's output. Hence two curves:

same learning rate     .001 for every expansion, as published
matched learning rate  lr_cerebellum = .001 * 1000 / (number of granule cells), so that
                       the summed step over all parallel fibres of an output is
                       that of the published 1,000 granule cells throughout

    python figures/expansion.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweep

EXPANSIONS, SEEDS, N_SESSIONS, N_TEST = (1, 2, 5, 10, 20, 40), range(10), 10, 1000
LR, PUBLISHED_GRANULE = 1e-3, 1000
RATES = {"same learning rate": lambda n_granule: LR,
         "matched learning rate": lambda n_granule: LR * PUBLISHED_GRANULE / n_granule}

AXES = {"test error by seed": ("learning rate", "expansion", "seed")}


def compute(quick: bool = False) -> dict:
    """Train ten cerebellar networks for each expansion and rate, and test them on 1,000 fresh trials."""
    expansions, seeds, n_sessions, n_test = (((1, 5), range(2), 1, 50) if quick
                                             else (EXPANSIONS, SEEDS, N_SESSIONS, N_TEST))
    settings = {"tau": 3, "mossy": False, **({"batches_per_session": 3} if quick else {})}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    error = {label: {} for label in RATES}
    total = len(RATES) * len(expansions) * n_sessions * settings.get("batches_per_session", 100)
    with progress(total) as bar:
        for label, rate in RATES.items():
            for expansion in expansions:
                bar.set_description(f"{label}, expansion {expansion}")
                network = ccdyn.Network.for_task(task, seeds=seeds, feedback="cerebellar",
                                                 expansion=expansion)
                lr = rate(network.config.n_granule)
                state = train(bar, network, task, n_sessions, lr_cerebellum=lr, **settings)
                error[label][f"expansion {expansion}"] = ccdyn.evaluate(state.network, test)["loss"]
    for label, rows in error.items():
        print(table(f"test error after {n_sessions} sessions, {label}", rows))
    return {"settings": {"expansions": expansions, "seeds": seeds, "n_sessions": n_sessions, "n_test": n_test,
                         "task": "LineDrawing()", "network": "published defaults, cerebellar feedback",
                         "training": settings, "lr": LR,
                         "matched learning rate": "lr_cerebellum = lr * 1000 / n_granule"},
            "test error by seed": error}


def draw(result: dict):
    """Test error against expansion, one curve for each way to choose the learning rate."""
    errors = {f"cerebellar feedback, {label}": list(rows.values())
              for label, rows in result["test error by seed"].items()}
    settings = result["settings"]
    return sweep(settings["expansions"], errors, "expansion (granule cells per cortical unit)",
                 f"test error (MSE) after {settings['n_sessions']} sessions", chance=0.159, log_x=True)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
