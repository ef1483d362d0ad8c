"""Lab 09, working memory: counting, holding, and the moment of silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ccdyn.exercises.exercise import Choice, function, some

LAB = "09"


# The correct answer

@function(LAB, returns={"label": ("trial",)}, hints=(
    "A puff is 1 and the noise is small: where x is above one half, there was a puff.",
    "Count over time, the second axis: counts = (x > 0.5).sum(1) is (trial, side). The side with more is the answer.",
    "right = counts[:, 1] - counts[:, 0] is above, below or equal to 0: three cases, and torch.sign tells them apart.",
    "torch.where(right == 0, 0, torch.where(right > 0, 2, 1)).",
), well_done="Note that you decided for each step whether there was a puff. A network has to add up the noise as well.")
def label_of(x):
    """The correct answer to each trial of x (trial, time step, side): 0 for draw, 1 for left, 2 for right, (trial,)."""
    counts = (x > 0.5).sum(1)
    right = counts[:, 1] - counts[:, 0]
    return torch.where(right == 0, 0, torch.where(right > 0, 2, 1))


@label_of.cases
def _() -> Iterator[dict]:
    for trials, steps in ((23, 7), (19, 10), (17, 41)):    # so long that noise adds up to more than one half
        u = torch.rand(trials, steps, generator=torch.Generator().manual_seed(steps), dtype=torch.float64)
        puffs = torch.stack((u < 0.3, u > 0.7), -1)
        yield {"x": puffs + 0.1 * some(trials, steps, 2, seed=steps)}


def _ahead(x, over=1) -> Tensor:
    return (x > 0.5).sum(over).diff(dim=-1)[..., 0]


@label_of.mistake("the noise is added up along with the puffs; two such sums are never quite equal, so there is no "
                  "draw. First decide for each step whether there was a puff")
def _(x):
    return (x.sum(1).diff(dim=1)[:, 0] > 0) + 1


@label_of.mistake("the noise is added up along with the puffs, and the sums are rounded: over many steps it comes to "
                  "more than half a puff. First decide for each step whether there was a puff")
def _(x):
    right = x.sum(1).round().diff(dim=1)[:, 0]
    return torch.where(right == 0, 0, torch.where(right > 0, 2, 1))


@label_of.mistake("a puff is looked for where x is exactly 1; with the noise it is nearly 1, so take x > 0.5")
def _(x):
    right = (x == 1).sum(1).diff(dim=-1)[..., 0]
    return torch.where(right == 0, 0, torch.where(right > 0, 2, 1))


@label_of.mistake("noise above 0 counts as a puff; a puff is 1 and the noise is small, so take x > 0.5")
def _(x):
    right = (x > 0).sum(1).diff(dim=-1)[..., 0]
    return torch.where(right == 0, 0, torch.where(right > 0, 2, 1))


@label_of.mistake("draws are forgotten; where both sides have as many puffs the answer is 0")
def _(x):
    return (_ahead(x) > 0) + 1


@label_of.mistake("a draw counts as \"right\"; where both sides have as many puffs the answer is 0")
def _(x):
    return (_ahead(x) >= 0) + 1


@label_of.mistake("left and right have changed places; x[:, :, 0] is the left side, whose class is 1")
def _(x):
    right = _ahead(x)
    return torch.where(right == 0, 0, torch.where(right > 0, 1, 2))


@label_of.mistake("the classes begin with left; 0 is the draw, left is 1 and right is 2")
def _(x):
    right = _ahead(x)
    return torch.where(right == 0, 2, torch.where(right > 0, 1, 0))


@label_of.mistake("the number of the side, or a yes or no, is returned; a draw is 0, left is 1 and right is 2")
def _(x):
    counts = (x > 0.5).sum(1)
    return torch.where(counts[:, 1] > counts[:, 0], 1, 0)


@label_of.mistake("it is a yes or no, and a draw is a yes; a draw is 0, left is 1 and right is 2")
def _(x):
    return _ahead(x) >= 0


@label_of.mistake("the sign of the difference is returned; -1, 0 and 1 stand for the classes 1, 0 and 2")
def _(x):
    return torch.sign(_ahead(x))


@label_of.mistake("the difference of the counts is returned; only its sign matters, and decides between the classes")
def _(x):
    return _ahead(x)


@label_of.mistake("puffs are counted over trials; time is the second axis, .sum(1)")
def _(x):
    right = _ahead(x, over=0)
    return torch.where(right == 0, 0, torch.where(right > 0, 2, 1))


@label_of.mistake("only the last step is looked at")
def _(x):
    right = _ahead(x[:, -1:])
    return torch.where(right == 0, 0, torch.where(right > 0, 2, 1))


# What a network believes

@function(LAB, returns={"belief": ("trial", "time step")}, hints=(
    "The readout has three numbers (logits) for draw, left and right. Which of them have a part in it?",
    "Drop the first: readout[..., 1:] is (trial, time step, side).",
    "A softmax over these two gives two shares that sum to 1: torch.softmax(..., -1). Of which you want the second.",
), well_done="One half means: no side is preferred. A network that is sure of a draw and one that knows nothing look "
             "the same here.")
def belief(readout):
    """The share of "right" among the two sides, for a readout (trial, time step, class): (trial, time step)."""
    return torch.softmax(readout[..., 1:], -1)[..., 1]


@belief.cases
def _() -> Iterator[dict]:
    for trials, steps in ((4, 6), (5, 3)):
        yield {"readout": 3 * some(trials, steps, 3, seed=steps)}


@belief.mistake("the draw takes part in the softmax; drop its logit first, so that the two sides share the whole")
def _(readout):
    return torch.softmax(readout, -1)[..., 2]


@belief.mistake("it is the belief in left; right is the last class")
def _(readout):
    return torch.softmax(readout[..., 1:], -1)[..., 0]


@belief.mistake("the last logit is dropped instead of the first; the draw is class 0")
def _(readout):
    return torch.softmax(readout[..., :2], -1)[..., 1]


@belief.mistake("the softmax runs over time; at every step the two sides should sum to 1, so take it over the last "
                "axis, -1")
def _(readout):
    return torch.softmax(readout[..., 1:], 1)[..., 1]


@belief.mistake("the softmax runs over trials; in every trial the two sides should sum to 1, so take it over the last "
                "axis, -1")
def _(readout):
    return torch.softmax(readout[..., 1:], 0)[..., 1]


@belief.mistake("the logit of right is looked at alone; it means something only beside that of left")
def _(readout):
    return torch.sigmoid(readout[..., 2])


@belief.mistake("the difference of the two logits is returned; the softmax makes a share from 0 to 1 of it")
def _(readout):
    return readout[..., 2] - readout[..., 1]


@belief.mistake("the logits are divided by their sum; a softmax takes their exp first, as they may be negative")
def _(readout):
    return readout[..., 2] / readout[..., 1:].sum(-1)


@belief.mistake("it is a yes or no; a belief has degrees")
def _(readout):
    return (readout[..., 2] > readout[..., 1]).to(readout.dtype)


@belief.mistake("both sides are returned; the second of them is enough, [..., 1]")
def _(readout):
    return torch.softmax(readout[..., 1:], -1)


@belief.mistake("only the last step is there; a belief is wanted at every step")
def _(readout):
    return torch.softmax(readout[:, -1, 1:], -1)[..., 1]


# How much evidence counts

def _periods(puffs: Tensor, n_periods: int) -> Tensor:
    """The difference of puffs (right minus left) in each period, (trial, period)."""
    return (puffs[..., 1] - puffs[..., 0]).unflatten(1, (n_periods, -1)).sum(-1)


def _constant(d: Tensor) -> Tensor:
    return torch.cat((d, torch.ones_like(d[:, :1])), 1)


@function(LAB, returns={"weights": ("period",)}, hints=(
    "First d, (trial, period): difference = puffs[..., 1] - puffs[..., 0] is (trial, time step); cut time into periods "
    "and add up within each.",
    "difference.reshape(len(difference), n_periods, -1) is (trial, period, step of the period), as in NumPy; .sum(-1) "
    "adds up its steps.",
    "For the constant b give d one more column, of ones: X = torch.cat((d, torch.ones_like(d[:, :1])), 1).",
    "torch.linalg.lstsq(X, final_belief[:, None]).solution has a row for each column of X, the constant last: take "
    "[:-1, 0].",
), well_done="With mice one sees no belief, only the choice, and asks in the same way how much each period decides it.")
def weight_of_evidence(final_belief, puffs, n_periods):
    """What one more puff on the right in each period adds to final_belief (trial,), by least squares: (period,).

    puffs are (trial, time step, side); time is cut into n_periods of equal length.
    """
    difference = puffs[..., 1] - puffs[..., 0]
    d = difference.reshape(len(difference), n_periods, -1).sum(-1)
    X = torch.cat((d, torch.ones_like(d[:, :1])), 1)
    return torch.linalg.lstsq(X, final_belief[:, None]).solution[:-1, 0]


@weight_of_evidence.cases
def _() -> Iterator[dict]:
    for trials, n_periods, each in ((23, 3, 4), (19, 4, 2)):
        puffs = (some(trials, n_periods * each, 2, seed=trials) > 0.3).double()
        heard = (_periods(puffs, n_periods) * torch.linspace(0.1, 0.5, n_periods, dtype=torch.float64)).sum(-1)
        yield {"final_belief": torch.sigmoid(heard + 0.5 + some(trials, 1, seed=1)[:, 0]),
               "puffs": puffs,
               "n_periods": n_periods}


def _fit(d: Tensor, y: Tensor) -> Tensor:
    return torch.linalg.lstsq(_constant(d), y[:, None]).solution[:-1, 0]


@weight_of_evidence.mistake("the constant is missing; without it the weights must also explain a belief of one half "
                            "when nothing was heard")
def _(belief, puffs, n_periods):
    return torch.linalg.lstsq(_periods(puffs, n_periods), belief[:, None]).solution[:, 0]


@weight_of_evidence.mistake("the constant is returned along with the weights; leave its row out")
def _(belief, puffs, n_periods):
    return torch.linalg.lstsq(_constant(_periods(puffs, n_periods)), belief[:, None]).solution[:, 0]


@weight_of_evidence.mistake("the column of ones stands first, so that the last row of the solution is the weight of "
                            "the last period; leave the first row out, [1:, 0], or put the ones last")
def _(belief, puffs, n_periods):
    d = _periods(puffs, n_periods)
    return torch.linalg.lstsq(torch.cat((torch.ones_like(d[:, :1]), d), 1), belief[:, None]).solution[:-1, 0]


@weight_of_evidence.mistake("a column is returned, (period, 1); one number for each period is enough, [:-1, 0]")
def _(belief, puffs, n_periods):
    return _fit(_periods(puffs, n_periods), belief)[:, None]


@weight_of_evidence.mistake("only the puffs on the right are counted; those on the left speak against it: "
                            "puffs[..., 1] - puffs[..., 0]")
def _(belief, puffs, n_periods):
    return _fit(puffs[..., 1].unflatten(1, (n_periods, -1)).sum(-1), belief)


@weight_of_evidence.mistake("only the puffs on the left are counted; take the difference, "
                            "puffs[..., 1] - puffs[..., 0]")
def _(belief, puffs, n_periods):
    return _fit(puffs[..., 0].unflatten(1, (n_periods, -1)).sum(-1), belief)


@weight_of_evidence.mistake("right is subtracted from left; a puff on the right should count as positive")
def _(belief, puffs, n_periods):
    return _fit(-_periods(puffs, n_periods), belief)


@weight_of_evidence.mistake("puffs are averaged within a period; then a weight is not that of one puff. Add them up")
def _(belief, puffs, n_periods):
    return _fit(_periods(puffs, n_periods) * n_periods / puffs.shape[1], belief)


@weight_of_evidence.mistake("every n-th step is put together instead of steps that follow each other: "
                            "reshape(len(puffs), n_periods, -1), then sum over the last axis")
def _(belief, puffs, n_periods):
    return _fit((puffs[..., 1] - puffs[..., 0]).unflatten(1, (-1, n_periods)).sum(1), belief)


@weight_of_evidence.mistake("both sides are added; it is their difference that speaks for one of them")
def _(belief, puffs, n_periods):
    return _fit(puffs.sum(-1).unflatten(1, (n_periods, -1)).sum(-1), belief)


@weight_of_evidence.mistake("the answer (above one half or not) is fitted instead of the belief, and with it all its "
                            "degrees are lost")
def _(belief, puffs, n_periods):
    return _fit(_periods(puffs, n_periods), (belief > 0.5).to(belief.dtype))


@weight_of_evidence.mistake("the correct answer is fitted, not what the network believes; that says how the task "
                            "weighs evidence, which is the same everywhere")
def _(belief, puffs, n_periods):
    d = _periods(puffs, n_periods)
    return _fit(d, (d.sum(1) > 0).to(belief.dtype))


@weight_of_evidence.mistake("each period is fitted by itself; fit all at once, or one takes the credit of another")
def _(belief, puffs, n_periods):
    return torch.stack([_fit(each[:, None], belief)[0] for each in _periods(puffs, n_periods).T])


@weight_of_evidence.mistake("puffs are explained by the belief; it is the belief that is to be explained by puffs")
def _(belief, puffs, n_periods):
    return torch.linalg.lstsq(_constant(belief[:, None]), _periods(puffs, n_periods)).solution[0]


# Stretch: an experiment

@function(LAB, returns={"accuracy": ()}, hints=(
    "The factors are 1 for each step of the trial, but 0 from first to last: begin with torch.ones(x.shape[1]).",
    "factors[first:last + 1] = 0, then z = run(x, factors) is (trial, time step, class).",
    "The answer is the class with the largest readout at the last step: z[:, -1].argmax(-1). Is it the label?",
    "(said == label).double().mean() is the share of trials in which it is.",
), well_done="In ccdyn: evaluate(network, batch, Silence(start=first, stop=last + 1)) with the accuracy in it.")
def accuracy_if_silent(run, x, label, first, last):
    """Share of correct answers at the last step with feedback silenced from step first to step last; one number.

    run(x, factors) gives the readout (trial, time step, class) if the feedback is multiplied by factors (time step,).
    """
    factors = torch.ones(x.shape[1])
    factors[first:last + 1] = 0
    said = run(x, factors)[:, -1].argmax(-1)
    return (said == label).double().mean()


def _check_factors(x: Tensor, factors: Tensor) -> None:
    if len(factors) != x.shape[1]:
        raise ValueError(f"factors has {len(factors)} numbers but a trial has {x.shape[1]} steps; give one for each")


@accuracy_if_silent.cases
def _() -> Iterator[dict]:
    for trials, steps, first, last in ((61, 7, 2, 4), (53, 8, 4, 6)):
        out, back = 2 * some(3, 4, seed=trials), 3 * some(4, 3, seed=steps)

        def run(x: Tensor, factors: Tensor) -> Tensor:
            _check_factors(x, factors)
            h, z = x.new_zeros(len(x), 4), []
            for t in range(x.shape[1]):
                h = torch.tanh(0.8 * h + x[:, t] @ some(2, 4, seed=5) + factors[t] * torch.softmax(h @ back, -1) @ out)
                z.append(h @ back)
            return torch.stack(z, 1)

        x = 2 * some(trials, steps, 2, seed=2)
        yield {"run": run, "x": x, "label": torch.arange(trials) % 3, "first": first, "last": last}


def _silenced(run: Callable, x: Tensor, steps: range, outside: float = 1.0) -> Tensor:
    return run(x, torch.tensor([1 - outside if t in steps else outside for t in range(x.shape[1])]))


@accuracy_if_silent.mistake("the last step of the window is still heard; a slice ends before the number behind its "
                            "colon")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last))[:, -1].argmax(-1) == label).double().mean()


@accuracy_if_silent.mistake("it is silent to the end; after step last the feedback is heard again")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, x.shape[1]))[:, -1].argmax(-1) == label).double().mean()


@accuracy_if_silent.mistake("the window is heard and all the rest is silent; it is the other way round")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last + 1), outside=0.0)[:, -1].argmax(-1) == label).double().mean()


@accuracy_if_silent.mistake("all steps are scored; only the answer at the last one counts")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last + 1)).argmax(-1) == label[:, None]).double().mean()


@accuracy_if_silent.mistake("the answer is read at step last, where the silence ends; what counts is the last step of "
                            "the trial, z[:, -1]")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last + 1))[:, last].argmax(-1) == label).double().mean()


@accuracy_if_silent.mistake("correct answers are counted; divide by the number of trials, as .double().mean() does")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last + 1))[:, -1].argmax(-1) == label).double().sum()


@accuracy_if_silent.mistake("there is a factor for each trial; silence is in time, so one for each step: "
                            "torch.ones(x.shape[1])")
def _(run, x, label, first, last):
    return run(x, torch.ones(x.shape[0]))


@accuracy_if_silent.mistake("a draw is never answered, as only the two sides are compared; all three classes take part "
                            "in the argmax")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last + 1))[:, -1, 1:].argmax(-1) + 1 == label).double().mean()


@accuracy_if_silent.mistake("it is the share of wrong answers")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(first, last + 1))[:, -1].argmax(-1) != label).double().mean()


@accuracy_if_silent.mistake("the stimulus is silenced; it is the feedback that should be, by factors of 0")
def _(run, x, label, first, last):
    x = x.clone()
    x[:, first:last + 1] = 0
    return (_silenced(run, x, range(0))[:, -1].argmax(-1) == label).double().mean()


@accuracy_if_silent.mistake("nothing is silenced")
def _(run, x, label, first, last):
    return (_silenced(run, x, range(0))[:, -1].argmax(-1) == label).double().mean()


does_it_count = Choice(LAB, "does_it_count", "A network answers 0.54 of these trials right. It follows that", {
    "a": ("it counts a little, since three answers make a chance level of one third",
          "The answers are not equally frequent: draws are rare. Who always says \"left\" is correct on .445."),
    "b": ("it knows next to nothing, since two sides make a chance level of one half",
          "There are three answers, and a tenth of the trials are draws: one fixed side is correct on .445, not .5."),
    "c": ("it does better than a fixed answer, but need not count: the side of the last puff alone does as well",
          "In the long run a fixed answer gives .445, the side of the last puff .556. So .54 may be the memory of a "
          "single puff."),
    "d": ("it counts, and only misses the draws",
          "Draws are a tenth of the trials: who counts perfectly and only misses them is correct on .89 in the long "
          "run."),
}, right="c")

what_was_lost = Choice(LAB, "what_was_lost", "Silence in the last third costs more than its puffs are worth, because", {
    "a": ("the last puffs count most for what is correct",
          "In the task every puff counts the same. Taking the puffs of the last third away costs as much as "
          "taking those of the first."),
    "b": ("the puffs of these steps do not reach the cortex",
          "They do: the stimulus goes straight to the cortex. And to take the puffs away costs less than silence."),
    "c": ("what had been counted before was kept in the loop, and goes with it",
          "The loop carries the count from step to step. Cut it, and all earlier puffs are gone; cut it early, and "
          "there is not yet much to lose."),
    "d": ("silence damages the readout", "No weight changes, and the next trial is whole again."),
}, right="c")

when_is_memory_needed = Choice(LAB, "when_is_memory_needed", "The memory of these networks is at work", {
    "a": ("only in the delay, where nothing more comes in",
          "It is at work there, too, but not only there: silence in the last third, before any delay, costs nearly "
          "as much."),
    "b": ("from the first puff on: to count is to hold what was counted so far, and add to it",
          "Counting and holding are one thing here. A delay only makes it longer."),
    "c": ("at the last step, when the answer is read",
          "There the answer is read from a state that must already have it."),
    "d": ("in the first steps, where puffs are stored one by one",
          "Silence there costs no more than the puffs that came: nothing is stored that one would have to go back to."),
}, right="b")
