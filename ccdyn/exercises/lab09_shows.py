"""What lab 09 shows: networks that count and hold, and what happens to them when the cerebellum is silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt, drawable
from ccdyn.exercises.lab09 import belief, label_of, weight_of_evidence
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import overlay, spread
from ccdyn.plots.overlay import puffs_below

COUNTING, HOLDING = ccdyn.EvidenceAccumulation(), ccdyn.DelayedAssociation()
CHANCE = 0.445      # always one side, in the long run
CUE = COUNTING.n_steps - COUNTING.delay_steps       # steps with puffs
THIRD, PERIODS, N_TEST = CUE // 3, 9, 500
ANSWERS = ("draw", "left", "right")


@cache
def counters() -> ccdyn.Network:
    """Five networks that have learned to count puffs."""
    return ccdyn.load_trained("evidence")


@cache
def holders() -> ccdyn.Network:
    """Five networks that have learned to hold a cue."""
    return ccdyn.load_trained("association")


@cache
def _trials(task: ccdyn.tasks.Task, seeds: tuple[int, ...]) -> ccdyn.Batch:
    return task.batch(N_TEST, ccdyn.make_generators(seeds, "test"), "test")


def trials(task: ccdyn.tasks.Task = COUNTING) -> ccdyn.Batch:
    """Test trials with the student's seeds, some for each of the five networks."""
    return _trials(task, progress.seeds())


def accuracy(network: ccdyn.Network, silence: ccdyn.Silence | None = None, batch: ccdyn.Batch | None = None) -> Tensor:
    """Share of correct answers in the test trials, or in another batch, (network,)."""
    return ccdyn.evaluate(network, trials() if batch is None else batch, silence,
                          ccdyn.make_generators(progress.seeds(), "noise"))["accuracy"]


# Counting

def show_trials(yours: Callable, n: int = 6) -> None:
    """Print some trials, a character for each step, and what is correct; the student's answer beside it; and raw x."""
    x = COUNTING.batch(n, ccdyn.make_generators(progress.seeds()[0], "test"), dtype=torch.float64).x
    ours = label_of(x)
    found = drawable(attempt(yours, x), ours, "label_of")
    print(f"{'one character a step: L, R, · no puff, - delay':50}   left  right  answer  yours")
    for i, (trial, label) in enumerate(zip(x > 0.5, ours.tolist())):
        marks = ["L" if left else "R" if right else "·" for left, right in trial.tolist()]
        marks[CUE:] = "-" * COUNTING.delay_steps
        left, right = trial.sum(0).tolist()
        said = None if found is None else float(found[i])
        words = "(not yet)" if said is None else ANSWERS[int(said)] if said in (0, 1, 2) else f"{said:g}"
        print(f"{''.join(marks)}   {left:4}  {right:5}  {ANSWERS[label]:6}  {words}")
    print("The first of them as it stands in x, steps 0 to 9:")
    for side, row in zip(("left", "right"), x[0, :10].T.tolist()):
        print(f"{side:>6}" + "".join(f"{value:7.2f}" for value in row))


def strategies() -> None:
    """Print how far one gets with simple strategies."""
    batch = trials()
    label, d = batch.target[..., -1], (batch.x > 0.5).float().diff(dim=-1)[..., 0]
    noisy, age = batch.x.diff(dim=-1)[..., 0], torch.arange(COUNTING.n_steps - 1, -1, -1)
    last = d.gather(-1, (d.abs() * (1 + torch.arange(COUNTING.n_steps))).argmax(-1, keepdim=True))[..., 0]
    for words, ahead in (('always "left"', -torch.ones_like(last)), ("the side of the last puff", last),
                         ("adds up, but keeps 0.9 of the sum each step", (noisy * 0.9**age).sum(-1)),
                         ("adds up puffs, but not those of the last third", d[..., :CUE - THIRD].sum(-1)),
                         ("adds up everything, the noise included", noisy.sum(-1)),
                         ("adds up puffs", d.sum(-1))):
        print(f"{words:>48}: {spread((torch.where(ahead > 0, 2, 1) == label).double().mean(-1))}")
    print(f"Five times {N_TEST} trials. None of these ever says \"draw\"; draws are {(label == 0).double().mean():.3f} "
          "of the trials.")


@cache
def _never_had(seeds: tuple[int, ...]) -> ccdyn.Network:
    network = ccdyn.Network.for_task(COUNTING, alpha=0.1, feedback="none", seeds=seeds)
    state = ccdyn.start(network, COUNTING, lr=3e-3, batches_per_session=80)
    return ccdyn.best_network(ccdyn.train(state, 10, progress=False))


def who_counts() -> None:
    """Print the accuracy of whole networks, of silenced ones, and of networks that never had a cerebellum."""
    for words, found in (("with its cerebellum", accuracy(counters())),
                         ("silenced in every step", accuracy(counters(), ccdyn.Silence())),
                         ("never had one", accuracy(_never_had(progress.seeds())))):
        print(f"{words:>24}: {spread(found)}")


# Belief

def show_belief(yours: Callable) -> None:
    """The belief of one network in three trials, by the student's function and by ours."""
    z = ccdyn.run(counters(), trials().x).readout[-1].double()
    ahead = (trials().x[-1] > 0.5).sum(1).diff(dim=-1)[:, 0]     # of puffs on the right
    cases = {"4 more on the right": 4, "4 more on the left": -4, "as many": 0}
    some = [int((ahead == more).nonzero()[0]) for more in cases.values()]
    ours, found = belief(z[some]).T, attempt(yours, z[some])
    ends = ", ".join(f"{end:.2f} ({words})" for end, words in zip(ours[-1], cases))
    mine = drawable(found, ours.T, "belief")
    figure = overlay(range(COUNTING.n_steps), ours, None if mine is None else mine.T, list(cases),
                     "time step (50 ms each)", 'belief in "right"')
    puffs_below(figure, (trials().x[-1, some] > 0.5).numpy(), list(cases))
    show(figure, f"Belief in right in three trials of one network, by your function over ours: after 50 steps it is "
                 f"{ends}. Below it the puffs of each: triangles up for right, down for left.")


# Silence

def predict_third() -> PredictPanel:
    """Predict, then reveal: when silence for a third of the cue period costs most."""
    first = np.arange(0, CUE - THIRD + 1, 5)
    right = "in the last: late silence loses what came before, too"
    return PredictPanel(
        "In which third of the cue period is the cerebellum needed most?", first.tolist(),
        {"in none more than in another: a third of the puffs is a third of the puffs": np.full(len(first), 0.74),
         "in the first: what is missed at the beginning is missed for good": np.linspace(0.55, 0.77, len(first)),
         right: np.linspace(0.77, 0.55, len(first)),
         "in none of them: memory is for the delay, which is still to come": np.full(len(first), 0.8)},
        lambda: (accuracy(counters(), ccdyn.Silence(0, start, start + THIRD)).tolist() for start in first.tolist()),
        right=right,
        why="Puffs reach the cortex in any case. What goes with the loop is the count so far; and the later it is cut, "
            "the more has been counted.",
        xlabel="first of the 15 silent steps", ylabel="share of correct answers", kept=progress.predicted,
        levels={"intact": accuracy(counters()).mean().item(), "always one answer": CHANCE})


def without_puffs(start: int, stop: int) -> ccdyn.Batch:
    """The test trials without the puffs of some steps; the noise and the correct answers stay."""
    batch, x = trials(), trials().x.clone()
    x[..., start:stop, :] -= (x[..., start:stop, :] > 0.5).to(x.dtype)
    return ccdyn.Batch(x, batch.target, batch.mask, batch.score_mask)


def third_table() -> None:
    """Print what silence costs in each third and in the delay, beside what it costs to take the puffs away instead."""
    print(f"{'':24}  {'cerebellum silent':22}   puffs taken away instead")
    print(f"{'nowhere':>24}: {spread(accuracy(counters()))}")
    for words, start, stop in (("first third", 0, THIRD), ("second third", THIRD, 2 * THIRD),
                               ("last third", 2 * THIRD, CUE)):
        print(f"{words:>24}: {spread(accuracy(counters(), ccdyn.Silence(0, start, stop)))}   "
              f"{spread(accuracy(counters(), batch=without_puffs(start, stop)))}")
    print(f"{'delay':>24}: {spread(accuracy(counters(), ccdyn.Silence(0, CUE)))}   (there are none)")


# The weight of evidence

def weights(silence: ccdyn.Silence | None = None, by: Callable = weight_of_evidence) -> Tensor:
    """Weight of the evidence in nine periods of the cue, measured by the function ``by``, (period, network)."""
    z, puffs = ccdyn.run(counters(), trials().x, silence=silence).readout.double(), trials().x[..., :CUE, :] > 0.5
    return torch.stack([by(belief(one)[:, -1], each.double(), PERIODS) for one, each in zip(z, puffs)], 1)


def show_weights(yours: Callable, conditions: Mapping[str, ccdyn.Silence | None] | None = None) -> None:
    """Weight of the evidence by period, the mean of five networks, by the student's function and by ours."""
    conditions = {"intact": None} if conditions is None else conditions
    ours = torch.stack([weights(silence) for silence in conditions.values()], 1)    # (period, condition, network)
    found = attempt(yours, within=lambda by: torch.stack([weights(s, by) for s in conditions.values()], 1))
    words = " ".join(f"{name}: " + ", ".join(f"{spread(ours[i, j])} in period {i + 1}" for i in (0, 4, 8)) + "."
                     for j, name in enumerate(conditions))
    mine = drawable(found, ours, "weight_of_evidence")
    figure = overlay(range(1, PERIODS + 1), ours.mean(-1), None if mine is None else mine.mean(-1),
                     list(conditions), "cue period (5 steps each)", "belief per puff\n(mean of 5 networks)")
    figure.axes[0].set_ylim(min(0, 1.1 * float(ours.mean(-1).min())), 1.2 * float(ours.mean(-1).max()))
    show(figure, f"What one more puff on the right adds to the belief, by cue period, five networks. {words}")


def predict_weights() -> PredictPanel:
    """Predict, then reveal: which puffs count less if the cerebellum is silent in the middle third."""
    period, usual = np.arange(1, PERIODS + 1), weights().mean(1).numpy()

    def less(periods: range, factor: float) -> np.ndarray:
        return np.where(np.isin(period, periods), 0.2 * usual, factor * usual)

    right = "those before it, and most of those in it: the count so far is lost"
    return PredictPanel(
        "Silent in steps 15 to 29, periods 4 to 6: which puffs count less?", period.tolist(),
        {"those in it, and no others": less(range(4, 7), 1.0), right: less(range(1, 6), 1.1),
         "all of them, by a little: counting gets harder": 0.6 * usual,
         "those after it: the count does not come back": less(range(7, 10), 0.9)},
        lambda: weights(ccdyn.Silence(0, THIRD, 2 * THIRD)).tolist(), right=right,
        why="What came before is lost. What comes after is counted as ever, and weighs more, since it is all there is. "
            "Of the silent steps only the last few count: so long does the cortex remember by itself.",
        xlabel="cue period (5 steps each)", ylabel="belief per puff", kept=progress.predicted)


# Holding

def gap_table(length: int = 3) -> None:
    """Print what a short silence costs those that count and those that hold, network by network."""
    n_networks = len(counters().config.seeds)
    print(f"{'network':>30} " + "  ".join(f"{i:4}" for i in range(1, n_networks + 1)))
    for words, network, task, starts in (("counting", counters(), COUNTING, (10, 20, 30, 40)),
                                         ("holding", holders(), HOLDING, (1, 3, 5, 8, 12))):
        print(f"{f'{words}, nowhere silent':>30} {_each(accuracy(network, None, trials(task)))}")
        for start in starts:
            found = accuracy(network, ccdyn.Silence(0, start, start + length), trials(task))
            print(f"{f'silent in steps {start:2} to {start + length - 1:2}':>30} {_each(found)}")


def _each(values: Tensor) -> str:
    return "  ".join(f"{value:.2f}" for value in values.tolist()) + f"   mean {values.mean():.2f}"


# Damage

def damage(rows: Mapping[str, tuple[ccdyn.Network, ccdyn.Silence | None]]) -> None:
    """Print the accuracy of damaged networks that count, by the words for the damage."""
    for words, (network, silence) in rows.items():
        print(f"{words:>36}: {spread(accuracy(network, silence))}")
