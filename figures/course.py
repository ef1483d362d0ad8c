"""Numbers that the course was planned with and its labs 00 to 03 quote, and that no other script measures.

Ten networks each. *test error* is that of line drawing; a label without a step size has the published one, .001.

lab 00   the panel's networks after each of three sessions, and a pairing that is off by one
lab 01   until when the cue can be decoded, the spectral radius of alpha I + W_hh, and the rates
lab 02   rhythms alone, by gain and rule, and lines taught by FORCE
lab 03   a cerebellum without relu; mossy fibres that learn, and matched step sizes; the states' dimensions
         (and cortices of several alphas that hear nothing, for labs 04 and 05)

    python figures/course.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.decode import decode_cue
from ccdyn.granule import expansion_curves
from ccdyn.linear import LinearTimed, without_relu
from ccdyn.phase import modes, rescaled
from ccdyn.plots import sweeps
from ccdyn.rhythm import learn_rhythm

SEEDS, N_TEST, EXPANSIONS, WAITS = range(10), 1000, (1, 5, 10, 20, 40), (1, 2, 5, 10, 40)
PANEL = {"tau": 5, "lr": 3e-3}
CORTICES = {"alpha 0.1": (0.1, None, 1), "alpha 0.5": (0.5, None, 1), "alpha 0.9": (0.9, None, 1),
            "radius 1.0": (0.1, 1.0, 1), "radius 1.6": (0.1, 1.6, 1), "input gain 5": (0.1, 0.65, 5)}   # alpha, ...
RHYTHMS = {**{f"gain {gain}, FORCE": (gain, None) for gain in (0.6, 1.2, 1.5, 1.8)},
           **{f"gain 1.2, delta rule every {k}": (1.2, k) for k in WAITS}}
# Lines: sessions, network, training, rules.
JOBS = {**{f"panel, tau {tau}": (3, {"alpha": 0.5}, {"lr": 3e-3, "tau": tau}, None) for tau in (4, 5)},
        **{f"no feedback, alpha {alpha}, 20 sessions": (20, {"alpha": alpha, "feedback": "none"}, {}, None)
           for alpha in (0.1, 0.5, 0.9, 1.0)},
        **{f"FORCE, hears {what}, {n}00 batches": (n, {"feedback": feedback}, {}, [ccdyn.FORCE()])
           for feedback, what, n in (("none", "nothing", 1), ("readout", "itself", 1), ("readout", "itself", 3))},
        **{f"mossy fibres learn, expansion {e}": (10, {"expansion": e}, {"tau": 3}, None) for e in (2, 40)},
        **{f"fixed, matched, tau 5, expansion {e}": (10, {"expansion": e},
                                                     {"tau": 5, "mossy": False, "lr_cerebellum": 0.02 / e}, None)
           for e in (1, 5, 20, 40)}}
LINEAR = "cerebellum without relu, tau 5"

AXES = {"test error": ("what", "seed"), "validation error of the panel": ("session", "seed"),
        "cue decoded": ("cortex", "step", "seed"), "spectral radius of alpha I + W_hh": ("cortex", "seed"),
        "mean rate at the end": ("cortex", "seed"), "rhythm, error alone": ("what", "seed"),
        "rhythm, error fed with the target": ("what", "seed"), "participation ratio": ("alpha", "expansion", "seed"),
        "components for 99 %": ("alpha", "expansion", "seed"),
        "best prediction, share of predicting 0": ("alpha", "expansion", "seed")}


def compute(quick: bool = False) -> dict:
    """All of it; the trainings take most of the time."""
    seeds, n_test = (range(2), 50) if quick else (SEEDS, N_TEST)
    settings = {"batches_per_session": 2} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    sessions = {what: 3 if what == "panel, tau 5" else 1 if quick else job[0] for what, job in JOBS.items()}
    n_linear = 1 if quick else 10
    with progress((sum(sessions.values()) + n_linear) * settings.get("batches_per_session", 100)) as bar:
        error = {}
        for what, (_, network, training, rules) in JOBS.items():
            bar.set_description(what[:30])
            network = ccdyn.Network.for_task(task, seeds=seeds, **network)
            state = train(bar, network, task, sessions[what], rules, **training, **settings)
            error[what] = ccdyn.evaluate(state.network, test)["loss"]
            if what == "panel, tau 5":
                by_session = state.history["validation_loss"].T
        # A checkpoint would not know that there is no relu, so this training is not cut into pieces.
        network = without_relu(ccdyn.Network.for_task(task, seeds=seeds))
        state = ccdyn.start(network, task, [ccdyn.DeltaRule(), LinearTimed(5)], **settings)
        for _ in range(n_linear):
            ccdyn.train(state, 1, progress=False)
            bar.update(state.config.batches_per_session)
        error[LINEAR] = ccdyn.evaluate(state.network, test)["loss"]
    print(table("test error", error))
    return {"settings": {"seeds": seeds, "n_test": n_test, "sessions": sessions, "task": "LineDrawing()",
                         "rhythm": "200 units, alpha .1, period 40, 2,000 steps taught, 400 alone",
                         "cortex": "alpha, spectral radius of W_hh (none: as drawn), gain of the input",
                         "cortices": CORTICES, "expansions": EXPANSIONS},
            "test error": error, "validation error of the panel": by_session, **cues(task, seeds, quick),
            **rhythms(seeds, quick), **states(task, seeds)}


def cues(task: ccdyn.LineDrawing, seeds, quick: bool) -> dict:
    """What is known of the cue in cortices without feedback, half of 60 trials of each for the decoder."""
    known, radius, rate = {}, {}, {}
    labels = list(range(task.n_patterns)) * (4 if quick else 60)
    batch = task.trials(labels, ccdyn.make_generators(seeds, "test"))
    for name, (alpha, own, gain) in CORTICES.items():
        cortex = ccdyn.Network.for_task(task, feedback="none", alpha=alpha, seeds=seeds)
        cortex = cortex if own is None else rescaled(cortex, own, gain)
        rates = ccdyn.run(cortex, batch.x).rate
        known[name], radius[name] = decode_cue(rates, labels).T, modes(cortex).abs().amax(-1)
        rate[name] = rates[:, :, -1].abs().mean((1, 2))
    return {"cue decoded": known, "spectral radius of alpha I + W_hh": radius, "mean rate at the end": rate}


def rhythms(seeds, quick: bool) -> dict:
    """Errors of networks that were taught a sine, alone and with the target in their ear."""
    small = {"n_cortex": 20, "n_steps": 80, "n_free": 40} if quick else {"n_cortex": 200}
    taught = {name: learn_rhythm(gain, every, seeds=seeds, **small) for name, (gain, every) in RHYTHMS.items()}
    return {"rhythm, error alone": {name: each.error(each.free) for name, each in taught.items()},
            "rhythm, error fed with the target": {name: each.error(each.fed) for name, each in taught.items()}}


def states(task: ccdyn.LineDrawing, seeds) -> dict:
    """How the states of granule cells spread while the loop is open, and how well they predict."""
    found = {measure: {} for measure in list(AXES)[7:10]}
    for alpha in (0.5, 0.1):
        network = ccdyn.Network.for_task(task, alpha=alpha, expansion=40, seeds=seeds)
        curves = expansion_curves(network, task, EXPANSIONS)
        for rows, values in zip(found.values(), (curves.participation, curves.components,
                                                 curves.error / curves.nothing)):
            rows[f"alpha {alpha}"] = dict(zip(["cortex", *(f"expansion {e}" for e in curves.expansions[1:])], values))
    return found


def draw(result: dict):
    """Decoding over time; rhythms over waiting; dimensions over expansion."""
    decoded, alone = result["cue decoded"], result["rhythm, error alone"]
    spread_of = {f"{name}, {alpha}": list(rows.values())[1:] for name in ("participation ratio", "components for 99 %")
                 for alpha, rows in result[name].items()}
    return sweeps({
        "until when a cue can be decoded": {"x": range(20), "values": decoded, "xlabel": "time step", "chance": 1 / 6,
                                            "ylabel": "share of cues named right"},
        "a rhythm alone": {
            "x": WAITS, "log_x": True, "xlabel": "steps between changes by the delta rule",
            "ylabel": "error alone", "chance": 0.5,
            "values": {"gain 1.2": [alone[f"gain 1.2, delta rule every {k}"] for k in WAITS]}},
        "how states of granule cells spread": {"x": EXPANSIONS, "values": spread_of, "log": True,
                                                 "xlabel": "granule cells per cortical unit", "ylabel": "directions"},
    }, columns=3)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
