"""The cerebellum's time window: how far ahead should it be taught to look?

Line drawing at the published settings with a fixed cortex, 10 sessions. tau
counts from the cortical state that the cerebellum saw, so tau = 1 predicts
"now", and tau = 0 what has just been.

    python figures/tau.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweep

TAUS, SEEDS, N_SESSIONS, N_TEST = (0, 1, 3, 5, 8, 15), range(10), 10, 1000

AXES = {"test error by seed": ("tau", "seed"), "validation error by seed and session": ("tau", "seed", "session")}


def compute(quick: bool = False) -> dict:
    """Train ten cerebellar networks for each tau, and test them on 1,000 fresh trials."""
    taus, seeds, n_sessions, n_test = (((1, 5), range(2), 1, 50) if quick
                                       else (TAUS, SEEDS, N_SESSIONS, N_TEST))
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    error, curves = {}, {}
    with progress(len(taus) * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for tau in taus:
            bar.set_description(f"tau {tau}")
            network = ccdyn.Network.for_task(task, feedback="cerebellar", seeds=seeds)
            state = train(bar, network, task, n_sessions, tau=tau, **settings)
            error[f"tau {tau}"] = ccdyn.evaluate(state.network, test)["loss"]
            curves[f"tau {tau}"] = state.history["validation_loss"]
    print(table(f"test error after {n_sessions} sessions", error))
    return {"settings": {"taus": taus, "seeds": seeds, "n_sessions": n_sessions, "n_test": n_test,
                         "task": "LineDrawing()", "network": "published defaults, cerebellar feedback",
                         "training": settings or "published defaults"},
            "test error by seed": error, "validation error by seed and session": curves}


def draw(result: dict):
    """Test error against tau."""
    errors = {"cerebellar feedback": list(result["test error by seed"].values())}
    return sweep(result["settings"]["taus"], errors, "time window tau (steps of 50 ms)",
                 f"test error (MSE) after {result['settings']['n_sessions']} sessions", chance=0.159)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
