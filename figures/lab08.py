"""What lab 08 quotes: one window or several, over alpha, and a network that has lost its cue.

Digit drawing at the settings of the lab: fixed cortex, 250 granule cells, 100 batches of 10 a session, step size .003
if nothing else is said; ten networks, twenty where windows and channels are told apart. "window 3, 4 times" has the
channels of windows 0 to 3, and one window; "W_ch times 2" has what the cortex hears twice as loud.

    python figures/lab08.py
"""

from __future__ import annotations

import torch
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps
from ccdyn.plots.basis import name_windows

SEEDS, MORE, N_TEST, ALPHAS = range(10), range(20), 1000, (0.1, 0.5, 0.9)
SIZES, TRAINING = {"expansion": 5}, {"lr": 3e-3, "validation_size": 50}
ONE, FOUR, BASIS = (3,), (3, 3, 3, 3), (0, 1, 2, 3)     # windows of the slices
LATER = (1, 2, 3, 4)
SINGLE, CHOSEN, TWENTY = "8 sessions, alpha 0.5", "lr .001, 15 sessions, alpha 0.5", "twenty networks"
JOBS = {    # condition: (alpha, sessions, settings of training, windows)
    TWENTY: (0.5, 8, {}, (ONE, FOUR, BASIS, LATER)),
    SINGLE: (0.5, 8, {}, (*((window,) for window in (0, 1, 2, 3, 4, 5, 8)), BASIS)),
    **{f"{n} sessions, alpha {alpha}": (alpha, n, {}, (ONE, BASIS)) for alpha in (0.1, 0.9) for n in (4, 8)},
    "4 sessions, alpha 0.5": (0.5, 4, {}, (ONE, BASIS)), "5 sessions, alpha 0.5": (0.5, 5, {}, (ONE, FOUR, BASIS)),
    CHOSEN: (0.5, 15, {"lr": 1e-3}, (ONE, BASIS))}

AXES = {"test error": ("condition", "windows", "seed"),
        "distance to the mean digit, no feedback, alpha 0.1": ("seed",)}


def compute(quick: bool = False) -> dict:
    """Train networks with these windows, and test them on 1,000 fresh trials."""
    n_test, batches = (50, 2) if quick else (N_TEST, 100)
    task, error, settings = ccdyn.DigitDrawing(), {}, {**TRAINING, "batches_per_session": batches}

    def learn(bar, seeds, windows, alpha: float, n_sessions: int, changed: dict, loud: float = 1.0) -> torch.Tensor:
        network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, n_slices=len(windows), **SIZES)
        network.W_ch.data.mul_(loud)
        tau = windows if len(windows) > 1 else windows[0]
        network = train(bar, network, task, n_sessions, tau=tau, **{**settings, **changed}).network
        return ccdyn.evaluate(network, task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test"))["loss"]

    jobs = {condition: (alpha, 1 if quick else n, *rest) for condition, (alpha, n, *rest) in JOBS.items()}
    total = sum(n * len(windows) for _, n, _, windows in jobs.values()) + jobs[TWENTY][1]
    with progress(total * batches) as bar:
        for condition, (alpha, n_sessions, changed, windows) in jobs.items():
            seeds = range(2) if quick else MORE if condition == TWENTY else SEEDS
            bar.set_description(condition)
            error[condition] = {name_windows(each): learn(bar, seeds, each, alpha, n_sessions, changed)
                                for each in windows}
            if condition == TWENTY:
                error[condition][f"{name_windows(ONE)}, W_ch times 2"] = learn(
                    bar, seeds, ONE, alpha, n_sessions, changed, 2.0)
    for condition, rows in error.items():
        print(table(f"test error, {condition}", rows))
    return {"settings": {"seeds": SEEDS, "twenty networks": MORE, "n_test": n_test, "network": SIZES,
                         "training": settings, "task": "DigitDrawing()",
                         "sessions": {condition: n for condition, (_, n, *_) in jobs.items()}},
            "test error": error, list(AXES)[1]: lost(task, range(2) if quick else SEEDS, n_test)}


def lost(task: ccdyn.DigitDrawing, seeds, n: int) -> torch.Tensor:
    """How far the best linear readout of a cortex without feedback is from the mean digit, (seed,), on fresh trials.

    Least squares with a constant, fitted to as many trials; alpha .1. The mean digit is what is best without the cue.
    """
    network = ccdyn.Network.for_task(task, alpha=0.1, seeds=seeds, feedback="none")
    fitted, fresh = (ccdyn.run(network, task.batch(n, ccdyn.make_generators(seeds, split), split).x).rate.double()
                     for split in ("train", "test"))
    wanted = task.lines.mean(0).expand(*fitted.shape[:2], -1, -1)

    def states(rate: torch.Tensor) -> torch.Tensor:
        return torch.cat([rate, torch.ones_like(rate[..., :1])], -1).flatten(1, 2)

    readout = torch.linalg.lstsq(states(fitted), wanted.flatten(1, 2)).solution
    return (states(fresh) @ readout - wanted.flatten(1, 2)).square().mean((1, 2))


def draw(result: dict):
    """Error of single windows, and of windows 3 and 0 to 3 over alpha."""
    error, chance = result["test error"], ccdyn.DigitDrawing().error_without_cue
    basis, single = name_windows(BASIS), [name for name in error[SINGLE] if name != name_windows(BASIS)]
    figure = sweeps({
        "single windows (alpha 0.5)": {
            "x": [int(name.split()[1]) for name in single], "xlabel": "time window (steps)", "ylabel": "test error",
            "values": {"one window": [error[SINGLE][name] for name in single]}, "chance": chance},
        "one window or four, 8 sessions": {
            "x": ALPHAS, "xlabel": "alpha (fraction of h kept)", "ylabel": "test error", "chance": chance,
            "values": {name: [error[f"8 sessions, alpha {alpha}"][name] for alpha in ALPHAS]
                       for name in (name_windows(ONE), basis)}}})
    figure.axes[1].set_ylim(0, 0.13)    # room for the legend above chance
    return figure


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
