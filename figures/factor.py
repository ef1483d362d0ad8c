"""How much of the guess is put in, and how large the steps are: what line drawing by predicted feedback depends on.

Line drawing at its released settings (see ``figures/decoupled.py``) but for
the factor, by which a guess is weakened before it is put in (published .1),
and Adam's step size (published .001), of all weights or of the synthesiser's
alone, with which more of its second granule layer may stay alive.

    python figures/factor.py
"""

from __future__ import annotations

from common import go_on, main, progress, table

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, activities, reported_error
from ccdyn.plots import standard_errors

EXPERIMENT = EXPERIMENTS["line drawing"]
SEEDS, FACTORS, STEPS, SLOW = range(10), (0.0, 0.05, 0.1, 0.3, 1.0), (5e-4,), (1e-4,)
ERROR, BEST, CURVE = ("test error (squared distance)", "test error, best validation (squared distance)",
                      "reported training error by session")
CHANGING = "test share of second-layer cells that change"
KINDS = {"cRNN": ("cRNN", 0.0, EXPERIMENT.lr), **{f"factor {factor:g}": ("ccRNN", factor, EXPERIMENT.lr)
                                                 for factor in FACTORS},
         **{f"{model}, step {lr:g}": (model, 0.1, lr) for lr in STEPS for model in ("cRNN", "ccRNN")},
         **{f"synthesiser's step {lr:g}": ("ccRNN", 0.1, EXPERIMENT.lr) for lr in SLOW}}
AXES = {name: ("kind", "seed") for name in (ERROR, BEST, CHANGING)}   # curves are in the JSON file, for their size


def compute(quick: bool = False) -> dict:
    """Train ten networks of each kind."""
    seeds, n_sessions = (range(2), 2) if quick else (SEEDS, EXPERIMENT.n_sessions)
    settings = {"batches_per_session": 2, "validation_size": 20} if quick else {"batches_per_session": 16}
    gallery = EXPERIMENT.task.gallery(ccdyn.make_generators(seeds, "test"))
    last, best, alive, curves = {}, {}, {}, {}
    with progress(len(KINDS) * n_sessions * settings["batches_per_session"]) as bar:
        for kind, (model, factor, lr) in KINDS.items():
            bar.set_description(kind)
            rule = ccdyn.Decoupling(EXPERIMENT.truncation, factor)
            slow = {"lr_cerebellum": float(kind.split()[-1])} if kind.startswith("synth") else {}
            state = EXPERIMENT.start(model, seeds, rule=rule, **{"lr": lr, **settings, **slow})
            state = go_on(bar, state, n_sessions, state.rules)
            last[kind] = 2 * ccdyn.evaluate(state.network, gallery)["loss"]
            best[kind] = 2 * ccdyn.evaluate(ccdyn.best_network(state), gallery)["loss"]
            if model == "ccRNN":
                rates = activities(state.network, gallery)["granule 2"]
                alive[kind] = (rates.amax(1) - rates.amin(1) > 1e-9).float().mean(-1)
            curves[kind] = reported_error(state.task, state.history).T
    for name, rows in {ERROR: last, BEST: best, CHANGING: alive}.items():
        print(table(name, rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "experiment": "line drawing", "training": settings,
                         "kinds": KINDS}, ERROR: last, BEST: best, CHANGING: alive, CURVE: curves}


def draw(result: dict):
    """Learning curves by factor and by step size."""
    curves = result[CURVE]
    common = {"x": range(1, result["settings"]["n_sessions"] + 1), "xlabel": "session", "log": True, "thin": False,
              "ylabel": "reported training error"}
    published = {"cRNN, step 0.001": curves["cRNN"], "ccRNN, step 0.001": curves["factor 0.1"]}

    def some(start: str, first: dict) -> dict:
        return {**common, "values": first | {kind: rows for kind, rows in curves.items() if kind.startswith(start)}}

    steps = [some(f"{model}, step", {f"{model}, step 0.001": published[f"{model}, step 0.001"]})
             for model in ("cRNN", "ccRNN")]
    return standard_errors({
        "factor": some("factor", {"cRNN": curves["cRNN"]}), "cRNN, step size": steps[0], "ccRNN, step size": steps[1],
        "steps of the synthesiser alone": some("synth", {"all steps 0.001": curves["factor 0.1"]})}, size=(4.9, 3.6))


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
