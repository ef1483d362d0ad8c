"""What lab 05 shows: networks that are trained once, and the experiments made with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.dissection import progress_along
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.exercise import counted
from ccdyn.exercises.lab05 import pieces, summarise, sweep, train_loop
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import bars, describe, overlay, spread

ALPHAS = (0.1, 0.5, 0.9)
ROWS = ("no feedback", "granule readout", "cerebellar feedback")
N_SESSIONS = 3
SIZES, TRAINING = {"expansion": 5}, {"tau": 5, "lr": 3e-3}      # 250 granule cells
CHANCE = ccdyn.LineDrawing().error_without_cue


@cache
def _trained(seeds: tuple[int, ...], n_sessions: int, architecture: str, alpha: float, divided: bool,
             rule: str) -> ccdyn.TrainState:
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, **SIZES, **ccdyn.ARCHITECTURES[architecture])
    if divided:     # all that comes in, as in textbooks
        for name in {"W_ih", "W_hh", "W_ch"} & network.weights().keys():
            getattr(network, name).data.mul_(1 - alpha)
    rules = [ccdyn.RidgeRegression()] if rule == "least squares" else None
    return ccdyn.train(ccdyn.start(network, task, rules, **TRAINING), n_sessions, progress=False)


def trained(architecture: str = "cerebellar feedback", alpha: float = 0.1, divided: bool = False,
            rule: str = "delta rule", n_sessions: int = N_SESSIONS) -> ccdyn.TrainState:
    """Networks with the student's seeds after some sessions: trained once, then kept."""
    return _trained(progress.seeds(), n_sessions, architecture, alpha, divided, rule)


@cache
def _errors(seeds: tuple[int, ...], settings: tuple) -> list[float]:
    whole = {"divided": False, "rule": "delta rule", **dict(settings)}
    return ccdyn.score({"these": _trained(seeds, N_SESSIONS, **whole)})["these"].tolist()


def measure(settings: Mapping, seed: int) -> float:
    """Test error of one network after three sessions; the student's other seeds are trained along with it."""
    seeds = progress.seeds() if seed in progress.seeds() else (seed,)
    return _errors(seeds, tuple(sorted(settings.items())))[seeds.index(seed)]


def show_training(yours: Callable, n_batches: int = 200) -> None:
    """The error of each batch while one network learns, by the student's loop and by ours, the mean of ten batches."""
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, alpha=0.5, seeds=0, dtype="float64", **SIZES)
    w = {name: weight.detach() for name, weight in network.weights().items()}
    batch = task.batch(20 * n_batches, ccdyn.make_generators(0, "train"), dtype=network.dtype)
    x, y = (values.unflatten(0, (n_batches, 20)) for values in (batch.x, batch.target))
    run_and_learn = pieces(0.5, TRAINING["tau"], *(w[name] for name in ("W_ih", "W_hh", "W_ch", "W_mf")))
    given = w["W_rdt"], w["W_pf"], x, y, *run_and_learn, 0.3
    ours, found = train_loop(*given)[2], attempt(yours, *given)
    found = found[2] if isinstance(found, tuple) and len(found) == 3 else None
    if not isinstance(found, Tensor) or found.shape != ours.shape:
        found = None
    ours, found = (None if errors is None else errors.detach().unflatten(0, (-1, 10)).mean(1, keepdim=True)
                   for errors in (ours, found))
    show(overlay(range(10, n_batches + 1, 10), ours, found, ["error"], "batch (mean of ten)", "mean squared error"),
         f"Error over {n_batches} batches, by your loop over ours: it falls from {ours[0].item():.3f} to "
         f"{ours[-1].item():.3f}.")


def predict_silence(state: ccdyn.TrainState) -> PredictPanel:
    """Predict, then reveal: what the pen does after the cerebellum was silent in steps 6 to 8."""
    task, seeds, steps = state.task, state.network.config.seeds, np.arange(20)
    patterns = list(range(task.n_patterns)) * 10

    def pen() -> list:
        batch = task.trials(patterns, ccdyn.make_generators(seeds, "test"))
        readout = ccdyn.run(state.network, batch.x, silence=ccdyn.Silence(0, 6, 9)).readout
        return progress_along(readout, task.endpoints[patterns]).T.tolist()

    whole = (1 - np.cos(np.pi * steps / 19)) / 2
    late = np.interp(steps, [0, 6, 9, 13, 19], [0, whole[6], 0.3 * whole[6], whole[13], 1])
    kept = np.interp(steps, [0, 5, 9, 19], [0, whole[5], 0.8 * whole[5], 0.6])
    gone = np.interp(steps, [0, 5, 9, 19], [0, whole[5], 0, 0])
    right = "it does not recover: the pen falls back and stays"
    return PredictPanel(
        "alpha 0.1: the cerebellum is silent in steps 6, 7 and 8. Then?", steps,
        {"it recovers: the pen catches up": late, "it fades: the pen goes on, but gets only part of the way": kept,
         right: gone}, pen, right=right,
        why="Which line it is was nowhere but in the loop. After three silent steps the cortex has lost it, and a "
            "cerebellum that hears a cortex which does not know the line has nothing to send back.",
        xlabel="time step (50 ms each)", ylabel="way along the line (1: the end)", kept=progress.predicted)


def silenced_and_never(alpha: float = 0.5) -> None:
    """Print the error of networks that are whole, silenced throughout, and that never had a cerebellum."""
    whole = {"these": trained(alpha=alpha)}
    never = [measure({"architecture": "no feedback", "alpha": alpha}, seed) for seed in progress.seeds()]
    print(f"alpha {alpha:g}, test error: not knowing the cue {CHANCE:.3f}")
    for words, errors in (("with its cerebellum", ccdyn.score(whole)["these"]), ("never had one", never),
                          ("silenced in every step", ccdyn.score(whole, silence=ccdyn.Silence())["these"])):
        print(f"{words:>24}: {spread(errors)}")


def taught_on(alpha: float = 0.5) -> None:
    """Print the error of silenced networks that were taught on for three sessions while they were silent."""
    state = trained(alpha=alpha)
    before = ccdyn.snapshot(state)
    ccdyn.change(state, silence=ccdyn.Silence())
    ccdyn.train(state, N_SESSIONS, progress=False)
    errors = ccdyn.score({"these": state}, silence=ccdyn.Silence())["these"]
    ccdyn.restore(state, before)
    ccdyn.change(state, silence=None)
    print(f"alpha {alpha:g}, silenced in every step, {N_SESSIONS} sessions later: {spread(errors)}")


def show_sweep(yours: Callable, base: Mapping, changes: Sequence[tuple]) -> None:
    """Print the table of ``sweep``, network by network, and say whether the student's function gives the same."""
    given = measure, dict(base), list(changes), progress.seeds()
    ours, found = sweep(*given), attempt(yours, *given)
    rows = [tuple(base.items()), *((change,) for change in changes)]
    print(" " * 35 + "".join(f"{f'seed {seed}':>11}" for seed in progress.seeds()))
    for changed, row in zip(rows, ours.tolist()):
        words = ", ".join(f"{name} {value}" for name, value in changed)
        print(f"{words:>35}" + "".join(f"{error:11.3f}" for error in row))
    same = isinstance(found, Tensor) and found.shape == ours.shape and torch.allclose(found.float(), ours)
    print("Your sweep gives the same table." if same
          else "This is our table; your sweep is missing or gives another one.")


def table_of(architecture: str) -> Tensor:
    """Errors of an architecture at the three alphas, (alpha, seed)."""
    base = {"architecture": architecture, "alpha": ALPHAS[0]}
    return sweep(measure, base, [("alpha", alpha) for alpha in ALPHAS[1:]], progress.seeds())


def predict_control() -> PredictPanel:
    """Predict, then reveal: how a readout through granule cells does without any feedback."""
    right = "useless at 0.1, but at 0.9 it beats the cerebellum"
    return PredictPanel(
        "No feedback, but a readout through 250 granule cells: its error?", ALPHAS,
        {"as no feedback: cells cannot replace a loop": [0.158, 0.12, 0.036],
         "as the cerebellum: the cells are what counts": [0.053, 0.014, 0.019], right: [0.158, 0.06, 0.01]},
        lambda: ([measure({"architecture": "granule readout", "alpha": alpha}, seed) for seed in progress.seeds()]
                 for alpha in ALPHAS), right=right,
        why="At alpha 0.1 the cue is soon gone, whoever reads. At 0.9 it stays, and a non-linear reader finds more of "
            "it than a linear one does.",
        xlabel="alpha (fraction of h kept per step)", ylabel="test error", kept=progress.predicted)


def fair_table(yours: Callable) -> None:
    """Print and draw the errors of the three architectures at the three alphas, summarised."""
    tables = {name: table_of(name) for name in counted(ROWS, "row")}
    print(f"{N_SESSIONS} sessions each, {len(progress.seeds())} networks: mean (lowest to highest), gained over not "
          f"knowing the cue ({CHANCE:.3f})")
    print(" " * 20 + "".join(f"{f'alpha {alpha:g}':>29}" for alpha in ALPHAS))
    same = True
    for name, errors in tables.items():
        ours, found = summarise(errors, CHANCE), attempt(yours, errors, CHANCE)
        same = same and isinstance(found, (tuple, list)) and len(found) == 4 and all(
            isinstance(a, Tensor) and a.shape == b.shape and torch.allclose(a.float(), b) for a, b in zip(found, ours))
        cells = (f"{mean:.3f} ({low:.3f} to {high:.3f}), {gained:.0%}" for mean, low, high, gained in zip(*ours))
        print(f"{name:>20}" + "".join(f"{cell:>29}" for cell in cells))
    print("Your summarise gives the same." if same
          else "These are our numbers; your summarise is missing or gives others.")
    values = {f"alpha {alpha:g}": {name: errors[i].tolist() for name, errors in tables.items()}
              for i, alpha in enumerate(ALPHAS)}
    show(bars(values, "test error", CHANCE), " ".join(describe(f"Test error, {at}", row) for at, row in values.items()))


def memory_or_gain(alpha: float = 0.9) -> None:
    """Print what (1 - alpha) in front of all that comes in does to the error, the rates and the readout's weights."""
    print(f"alpha {alpha:g}, no feedback" + " " * 19 + "test error   mean |rate|   length of W_rdt")
    for rule in ("delta rule", "least squares"):
        base = {"architecture": "no feedback", "alpha": alpha, "rule": rule}
        rows = sweep(measure, base, [("divided", True)], progress.seeds())
        for divided, errors in zip((False, True), rows):
            state = trained(**{**base, "divided": divided})
            batch = state.task.batch(60, ccdyn.make_generators(progress.seeds(), "test"))
            rate = ccdyn.run(state.network, batch.x).rate.abs().mean()
            length = state.network.W_rdt.detach().flatten(1).norm(dim=1).mean()
            words = f"{rule}, (1 - alpha)" if divided else rule
            print(f"{words:>26} {spread(errors):>26}{rate:14.3f}{length:18.1f}")
