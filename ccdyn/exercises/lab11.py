"""Lab 11, the teacher predicted: what is locked in learning, and a cerebellum that guesses the error of the future."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ccdyn.exercises.exercise import Choice, function, some

LAB = "11"


# What reaches the start of a truncation

@function(LAB, returns={"target": ("trial", "number of the state")}, hints=(
    "Two things reach the start: the gradient of the truncation's own loss, and what is put in at its end, carried "
    "back. Both are gradients of one sum: own + (put_in * end).sum().",
    "autograd has to know with respect to what: s = start.clone().requires_grad_(), then end, own = truncation(s).",
    "torch.autograd.grad(a_number, s) gives a tuple of one gradient: take [0] of it.",
    "s = start.clone().requires_grad_(); end, own = truncation(s); "
    "return torch.autograd.grad(own + (put_in * end).sum(), s)[0].",
), well_done="This is what the synthesiser should have said at that state.")
def target_at_start(start, truncation, put_in):
    """g*: gradient at the start of own loss + put_in . end, where end, own = truncation(start); like start."""
    s = start.clone().requires_grad_()
    end, own = truncation(s)
    return torch.autograd.grad(own + (put_in * end).sum(), s)[0]


class Piece:
    """A truncation of a small network: two steps, a loss at each; end, own = piece(start)."""

    def __init__(self, units: int, seed: int) -> None:
        self.W, self.out = some(units, units, seed=seed) * 1.5, some(units, seed=seed + 1)

    def __call__(self, state: Tensor) -> tuple[Tensor, Tensor]:
        own = 0.0
        for wanted in (0.4, -0.2):
            state = torch.tanh(state @ self.W.T)
            own = own + ((state @ self.out - wanted)**2).mean()
        return state, own


@target_at_start.cases
def _() -> Iterator[dict]:
    for trials, units in ((3, 4), (2, 5)):
        yield {"start": some(trials, units, seed=units), "truncation": Piece(units, trials),
               "put_in": some(trials, units, seed=9)}


def _gradient(total, at_end: bool = False):
    """A wrong target: the gradient of ``total(end, own, put_in, start)``, at the start or at the end."""
    def wrong(start, truncation, put_in):
        s = start.clone().requires_grad_()
        end, own = truncation(s)
        return torch.autograd.grad(total(end, own, put_in, s), end if at_end else s)[0]
    return wrong


for words, wrong in {
    "the truncation's own loss is forgotten": _gradient(lambda end, own, g, s: (g * end).sum()),
    "what is put in at the end is forgotten": _gradient(lambda end, own, g, s: own),
    "what is put in at the end is added at the start; on the way back it has to pass the truncation's steps":
        lambda start, truncation, g: _gradient(lambda end, own, h, s: own)(start, truncation, g) + g,
    "what is put in is subtracted; it is a gradient like the other one": _gradient(
        lambda end, own, g, s: own - (g * end).sum()),
    "the sign is reversed: a gradient is asked for, not the step down": _gradient(
        lambda end, own, g, s: -own - (g * end).sum()),
    "the mean over trials and units is taken of put_in * end; it is their sum": _gradient(
        lambda end, own, g, s: own + (g * end).mean()),
    "the sum of the end is taken without put_in": _gradient(lambda end, own, g, s: own + end.sum()),
    "it is the gradient at the end; the start is asked for": _gradient(
        lambda end, own, g, s: own + (g * end).sum(), at_end=True),
    "own loss and put_in . end are multiplied; their gradients add up": _gradient(
        lambda end, own, g, s: own * (g * end).sum()),
    "the mean over trials is taken; every trial has a gradient of its own": lambda start, truncation, g: _gradient(
        lambda end, own, h, s: own + (h * end).sum())(start, truncation, g).mean(0),
    "autograd does not know of the start (or a detach() cuts it off): s = start.clone().requires_grad_(), then "
    "truncation(s)":
        lambda start, truncation, g: torch.autograd.grad(
            truncation(start)[1] + (g * truncation(start)[0]).sum(), start),
}.items():
    target_at_start.mistake(words)(wrong)


# The bootstrap

AT_STARTS = ("truncation", "number of the state")


@function(LAB, returns={"targets": AT_STARTS, "true": AT_STARTS}, hints=(
    "A target: own[k], plus what is put in at the end of truncation k, factor * guesses[k], carried back by "
    "jacobians[k]. Nothing else: the guess is a number like others.",
    "J[i, j] says how end i depends on start j, so a gradient g at the end is g @ J at the start. For all truncations "
    "at once: (guesses[:, None] @ jacobians)[:, 0].",
    "The true feedback needs no guess: behind the last truncation there is nothing, so true[-1] = own[-1]; then "
    "backwards, true[k] = own[k] + true[k + 1] @ jacobians[k].",
    "targets = own + factor * (guesses[:, None] @ jacobians)[:, 0]; true = own.clone(); then "
    "for k in reversed(range(len(own) - 1)): true[k] = own[k] + true[k + 1] @ jacobians[k].",
), well_done="The target needs one truncation and a guess. The true feedback had to wait for the end of the trial.")
def bootstrap(own, jacobians, guesses, factor):
    """Of one trial, at all starts: the synthesiser's targets, and the true feedback; (truncation, state) each."""
    targets = own + factor * (guesses[:, None] @ jacobians)[:, 0]
    true = own.clone()
    for k in reversed(range(len(own) - 1)):
        true[k] = own[k] + true[k + 1] @ jacobians[k]
    return targets, true


@bootstrap.cases
def _() -> Iterator[dict]:
    for truncations, units, factor in ((4, 3, 0.1), (5, 2, 0.5)):
        yield {"own": some(truncations, units), "jacobians": 1.4 * some(truncations, units, units, seed=1),
               "guesses": some(truncations, units, seed=2), "factor": factor}


def _back(g: Tensor, J: Tensor) -> Tensor:
    return (g[..., None, :] @ J)[..., 0, :]


def _true(own: Tensor, J: Tensor, factor: float = 1.0) -> Tensor:
    true = own.clone()
    for k in reversed(range(len(own) - 1)):
        true[k] = own[k] + factor * true[k + 1] @ J[k]
    return true


def _target(own: Tensor, J: Tensor, guesses: Tensor, factor: float) -> Tensor:
    return own + factor * _back(guesses, J)


def _forwards(own: Tensor, J: Tensor) -> Tensor:
    true = own.clone()
    for k in range(len(own) - 1):
        true[k] = own[k] + own[k + 1] @ J[k]
    return true


for words, wrong in {
    "factor is forgotten in the targets": lambda o, J, g, f: (_target(o, J, g, 1.0), _true(o, J)),
    "the whole target is multiplied by factor; it belongs to the guess alone":
        lambda o, J, g, f: (f * _target(o, J, g, 1.0), _true(o, J)),
    "factor is applied twice": lambda o, J, g, f: (_target(o, J, g, f**2), _true(o, J)),
    "factor stands before own as well": lambda o, J, g, f: (f * _target(o, J, g, f), _true(o, J)),
    "the guess is that at the start of the truncation; it is put in at its end":
        lambda o, J, g, f: (_target(o, J, torch.cat((torch.zeros_like(g[:1]), g[:-1])), f), _true(o, J)),
    "the guesses are shifted: guesses[k] is already that at the end of truncation k":
        lambda o, J, g, f: (_target(o, J, torch.cat((g[1:], torch.zeros_like(g[:1]))), f), _true(o, J)),
    "the last truncation's guess is taken to be 0; in the published model it is put in like all others":
        lambda o, J, g, f: (_target(o, J, torch.cat((g[:-1], torch.zeros_like(g[:1]))), f), _true(o, J)),
    "the truncations' own gradients are forgotten in the targets":
        lambda o, J, g, f: (f * _back(g, J), _true(o, J)),
    "the gradient of the whole trial is handed in as the target; the synthesiser's teacher does not know it":
        lambda o, J, g, f: (_true(o, J), _true(o, J)),
    "the next target stands where the guess should: targets are made from guesses, not from each other":
        lambda o, J, g, f: (_true(o, J, f), _true(o, J)),
    "the guess is not carried back through the truncation": lambda o, J, g, f: (o + f * g, _true(o, J)),
    "the guess is subtracted": lambda o, J, g, f: (_target(o, J, g, -f), _true(o, J)),
    "the Jacobians are the wrong way round in the targets: g @ J, not J @ g":
        lambda o, J, g, f: (_target(o, J.mT, g, f), _true(o, J)),
    "the Jacobians are the wrong way round in the true feedback: g @ J, not J @ g":
        lambda o, J, g, f: (_target(o, J, g, f), _true(o, J.mT)),
    "the Jacobians are the wrong way round: g @ J, not J @ g":
        lambda o, J, g, f: (_target(o, J.mT, g, f), _true(o, J.mT)),
    "factor weakens the true feedback as well; that is sent back in full":
        lambda o, J, g, f: (_target(o, J, g, f), _true(o, J, f)),
    "the true feedback comes from one truncation further only; go backwards, from the last start to the first":
        lambda o, J, g, f: (_target(o, J, g, f), _forwards(o, J)),
    "the true feedback holds the last guess; behind the last truncation there is nothing":
        lambda o, J, g, f: (_target(o, J, g, f), _true(torch.cat((o[:-1], _target(o, J, g, 1.0)[-1:])), J)),
    "the true feedback holds the last guess (times factor); behind the last truncation there is nothing":
        lambda o, J, g, f: (_target(o, J, g, f), _true(torch.cat((o[:-1], _target(o, J, g, f)[-1:])), J)),
    "the true feedback is carried through the Jacobian of the truncation behind it: jacobians[k], not [k + 1]":
        lambda o, J, g, f: (_target(o, J, g, f), _true(o, torch.cat((J[1:], J[-1:])))),
    "the true feedback is the sum of the own gradients, which are not carried back":
        lambda o, J, g, f: (_target(o, J, g, f), o.flip(0).cumsum(0).flip(0)),
    "the two are swapped; first the targets": lambda o, J, g, f: (_true(o, J), _target(o, J, g, f)),
}.items():
    bootstrap.mistake(words)(wrong)


# The update

@function(LAB, returns={"dW": ("number of the state", "granule cell"), "db": ("number of the state",)}, hints=(
    "How E changes with one guess: d/dSG of (SG - g*)^2 is 2 (SG - g*). Call it error, (row, number of the state).",
    "A guess is W_pf granule + b_pf. So dW[i, j] is the sum over rows of error[row, i] * granule[row, j].",
    "That sum is error.T @ granule; db is the sum of error over rows, error.sum(0).",
), well_done="Each parallel fibre needs its own granule cell and the error of its own output: a delta rule.")
def synthesiser_update(granule, guess, target):
    """Gradients of E = sum of (guess - target)^2 for the last layer: dW_pf (state, granule cell) and db_pf (state,)."""
    error = 2 * (guess - target)
    return error.T @ granule, error.sum(0)


@synthesiser_update.cases
def _() -> Iterator[dict]:
    for rows, cells, units in ((5, 4, 3), (4, 6, 5)):
        yield {"granule": some(rows, cells, seed=rows).relu(), "guess": some(rows, units, seed=1),
               "target": some(rows, units, seed=2)}


def _update(error, reduce=lambda dW, db, e: (dW, db)):
    def wrong(granule, guess, target):
        e = error(guess, target)
        return reduce(e.T @ granule, e.sum(0), e)
    return wrong


for words, wrong in {
    "the mean over rows and units is taken; E is a sum": _update(lambda s, g: 2 * (s - g) / s.numel()),
    "the mean over rows (trials) is taken; E is a sum": _update(lambda s, g: 2 * (s - g) / len(s)),
    "the mean over units is taken; E is a sum": _update(lambda s, g: 2 * (s - g) / s.shape[1]),
    "the 2 of the square is missing": _update(lambda s, g: s - g),
    "the sign is reversed: this is the step down, and the optimiser takes the minus itself":
        _update(lambda s, g: 2 * (g - s)),
    "the sign is reversed, and the 2 is missing": _update(lambda s, g: g - s),
    "the guess itself is the error; what it should have been is to be taken off": _update(lambda s, g: 2 * s),
    "only the target is used; what was guessed already is to be taken off": _update(lambda s, g: -2 * g),
    "the error is squared; its gradient is 2 (SG - g*)": _update(lambda s, g: (s - g)**2),
    "dW is the wrong way round: it has a row for each number of the state":
        _update(lambda s, g: 2 * (s - g), lambda dW, db, e: (dW.T, db)),
    "the bias gets the mean over rows; its gradient is a sum like that of the weights":
        _update(lambda s, g: 2 * (s - g), lambda dW, db, e: (dW, e.mean(0))),
    "the weights get the mean over rows; their gradient is a sum like that of the bias":
        _update(lambda s, g: 2 * (s - g), lambda dW, db, e: (dW / len(e), db)),
    "the bias gets one number for each row; sum over rows": _update(
        lambda s, g: 2 * (s - g), lambda dW, db, e: (dW, e.sum(1))),
    "the bias still has its rows; sum over them": _update(lambda s, g: 2 * (s - g), lambda dW, db, e: (dW, e)),
    "the two are swapped; first the weights": _update(lambda s, g: 2 * (s - g), lambda dW, db, e: (db, dW)),
}.items():
    synthesiser_update.mistake(words)(wrong)


# Is it right? (stretch)

@function(LAB, returns={"cosine": ("truncation",)}, hints=(
    "A cosine for every truncation and trial: the sum over the numbers of the state of guess * true, divided by both "
    "lengths; then the mean over trials.",
    "lengths = guess.norm(dim=-1) * true.norm(dim=-1). Where the guess is 0, that is a division by 0: use "
    "lengths.clamp_min(1e-12).",
    "return ((guess * true).sum(-1) / lengths.clamp_min(1e-12)).mean(1).",
), well_done="The panel's right picture shows its mean over boundaries.")
def similarity(guess, true):
    """Cosine of guess and true feedback (truncation, trial, state), mean over trials; 0 where the guess is 0."""
    lengths = guess.norm(dim=-1) * true.norm(dim=-1)
    return ((guess * true).sum(-1) / lengths.clamp_min(1e-12)).mean(1)


@similarity.cases
def _() -> Iterator[dict]:
    guess = some(3, 2, 4, seed=5) + 0.3
    guess[1, 0] = 0.0
    yield {"guess": some(4, 5, 3) + 0.2, "true": some(4, 5, 3, seed=1) * torch.arange(1.0, 6.0)[:, None]}
    yield {"guess": guess, "true": some(3, 2, 4, seed=6) + 0.5}


for words, wrong in {
    "the division by the lengths is missing": lambda s, g: (s * g).sum(-1).mean(1),
    "only the true feedback's length is divided by": lambda s, g: ((s * g).sum(-1) / g.norm(dim=-1)).mean(1),
    "only the guess's length is divided by": lambda s, g: ((s * g).sum(-1) / s.norm(dim=-1).clamp_min(1e-12)).mean(1),
    "lengths are divided by without their square root": lambda s, g: (
        (s * g).sum(-1) / (s.square().sum(-1) * g.square().sum(-1)).clamp_min(1e-12)).mean(1),
    "trials are put one behind the other to one long vector; each has a cosine of its own": lambda s, g:
        torch.cosine_similarity(s.flatten(1), g.flatten(1), dim=1),
    "the mean over trials is taken before the cosine": lambda s, g:
        torch.cosine_similarity(s.mean(1), g.mean(1), dim=1),
    "the cosine runs over trials; it is over the numbers of a state": lambda s, g:
        torch.cosine_similarity(s, g, dim=1, eps=1e-12).mean(1),
    "the mean is over truncations; it is over trials": lambda s, g:
        torch.cosine_similarity(s, g, dim=-1, eps=1e-12).mean(0),
    "the mean over trials is missing": lambda s, g: torch.cosine_similarity(s, g, dim=-1, eps=1e-12),
    "all truncations are averaged as well": lambda s, g: torch.cosine_similarity(s, g, dim=-1, eps=1e-12).mean(),
    "a guess of 0 gives a division by 0 (nan); it counts as 0": lambda s, g: (
        (s * g).sum(-1) / (s.norm(dim=-1) * g.norm(dim=-1))).mean(1),
    "the sum over trials is taken; it is their mean": lambda s, g:
        torch.cosine_similarity(s, g, dim=-1, eps=1e-12).sum(1),
}.items():
    similarity.mistake(words)(wrong)


# Words for it

what_is_locked = Choice(
    LAB, "what_is_locked", "What waits for what, in learning by backpropagation through a trial?", {
    "a": ("the activity of a step waits for the error of the step before",
          "Activity waits for nothing: the run goes on without any error. It is learning that waits."),
    "b": ("the change due to a step waits until the trial is over and its error has come back through all later steps",
          "That is the lock. A short truncation opens it, at the price that later errors never come."),
    "c": ("the readout waits for the cortex, because it learns more slowly",
          "Both have their gradient at the same time, when the errors are known."),
    "d": ("nothing: all gradients are local in time",
          "An error at step 9 tells what the state of step 0 was good for, and has to get back there."),
}, right="b")

which_lesion_harms = Choice(
    LAB, "which_lesion_harms", "In these networks the olive's lesion undid what had been learned, that of the "
    "cerebellum did not. The simplest account that fits all the table's rows is:", {
    "a": ("the hand needs its olive in order to draw",
          "Test lines are drawn without it: at the moment of the lesion the error is the same in all rows."),
    "b": ("without an olive the cortex does not learn any more",
          "It does, and that is the trouble: it follows wrong advice. Not learning would leave the error as it was."),
    "c": ("guesses that are not taught go on being put in, while the network that they were about has changed",
          "Wrong advice, again and again in the same direction; without any cerebellum there is no advice. Healing "
          "the olive, or a factor of 0, ends it: try both in the panel."),
    "d": ("the olive's lesion takes more synapses out of learning than that of the cerebellum",
          "Both stop the learning of the same synapses, all those of the synthesiser."),
}, right="c")

what_tells_them_apart = Choice(
    LAB, "what_tells_them_apart", "A cerebellum is silenced for one single movement, in an animal that has learned it "
    "and learns nothing in that moment. The model of labs 03 to 10 and that of this lab expect:", {
    "a": ("the same: both have learned with it",
          "Look at the table of use: the one changes what is drawn, the other does not."),
    "b": ("the movement fails in the first and is as ever in the second",
          "What predicts the output is part of the movement; what predicts the error is needed only to learn. Real "
          "animals with silenced cerebella move badly at once. The second model says nothing about that: it is about "
          "learning, and both could be true of different parts."),
    "c": ("as ever in the first, failure in the second",
          "The other way round: in the first the cerebellum's word enters the cortex at every step."),
    "d": ("nothing can be said without knowing how long it had learned",
          "After enough learning the first depends on it; and the second does not, however long it has learned."),
}, right="b")
