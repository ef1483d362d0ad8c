"""Lab 05, line drawing: when is a cerebellum needed?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ccdyn.exercises.exercise import Choice, function, some

LAB = "05"


# The training loop

def _delta(error: Tensor, heard: Tensor) -> Tensor:
    """The delta rule: error times what was heard, (output, unit), the mean over trials and steps."""
    return torch.einsum("bto,bti->oi", error, heard) / error[..., 0].numel()


class Lived(NamedTuple):
    """What a network lived through: its answer z, rates, granule cells and prediction, each (trial, time, unit)."""

    z: Tensor
    rates: Tensor
    cells: Tensor
    prediction: Tensor


def pieces(alpha: float, tau: int, W_ih: Tensor, W_hh: Tensor, W_ch: Tensor, W_mf: Tensor) -> tuple[Callable, Callable]:
    """``run`` and ``learn`` of a loop whose readout (without bias) and parallel fibres learn; all else stays."""
    def run(x: Tensor, W_rdt: Tensor, W_pf: Tensor) -> Lived:
        h, rates, cells = x.new_zeros(len(x), len(W_hh)), [], []
        for t in range(x.shape[1]):
            cells.append((torch.tanh(h) @ W_mf.T).relu())
            h = alpha * h + x[:, t] @ W_ih.T + cells[-1] @ W_pf.T @ W_ch.T + torch.tanh(h) @ W_hh.T
            rates.append(torch.tanh(h))
        r, g = torch.stack(rates, 1), torch.stack(cells, 1)
        return Lived(r @ W_rdt.T, r, g, g @ W_pf.T)

    def learn(lived: Lived, target: Tensor) -> tuple[Tensor, Tensor]:
        early = slice(target.shape[1] - tau + 1)    # predictions whose target comes before the end
        return (_delta(target - lived.z, lived.rates),
                _delta(target[:, tau - 1:] - lived.prediction[:, early], lived.cells[:, early]))
    return run, learn


@function(LAB, returns={"W_rdt": ("output", "unit"), "W_pf": ("output", "cell"), "errors": ("batch",)}, hints=(
    "One round of the loop is one batch: for stimulus, target in zip(x, y).",
    "In each round: run with the weights as they are now, note the error, get both changes from learn, add lr times "
    "each.",
    "lived = run(stimulus, W_rdt, W_pf), then errors.append(((lived.z - target) ** 2).mean()), then the changes: "
    "d_rdt, d_pf = learn(lived, target).",
    "W_rdt = W_rdt + lr * d_rdt, and W_pf likewise. At the end torch.stack(errors) makes one tensor of the list.",
), well_done="ccdyn.train is this loop, with Adam instead of lr times the change. W_ih and W_hh are not in it.")
def train_loop(W_rdt, W_pf, x, y, run, learn, lr):
    """Learn from one batch after the other: the new W_rdt and W_pf, and the error that each batch met."""
    errors = []
    for stimulus, target in zip(x, y):
        lived = run(stimulus, W_rdt, W_pf)
        errors.append(((lived.z - target) ** 2).mean())
        d_rdt, d_pf = learn(lived, target)
        W_rdt, W_pf = W_rdt + lr * d_rdt, W_pf + lr * d_pf
    return W_rdt, W_pf, torch.stack(errors)


@train_loop.cases
def _() -> Iterator[dict]:
    for lr, batches in ((0.5, 3), (0.2, 4)):
        run, learn = pieces(0.5, 2, some(5, 3), 2 * some(5, 5, seed=1), 2 * some(5, 2, seed=2), 2 * some(7, 5, seed=3))
        yield {"W_rdt": some(2, 5, seed=4), "W_pf": some(2, 7, seed=5), "x": 2 * some(batches, 4, 6, 3, seed=6),
               "y": 2 * some(batches, 4, 6, 2, seed=7), "run": run, "learn": learn, "lr": lr}


def _loop(W_rdt, W_pf, x, y, run, learn, lr, readout=1.0, cerebellum=1.0, after=False, frozen=False, swapped=False,
          mean_first=False):
    """``train_loop`` with something wrong in it."""
    errors, first = [], (W_rdt, W_pf)
    for stimulus, target in zip(x, y):
        lived = run(stimulus, *(first if frozen else (W_rdt, W_pf)))
        d_rdt, d_pf = learn(lived, target)[::-1 if swapped else 1]
        W_rdt, W_pf = W_rdt + readout * lr * d_rdt, W_pf + cerebellum * lr * d_pf
        error = (run(stimulus, W_rdt, W_pf) if after else lived).z - target
        errors.append(error.mean() ** 2 if mean_first else (error ** 2).mean())
    return W_rdt, W_pf, torch.stack(errors)


@train_loop.mistake("only the cerebellum learns; the readout is plastic too, and what it learns is part of the result")
def _(*given):
    return _loop(*given, readout=0.0)


@train_loop.mistake("only the readout learns; add the change of W_pf as well")
def _(*given):
    return _loop(*given, cerebellum=0.0)


@train_loop.mistake("the changes are subtracted; learn gives what makes the error smaller, so add them")
def _(*given):
    return _loop(*given, readout=-1.0, cerebellum=-1.0)


@train_loop.mistake("lr is missing")
def _(*given):
    return _loop(*given[:-1], 1.0)


@train_loop.mistake("every batch is run with the first weights; run with what the batches before have left")
def _(*given):
    return _loop(*given, frozen=True)


@train_loop.mistake("the error is measured after learning from the very same trials; note it before the weights change")
def _(*given):
    return _loop(*given, after=True)


@train_loop.mistake("the mean error is squared; square each error first, then take the mean")
def _(*given):
    return _loop(*given, mean_first=True)


@train_loop.mistake("the two changes have changed places; learn gives that of W_rdt first")
def _(*given):
    return _loop(*given, swapped=True)


@train_loop.mistake("only the .z of what run returns is kept or passed on; learn needs all of it, learn(lived, target)")
def _(W_rdt, W_pf, x, y, run, learn, lr):
    return _loop(W_rdt, W_pf, x, y, lambda *given: run(*given).z, learn, lr)


@train_loop.mistake("it learns from the first batch only, as if the return stood inside of the loop")
def _(W_rdt, W_pf, x, y, *given):
    return _loop(W_rdt, W_pf, x[:1], y[:1], *given)


@train_loop.mistake("the loop runs over trials; the first axis of x and y is the batch")
def _(W_rdt, W_pf, x, y, *given):
    return _loop(W_rdt, W_pf, x.transpose(0, 1), y.transpose(0, 1), *given)


# Silence for some steps

@function(LAB, returns={"factors": ("time step",)}, hints=(
    "Begin with a factor of 1 for each step: torch.ones(n_steps).",
    "A slice picks the steps: factors[2:5] are the steps 2, 3 and 4. Which slice ends with last?",
    "factors[first:last + 1] = factor, then return factors.",
), well_done="ccdyn.Silence(factor, first, last + 1) is the same; it names the first step after the window.")
def silence_factors(n_steps, first, last, factor):
    """What the feedback is multiplied with at each step: factor from step first to step last, else 1."""
    factors = torch.ones(n_steps)
    factors[first:last + 1] = factor
    return factors


@silence_factors.cases
def _() -> Iterator[dict]:
    yield {"n_steps": 9, "first": 3, "last": 5, "factor": 0.25}
    yield {"n_steps": 6, "first": 1, "last": 2, "factor": 0.0}


def _factors(n_steps, steps, inside, outside=1.0):
    return torch.tensor([inside if t in steps else outside for t in range(n_steps)])


@silence_factors.mistake("the last step is still heard; a slice ends before the number behind its colon")
def _(n_steps, first, last, factor):
    return _factors(n_steps, range(first, last), factor)


@silence_factors.mistake("all steps from first on are silenced; it should be heard again after last")
def _(n_steps, first, last, factor):
    return _factors(n_steps, range(first, n_steps), factor)


@silence_factors.mistake("the window is heard and all the rest is silenced; it is the other way round")
def _(n_steps, first, last, factor):
    return _factors(n_steps, range(first, last + 1), 1.0, factor)


@silence_factors.mistake("the window is always set to 0; it should be set to factor, which may leave a part")
def _(n_steps, first, last, factor):
    return _factors(n_steps, range(first, last + 1), 0.0)


@silence_factors.mistake("outside of the window it is 0; there the feedback is heard as it is, a factor of 1")
def _(n_steps, first, last, factor):
    return _factors(n_steps, range(first, last + 1), factor, 0.0)


# One factor at a time

@function(LAB, returns={"errors": ("setting", "seed")}, hints=(
    "The first row is base as it is. Each other row is base with one thing changed, and only that.",
    "{**base, name: value} is a copy of base with one entry changed; base itself stays as it was.",
    "The rows are [base] + [{**base, name: value} for name, value in changes].",
    "Then measure each row with each seed: torch.tensor([[measure(row, seed) for seed in seeds] for row in rows]).",
), well_done="All rows have the same seeds, so they differ in one thing only, network by network.")
def sweep(measure, base, changes, seeds):
    """A table of errors (setting, seed): first base, then base with one of the changes (name, value) at a time."""
    rows = [base] + [{**base, name: value} for name, value in changes]
    return torch.tensor([[measure(row, seed) for seed in seeds] for row in rows])


@sweep.cases
def _() -> Iterator[dict]:
    def measure(settings: dict, seed: int) -> float:
        return settings["tau"] / (1 + settings["alpha"]) + settings["lr"] * seed + 0.01 * seed**2
    base = {"alpha": 0.1, "tau": 5, "lr": 0.3}
    yield {"measure": measure, "base": base, "changes": [("alpha", 0.5), ("tau", 3), ("lr", 0.1)], "seeds": (7, 2)}
    yield {"measure": measure, "base": base, "changes": [("tau", 1), ("alpha", 0.9)], "seeds": (4, 11, 3)}


def _rows(base: dict, changes: Sequence) -> list[dict]:
    return [base, *({**base, name: value} for name, value in changes)]


def _table(measure, rows, seeds) -> Tensor:
    return torch.tensor([[measure(row, seed) for seed in seeds] for row in rows])


@sweep.mistake("each row keeps the changes of the rows before it, so that two things differ from base at once and "
               "nobody knows which of them did it")
def _(measure, base, changes, seeds):
    return _table(measure, [base, *({**base, **dict(changes[:i + 1])} for i in range(len(changes)))], seeds)


@sweep.mistake("base itself is not measured; without it there is nothing to compare with")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes)[1:], seeds)


@sweep.mistake("every row is base; the changes get lost")
def _(measure, base, changes, seeds):
    return _table(measure, [base] * (len(changes) + 1), seeds)


@sweep.mistake("one seed is used again and again; that is one network, however often it is written down")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes), [seeds[0]] * len(seeds))


@sweep.mistake("seed 0 is used everywhere; use the seeds that are given")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes), [0] * len(seeds))


@sweep.mistake("only the first seed is used; one network is an anecdote")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes), seeds[:1])


@sweep.mistake("a row holds nothing but its change; each row needs all of base, {**base, name: value}")
def _(measure, base, changes, seeds):
    return _table(measure, [base, *({name: value} for name, value in changes)], seeds)


@sweep.mistake("the seeds are counted, 0, 1, 2 ...; use the seeds that are given")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes), range(len(seeds)))


@sweep.mistake("each row has other seeds, so that the networks change together with the setting")
def _(measure, base, changes, seeds):
    rows, n = _rows(base, changes), len(seeds)
    return torch.tensor([[measure(row, seeds[(i + j) % n]) for j in range(n)] for i, row in enumerate(rows)])


@sweep.mistake("seeds and settings are the wrong way round; a row is a setting")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes), seeds).T


@sweep.mistake("all seeds go in at once; measure takes one seed")
def _(measure, base, changes, seeds):
    return torch.tensor([measure(row, seeds) for row in _rows(base, changes)])


@sweep.mistake("the mean over seeds is returned; keep every network, or the spread is lost")
def _(measure, base, changes, seeds):
    return _table(measure, _rows(base, changes), seeds).mean(1)


# Numbers to report

@function(LAB, returns={name: ("setting",) for name in ("mean", "lowest", "highest", "gained")}, hints=(
    "Seeds are the second axis: errors.mean(1) has a number for each setting, and so has errors.amin(1).",
    "gained is 0 at chance and 1 without error: which share of chance is left, and what is 1 minus that?",
    "One seed: if errors.shape[1] < 2, then errors = errors * float('nan'), and what follows from it is nan too.",
    "After that: return errors.mean(1), errors.amin(1), errors.amax(1), 1 - errors.mean(1) / chance.",
), well_done="nan is not a number, and so is the spread of a single network.")
def summarise(errors, chance):
    """Of errors (setting, seed): mean, lowest, highest, and share gained over chance; nan if there is one seed."""
    if errors.shape[1] < 2:
        errors = errors * float("nan")
    mean = errors.mean(1)
    return mean, errors.amin(1), errors.amax(1), 1 - mean / chance


@summarise.cases
def _() -> Iterator[dict]:
    for settings, seeds, chance in ((4, 3, 0.16), (2, 1, 0.2), (3, 5, 0.5)):
        yield {"errors": 0.05 * some(settings, seeds, seed=seeds).abs(), "chance": chance}


def _known(errors: Tensor) -> Tensor:
    return errors if errors.shape[1] > 1 else errors * float("nan")


def _summary(errors, gained, lowest=torch.amin, highest=torch.amax):
    return errors.mean(1), lowest(errors, 1), highest(errors, 1), gained(errors.mean(1))


@summarise.mistake("a single seed gets a summary like any other; one network is an anecdote, so give nan")
def _(errors, chance):
    return _summary(errors, lambda mean: 1 - mean / chance)


@summarise.mistake("settings are averaged instead of seeds; seeds are the second axis")
def _(errors, chance):
    return _summary(_known(errors).T, lambda mean: 1 - mean / chance)


@summarise.mistake("mean minus and plus the standard deviation are given; give the lowest and the highest network")
def _(errors, chance):
    errors = _known(errors)
    mean, sd = errors.mean(1), errors.std(1, correction=0)
    return mean, mean - sd, mean + sd, 1 - mean / chance


@summarise.mistake("lowest and highest have changed places")
def _(errors, chance):
    return _summary(_known(errors), lambda mean: 1 - mean / chance, torch.amax, torch.amin)


@summarise.mistake("the chance level is forgotten in gained; an error is small only beside what guessing gives")
def _(errors, chance):
    return _summary(_known(errors), lambda mean: 1 - mean)


@summarise.mistake("gained is the share that is left; it should be 1 minus that")
def _(errors, chance):
    return _summary(_known(errors), lambda mean: mean / chance)


@summarise.mistake("gained is the difference to chance; divide it by chance, so that 1 means no error")
def _(errors, chance):
    return _summary(_known(errors), lambda mean: chance - mean)


what_learns = Choice(LAB, "what_learns", "While these networks learn to draw,", {
    "a": ("the cerebellum learns, and nothing else", "And who reads the cortex? W_rdt learns by the delta rule all "
          "along, and becomes a readout for a cortex that hears its cerebellum."),
    "b": ("the cortex learns to hold the cue", "W_ih, W_hh and W_ch stay as they were drawn. The cortex behaves "
          "differently because it hears something different."),
    "c": ("the readout and the cerebellum learn, the cortex does not",
          "The readout (W_rdt and b_rdt) and the cerebellum (W_pf and W_mf) learn, each from an error of its own. So a "
          "claim about the cerebellum needs a control in which only the readout learns."),
    "d": ("everything learns", "Not here: in the cortex W_ih, W_hh and W_ch stay as they were drawn."),
}, right="c")

silenced_or_never = Choice(LAB, "silenced_or_never", "Silenced is worse than never having had one, because", {
    "a": ("silencing damages the synapses", "No synapse changes; the next trial can be whole again."),
    "b": ("the readout learned in a cortex that hears its cerebellum, and now reads another cortex",
          "It was never taught in the silent one. A lesion shows on what a network relies, not what it could learn."),
    "c": ("a cortex without feedback has no activity", "It has: the cue and the noise still come in, as in the network "
          "that never had one."),
    "d": ("the cerebellum was the memory, so nothing is left", "Then never having had one would be just as bad. It is "
          "better: this cortex keeps some of the cue by itself."),
}, right="b")

fair_comparison = Choice(LAB, "fair_comparison", "A comparison stays fair if", {
    "a": ("the better architecture learns on for ten sessions, since it is still improving",
          "Unequal sessions: perhaps the other one would have improved as well."),
    "b": ("all are tested without input noise, which only hides the effect",
          "Test noise off: to hold a cue against noise is the task. Without noise even a faint trace can be read."),
    "c": ("each architecture gets the learning rate with the lowest error on the test trials",
          "Tuned on the test set: the lowest of many numbers is also the luckiest. Choose on validation trials."),
    "d": ("each architecture gets the same number of learning rates to try, chosen on validation trials, and is tested "
          "once",
          "The same effort for each, and the test trials have decided nothing."),
    "e": ("for each architecture the best of five seeds is shown", "One seed, and a chosen one. Show all five."),
}, right="d")
