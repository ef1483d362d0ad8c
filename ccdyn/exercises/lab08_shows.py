"""What lab 08 shows: digits as walks, what slices are taught, and networks with one window or with many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt, drawable
from ccdyn.exercises.exercise import counted
from ccdyn.exercises.lab08 import basis, slice_targets, walk, without_slice
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import overlay, spread
from ccdyn.plots.basis import digit_steps, name_windows
from ccdyn.tasks.digitdraw import TEMPLATES, pace

ALPHAS = (0.1, 0.5, 0.9)
ONE, BASIS = (3,), (0, 1, 2, 3)     # windows of the slices
N_SESSIONS = 8
SIZES, TRAINING = {"expansion": 5}, {"validation_size": 50}     # 250 granule cells
CHANCE = ccdyn.DigitDrawing().error_without_cue


def show_walk(yours: Callable) -> None:
    """Digits 0 to 5, a dot for each time step, by the student's walk over ours."""
    n_steps, corners = ccdyn.DigitDrawing().n_steps, [torch.tensor(xy).double().mT for xy in TEMPLATES[:6]]

    def digits(function: Callable) -> Tensor:
        return torch.stack([function(at, pace(len(at) - 1, n_steps)) for at in corners])

    ours = digits(walk)
    show(digit_steps(ours.numpy(), drawable(attempt(yours, within=digits), ours, "walk")),
         f"Digits 0 to 5, each in {n_steps} time steps with a dot for each, from corner to corner; the pen never "
         f"lifts. The first goes once round a square, the second is one straight stroke down; 3 and 4 walk some "
         f"strokes twice; 5 has {len(corners[5]) - 1} short segments, some of them in one straight line.")


def show_targets(yours: Callable, digit: int = 3, tau: int = 3) -> None:
    """What each slice is taught of one digit, across, by the step at which it is said: the student's over ours."""
    task = ccdyn.DigitDrawing()
    target, steps = task.lines[digit:digit + 1], [s for s, *_ in basis(task.n_steps, tau)]

    def across(function: Callable) -> Tensor:
        return torch.stack([function(target, s, tau).unflatten(1, (tau + 1, -1))[0, :, 0] for s in steps])

    ours = across(slice_targets)
    mine = drawable(attempt(yours, within=across), ours, "slice_targets")
    show(overlay(steps, ours, mine, [f"slice {j}" for j in range(tau + 1)],
                 "step s at which it is said (50 ms each)", f"taught: digit {digit}, across"),
         f"What the slices 0 to {tau} are taught of digit {digit}: the same curve, each slice one step earlier than "
         f"the slice before. At step {steps[4]} it is {', '.join(f'{value:.2f}' for value in ours[4])}.")


@cache
def _trained(seeds: tuple[int, ...], what: str | tuple[int, ...], alpha: float, loud: float, n_sessions: int,
             lr: float) -> ccdyn.TrainState:
    if isinstance(what, str):
        tau, kind = 3, ccdyn.ARCHITECTURES[what]
    else:
        tau, kind = what if len(what) > 1 else what[0], {"n_slices": len(what)}
    task = ccdyn.DigitDrawing()
    network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, **SIZES, **kind)
    if loud != 1:
        network.W_ch.data.mul_(loud)
    return ccdyn.train(ccdyn.start(network, task, tau=tau, lr=lr, **TRAINING), n_sessions, progress=False)


def trained(what: str | Sequence[int] = BASIS, alpha: float = 0.5, loud: float = 1.0, n_sessions: int | None = None,
            lr: float = 3e-3, seeds: Sequence[int] | None = None) -> ccdyn.TrainState:
    """Networks, trained once, then kept.

    Args:
        what: the windows of the slices, or an architecture such as "granule readout".
        alpha, n_sessions, lr: as everywhere.
        loud: W_ch is multiplied with it.
        seeds: None are the student's own five.
    """
    what, seeds = what if isinstance(what, str) else tuple(what), progress.seeds() if seeds is None else tuple(seeds)
    return _trained(seeds, what, alpha, loud, n_sessions or N_SESSIONS, lr)


def errors(what: str | Sequence[int] = BASIS, *given, **named) -> np.ndarray:
    """Test error of each of these networks on 1000 trials, (network,); arguments as in ``trained``."""
    return ccdyn.score({"these": trained(what, *given, **named)})["these"]


def predict_gain() -> PredictPanel:
    """Predict, then reveal: how much lower the error is with windows 0 to 3 than with window 3, against alpha."""
    right = "nothing, or less than nothing"
    return PredictPanel(
        f"After {N_SESSIONS} sessions: what do windows 0 to 3 gain over window 3 alone?", ALPHAS,
        {"much, most where the cortex forgets (alpha 0.1)": [0.03, 0.015, 0.005],
         "much, most where the cortex remembers (alpha 0.9)": [0.005, 0.015, 0.025],
         "a little, at every alpha": [0.008, 0.008, 0.008], right: [0, -0.01, 0]},
        lambda: (errors(ONE, alpha) - errors(BASIS, alpha) for alpha in ALPHAS), right=right,
        why="At alpha 0.1 and 0.9 networks lie on both sides of 0, and at 0.5 most of them lose. Section 5 asks why.",
        xlabel="alpha (fraction of h kept per step)", ylabel="error (window 3) - error (windows 0 to 3)",
        kept=progress.predicted)


def table(rows: Sequence[str | Sequence[int]], alpha: float = 0.5, **settings) -> None:
    """Print the test error of each of these, and in how many networks it is lower than in the first row.

    Args:
        rows: each a tuple with the window of every slice, or an architecture such as "granule readout".
        alpha: fraction of h kept per step.
        settings: loud, n_sessions, lr and seeds, as in ``trained``.
    """
    found = [errors(row, alpha, **settings) for row in counted(rows, "row")]
    n_sessions = settings.get("n_sessions", N_SESSIONS)
    loud = f", W_ch times {settings['loud']:g}" if "loud" in settings else ""
    print(f"alpha {alpha:g}, {n_sessions} sessions, {len(found[0])} networks{loud}; not knowing the cue {CHANCE:.3f}")
    print(f"{'channels':>30}   {'test error':<26}lower than in the first row")
    for row, values in zip(rows, found):
        name, channels = (row, "") if isinstance(row, str) else (name_windows(row), 2 * len(row))
        words = "" if values is found[0] else f"in {(values < found[0]).sum()} of {len(values)}"
        print(f"{name:>20}{channels:>10}   {spread(values):<26}{words}")


def show_slices(yours: Callable, alpha: float = 0.5) -> None:
    """Print the error with single slices silenced, and with single slices left, in networks with windows 0 to 3."""
    state = trained(BASIS, alpha)
    seeds, task, n_out = state.network.config.seeds, state.task, state.task.n_out
    test = task.batch(1000, ccdyn.make_generators(seeds, "test"), "test")

    def error(heard: Callable) -> np.ndarray:     # a channel that is not heard might as well have no synapses
        network = deepcopy(state.network)
        network.W_ch.data.copy_(torch.stack([heard(weights) for weights in network.W_ch.data]))
        return ccdyn.evaluate(network, test)["loss"].double().numpy()

    def without(function: Callable) -> list[np.ndarray]:
        return [error(lambda weights, j=j: function(weights, j, n_out)) for j in range(len(BASIS))]

    ours, mine = without(without_slice), attempt(yours, within=without)
    print(f"alpha {alpha:g}, windows 0 to 3: whole {spread(error(lambda weights: weights))}; not knowing the cue "
          f"{CHANCE:.3f}")
    print("slice    without it                only this slice")
    for j, found in enumerate(ours):
        only = error(lambda weights, j=j: weights - without_slice(weights, j, n_out))
        print(f"{j:>5}    {spread(found):<26}{spread(only)}")
    same = mine is not None and np.allclose(mine, ours)
    print("Your without_slice gives the same." if same
          else "This is ours; your without_slice is missing or gives something else.")
