"""What lab 05 quotes: a silence moved over the trial, memory or a better readout in the place of a loop, and a trap.

Line drawing at the settings of the lab: tau 5, 250 granule cells, step size .003, fixed cortex; three sessions
if nothing else is said. Silence is a test of trained networks: c_t times a factor in the steps of a window. In the
rows "(1 - alpha)" all that comes in is multiplied by that factor, as in textbooks: the weights onto the cortex are.

    python figures/lab05.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.dissection import pattern_means, progress_along
from ccdyn.experiments.lesions import window_errors
from ccdyn.plots import sweeps

SEEDS, N_TEST, ALPHAS = range(10), 1000, (0.1, 0.5, 0.9)
NONE, GRANULE, LOOP = ARCHITECTURES = "no feedback", "granule readout", "cerebellar feedback"
TRAINING = {"tau": 5, "lr": 3e-3}
JOBS = {**{(name, alpha): 3 for name in ARCHITECTURES for alpha in ALPHAS},
        (LOOP, 0.1, "5 sessions"): 5, (LOOP, 0.9, "10 sessions"): 10,
        (GRANULE, 0.5, "10 sessions"): 10, (GRANULE, 0.9, "10 sessions"): 10}
WINDOWS = {"alpha 0.1": {"1 step": 1, "2 steps": 2, "3 steps": 3}, "alpha 0.5": {"3 steps": 3}}

AXES = {"test error": ("alpha", "architecture", "seed"), "test error, alpha 0.1 after 5 sessions": ("test", "seed"),
        "test error, alpha 0.9, no feedback": ("trained", "seed"),
        "error by first silent step": ("alpha", "window", "step", "seed"), "way of the pen": ("test", "step", "seed"),
        "mean rate": ("trained", "seed"), "spread over cues at the last step": ("trained", "seed")}


def label(job: tuple) -> str:
    """Such as "granule readout, 10 sessions"."""
    return ", ".join((job[0], *job[2:]))


def compute(quick: bool = False) -> dict:
    """Train each architecture at each alpha; then silence, and look at a cortex that hears all of it more softly."""
    seeds, n_test = (range(2), 50) if quick else (SEEDS, N_TEST)
    settings = {**TRAINING, **({"batches_per_session": 2} if quick else {})}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    networks, error = {}, {f"alpha {alpha}": {} for alpha in ALPHAS}

    def learn(bar, name: str, alpha: float, n_sessions: int, quiet: bool = False, rules=None) -> ccdyn.Network:
        bar.set_description(f"{name}, {alpha}")
        network = ccdyn.Network.for_task(task, alpha=alpha, expansion=5, seeds=seeds, **ccdyn.ARCHITECTURES[name])
        for weight in ("W_ih", "W_hh") if quiet else ():
            getattr(network, weight).data.mul_(1 - alpha)
        return train(bar, network, task, n_sessions, rules, **settings).network

    sessions = {job: 1 if quick else n for job, n in JOBS.items()}
    with progress((sum(sessions.values()) + 3 * sessions[NONE, 0.9]) * settings.get("batches_per_session", 100)) as bar:
        for job, n_sessions in sessions.items():
            networks[job] = learn(bar, *job[:2], n_sessions)
            error[f"alpha {job[1]}"][label(job)] = ccdyn.evaluate(networks[job], test)["loss"]
        cortices = {how: learn(bar, NONE, 0.9, sessions[NONE, 0.9], "(1" in how, rules) for how, rules in {
            "delta rule, (1 - alpha)": None, "least squares": [ccdyn.RidgeRegression()],
            "least squares, (1 - alpha)": [ccdyn.RidgeRegression()]}.items()}
    forgetful, keeping = networks[LOOP, 0.1, "5 sessions"], networks[LOOP, 0.5]
    silences = {"intact": None, "silent throughout": ccdyn.Silence(), "half of the feedback": ccdyn.Silence(0.5)}
    silenced = {how: ccdyn.evaluate(forgetful, test, silence)["loss"] for how, silence in silences.items()}
    error["alpha 0.5"]["cerebellum silent throughout"] = ccdyn.evaluate(keeping, test, ccdyn.Silence())["loss"]
    quiet = {how: ccdyn.evaluate(network, test)["loss"] for how, network in cortices.items()}
    for title, rows in {**error, "alpha 0.1, 5 sessions": silenced, "alpha 0.9, no feedback": quiet}.items():
        print(table(f"test error, {title}", rows))
    by_step = {at: {window: window_errors(network, test, length) for window, length in WINDOWS[at].items()}
               for at, network in (("alpha 0.1", forgetful), ("alpha 0.5", keeping))}
    return {"settings": {"seeds": seeds, "n_test": n_test, "alphas": ALPHAS, "expansion": 5, "training": settings,
                         "sessions": {f"{label(job)}, alpha {job[1]}": n for job, n in sessions.items()},
                         "task": "LineDrawing()"},
            "test error": error, "test error, alpha 0.1 after 5 sessions": silenced,
            "test error, alpha 0.9, no feedback": quiet, "error by first silent step": by_step,
            "way of the pen": ways(task, forgetful, keeping),
            **loudness(task, {"delta rule": networks[NONE, 0.9], **cortices})}


def ways(task: ccdyn.LineDrawing, forgetful: ccdyn.Network, keeping: ccdyn.Network) -> dict:
    """How far along its line the pen is at each step, (step, seed), with and without a silence."""
    patterns = list(range(task.n_patterns)) * 10
    x = task.trials(patterns, ccdyn.make_generators(forgetful.config.seeds, "test")).x
    tests = {"alpha 0.1, intact": (forgetful, None), "alpha 0.1, silent in step 6": (forgetful, ccdyn.Silence(0, 6, 7)),
             "alpha 0.1, silent in steps 6 to 8": (forgetful, ccdyn.Silence(0, 6, 9)),
             "alpha 0.5, intact": (keeping, None),
             "alpha 0.5, silent in steps 6 to 8": (keeping, ccdyn.Silence(0, 6, 9))}
    return {how: progress_along(ccdyn.run(network, x, silence=silence).readout, task.endpoints[patterns]).T
            for how, (network, silence) in tests.items()}


def loudness(task: ccdyn.LineDrawing, cortices: dict) -> dict:
    """How large rates are, and how much they differ between cues at the last step (standard deviation), (seed,)."""
    patterns = list(range(task.n_patterns)) * 40
    rate, apart = {}, {}
    for how, network in cortices.items():
        rates = ccdyn.run(network, task.trials(patterns, ccdyn.make_generators(network.config.seeds, "test")).x).rate
        rate[how] = rates.abs().mean((1, 2, 3))
        apart[how] = pattern_means(rates, patterns)[:, :, -1].std(1).mean(-1)
    return {"mean rate": rate, "spread over cues at the last step": apart}


def draw(result: dict):
    """Error by the first silent step, and by alpha for each architecture."""
    by_step, error = result["error by first silent step"], result["test error"]
    return sweeps({
        "a silence moved over the trial": {
            "x": range(20), "log": True, "xlabel": "first silent step", "ylabel": "test error", "chance": 0.159,
            "values": {f"{at}, {window}": rows for at, windows in by_step.items() for window, rows in windows.items()}},
        "memory, readout, or loop": {
            "x": ALPHAS, "log": True, "xlabel": "alpha (fraction of h kept)", "ylabel": "test error", "chance": 0.159,
            "values": {name: [rows[name] for rows in error.values()] for name in ARCHITECTURES}}})


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
