"""The cerebellum's time window: how far ahead should it be taught to look?

Line drawing at the published settings with a fixed cortex, 10 and 20 sessions.
tau counts from the cortical state that the cerebellum saw, so tau = 1 predicts
"now", and tau = 0 what has just been.

    python figures/tau.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweep

TAUS, SEEDS, SESSIONS, N_TEST = (0, 1, 3, 5, 8, 10, 15), range(10), (10, 20), 1000

AXES = {"test error by seed": ("tau", "seed"), "test error by seed, 20 sessions": ("tau", "seed"),
        "validation error by seed and session": ("tau", "seed", "session")}


def compute(quick: bool = False) -> dict:
    """Train ten cerebellar networks for each tau, and test them on 1,000 fresh trials, half-way and at the end."""
    taus, seeds, sessions, n_test = (((1, 5), range(2), (1, 2), 50) if quick
                                     else (TAUS, SEEDS, SESSIONS, N_TEST))
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    errors, curves = [{} for _ in sessions], {}
    with progress(len(taus) * sum(sessions) * settings.get("batches_per_session", 100)) as bar:
        for tau in taus:
            bar.set_description(f"tau {tau}")
            for error, n_sessions in zip(errors, sessions):     # the second goes on from the checkpoint of the first
                network = ccdyn.Network.for_task(task, feedback="cerebellar", seeds=seeds)
                state = train(bar, network, task, n_sessions, tau=tau, **settings)
                error[f"tau {tau}"] = ccdyn.evaluate(state.network, test)["loss"]
            curves[f"tau {tau}"] = state.history["validation_loss"]
    for error, n_sessions in zip(errors, sessions):
        print(table(f"test error after {n_sessions} sessions", error))
    return {"settings": {"taus": taus, "seeds": seeds, "sessions": sessions, "n_test": n_test,
                         "task": "LineDrawing()", "network": "published defaults, cerebellar feedback",
                         "training": settings or "published defaults"},
            **dict(zip(AXES, errors)), "validation error by seed and session": curves}


def draw(result: dict):
    """Test error against tau, earlier and later."""
    errors = {f"after {n} sessions": list(result[name].values())
              for n, name in zip(result["settings"]["sessions"], AXES)}
    return sweep(result["settings"]["taus"], errors, "time window tau (steps of 50 ms)", "test error (MSE)",
                 chance=0.159)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
