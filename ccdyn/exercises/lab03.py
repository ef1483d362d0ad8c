"""Lab 03, the cerebellum: what does the loop add?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.exercise import Choice, counted, function, some
from ccdyn.exercises.progress import progress
from ccdyn.linear import LinearTimed, without_relu
from ccdyn.panels import PredictPanel, show
from ccdyn.plasticity import DeltaRule, TimedPlasticity
from ccdyn.plasticity.timed import pairs
from ccdyn.plots import overlay, spread

LAB = "03"
TAUS = (1, 3, 5, 8, 15)
LR, CELLS = 3e-3, 5     # step size and granule cells per cortical unit: as few as show it all, in seconds


# Forward: cortex -> granule cells -> Purkinje cells

def _older(rates: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(rates[:, :1]), rates[:, :-1]], 1)


@function(LAB, returns={"granule": ("trial", "time step", "cell"), "c": ("trial", "time step", "output")}, hints=(
    "What is said at step t comes from the rates of step t - 1: make the rates one step older first.",
    "Older rates are zeros for the first step, then all rates but the last: torch.cat([torch.zeros_like(rates[:, :1]), "
    "rates[:, :-1]], 1).",
    "granule = torch.relu(older @ W_mf.T); c is granule @ W_pf.T, without another relu. Then: return granule, c.",
), well_done="Two matrices and a relu: the first makes features, the second reads them.")
def cerebellum(rates, W_mf, W_pf):
    """Granule cells and output c_t, from rates (trial, time, unit); at the first step it has heard zeros."""
    older = torch.cat([torch.zeros_like(rates[:, :1]), rates[:, :-1]], 1)
    granule = torch.relu(older @ W_mf.T)
    return granule, granule @ W_pf.T


@cerebellum.cases
def _() -> Iterator[dict]:
    for steps, cells in ((6, 7), (5, 8)):
        yield {"rates": 2 * some(3, steps, 4), "W_mf": some(cells, 4, seed=1), "W_pf": some(2, cells, seed=2)}


def _from(older: Tensor, W_mf: Tensor, W_pf: Tensor, squash: Callable = torch.relu) -> tuple[Tensor, Tensor]:
    granule = squash(older @ W_mf.T)
    return granule, granule @ W_pf.T


for words, wrong in {
    "the relu is missing; a granule cell is silent where its drive is below 0":
        lambda rates, W_mf, W_pf: _from(_older(rates), W_mf, W_pf, torch.clone),
    "granule cells have the cortex's tanh; theirs is a relu":
        lambda rates, W_mf, W_pf: _from(_older(rates), W_mf, W_pf, torch.tanh),
    "the output is rectified as well; only granule cells are, c may be below 0":
        lambda rates, W_mf, W_pf: (_from(_older(rates), W_mf, W_pf)[0], _from(_older(rates), W_mf, W_pf)[1].relu()),
    "the relu is taken of the rates; it comes after W_mf":
        lambda rates, W_mf, W_pf: _from(_older(rates).relu(), W_mf, W_pf, torch.clone),
    "step t hears the rates of step t; its answer enters the cortex at step t, so it has heard only those of t - 1":
        _from,
    "the last step comes round to the first (as with torch.roll); what was before the first step is zero":
        lambda rates, W_mf, W_pf: _from(torch.roll(rates, 1, 1), W_mf, W_pf),
    "the rates are two steps old; nothing is delayed but the one step from cortex to cerebellum and back":
        lambda rates, W_mf, W_pf: _from(_older(_older(rates)), W_mf, W_pf),
    "step t hears the rates of step t + 1; they are shifted the wrong way":
        lambda rates, W_mf, W_pf: _from(_older(rates.flip(1)).flip(1), W_mf, W_pf),
    "c is one step older than the granule cells; both are of step t":
        lambda rates, W_mf, W_pf: (_from(_older(rates), W_mf, W_pf)[0],
                                   _from(_older(_older(rates)), W_mf, W_pf)[1]),
    "the first step is left out; it has heard zeros, so granule cells and c are 0 there":
        lambda rates, W_mf, W_pf: _from(rates[:, :-1], W_mf, W_pf),
    "c comes first; the granule cells should":
        lambda rates, W_mf, W_pf: _from(_older(rates), W_mf, W_pf)[::-1],
}.items():
    cerebellum.mistake(words)(wrong)


# Who is taught what

@function(LAB, returns={"table": "pairs"}, hints=(
    "c_s is made from the state of step s - 1. Add tau to that: which step's target is it?",
    "c_s is taught the target of step s + tau - 1, the first one that of step tau - 1.",
    "Targets end with step n_steps - 1. So s ends where s + tau - 1 is n_steps - 1: there are n_steps - tau + 1 pairs.",
    "[(s, s + tau - 1) for s in range(...)], with the number of pairs in the brackets.",
), well_done="Every pair counts: a table that is off by one learns just as nicely, and means something else.")
def pair(n_steps, tau):
    """All (s, t): the prediction used at step s is taught the target of step t, for tau of 1 or more."""
    return [(s, s + tau - 1) for s in range(n_steps - tau + 1)]


@pair.cases
def _() -> Iterator[dict]:
    for n_steps, tau in ((7, 3), (9, 4), (5, 1), (6, 2), (3, 5)):
        yield {"n_steps": n_steps, "tau": tau}


for words, wrong in {
    "tau counts from the step at which the prediction is used, one too late; it counts from the state that the "
    "cerebellum saw, one step before": lambda n, tau: [(s, s + tau) for s in range(n - tau)],
    "tau counts from the step at which the prediction is used (one too late), and the table goes beyond the end":
        lambda n, tau: [(s, s + tau) for s in range(n - tau + 1)],
    "every target is one step too early; c_s saw the state of step s - 1, and tau steps later is s + tau - 1":
        lambda n, tau: [(s, s + tau - 2) for s in range(n - tau + 1)],
    "every target is one step too early, with a pair more to fill the trial; tau 1 should be now: (0, 0), (1, 1)":
        lambda n, tau: [(s, s + tau - 2) for s in range(max(0, 2 - tau), n - tau + 2)],
    "the pairs are the wrong way round, so predictions are taught what has been; the prediction's step comes first":
        lambda n, tau: [(s + tau - 1, s) for s in range(n - tau + 1)],
    "predictions are taught what was tau steps before; it should be what is still to come":
        lambda n, tau: [(s, s - tau) for s in range(tau, n)],
    "the last predictions are taught the first targets, as if time were a circle; they are taught nothing":
        lambda n, tau: [(s, (s + tau - 1) % n) for s in range(n)],
    "the last predictions are taught the last target over and over; here they are taught nothing, since their targets "
    "would come after the end": lambda n, tau: [(s, min(s + tau - 1, n - 1)) for s in range(n)],
    "there are targets after the end of the trial; the last one is that of step n_steps - 1":
        lambda n, tau: [(s, s + tau - 1) for s in range(n)],
    "the last pair is missing: range(n) ends with n - 1": lambda n, tau: [(s, s + tau - 1) for s in range(n - tau)],
    "the pairs begin at step 1 and are one too late; steps are counted from 0":
        lambda n, tau: [(s, s + tau) for s in range(1, n - tau)],
    "the first pair is missing: it teaches nothing, as granule cells are silent then, but it is one":
        lambda n, tau: [(s, s + tau - 1) for s in range(1, n - tau + 1)],
}.items():
    pair.mistake(words)(wrong)


what_tau_is = Choice(LAB, "what_tau_is", "A cerebellum with tau = 5", {
    "a": ("says what it has to say five steps late",
          "Nothing that it says is delayed: c_t is made from the rates one step before, whatever tau is. Only the "
          "lesson is late."),
    "b": ("sees five steps into the future",
          "Nobody does. The target is not there yet when the prediction is made; it comes five steps after the state, "
          "and only then are they compared. It helps next time, because trials with the same cue are alike."),
    "c": ("is taught, for each state that it saw, what the target was five steps after that state",
          "And its synapses have to remember which granule cells were active until the lesson comes, five steps on."),
    "d": ("has Purkinje cells with a membrane time constant of five steps",
          "No cell here has a time constant of tau. The leak of the cortex is alpha; tau only says which target is "
          "paired with which prediction."),
}, right="c")


# What the lesson changes

@function(LAB, returns={"change": ("output", "cell")}, hints=(
    "It is the delta rule of lab 01, once for each pair (s, t) of the table, and all of them added up.",
    "For one pair: error = target[:, t] - granule[:, s] @ W_pf.T, (trial, output). Which granule activity goes with "
    "it: that of step s or of step t?",
    "The mean over trials and outputs is a sum divided by error.numel(), and the square gives a factor of 2.",
    "Start from change = torch.zeros_like(W_pf); each pair adds 2 * error.T @ granule[:, s] / error.numel().",
), well_done="Error times activity, but the activity of tau steps ago: the synapse has to remember it.")
def pf_update(W_pf, granule, target, table):
    """Minus the gradient of E for W_pf, from granule (trial, time, cell) and target (trial, time, output)."""
    change = torch.zeros_like(W_pf)
    for s, t in table:
        error = target[:, t] - granule[:, s] @ W_pf.T
        change = change + 2 * error.T @ granule[:, s] / error.numel()
    return change


@pf_update.cases
def _() -> Iterator[dict]:
    for steps, tau, outputs in ((6, 3, 3), (7, 2, 2)):
        yield {"W_pf": some(outputs, 5), "granule": some(4, steps, 5, seed=1).relu(),
               "target": some(4, steps, outputs, seed=2),
               "table": pairs(steps, tau)}


def _pf(W_pf: Tensor, granule: Tensor, target: Tensor, table: list, share: Callable = lambda e: 2 / e.numel(),
        active: int = 0) -> Tensor:
    """The rule with another share of the error, or with the activity of step s (0) or t (1)."""
    errors = [(target[:, t] - granule[:, s] @ W_pf.T, granule[:, (s, t)[active]]) for s, t in table]
    return sum(share(error) * error.T @ activity for error, activity in errors)


for words, wrong in {
    "the sign is wrong: it moves away from the target; the error is target - prediction":
        lambda *given: _pf(*given, lambda e: -2 / e.numel()),
    "the 2 that comes from the square is missing": lambda *given: _pf(*given, lambda e: 1 / e.numel()),
    "trials are summed; take their mean, or a larger batch would learn faster":
        lambda *given: _pf(*given, lambda e: 2 / e.shape[1]),
    "the mean is over trials only; outputs count too, so divide by error.numel()":
        lambda *given: _pf(*given, lambda e: 2 / e.shape[0]),
    "the mean over trials and outputs is missing, it is all summed": lambda *given: _pf(*given, lambda e: 2),
    "the 2 from the square and the mean over trials and outputs are both missing":
        lambda *given: _pf(*given, lambda e: 1),
    "it is the mean over pairs; pairs are summed, so a longer trial teaches more":
        lambda *given: _pf(*given) / len(given[-1]),
    "the new W_pf is returned; return only its change": lambda *given: given[0] + _pf(*given),
    "only the last pair counts; add up all of them": lambda *given: _pf(*given[:-1], given[-1][-1:]),
    "the error meets the granule activity of the moment when it arrives, step t; it belongs to the activity behind the "
    "prediction, step s": lambda *given: _pf(*given, active=1),
    "s and t have changed places: granule activity is of step s, the target of step t":
        lambda *given: _pf(*given[:-1], [(t, s) for s, t in given[-1]]),
    "there is no window: predictions are taught the target of their own step; use both numbers of each pair":
        lambda *given: _pf(*given[:-1], [(s, s) for s, _ in given[-1]]),
    "the prediction is not subtracted, so learning would never stop; the error is target - prediction":
        lambda W_pf, *others: _pf(0 * W_pf, *others),
}.items():
    pf_update.mistake(words)(wrong)


# Stretch: mossy fibres

@function(LAB, returns={"change": ("cell", "unit")}, hints=(
    "How much a granule cell is to blame: the error, sent back through its synapses: error @ W_pf, (trial, cell).",
    "A cell that was silent had no part in it. Multiply by (drive > 0), where drive is heard[:, s] @ W_mf.T.",
    "Per pair: blame = (error @ W_pf) * (drive > 0); change = change + 2 * blame.T @ heard[:, s] / error.numel().",
), well_done="This is backpropagation through one relu. Whether mossy fibres can do it is another question.")
def mossy_update(W_mf, W_pf, heard, target, table):
    """Minus the gradient of E for W_mf; heard (trial, time, unit) has at step s the rates behind prediction s."""
    change = torch.zeros_like(W_mf)
    for s, t in table:
        drive = heard[:, s] @ W_mf.T
        error = target[:, t] - torch.relu(drive) @ W_pf.T
        blame = (error @ W_pf) * (drive > 0)
        change = change + 2 * blame.T @ heard[:, s] / error.numel()
    return change


@mossy_update.cases
def _() -> Iterator[dict]:
    for steps, tau in ((6, 3), (7, 2)):
        yield {"W_mf": some(5, 3), "W_pf": some(2, 5, seed=1), "heard": some(4, steps, 3, seed=2),
               "target": some(4, steps, 2, seed=3), "table": pairs(steps, tau)}


def _mossy(W_mf: Tensor, W_pf: Tensor, heard: Tensor, target: Tensor, table: list,
           gate: Callable = lambda drive: (drive > 0).double(), squash: Callable = torch.relu,
           way: Callable = lambda W: W) -> Tensor:
    def change(s: int, t: int) -> Tensor:
        drive = heard[:, s] @ W_mf.T
        error = target[:, t] - squash(drive) @ W_pf.T
        return 2 * ((error @ way(W_pf)) * gate(drive)).T @ heard[:, s] / error.numel()
    return sum(change(s, t) for s, t in table)


def _gate_too_late(W_mf: Tensor, W_pf: Tensor, heard: Tensor, target: Tensor, table: list) -> Tensor:
    drive = heard @ W_mf.T
    return sum(2 * (((target[:, t] - drive[:, s].relu() @ W_pf.T) @ W_pf) * (drive[:, t] > 0)).T @ heard[:, s]
               / target[:, t].numel() for s, t in table)


for words, wrong in {
    "the gate is missing: silent cells learn too; multiply by (drive > 0)":
        lambda *given: _mossy(*given, torch.ones_like),
    "blame is multiplied by the cell's activity; the gate is 1 where it fires, whatever its rate":
        lambda *given: _mossy(*given, torch.relu),
    "the prediction is made without the relu": lambda *given: _mossy(*given, squash=torch.clone),
    "relu and gate are both missing": lambda *given: _mossy(*given, torch.ones_like, torch.clone),
    "the error reaches every cell alike; it comes back through W_pf, strong where the synapse is strong":
        lambda *given: _mossy(*given, way=torch.ones_like),
    "the sign is wrong: it moves away from the target": lambda *given: -_mossy(*given),
    "the 2 that comes from the square is missing": lambda *given: _mossy(*given) / 2,
    "the mean over trials and outputs is missing, it is all summed":
        lambda *given: _mossy(*given) * given[3][:, 0].numel(),
    "the mean is over trials only; outputs count too, so divide by error.numel()":
        lambda *given: _mossy(*given) * given[3].shape[-1],
    "the rates are made one step older once more; heard[:, s] is already what was heard for prediction s":
        lambda W_mf, W_pf, heard, *others: _mossy(W_mf, W_pf, _older(heard), *others),
    "the gate is that of step t, when the error arrives; it belongs to the prediction, step s": _gate_too_late,
    "it is the mean over pairs; pairs are summed": lambda *given: _mossy(*given) / len(given[-1]),
}.items():
    mossy_update.mistake(words)(wrong)


# What the lab shows

@cache
def _learned(n_sessions: int, feedback: str, tau: int, linear: bool, expansion: float, seeds: tuple[int, ...],
             training: tuple) -> np.ndarray:
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, feedback=feedback, alpha=0.1, expansion=expansion, seeds=seeds)
    network = without_relu(network) if linear else network
    rules = [DeltaRule(), LinearTimed(tau)] if linear else None
    state = ccdyn.start(network, task, rules, tau=tau, **{"lr": LR, **dict(training)})
    return ccdyn.score({"": ccdyn.train(state, n_sessions, progress=False)})[""]


def learn(n_sessions: int = 5, feedback: str = "cerebellar", tau: int = 5, linear: bool = False,
          expansion: float = CELLS, seeds: Sequence[int] | None = None, **training) -> np.ndarray:
    """Test error of line drawing at alpha .1, a number for each network, kept; not knowing the cue gives .159."""
    seeds = progress.seeds() if seeds is None else tuple(seeds)
    return _learned(n_sessions, feedback, tau, linear, expansion, seeds, tuple(training.items()))


def ladder(n_sessions: int = 5) -> None:
    """Print the test error of five networks each as one ingredient after the other is added."""
    for label, settings in {"no feedback": {"feedback": "none"}, "readout feedback": {"feedback": "readout"},
                            "cerebellum, tau 1": {"tau": 1}, "cerebellum without relu, tau 5": {"linear": True},
                            "cerebellum, tau 5": {}, "all pairs one early (tau 4)": {"tau": 4},
                            "all pairs one late (tau 6)": {"tau": 6}}.items():
        print(f"{label:31} {spread(learn(n_sessions, **settings))}")


def expansion_table(expansions: Sequence[int] = (1, 20), n_sessions: int = 3) -> None:
    """Print how much the number of granule cells matters, by what else is held fixed."""
    matched = {e: LR * expansions[-1] / e for e in expansions}  # all parallel fibres together then step equally far
    rows = {"mossy fibres learn": (True, {}), "fixed": (False, {}), "fixed, matched step size": (False, matched)}
    errors = {(label, e): learn(n_sessions, expansion=e, mossy=rows[label][0], lr_cerebellum=rows[label][1].get(e, LR))
              for label, e in counted([(label, e) for label in rows for e in expansions])}
    print("granule cells per unit   | " + " | ".join(f"{expansion:<22}" for expansion in expansions))
    for label in rows:
        print(f"{label:24} | " + " | ".join(f"{spread(errors[label, e]):22}" for e in expansions))


def predict_tau() -> PredictPanel:
    """Predict, then reveal: which time window is best."""
    return PredictPanel(
        "alpha is 0.1: how far ahead should the cerebellum be taught to look?", TAUS,
        {"1 is best: what is needed is the target of now": [0.02, 0.06, 0.09, 0.12, 0.15],
         "a few steps, about 5 to 8; then it gets worse": [0.12, 0.08, 0.03, 0.03, 0.07],
         "longer is always better: the more future the better": [0.14, 0.11, 0.08, 0.05, 0.02]},
        lambda: (learn(tau=tau) for tau in TAUS), right="a few steps, about 5 to 8; then it gets worse",
        why="A line begins slowly, so just while the cortex still knows the cue, the target of now is near 0 for every "
            "cue: there is little to be said. Looking ahead, there is. But with a long window the last tau - 1 "
            "predictions of each trial are taught nothing, which is part of why it gets worse again.",
        xlabel="time window tau (steps of 50 ms)", ylabel="test error (cue not known: .159)", kept=progress.predicted)


def show_cerebellum(cerebellum: Callable) -> None:
    """What a trained cerebellum says in one trial, and what the student's function makes of the same rates."""
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, alpha=0.5, expansion=CELLS, seeds=progress.seeds()[0])
    ccdyn.train(ccdyn.start(network, task, tau=5, lr=LR), 2, progress=False)
    said = ccdyn.run(network, task.trials([2], ccdyn.make_generators(0, "test")).x, record="feedback")
    ours = said.feedback[0]
    heard = said.rate, network.W_mf.detach(), network.W_pf.detach()
    yours = attempt(cerebellum, within=lambda yours: yours(*deepcopy(heard))[1][0].numpy())
    show(overlay(range(task.n_steps), ours, yours, ["c for x", "c for y"], "time step (50 ms each)", "output c"),
         f"What a trained cerebellum says at each step of one trial: 0 at step 0, at the end "
         f"{ours[-1, 0]:.2f} for x and {ours[-1, 1]:.2f} for y; the line ends at 0.95 and 0.31.")


def show_pairs(pair: Callable) -> None:
    """Which target each prediction of a trial is taught, by the student's table over ours."""
    def teachers(pair: Callable) -> np.ndarray:
        by_step = [dict(pair(20, tau)) for tau in (1, 5, 15)]
        return np.array([[table.get(s, np.nan) for table in by_step] for s in range(20)])

    show(overlay(range(20), teachers(pairs), attempt(pair, within=teachers), [f"tau {tau}" for tau in (1, 5, 15)],
                 "prediction used at step s", "is taught the target of step t"),
         "Target step against prediction step for tau 1, 5 and 15: three parallel lines that begin at target 0, 4 and "
         "14 and end with target 19; the prediction that is taught last is that of step 19, 15 and 5.")


@dataclass(frozen=True)
class Written(TimedPlasticity):
    """A rule for the parallel fibres that a student wrote, for a network with one seed."""

    mossy: bool = False
    change: Callable = pf_update.solve

    def needs(self, network, batch):
        return ("granule",)

    def update(self, state, network, record, batch, generator=None):
        """Minus what the function returns."""
        table = pairs(batch.x.shape[1], self.tau)
        return {"W_pf": -self.change(network.W_pf.detach(), record.granule, batch.target, table)}, None


def show_update(pf_update: Callable, n_sessions: int = 10) -> None:
    """A cerebellum taught by the student's rule, over one taught by ours."""
    def curve(rule: TimedPlasticity) -> np.ndarray:
        task = ccdyn.LineDrawing()
        network = ccdyn.Network.for_task(task, alpha=0.1, expansion=CELLS, seeds=progress.seeds()[0])
        state = ccdyn.start(network, task, [DeltaRule(), rule], lr=LR, lr_cerebellum=4 * LR, batches_per_session=40)
        return ccdyn.train(state, n_sessions, progress=False).history["validation_loss"].T.clip(max=0.3)

    ours = curve(TimedPlasticity(5, mossy=False))
    yours = attempt(pf_update, within=lambda yours: curve(Written(5, change=yours)))
    show(overlay(range(40, 40 * n_sessions + 1, 40), ours, yours, ["one network"], "batches", "validation error"),
         f"Error of one network over {40 * n_sessions} batches; with our rule it falls from {ours[0, 0]:.3f} to "
         f"{ours[-1, 0]:.3f}. Only parallel fibres and readout learn.")
