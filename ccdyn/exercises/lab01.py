"""Lab 01, the leaky RNN: how long does a cortex remember a cue?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

import ccdyn
from ccdyn.decode import decode_cue
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.exercise import Choice, function, some
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.phase import modes
from ccdyn.plots import overlay, spread

LAB = "01"
TRIALS = 60     # of each cue, half of them for the decoder


# One step

@function(LAB, returns={"h": ("trial", "unit")}, hints=(
    "Three things are added: what is kept of h, what comes in from outside, and what the neighbours send.",
    "Units send their rate, not h: torch.tanh(h).",
    "x has one row a trial and W_ih one row a receiving unit, so what comes in is x @ W_ih.T; the recurrent "
    "part likewise.",
), well_done="Note what is not there: no factor (1 - alpha) in front of the input.")
def leaky_step(h, x, alpha, W_ih, W_hh):
    """One step of the cortex: h of the next step, (trial, unit)."""
    return alpha * h + x @ W_ih.T + torch.tanh(h) @ W_hh.T


@leaky_step.cases
def _() -> Iterator[dict]:
    for alpha in (0.3, 0.9):
        yield {"h": 2 * some(3, 5), "x": some(3, 4, seed=1), "alpha": alpha, "W_ih": some(5, 4, seed=2),
               "W_hh": 2 * some(5, 5, seed=3)}


@leaky_step.mistake("the input is multiplied by 1 - alpha; many models do that, this one does not")
def _(h, x, alpha, W_ih, W_hh):
    return alpha * h + (1 - alpha) * (x @ W_ih.T) + torch.tanh(h) @ W_hh.T


@leaky_step.mistake("all that comes in is multiplied by 1 - alpha; many models do that, this one does not")
def _(h, x, alpha, W_ih, W_hh):
    return alpha * h + (1 - alpha) * (x @ W_ih.T + torch.tanh(h) @ W_hh.T)


@leaky_step.mistake("alpha is the fraction that is lost; it is the fraction that is kept, so a larger alpha means a "
                    "slower leak")
def _(h, x, alpha, W_ih, W_hh):
    return (1 - alpha) * h + x @ W_ih.T + torch.tanh(h) @ W_hh.T


@leaky_step.mistake("the rate is what is kept; the leak acts on h, before the tanh")
def _(h, x, alpha, W_ih, W_hh):
    return alpha * torch.tanh(h) + x @ W_ih.T + torch.tanh(h) @ W_hh.T


@leaky_step.mistake("the neighbours send h; what a unit sends is its rate, tanh(h)")
def _(h, x, alpha, W_ih, W_hh):
    return alpha * h + x @ W_ih.T + h @ W_hh.T


@leaky_step.mistake("the tanh of the result is returned; h is the state before the tanh")
def _(h, x, alpha, W_ih, W_hh):
    return torch.tanh(alpha * h + x @ W_ih.T + torch.tanh(h) @ W_hh.T)


@leaky_step.mistake("W_hh is used the other way round: its rows are the receiving units, so the rates go with W_hh.T")
def _(h, x, alpha, W_ih, W_hh):
    return alpha * h + x @ W_ih.T + torch.tanh(h) @ W_hh


@leaky_step.mistake("alpha is forgotten: h is kept whole")
def _(h, x, alpha, W_ih, W_hh):
    return h + x @ W_ih.T + torch.tanh(h) @ W_hh.T


@leaky_step.mistake("the neighbours send what they will be after leak and input; they send the rate before the step, "
                    "tanh of the h that was given")
def _(h, x, alpha, W_ih, W_hh):
    h = alpha * h + x @ W_ih.T
    return h + torch.tanh(h) @ W_hh.T


@leaky_step.mistake("the recurrent part is missing")
def _(h, x, alpha, W_ih, W_hh):
    return alpha * h + x @ W_ih.T


# Many steps

@function(LAB, returns={"rates": ("trial", "time step", "unit")}, hints=(
    "Before the loop h is zero, one row a trial, one column a unit: h = x.new_zeros(len(x), len(W_hh)).",
    "In the loop: the input of step t is x[:, t]. Make the new h with your leaky_step, then keep torch.tanh(h).",
    "A list of (trial, unit) tensors becomes one tensor with torch.stack(rates, 1): time is the second axis.",
), well_done="This loop is all there is to an RNN.")
def run_cortex(x, alpha, W_ih, W_hh):
    """Let the cortex live through the stimuli x (trial, time, input): the rates r = tanh(h), (trial, time, unit)."""
    h = x.new_zeros(len(x), len(W_hh))
    rates = []
    for t in range(x.shape[1]):
        h = alpha * h + x[:, t] @ W_ih.T + torch.tanh(h) @ W_hh.T
        rates.append(torch.tanh(h))
    return torch.stack(rates, 1)


@run_cortex.cases
def _() -> Iterator[dict]:
    for alpha, steps in ((0.3, 6), (0.8, 7)):
        yield {"x": 2 * some(3, steps, 4), "alpha": alpha, "W_ih": some(5, 4, seed=2), "W_hh": 2 * some(5, 5, seed=3)}


def _states(x, alpha, W_ih, W_hh, start=None) -> list[Tensor]:
    h = x.new_zeros(len(x), len(W_hh)) if start is None else start
    every = [h]
    for t in range(x.shape[1]):
        every.append(alpha * every[-1] + x[:, t] @ W_ih.T + torch.tanh(every[-1]) @ W_hh.T)
    return every


@run_cortex.mistake("h is kept; the rates are tanh(h)")
def _(x, alpha, W_ih, W_hh):
    return torch.stack(_states(x, alpha, W_ih, W_hh)[1:], 1)


@run_cortex.mistake("the rate is kept before the step and not after it: the first row should already have "
                    "heard x at step 0")
def _(x, alpha, W_ih, W_hh):
    return torch.stack(_states(x, alpha, W_ih, W_hh)[:-1], 1).tanh()


@run_cortex.mistake("time and trials are the wrong way round; the result is (trial, time step, unit)")
def _(x, alpha, W_ih, W_hh):
    return torch.stack(_states(x, alpha, W_ih, W_hh)[1:]).tanh()


@run_cortex.mistake("the loop runs over trials instead of time steps: x[t] is a whole trial, x[:, t] is one "
                    "step of all")
def _(x, alpha, W_ih, W_hh):
    return torch.stack(_states(x.transpose(0, 1), alpha, W_ih, W_hh)[1:]).tanh()


@run_cortex.mistake("only the last step is returned; keep every step in a list")
def _(x, alpha, W_ih, W_hh):
    return _states(x, alpha, W_ih, W_hh)[-1].tanh()


@run_cortex.mistake("the loop ends after its first round; `return` stands inside it, one level too deep")
def _(x, alpha, W_ih, W_hh):
    return _states(x, alpha, W_ih, W_hh)[1].tanh()[:, None]


@run_cortex.mistake("the loop begins at step 1; the first step is step 0, when the cue comes")
def _(x, alpha, W_ih, W_hh):
    return torch.stack(_states(x[:, 1:], alpha, W_ih, W_hh)[1:], 1).tanh()


@run_cortex.mistake("h becomes its own tanh in the loop, so that every step squashes it again; keep h and "
                    "tanh(h) apart")
def _(x, alpha, W_ih, W_hh):
    h, rates = x.new_zeros(len(x), len(W_hh)), []
    for t in range(x.shape[1]):
        h = torch.tanh(alpha * h + x[:, t] @ W_ih.T + torch.tanh(h) @ W_hh.T)
        rates.append(h)
    return torch.stack(rates, 1)


@run_cortex.mistake("h starts from zero again at every step, so that nothing is remembered; make it once, "
                    "before the loop")
def _(x, alpha, W_ih, W_hh):
    return torch.tanh(x @ W_ih.T)


@run_cortex.mistake("the state goes on from one trial into the next; every trial starts from h = 0")
def _(x, alpha, W_ih, W_hh):
    trials, start = [], None
    for i in range(len(x)):
        states = _states(x[i:i + 1], alpha, W_ih, W_hh, start)
        start = states[-1]
        trials.append(torch.stack(states[1:], 1))
    return torch.cat(trials).tanh()


# A decoder

@function(LAB, returns={"scores": ("trial", "cue")}, hints=(
    "Least squares: find D so that rates @ D comes nearest to 1 for the cue that was given and 0 for the others.",
    "The wanted answers are torch.nn.functional.one_hot(cues).to(rates.dtype): (trial, cue).",
    "torch.linalg.lstsq(rates, wanted).solution is D. Use it on the other trials: other_rates @ D.",
), well_done="If there is nothing left of the cue, every score comes near 1 / number of cues.")
def decode(rates, cues, other_rates):
    """Learn to tell the cue from rates (trial, unit), and use it on other trials: a score for each cue."""
    wanted = torch.nn.functional.one_hot(cues).to(rates.dtype)
    D = torch.linalg.lstsq(rates, wanted).solution
    return other_rates @ D


@decode.cases
def _() -> Iterator[dict]:
    for cues in (3, 4):
        yield {"rates": some(24, 5, seed=cues), "cues": torch.arange(24) % cues, "other_rates": some(7, 5, seed=9)}


@decode.mistake("the decoder was fitted to the very trials on which it is tried; then it knows them by heart")
def _(rates, cues, other_rates):
    wanted = torch.nn.functional.one_hot(cues).to(rates.dtype)
    return rates @ torch.linalg.lstsq(rates, wanted).solution


@decode.mistake("the number of the cue is the wanted answer; cue 2 is not twice cue 1, so give each cue a "
                "column of its own")
def _(rates, cues, other_rates):
    return other_rates @ torch.linalg.lstsq(rates, cues[:, None].to(rates.dtype)).solution


@decode.mistake("the winner is returned (argmax); return all the scores")
def _(rates, cues, other_rates):
    wanted = torch.nn.functional.one_hot(cues).to(rates.dtype)
    return (other_rates @ torch.linalg.lstsq(rates, wanted).solution).argmax(-1)


@decode.mistake("cues and trials are the wrong way round; the result has one row a trial")
def _(rates, cues, other_rates):
    wanted = torch.nn.functional.one_hot(cues).to(rates.dtype)
    return (other_rates @ torch.linalg.lstsq(rates, wanted).solution).T


# Stretch: learning at the readout

@function(LAB, returns={"W": ("output", "unit"), "b": ("output",)}, hints=(
    "The readout is z = r W^T + b. The error is target - z: (trial, output).",
    "W changes by lr times error times rate, summed over nothing but the trials, of which it takes the mean.",
    "error.T @ rates is (output, unit), summed over trials; divide by their number. b changes by the mean error.",
), well_done="This is all that the readout of every network in this course does, one batch after the other.")
def delta_rule(W, b, rates, target, lr):
    """One step of the delta rule for the readout z = r W^T + b: the new W (output, unit) and b (output,)."""
    error = target - (rates @ W.T + b)
    return W + lr * error.T @ rates / len(rates), b + lr * error.mean(0)


@delta_rule.cases
def _() -> Iterator[dict]:
    for lr in (0.1, 0.5):
        yield {"W": some(2, 5), "b": some(2, seed=1), "rates": some(4, 5, seed=2), "target": some(4, 2, seed=3),
               "lr": lr}


@delta_rule.mistake("the sign is wrong: it moves away from the target")
def _(W, b, rates, target, lr):
    error = rates @ W.T + b - target
    return W + lr * error.T @ rates / len(rates), b + lr * error.mean(0)


@delta_rule.mistake("changes are summed over trials; take their mean, or a larger batch would learn faster")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return W + lr * error.T @ rates, b + lr * error.sum(0)


@delta_rule.mistake("b is left as it was; it is a weight too, from a unit that is always 1")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return W + lr * error.T @ rates / len(rates), b


@delta_rule.mistake("the readout is computed without b")
def _(W, b, rates, target, lr):
    error = target - rates @ W.T
    return W + lr * error.T @ rates / len(rates), b + lr * error.mean(0)


@delta_rule.mistake("only the changes are returned; the new W is the old one plus its change")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return lr * error.T @ rates / len(rates), lr * error.mean(0)


@delta_rule.mistake("the change of b is summed over trials, that of W is a mean; take the mean of both")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return W + lr * error.T @ rates / len(rates), b + lr * error.sum(0)


@delta_rule.mistake("the mean is taken over the outputs; error.T @ rates is already the sum over trials, so divide it "
                    "by len(rates)")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return W + lr * (error.T @ rates).mean(0), b + lr * error.mean(0)


@delta_rule.mistake("every output's b gets the same change, the mean over all of them; take the mean over trials only, "
                    "error.mean(0)")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return W + lr * error.T @ rates / len(rates), b + lr * error.mean()


@delta_rule.mistake("lr is missing")
def _(W, b, rates, target, lr):
    error = target - (rates @ W.T + b)
    return W + error.T @ rates / len(rates), b + error.mean(0)


what_alpha_is = Choice(LAB, "what_alpha_is", "A cortex with a larger alpha", {
    "a": ("leaks more", "alpha is what is kept, so a larger alpha leaks less."),
    "b": ("keeps more of h in each step, and answers a steady input more strongly",
          "Both: nothing divides the input by what is kept, so a steady input sums up to 1 / (1 - alpha) of itself."),
    "c": ("keeps more of h, and answers a steady input just as before",
          "It would if the input were multiplied by 1 - alpha. It is not: use the switch in the first panel."),
    "d": ("waits longer before it answers", "The first answer comes at once, whatever alpha is; alpha is no delay."),
}, right="b")


# What the lab shows

def knows_the_cue(alpha: float, seeds: Sequence[int] | None = None, **network) -> Tensor:
    """How often a decoder names the cue at each step of line drawing, (time, network); guessing gives 1/6."""
    task, seeds = ccdyn.LineDrawing(), progress.seeds() if seeds is None else tuple(seeds)
    cues = list(range(task.n_patterns)) * TRIALS
    batch = task.trials(cues, ccdyn.make_generators(seeds, "test"))
    cortex = ccdyn.Network.for_task(task, feedback="none", alpha=alpha, seeds=seeds, **network)
    return decode_cue(ccdyn.run(cortex, batch.x).rate, cues).T


def predict_forgetting() -> PredictPanel:
    """Predict, then reveal: when a cortex with alpha .1 has lost the cue."""
    steps = torch.arange(20.0)
    return PredictPanel(
        "alpha is 0.1: until when can the cue be read from the cortex?", steps.tolist(),
        {"it fades within some steps: units tell each other": (1 / 6 + 5 / 6 * torch.sigmoid(7 - steps)).tolist(),
         "it is gone after one step: only a tenth of h is kept": torch.where(steps < 1, 1, 1 / 6).tolist(),
         "it stays: the recurrent weights hold it": torch.ones(20).tolist()},
        lambda: knows_the_cue(0.1).tolist(), right="it fades within some steps: units tell each other",
        why="A unit alone would lose nine tenths in every step. But units tell each other: the slowest pattern of "
            "activity is multiplied by about 0.7 in each step, and the decoder reads it until it drowns in the noise "
            "of the input.",
        xlabel="time step (50 ms each; the cue comes at step 0)", ylabel="share of cues that are named right",
        kept=progress.predicted)


def show_run(run: Callable) -> None:
    """Three units of one trial of line drawing, as the student's function and as ours let them live."""
    task = ccdyn.LineDrawing(noise=0.02)
    cortex = ccdyn.Network.for_task(task, feedback="none", alpha=0.5, seeds=0, dtype="float64")
    x = task.trials([1], ccdyn.make_generators(0, "test"), cortex.dtype).x
    arguments = x, 0.5, cortex.W_ih.detach(), cortex.W_hh.detach()
    ours, yours = run_cortex(*arguments)[0, :, :3], attempt(run, *arguments)
    if isinstance(yours, Tensor) and yours.shape == (1, 20, 50):
        yours = yours[0, :, :3].detach()
    show(overlay(range(20), ours, yours, [f"unit {i}" for i in range(3)], "time step (50 ms each)", "rate r = tanh(h)"),
         "Rates of three units after a cue at step 0, by your function over ours: they answer at once, and at alpha "
         "0.5 they do not die away within the trial.")


def memory_table(alphas: Sequence[float] = (0.1, 0.5, 0.9)) -> None:
    """Print what the lab closes with: decoding at some steps, the spectral radius, and how active the cortex is."""
    task, seeds = ccdyn.LineDrawing(), progress.seeds()
    print("alpha | decoded at step 5, 8, 14, 19 | spectral radius | mean |rate| at the end")
    for alpha in alphas:
        cortex = ccdyn.Network.for_task(task, feedback="none", alpha=alpha, seeds=seeds)
        batch = task.trials(list(range(6)) * 10, ccdyn.make_generators(seeds, "test"))
        found = knows_the_cue(alpha).mean(1)
        radius = modes(cortex).abs().amax(-1).mean()
        rate = ccdyn.run(cortex, batch.x).rate[:, :, -1].abs().mean()
        print(f"{alpha:5g} | " + ", ".join(f"{found[step]:.2f}" for step in (5, 8, 14, 19))
              + f"       | {radius:.2f}            | {rate:.2f}")


def readout_alone(alphas: Sequence[float] = (0.1, 0.5, 0.9), n_sessions: int = 5) -> None:
    """Print how well a readout learns to draw lines from cortices that do not change; chance level .159."""
    for alpha in alphas:
        trained = ccdyn.compare(ccdyn.LineDrawing(), n_sessions, ["no feedback"],
                                {"alpha": alpha, "seeds": progress.seeds()}, progress=False, lr=3e-3)
        print(f"alpha {alpha:g}: test error {spread(ccdyn.score(trained)['no feedback'])}")
