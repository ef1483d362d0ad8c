"""Lab 10, sleep: can the cortex take over what the cerebellum does?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt, is_empty
from ccdyn.exercises.exercise import Choice, function, some
from ccdyn.exercises.progress import progress
from ccdyn.experiments import drive_cosine
from ccdyn.experiments.consolidation import RULES, STEPS_PER_TRIAL, pairs
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import overlay, spread, sweep
from ccdyn.tasks.cued import cued_input

LAB = "10"
TASK = ccdyn.DelayedAssociation()
MANY = ccdyn.DelayedAssociation(n_patterns=66)      # the two cues, and 64 that were never learned
N_TRIALS, N_TEST = 50, 100      # trials of sleep, and of each test
PENALTY = 1e-3                  # on the length of dW, for each pair


# What the cerebellum adds

@function(LAB, returns={"heard": ("trial", "time step", "unit"), "added": ("trial", "time step", "unit")}, hints=(
    "Into step s come the rates of step s - 1 and the cerebellum's word of step s. For s = 1 that is r_0 and c_1.",
    "heard begins with r_0; its last, for s = T - 2, is r_{T-3}: rates[:, :-2]. Which steps of c belong to that?",
    "c without its first and its last step is c[:, 1:-1]. W_ch has a row for each cortical unit, so added is "
    "c[:, 1:-1] @ W_ch.T; then: return heard, added.",
), well_done="Everything that follows is made of these pairs.")
def drive(rates, c, W_ch):
    """The pairs of steps 1 to T - 2: what synapses hear, r_{s-1}, and what the cerebellum adds then, W_ch c_s."""
    heard = rates[:, :-2]
    added = c[:, 1:-1] @ W_ch.T
    return heard, added


@drive.cases
def _() -> Iterator[dict]:
    for steps, outputs in ((6, 2), (8, 3)):
        yield {"rates": some(3, steps, 5, seed=steps), "c": some(3, steps, outputs, seed=1),
               "W_ch": some(5, outputs, seed=2)}


for words, wrong in {
    "both are of the same step; what enters step s together are the rates of step s - 1 and c_s":
        lambda r, c, W: (r[:, 1:-1], c[:, 1:-1] @ W.T),
    "both begin at step 0; what the synapses heard is one step older than what the cerebellum added":
        lambda r, c, W: (r[:, :-2], c[:, :-2] @ W.T),
    "the pairs are shifted the wrong way: the rates come one step after what was added, not before":
        lambda r, c, W: (r[:, 2:], c[:, 1:-1] @ W.T),
    "step 0 is among the pairs; nothing was heard before it":
        lambda r, c, W: (torch.cat([torch.zeros_like(r[:, :1]), r[:, :-2]], 1), c[:, :-1] @ W.T),
    "the last step is among the pairs; they end with step T - 2, as in the published model":
        lambda r, c, W: (r[:, :-1], c[:, 1:] @ W.T),
    "steps are cut off along axis 0, which is trials; time is axis 1": lambda r, c, W: (r[:-2], c[1:-1] @ W.T),
    "W_ch is missing: what a cell is given is W_ch c, one number for each unit":
        lambda r, c, W: (r[:, :-2], c[:, 1:-1]),
    "in W_ch c one step of one trial is meant; for all of them at once c[:, 1:-1] @ W_ch.T":
        lambda r, c, W: (r[:, :-2], W @ c[:, 1:-1]),
    "in W_ch c one step of one trial is meant; for all of them at once c @ W_ch.T, and of that the steps 1 to T - 2":
        lambda r, c, W: (r[:, :-2], (W @ c)[:, 1:-1]),
    "W_ch is used the other way round; it has a row for each unit: c[:, 1:-1] @ W_ch.T":
        lambda r, c, W: (r[:, :-2], c[:, 1:-1] @ W),
    "W_ch is used the other way round; it has a row for each unit: c @ W_ch.T, and of that the steps 1 to T - 2":
        lambda r, c, W: (r[:, :-2], (c @ W)[:, 1:-1]),
    "the two cuts are exchanged; of the rates the last two steps go, of c the first and the last":
        lambda r, c, W: (r[:, 1:-1], c[:, :-2] @ W.T),
    "all steps are kept, so that r_s stands beside c_s; cut rates[:, :-2] and c[:, 1:-1]":
        lambda r, c, W: (r, c @ W.T),
    "the two are swapped; first what was heard, then what was added": lambda r, c, W: (c[:, 1:-1] @ W.T, r[:, :-2]),
}.items():
    drive.mistake(words)(wrong)


# The best change there is

@function(LAB, returns={"dW": ("to", "from")}, hints=(
    "Every pair is one equation: dW r = u. Put all trials and steps under each other: heard.flatten(0, 1) is "
    "(pair, unit).",
    "With pairs in rows, dW r = u reads heard @ dW.T = added. Which matrix is looked for, and where does it stand?",
    "torch.linalg.lstsq(A, B).solution is the smallest X with the least sum |A X - B|^2. Here X is dW.T. "
    "An inverse of A.T @ A will not do: with fewer pairs than units there is none.",
    "solution = torch.linalg.lstsq(heard.flatten(0, 1), added.flatten(0, 1)).solution; turn it: solution.T. "
    "With driver=\"gelsd\" it is the smallest also where a unit is silent or repeats what others say.",
), well_done="No single synapse could find this: each weight depends on what all others hear.")
def least_squares_change(heard, added):
    """The smallest dW (to, from) with the least sum of |dW r - u|^2 over all pairs (r, u) of heard and added."""
    solution = torch.linalg.lstsq(heard.flatten(0, 1), added.flatten(0, 1), driver="gelsd").solution
    return solution.T


@least_squares_change.cases
def _() -> Iterator[dict]:
    for trials, steps, units in ((5, 4, 6), (2, 3, 7)):     # more pairs than units, and fewer
        yield {"heard": some(trials, steps, units), "added": some(trials, steps, units, seed=1)}


def _solve(heard: Tensor, added: Tensor) -> Tensor:
    return torch.linalg.lstsq(heard, added, driver="gelsd").solution


for words, wrong in {
    "dW is the wrong way round: its rows are the receiving units, while lstsq gives one row for each sender":
        lambda r, u: _solve(r.flatten(0, 1), u.flatten(0, 1)),
    "trials are still apart, so that each gets a dW of its own; all trials and steps belong under each other":
        lambda r, u: _solve(r, u).mT,
    "trials are still apart, so that each gets a solution of its own; all trials and steps belong under each other":
        lambda r, u: _solve(r, u),
    "all that lstsq gives is turned; what is looked for is its .solution":
        lambda r, u: torch.linalg.lstsq(r.flatten(0, 1), u.flatten(0, 1)).T,
    "what was heard is fitted to what was added; it is the other way round":
        lambda r, u: _solve(u.flatten(0, 1), r.flatten(0, 1)).T,
    "what was heard is fitted to what was added, and the result is not turned; lstsq(heard, added), then .T":
        lambda r, u: _solve(u.flatten(0, 1), r.flatten(0, 1)),
    "each pair of units gets the sum of drive times rate (a Hebbian rule); least squares also asks who else is active":
        lambda r, u: u.flatten(0, 1).T @ r.flatten(0, 1),
    "each pair of units gets the mean of drive times rate (a Hebbian rule); least squares also asks who else is active":
        lambda r, u: u.flatten(0, 1).T @ r.flatten(0, 1) / len(r.flatten(0, 1)),
    "the mean over trials is taken first; every trial and step is a pair of its own":
        lambda r, u: _solve(r.mean(0), u.mean(0)).T,
    "every trial is solved by itself and the solutions are averaged; solve for all pairs together":
        lambda r, u: torch.stack([_solve(a, b).T for a, b in zip(r, u)]).mean(0),
    "only the last step of each trial is used; every step is a pair": lambda r, u: _solve(r[:, -1], u[:, -1]).T,
    "pairs stand in columns; in lstsq(A, B) every pair is a row, as flatten(0, 1) leaves them":
        lambda r, u: _solve(r.flatten(0, 1).T, u.flatten(0, 1).T),
    "axes are mixed up by reshape(units, -1), which cuts the numbers as they come; flatten(0, 1) keeps units apart":
        lambda r, u: _solve(*(x.reshape(x.shape[2], -1).T for x in (r, u))).T,
    "only the first trial is used; every trial counts": lambda r, u: _solve(r[0], u[0]).T,
}.items():
    least_squares_change.mistake(words)(wrong)


# One trial of sleep

@function(LAB, returns={"W_hh": ("to", "from"), "W_ch": ("to", "output")}, hints=(
    "The cortex gains a share `decay` of dW, the cerebellum's weights lose a share `decay` of themselves.",
    "W_hh stays and something is added to it. W_ch keeps 1 - decay of itself.",
    "Both in one line: return W_hh + decay * dW, (1 - decay) * W_ch.",
), well_done="Together the two say at first what the cerebellum has said: what one loses, the other gains.")
def sleep_step(W_hh, W_ch, dW, decay):
    """After one trial of sleep: the new W_hh, which gains decay dW, and the new W_ch, which loses decay W_ch."""
    return W_hh + decay * dW, (1 - decay) * W_ch


@sleep_step.cases
def _() -> Iterator[dict]:
    for decay, outputs in ((0.1, 2), (0.3, 3)):
        yield {"W_hh": some(5, 5, seed=outputs), "W_ch": some(5, outputs, seed=1), "dW": some(5, 5, seed=2),
               "decay": decay}


for words, wrong in {
    "W_hh decays and W_ch stays; it is the cerebellum's voice that fades":
        lambda W, V, d, a: ((1 - a) * W + a * d, V),
    "W_hh fades as well, so that the cortex forgets what it could do before; it only gains":
        lambda W, V, d, a: ((1 - a) * W + a * d, (1 - a) * V),
    "W_hh is replaced by a share of dW; what was there stays": lambda W, V, d, a: (a * d, (1 - a) * V),
    "W_hh is replaced by dW; what was there stays": lambda W, V, d, a: (d, (1 - a) * V),
    "all of dW is added; a trial moves only a share of it": lambda W, V, d, a: (W + d, (1 - a) * V),
    "1 - decay of dW is added; the cortex gains what the cerebellum loses":
        lambda W, V, d, a: (W + (1 - a) * d, (1 - a) * V),
    "W_ch keeps a share decay of itself; that is what it loses": lambda W, V, d, a: (W + a * d, a * V),
    "W_ch stays as it was; then the cell hears both, and too much": lambda W, V, d, a: (W + a * d, V),
    "0.9 is written in; W_ch keeps 1 - decay of itself, whatever decay is": lambda W, V, d, a: (W + a * d, 0.9 * V),
    "0.1 is written in; W_hh gains a share decay of dW, whatever decay is":
        lambda W, V, d, a: (W + 0.1 * d, (1 - a) * V),
    "0.1 and 0.9 are written in; use decay, whatever it is": lambda W, V, d, a: (W + 0.1 * d, 0.9 * V),
    "decay is subtracted from each weight of W_ch; it is a share, so multiply": lambda W, V, d, a: (W + a * d, V - a),
    "dW is subtracted": lambda W, V, d, a: (W - a * d, (1 - a) * V),
    "dW is the wrong way round": lambda W, V, d, a: (W + a * d.T, (1 - a) * V),
    "the two are swapped; first W_hh, then W_ch": lambda W, V, d, a: ((1 - a) * V, W + a * d),
}.items():
    sleep_step.mistake(words)(wrong)


# What a single synapse can do

@function(LAB, returns={"dW": ("to", "from")}, hints=(
    "First what each sender contributes at each step: its sign, divided by the sum of |r| over all units of that step.",
    "share = heard.sign() / heard.abs().sum(2, keepdim=True), (trial, time step, unit). Then drive times share, for "
    "every pair of units.",
    "In one trial, summed over steps: added[n].T @ share[n], (to, from). For all trials at once: added.mT @ share; .mT "
    "turns the last two axes, so each trial's table by itself, while .T is for one table.",
    "k and the mean over trials are still to come: k * (added.mT @ share).mean(0).",
), well_done="A synapse needs its own two cells and one number about the population. Nobody looks at the result.")
def local_change(heard, added, k):
    """dW_ji = k times the sum over steps of the mean over trials of u_j sign(r_i) / sum_i |r_i|, (to, from)."""
    share = heard.sign() / heard.abs().sum(2, keepdim=True)
    return k * (added.mT @ share).mean(0)


@local_change.cases
def _() -> Iterator[dict]:
    for trials, steps, units, k in ((4, 3, 5, 0.5), (3, 6, 7, 0.2)):
        yield {"heard": some(trials, steps, units), "added": some(trials, steps, units, seed=1), "k": k}


def _shared(share: Callable[[Tensor], Tensor], drive: Callable[[Tensor], Tensor] = torch.clone) -> Callable:
    return lambda r, u, k: k * (drive(u).mT @ share(r)).mean(0)


def _fair(r: Tensor) -> Tensor:
    return r.sign() / r.abs().sum(2, keepdim=True)


for words, wrong in {
    "the sign is missing: a sender whose rate is below 0 has to change the other way":
        _shared(lambda r: torch.ones_like(r) / r.abs().sum(2, keepdim=True)),
    "the rate itself stands where its sign should": _shared(lambda r: r / r.abs().sum(2, keepdim=True)),
    "the rates are summed with their signs, so that they cancel; sum |r|":
        _shared(lambda r: r.sign() / r.sum(2, keepdim=True)),
    "the division by the sum of |r| is missing": _shared(torch.sign),
    "the sum of |r| runs over time steps; it is over the units of one step":
        _shared(lambda r: r.sign() / r.abs().sum(1, keepdim=True)),
    "the sum of |r| runs over trials; it is over the units of one step":
        _shared(lambda r: r.sign() / r.abs().sum(0, keepdim=True)),
    "there is one sum of |r| for everything; each trial and step has its own":
        _shared(lambda r: r.sign() / r.abs().sum()),
    "the mean of |r| stands where the sum over units should":
        _shared(lambda r: r.sign() / r.abs().mean(2, keepdim=True)),
    "the sign of the drive is taken as well; its size says how much is to be taken over": _shared(_fair, torch.sign),
    "the mean over steps is taken; the rule sums over them, k takes care of the rest":
        lambda r, u, k: k * (u.mT @ _fair(r)).mean(0) / r.shape[1],
    "changes are summed over trials; take their mean": lambda r, u, k: k * (u.mT @ _fair(r)).sum(0),
    "the mean is over steps and the sum over trials; it is the other way round":
        lambda r, u, k: k * (u.mT @ _fair(r)).sum(0) / r.shape[1],
    "dW is the wrong way round; its rows are the receiving units": lambda r, u, k: k * (u.mT @ _fair(r)).mean(0).T,
    "the sum of |r| has lost its axis, so that it meets the wrong one; keepdim=True keeps it":
        lambda r, u, k: k * (u.mT @ (r.sign() / r.abs().sum(2))).mean(0),
    ".T turns all three axes; .mT turns the last two, those of each trial":
        lambda r, u, k: k * (u.permute(2, 1, 0) @ _fair(r)).mean(0),
    "each sign is divided by the unit's own |r|; it is by the sum of |r| over all units": _shared(lambda r: 1 / r),
    "the size of the sum stands where the sum of sizes should; first abs, then sum":
        _shared(lambda r: r.sign() / r.sum(2, keepdim=True).abs()),
    "drive and share are multiplied unit by unit; every receiving unit meets every sender: added.mT @ share":
        lambda r, u, k: k * (u * _fair(r)).sum(1).mean(0),
    "means over trials are taken before the product; first the product in each trial, then the mean":
        lambda r, u, k: k * u.mean(0).T @ _fair(r).mean(0),
    "rates and drives are averaged over trials to begin with; every trial has a change of its own, and then the mean":
        lambda r, u, k: k * u.mean(0).T @ _fair(r.mean(0, keepdim=True))[0],
    "k is missing": lambda r, u, k: (u.mT @ _fair(r)).mean(0),
}.items():
    local_change.mistake(words)(wrong)


# Words for it

what_silence_proves = Choice(
    LAB, "what_silence_proves", "A network that is silenced from some step on, and still answers right,", {
    "a": ("has been consolidated: its cortex does what the cerebellum did",
          "These networks have not slept at all, and silenced from step 12 on they answer as ever."),
    "b": ("can do without its cerebellum from that step on; for more one has to know how it was before sleep",
          "So we ask more: silenced from step 0, compared with the same network before it slept, and with guessing."),
    "c": ("was not silenced well enough", "c is exactly 0 here. The cortex holds the answer for some steps by itself."),
    "d": ("never needed its cerebellum", "Silenced from step 0 on the same network guesses."),
}, right="b")

what_a_drive_cosine_hides = Choice(
    LAB, "what_a_drive_cosine_hides",
    "After the same sleep two networks have a mean cosine of .96; one answers right, the other guesses, because", {
    "a": ("96 % of the trials are right, and the others are all in the second network",
          "A cosine is no share of trials. It tells how alike two directions are."),
    "b": ("four per cent of the drive are lost at each step, and over thirteen steps of a trial this adds up",
          "They are lost in the network that answers right as well. Look at which steps they are lost."),
    "c": ("it is a mean over steps that are nearly all alike, and says nothing of how much there is at which steps",
          "It hides what is missing in the first few. And it is measured along states of the awake network, which the "
          "network alone may never reach."),
    "d": ("the drives of a network with a cerebellum and of one without cannot be compared with each other",
          "They can: both are given to the same cells. Only, a mean over steps is not enough."),
}, right="c")

what_the_table_shows = Choice(
    LAB, "what_the_table_shows", "Of the local rule the table shows that", {
    "a": ("it needs more than fifty trials of sleep",
          "The table has one night only. And after fifty trials half a per cent of W_ch is left to learn from."),
    "b": ("it takes over little of what is added at step 1, and about all of it or more at step 13",
          "That is what was measured, in all five networks. Why some of them fail is a second question."),
    "c": ("networks fail because it learns too much at late steps",
          "Too much there is seen (1.60 in seed 0, which answers .92), but not that it does harm. That needs a test."),
    "d": ("networks fail because it takes over too little at step 1",
          "It may be so. But seeds 0, 2 and 7 have nearly the same share there (.07, .05, .08) and answer .92, .47 and "
          ".72; five networks do not show a cause."),
}, right="b")


# What the lab shows

@cache
def awake() -> ccdyn.Network:
    """The five trained networks that come with ccdyn. They are shared: do not change them."""
    return ccdyn.load_trained("association")


@cache
def asleep(rule: str = "least squares") -> ccdyn.Network:
    """The same after a night: by "least squares", "local", "short", or, by least squares, with 66 cues, "many cues"."""
    task = MANY if rule == "many cues" else TASK
    change = {"short": short_least_squares, "many cues": "least squares"}.get(rule, rule)
    *_, network = ccdyn.consolidate(awake(), task, N_TRIALS, change)
    return network


def accuracy(network: ccdyn.Network, silence: ccdyn.Silence | None = None, n: int = 200,
             task: ccdyn.DelayedAssociation = TASK) -> np.ndarray:
    """Share of right answers in ``n`` test trials, (network,)."""
    test = task.batch(n, ccdyn.make_generators(network.config.seeds, "test"), "test", network.dtype)
    return ccdyn.evaluate(network, test, silence)["accuracy"].numpy()


def table_of_silence(first: Sequence[int] = (12, 10, 8, 4, 0)) -> None:
    """Print how well the networks answer before any sleep, whole and silenced from some step on."""
    print(f"accuracy before sleep (guessing: 0.5) {'':4}" + "".join(f"seed {seed:<4}" for seed in awake().config.seeds))
    rows = {"whole": None, **{f"silenced from step {step}": ccdyn.Silence(start=step) for step in first}}
    for words, silence in rows.items():
        found = accuracy(awake(), silence)
        print(f"{words:24} {spread(found, 2):18}" + "".join(f"{value:9.2f}" for value in found))


def alone(place: int = 0) -> ccdyn.Network:
    """One of the networks, float64, without a replica axis."""
    network = awake()
    one = ccdyn.Network(ccdyn.NetworkConfig(**{**vars(network.config), "seeds": network.config.seeds[place],
                                               "dtype": "float64"}))
    for name, weight in one.weights().items():
        weight.data.copy_(getattr(network, name).detach()[place])
    return one


def show_drive(yours: Callable) -> None:
    """What the cerebellum adds to the three units that it moves most, in one trial: the student's and ours."""
    network = alone()
    x = TASK.batch(1, ccdyn.make_generators(0, "test"), "test", network.dtype).x
    record = ccdyn.run(network, x, record=("feedback", "h"))
    given = record.rate, record.feedback, network.W_ch.detach()
    ours, found = drive(*given)[1][0], attempt(yours, *given)
    units, fits = ours.abs().sum(0).topk(3).indices.sort().values, _are_pairs(found, record.rate[:, :-2])
    heard, added = found if fits else drive(*given)
    rest = network.alpha * record.h[:, :-2] + x[:, 1:-1] @ network.W_ih.T + heard @ network.W_hh.T
    print(f"With {'your' if fits else 'our'} pairs alpha h + W_ih x + W_hh heard + added equals the next h to "
          f"{(rest + added - record.h[:, 1:-1]).abs().max().item():.0e}.")
    yours = added[0, :, units] if fits else None
    show(overlay(range(1, len(ours) + 1), ours[:, units], yours, [f"unit {unit}" for unit in units.tolist()],
                 "time step (50 ms each)", "what the cerebellum adds to h"),
         "What the cerebellum adds to three units over one trial. " + " ".join(
             f"Unit {unit}: {ours[0, unit]:.2f} at step 1, {ours[2, unit]:.2f} at step 3, {ours[-1, unit]:.2f} at the "
             "last." for unit in units.tolist()))


def _are_pairs(found: object, like: Tensor) -> bool:
    """True for two tensors of the right shape."""
    return isinstance(found, (tuple, list)) and len(found) == 2 and all(
        isinstance(each, Tensor) and each.shape == like.shape and each.dtype == like.dtype for each in found)


def sleeping(drive: Callable, change: Callable, step: Callable, n_trials: int = N_TRIALS) -> Tensor:
    """Accuracy, silenced, of one network after 0, 1, ... trials of a sleep made of these functions, (trial, 1)."""
    network = alone()
    stimuli, tests = (ccdyn.make_generators(network.config.seeds, stream) for stream in ("train", "test"))
    test = TASK.batch(N_TEST, tests, "test", network.dtype)
    found = [ccdyn.evaluate(network, test, ccdyn.Silence())["accuracy"]]
    for _ in range(n_trials):
        record = ccdyn.run(network, TASK.batch(10, stimuli, dtype=network.dtype).x, record=("feedback",))
        W_hh, W_ch = network.W_hh.detach().clone(), network.W_ch.detach().clone()
        dW = change(*drive(record.rate, record.feedback, W_ch))
        for weight, new in zip((network.W_hh, network.W_ch), step(W_hh, W_ch, dW, 0.1)):
            weight.data.copy_(new)
        found.append(ccdyn.evaluate(network, test, ccdyn.Silence())["accuracy"])
    return torch.stack(found)[:, None]


def show_sleep(*yours: Callable) -> None:
    """One network, put to sleep by the student's drive, least_squares_change and sleep_step, and by ours."""
    ours = sleeping(drive, least_squares_change, sleep_step)
    found = None if any(map(is_empty, yours)) else attempt(lambda: sleeping(*yours))
    show(overlay(range(len(ours)), ours, found, ["silenced"], "trials of sleep", "accuracy"),
         "Accuracy of one network with its cerebellum silenced over trials of sleep: "
         + ", ".join(f"{ours[trial].item():.2f} after {trial}" for trial in (0, 2, 5, 10, 50)) + ".")


def _silenced(rule: str) -> Iterator[np.ndarray]:
    """Accuracy with silenced cerebellum after 0, 2, 4 ... trials of sleep, each (network,)."""
    for trial, network in enumerate(chain([awake()], ccdyn.consolidate(awake(), TASK, N_TRIALS, rule))):
        if trial % 2 == 0:
            yield accuracy(network, ccdyn.Silence(), N_TEST)


def predict_least_squares() -> PredictPanel:
    """Predict, then reveal: how sleep by least squares moves what the cerebellum does."""
    trials = torch.arange(0, N_TRIALS + 1, 2.0)
    moved = 1 - 0.9**trials
    right = "very differently: one soon, others late, after falling below chance"
    late = 0.5 + 0.5 * torch.sigmoid((trials - 18) / 2)
    below = late - 0.45 * torch.exp(-((trials - 12) / 6)**2)
    return PredictPanel(
        "Sleep by least squares: accuracy with the cerebellum silenced?", trials.tolist(),
        {"at once: the first dW is already the best there is": torch.where(trials < 1, 0.5, 0.97).tolist(),
         "in step with what has moved: half of it after 7 trials": (0.5 + 0.48 * moved).tolist(),
         right: torch.stack((0.5 + 0.5 * moved**0.3 * (1 - 0.6**trials), late, below), 1).tolist(),
         "never: no teacher speaks, so nothing can be learned": torch.full_like(trials, 0.49).tolist()},
        lambda: _silenced("least squares"), right=right,
        why="A share of the drive is not a share of the answer. While too little has moved, the cortex alone finds the "
            "right answer and cannot hold it to the end; some slip over into the other one.",
        xlabel="trials of sleep", ylabel="accuracy, cerebellum silenced", kept=progress.predicted,
        levels={"guessing": 0.5}, each=True)


def predict_local() -> PredictPanel:
    """Predict, then reveal: how far a rule comes that asks of each synapse only what it can know."""
    trials = torch.arange(0, N_TRIALS + 1, 2.0)
    rise = torch.sigmoid((trials - 8) / 2)
    ends = torch.tensor((0.5, 0.3, -0.05, -0.4))
    right = "it stops short: some networks get there, others go astray"
    return PredictPanel(
        "Sleep by the local rule: accuracy with the cerebellum silenced?", trials.tolist(),
        {"as by least squares, only later": (0.5 + 0.5 * torch.sigmoid((trials - 30) / 3)).tolist(),
         right: (0.5 + ends * rise[:, None]).tolist(),
         "as by least squares, and as soon": (0.5 + 0.5 * torch.sigmoid((trials - 14) / 2)).tolist(),
         "it stays at guessing: a synapse cannot know enough": torch.full_like(trials, 0.49).tolist()},
        lambda: _silenced("local"), right=right,
        why="Five networks, five fates; their mean would be like none of them. Section 7 looks for what the rule has "
            "taken over, and what not.",
        xlabel="trials of sleep", ylabel="accuracy, cerebellum silenced", kept=progress.predicted,
        levels={"guessing": 0.5}, each=True)


def show_when(nights: Sequence[tuple[str, int]] = (("least squares", 8), ("local", 50)),
              steps: Sequence[int] = (4, 9, 14)) -> None:
    """Print how often networks are right at some steps of the trial: awake, and silenced after some trials of sleep."""
    test = TASK.batch(200, ccdyn.make_generators(awake().config.seeds, "test"), "test")
    print(f"{'share of right answers at':36}" + "".join(f"{f'step {step}':22}" for step in steps).rstrip())
    rows = {"awake, whole": (awake(), None)}
    for rule, n in nights:
        *_, network = ccdyn.consolidate(awake(), TASK, n, rule)
        rows[f"{rule}, {n} trials, silenced"] = network, ccdyn.Silence()
    for words, (network, silence) in rows.items():
        right = (ccdyn.run(network, test.x, silence=silence).readout.argmax(-1) == test.target).double().mean(1)
        print(f"{words:36}" + "".join(f"{spread(right[:, step], 2):22}" for step in steps).rstrip())


def taken_over(before: ccdyn.Network, after: ccdyn.Network, n: int = 200) -> Tensor:
    """Share of what the cerebellum added that W_hh adds now, in that direction, from step 1 on: (step, network)."""
    x = TASK.batch(n, ccdyn.make_generators(before.config.seeds, "test"), "test", before.dtype).x
    rate, added = pairs(before, x)
    now = rate @ (after.W_hh - before.W_hh).detach().double().mT.unsqueeze(-3)
    return ((now * added).sum((-2, -1)) / (added * added).sum((-2, -1))).T


def show_taken_over() -> None:
    """Step by step, how much of what the cerebellum added W_hh adds after sleep; and the cosine of all steps."""
    shares = {rule: taken_over(awake(), asleep(rule)) for rule in RULES}
    x = TASK.batch(200, ccdyn.make_generators(awake().config.seeds, "test"), "test").x
    print(" " * 41 + "".join(f"   seed {seed}" for seed in awake().config.seeds))
    for rule in RULES:
        rows = {"mean cosine": drive_cosine(awake(), asleep(rule), x), "share taken over, step 1": shares[rule][0],
                "share taken over, step 13": shares[rule][-1],
                "accuracy, silenced": accuracy(asleep(rule), ccdyn.Silence())}
        for words, values in rows.items():
            print(f"{f'{rule:>13}, {words}':41}" + "".join(f"{value:9.2f}" for value in values.tolist()))
    show(sweep(range(1, 14), shares, "time step (50 ms each)", "share taken over"),
         "Share of the cerebellum's drive that W_hh has taken over, step by step. " + " ".join(
             f"{rule}: " + ", ".join(f"{spread(share[step - 1], 2)} at step {step}" for step in (1, 2, 3, 13)) + "."
             for rule, share in shares.items()))


def show_gain(gains: Sequence[float] = (1.5 / 13, 1 / 13)) -> None:
    """Print what a night with the local rule takes over, and how well it answers then, for other numbers k."""
    print(" " * 33 + "".join(f"   seed {seed}" for seed in awake().config.seeds))
    for k in gains:
        *_, network = ccdyn.consolidate(awake(), TASK, N_TRIALS, _with_gain(k))
        share = taken_over(awake(), network)
        rows = {"share, step 1": share[0], "share, step 13": share[-1],
                "accuracy, silenced": accuracy(network, ccdyn.Silence())}
        for words, values in rows.items():
            print(f"{f'k = {13 * k:.3g} / 13, {words}':33}" + "".join(f"{value:9.2f}" for value in values.tolist()))


def _with_gain(k: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda rate, drive: k * STEPS_PER_TRIAL * RULES["local"](rate, drive)


def short_least_squares(rate: Tensor, drive: Tensor) -> Tensor:
    """Least squares that also pays for the length of dW (ridge regression), as ``ccdyn.consolidate`` takes it."""
    r, u = rate.flatten(-3, -2), drive.flatten(-3, -2)
    own = r.mT @ r + PENALTY * r.shape[-2] * torch.eye(r.shape[-1], dtype=r.dtype)
    return torch.linalg.solve(own, r.mT @ u).mT


def answers(network: ccdyn.Network, silence: ccdyn.Silence | None, noise: str = "test") -> Tensor:
    """The answers to 64 cues that were never learned, four trials each, (network, trial)."""
    labels = torch.arange(64).repeat(4).expand(len(network.config.seeds), -1)
    generators = ccdyn.make_generators(network.config.seeds, noise)
    x = cued_input(MANY.cues[2:], labels, TASK.n_steps, TASK.noise, generators, network.dtype)
    return ccdyn.run(network, x, silence=silence).readout[..., -1, :].argmax(-1)


def agreement(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """In what share of trials two answers 0 or 1, (network, trial), are the same; and by chance: each (network,)."""
    p, q = one.double().mean(1), other.double().mean(1)
    return (one == other).double().mean(1), p * q + (1 - p) * (1 - q)


def what_else() -> None:
    """Print what became of other things that the networks can do: more noise, and cues that they never learned."""
    noisy, says = ccdyn.DelayedAssociation(noise=0.3), answers(awake(), None)
    print(f"{'':17}{'length of W_hh':20}{'the two cues':20}{'with noise 0.3':20}{'64 others, as awake':22}by chance")
    for words, rule in {"awake, whole": "", "least squares": "least squares", "short dW": "short", "local": "local",
                        "66 cues in sleep": "many cues"}.items():
        network, silence = (asleep(rule), ccdyn.Silence()) if rule else (awake(), None)
        same, chance = agreement(says, answers(network, silence, "test" if rule else "validation"))
        print(f"{words:17}{spread(network.W_hh.detach().flatten(1).norm(dim=1), 1):20}"
              + "".join(f"{spread(accuracy(network, silence, N_TEST, task), 2):20}" for task in (TASK, noisy))
              + f"{spread(same, 2):22}{chance.mean():.2f}")
    print("accuracy for the two cues and with noise 0.3; 64 others: share of trials with the answer of the awake self")
