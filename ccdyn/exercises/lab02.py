"""Lab 02, readout feedback: does hearing oneself help?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.exercise import Choice, function, some
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.panels.rhythm import remembered
from ccdyn.plots import overlay, spread
from ccdyn.rhythm import Rhythm, fit_while_fed, hears, last_target

LAB = "02"

what_comes_back = Choice(LAB, "what_comes_back", "What the cortex hears through W_zh is", {
    "a": ("the error, target minus answer", "No target comes in anywhere: the network cannot know its error. "
                                            "Feedback is "
          "not error correction; the error is used where weights change, and only while there is a teacher."),
    "b": ("its last answer, right or wrong", "It is all that it can hear by itself. A wrong answer is heard just as "
          "clearly as a right one."),
    "c": ("the target", "Then it would have nothing to find out. A teacher may do that for a while, but when the "
          "teacher leaves, there is only its own answer."),
    "d": ("the answer of this very step", "The answer z_t is read from the rates of step t, which are not there before "
          "step t is over. What can be heard is the one before."),
}, right="b")


# One step

@function(LAB, returns={"h": ("trial", "unit")}, hints=(
    "It is the step of lab 01 with one more thing that comes in.",
    "What is heard is f = z, or torch.softmax(z, -1) if the answers are classes. Nothing special at the first step: "
    "z is 0 "
    "there, and the softmax of zeros is 1/K each.",
    "alpha * h + x @ W_ih.T + torch.tanh(h) @ W_hh.T + f @ W_zh.T.",
), well_done="For classes the first thing a network hears is 'all are equally likely', 1/K each; otherwise it is 0.")
def feedback_step(h, z, x, alpha, W_ih, W_hh, W_zh, classes):
    """One step of a cortex that hears its last answer z (trial, output): h of the next step, (trial, unit)."""
    f = torch.softmax(z, -1) if classes else z
    return alpha * h + x @ W_ih.T + torch.tanh(h) @ W_hh.T + f @ W_zh.T


@feedback_step.cases
def _() -> Iterator[dict]:
    for classes in (False, True):
        for first in (False, True):
            z = some(2, 3, seed=4) * (0 if first else 3)
            yield {"h": some(2, 5) * (0 if first else 2), "z": z, "x": some(2, 4, seed=1), "alpha": 0.3,
                   "W_ih": some(5, 4, seed=2), "W_hh": 2 * some(5, 5, seed=3), "W_zh": some(5, 3, seed=5),
                   "classes": classes}


def _step(f: Callable) -> Callable:
    """feedback_step with another f(z, classes)."""
    def step(h, z, x, alpha, W_ih, W_hh, W_zh, classes):
        return alpha * h + x @ W_ih.T + torch.tanh(h) @ W_hh.T + f(z, classes) @ W_zh.T
    return step


for words, wrong in {
    "the softmax is missing: for classes, what is heard is torch.softmax(z, -1)": lambda z, classes: z,
    "the softmax is taken twice; once turns z into probabilities, twice makes them nearly equal":
        lambda z, classes: z.softmax(-1).softmax(-1) if classes else z,
    "the softmax goes over the trials; it goes over the outputs, the last axis, so that those of one trial add up to 1":
        lambda z, classes: z.softmax(0) if classes else z,
    "there is a softmax although the answers are numbers; it is for classes only": lambda z, classes: z.softmax(-1),
    "with classes the first step hears zeros; the softmax of zeros is 1/K each, and no exception is needed":
        lambda z, classes: z.softmax(-1) * bool(z.any()) if classes else z,
    "the winner is heard, 1 for the largest answer and 0 for the others; it is the softmax":
        lambda z, classes: F.one_hot(z.argmax(-1), z.shape[-1]).to(z) if classes else z,
    "the answer passes through a tanh; it is heard as it is":
        lambda z, classes: torch.tanh(z.softmax(-1) if classes else z),
    "the feedback is missing": lambda z, classes: 0 * z,
    "the sign of the feedback is wrong: the answer is added, nothing is corrected":
        lambda z, classes: -(z.softmax(-1) if classes else z),
    "the columns of W_zh are in another order than the outputs":
        lambda z, classes: (z.softmax(-1) if classes else z).flip(-1),
}.items():
    feedback_step.mistake(words)(_step(wrong))


@feedback_step.mistake("the neighbours send h; what a unit sends is its rate, tanh(h)")
def _(h, z, x, alpha, W_ih, W_hh, W_zh, classes):
    return alpha * h + x @ W_ih.T + h @ W_hh.T + (torch.softmax(z, -1) if classes else z) @ W_zh.T


@feedback_step.mistake("the tanh of the result is returned; h is the state before the tanh")
def _(h, z, x, alpha, W_ih, W_hh, W_zh, classes):
    return torch.tanh(feedback_step(h, z, x, alpha, W_ih, W_hh, W_zh, classes))


@feedback_step.mistake("stimulus and feedback are swapped: x goes with the columns of W_ih, what is heard with those "
                       "of W_zh")
def _(h, z, x, alpha, W_ih, W_hh, W_zh, classes):
    f = torch.softmax(z, -1) if classes else z
    return alpha * h + torch.tanh(h) @ W_hh.T + torch.cat((f, x), -1) @ torch.cat((W_ih, W_zh), -1).T


# Alone

@function(LAB, returns={"answers": ("trial", "time step", "output")}, hints=(
    "It is your loop of lab 01 without x; the state that goes from step to step is now h and z.",
    "In each step first h, which hears the z there is; then the new z, read from the new h: torch.tanh(h) @ W_rdt.T "
    "+ b_rdt.",
    "Keep every new z in a list, then torch.stack(answers, 1). The z you are given is older than the first of them.",
), well_done="Not one number comes in from outside: whatever happens now, the network does by itself.")
def free_run(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    """From state h and last answer z, go on alone for n_steps: the answers, (trial, time, output)."""
    answers = []
    for _ in range(n_steps):
        h = alpha * h + torch.tanh(h) @ W_hh.T + z @ W_zh.T
        z = torch.tanh(h) @ W_rdt.T + b_rdt
        answers.append(z)
    return torch.stack(answers, 1)


@free_run.cases
def _() -> Iterator[dict]:
    for alpha, n_steps, first in ((0.8, 7, 1), (0.3, 6, 0)):
        yield {"h": first * some(3, 5), "z": first * some(3, 2, seed=1), "n_steps": n_steps, "alpha": alpha,
               "W_hh": 2 * some(5, 5, seed=3), "W_zh": 2 * some(5, 2, seed=4), "W_rdt": 2 * some(2, 5, seed=5),
               "b_rdt": some(2, seed=6)}


def _alone(next_heard=lambda z, first: z, readout=lambda r, W, b: r @ W.T + b, ahead=False) -> Callable:
    """free_run that hears something else, reads its answer in another way, or hears the answer of the same step."""
    def run(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
        first, answers = z, []
        for _ in range(n_steps):
            h = alpha * h + torch.tanh(h) @ W_hh.T
            z = readout(torch.tanh(h), W_rdt, b_rdt) if ahead else next_heard(z, first)
            h = h + z @ W_zh.T
            z = readout(torch.tanh(h), W_rdt, b_rdt)
            answers.append(z)
        return torch.stack(answers, 1)
    return run


def _read_too_early(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    answers = []
    for _ in range(n_steps):
        answer = torch.tanh(h) @ W_rdt.T + b_rdt
        h = alpha * h + torch.tanh(h) @ W_hh.T + z @ W_zh.T
        z = answer
        answers.append(z)
    return torch.stack(answers, 1)


def _answered_first(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    answers = []
    for _ in range(n_steps):
        z = torch.tanh(h) @ W_rdt.T + b_rdt
        h = alpha * h + torch.tanh(h) @ W_hh.T + z @ W_zh.T
        answers.append(z)
    return torch.stack(answers, 1)


for words, wrong in {
    "the answer is read before the step; first the new h, then the z that is read from it": _read_too_early,
    "each round begins with a new answer; first the new h, which hears the z there is, then the new z":
        _answered_first,
    "b_rdt is forgotten: the answer is W_rdt r + b_rdt": _alone(readout=lambda r, W, b: r @ W.T),
    "the answer is read from h; it is read from the rates, tanh(h)":
        _alone(readout=lambda r, W, b: r.atanh() @ W.T + b),
    "it hears the z it began with for ever; every step hears the answer of the step before":
        _alone(lambda z, first: first),
    "it does not hear itself at all: z @ W_zh.T is missing": _alone(lambda z, first: 0 * z),
    "it hears z_t, the answer of the same step; at step t there is only the answer before it": _alone(ahead=True),
    "the answer is changed (a tanh) before it is heard; it is heard as it is": _alone(lambda z, first: torch.tanh(z)),
    "the columns of W_zh are in another order than the outputs": _alone(lambda z, first: z.flip(-1)),
}.items():
    free_run.mistake(words)(wrong)


@free_run.mistake("the free run starts from zero; it goes on from the h and the z that were given")
def _(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    return free_run(0 * h, 0 * z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt)


@free_run.mistake("there is one step too few: n_steps new answers are wanted")
def _(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    return free_run(h, z, n_steps - 1, alpha, W_hh, W_zh, W_rdt, b_rdt)


@free_run.mistake("the list begins with the z that was given; it should begin with the first new answer")
def _(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    return torch.cat((z[:, None], free_run(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt)[:, :-1]), 1)


@free_run.mistake("the z that was given is replaced by an answer read from the given h; the first step hears the z "
                  "you were "
                  "given")
def _(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    return free_run(h, torch.tanh(h) @ W_rdt.T + b_rdt, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt)


@free_run.mistake("time and trials are the wrong way round; the result is (trial, time step, output)")
def _(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    return free_run(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt).transpose(0, 1)


@free_run.mistake("only the last answer is returned; keep every one in a list")
def _(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt):
    return free_run(h, z, n_steps, alpha, W_hh, W_zh, W_rdt, b_rdt)[:, -1]


what_was_tested = Choice(LAB, "what_was_tested", "Fed with the target, a network has an error of .14; alone, .51. It", {
    "a": ("has learned the rhythm: .14 is its error", "With the target in its ear it only has to say what comes "
                                                      "next. What "
          "you want to know is whether it can do without."),
    "b": ("can roughly say what comes next after a right answer, but cannot go on after its own",
          "The target in its ear does the work. Only alone does one see it, so test a network as you mean to use it."),
    "c": ("was tested on too few steps; both are the same in the long run",
          "Both were tested on the same 400 steps. What differs is what it hears."),
    "d": ("shows that hearing oneself is of no use",
          "Other networks in the table go on alone with an error of .00. It depends on the network, and on what it "
          "heard "
          "while it learned."),
}, right="b")


# Without the loop

@function(LAB, returns={"W": ("unit", "unit"), "current": ("unit",)}, hints=(
    "Put z = W_rdt r + b_rdt into W_zh z, and sort: what stands in front of r, and what does not depend on r?",
    "W_zh (W_rdt r + b_rdt) = (W_zh W_rdt) r + W_zh b_rdt. Which of them belongs to W_hh?",
    "W_hh + W_zh @ W_rdt, and W_zh @ b_rdt.",
), well_done="So a readout that learns rewires the cortex, although W_hh never changes: by a matrix of rank K, in "
             "all of its "
             "places.")
def without_loop(W_hh, W_zh, W_rdt, b_rdt):
    """A cortex without feedback that does the same: its recurrent weights, and a constant current (unit,)."""
    return W_hh + W_zh @ W_rdt, W_zh @ b_rdt


@without_loop.cases
def _() -> Iterator[dict]:
    for units, outputs in ((5, 2), (4, 3)):
        yield {"W_hh": some(units, units), "W_zh": some(units, outputs, seed=1), "W_rdt": some(outputs, units, seed=2),
               "b_rdt": some(outputs, seed=3)}


for words, wrong in {
    "b_rdt is dropped; through W_zh it reaches the cortex as a constant current":
        lambda W_hh, W_zh, W_rdt, b_rdt: (W_hh + W_zh @ W_rdt, 0 * W_hh[0]),
    "the product is transposed: W_zh comes last on the way, so it stands first, W_zh @ W_rdt":
        lambda W_hh, W_zh, W_rdt, b_rdt: (W_hh + (W_zh @ W_rdt).T, W_zh @ b_rdt),
    "W_hh is missing: the loop comes on top of the recurrent weights, not in their place":
        lambda W_hh, W_zh, W_rdt, b_rdt: (W_zh @ W_rdt, W_zh @ b_rdt),
    "the loop is subtracted; nothing is corrected here, the answer is added":
        lambda W_hh, W_zh, W_rdt, b_rdt: (W_hh - W_zh @ W_rdt, -W_zh @ b_rdt),
}.items():
    without_loop.mistake(words)(wrong)


# Stretch: learning at the readout of a cortex that hears itself

@function(LAB, returns={"dW": ("output", "unit")}, hints=(
    "The loop of free_run with x as well; z is 0 before the first step.",
    "dE/dz is 2 (z - y) / (number of all entries of target). What it tells W_rdt at step t is dE/dz times the rates "
    "of step t.",
    "In the loop: dW = dW + 2 * (z - target[:, t]).T @ torch.tanh(h) / target.numel(). With autograd: feed z.detach().",
), well_done="The cortex is not asked how a change of W_rdt would change what it hears later: the delta rule is local.")
def readout_gradient(x, target, alpha, W_ih, W_hh, W_zh, W_rdt, b_rdt):
    """dE/dW_rdt (output, unit) of E = mean of (z - target)^2, taking what the cortex heard as given."""
    h, z, dW = x.new_zeros(len(x), len(W_hh)), x.new_zeros(len(x), len(W_rdt)), torch.zeros_like(W_rdt)
    for t in range(x.shape[1]):
        h = alpha * h + x[:, t] @ W_ih.T + torch.tanh(h) @ W_hh.T + z @ W_zh.T
        z = torch.tanh(h) @ W_rdt.T + b_rdt
        dW = dW + 2 * (z - target[:, t]).T @ torch.tanh(h) / target.numel()
    return dW


@readout_gradient.cases
def _() -> Iterator[dict]:
    for alpha, steps in ((0.3, 6), (0.8, 7)):
        yield {"x": 2 * some(3, steps, 4), "target": some(3, steps, 2, seed=1), "alpha": alpha,
               "W_ih": some(5, 4, seed=2), "W_hh": 2 * some(5, 5, seed=3),
               "W_zh": 2 * some(5, 2, seed=4), "W_rdt": 2 * some(2, 5, seed=5), "b_rdt": some(2, seed=6)}


def _by_autograd(heard=lambda z, y: z.detach(), total: bool = False) -> Callable:
    def gradient(x, target, alpha, W_ih, W_hh, W_zh, W_rdt, b_rdt):
        with torch.enable_grad():
            W, h, f, losses = W_rdt.clone().requires_grad_(), x.new_zeros(len(x), len(W_hh)), 0 * target[:, 0], []
            for t in range(x.shape[1]):
                h = alpha * h + x[:, t] @ W_ih.T + torch.tanh(h) @ W_hh.T + f @ W_zh.T
                z = torch.tanh(h) @ W.T + b_rdt
                losses.append((z - target[:, t]).square())
                f = heard(z, target[:, t])
            loss = torch.stack(losses, 1)
            return torch.autograd.grad(loss.sum() if total else loss.mean(), W)[0]
    return gradient


for words, wrong in {
    "the gradient leaks: it goes back through what the cortex heard; feed z.detach()": _by_autograd(lambda z, y: z),
    "the cortex hears the target while it learns; it hears its own last answer": _by_autograd(lambda z, y: y),
    "the cortex hears nothing; its last answer comes back through W_zh": _by_autograd(lambda z, y: 0 * y),
    "squares are summed; E is their mean over trials, steps and outputs": _by_autograd(total=True),
    "the mean is over trials only; steps and outputs count too, so divide by target.numel()":
        lambda *given: _by_autograd()(*given) * given[1][0].numel(),
    "the mean is over trials and steps; outputs count too, so divide by target.numel()":
        lambda *given: _by_autograd()(*given) * given[1].shape[-1],
    "the 2 of the square's derivative is missing": lambda *given: _by_autograd()(*given) / 2,
    "the sign is wrong: this is the way down, the gradient points up": lambda *given: -_by_autograd()(*given),
}.items():
    readout_gradient.mistake(words)(lambda x, target, alpha, W_ih, W_hh, W_zh, W_rdt, b_rdt, wrong=wrong:
                                    wrong(x, target, alpha, W_ih, W_hh, W_zh, W_rdt, b_rdt))


# What the lab shows

WAITS = (1, 2, 5, 10, 40)


def taught(gain: float = 1.2, every: int | None = None, n_networks: int = 3) -> Rhythm:
    """The student's own networks, taught a sine; the settings of the panel, which remembers them as well."""
    return remembered(gain, every, seeds=progress.seeds(n_networks), n_cortex=200, n_steps=2000)


def error_alone(rhythm: Rhythm) -> Tensor:
    """Mean squared error of each network after the teacher has left."""
    return rhythm.error(rhythm.free)


def show_free_run(free_run: Callable) -> None:
    """Three networks alone after FORCE, as the student's function and as ours let them go on."""
    rhythm = taught()
    n, ours, yours = rhythm.network, rhythm.free.T[:120], []
    for i in range(ours.shape[1]):
        given = (rhythm.state.h[i], rhythm.state.readout[i], 120, 0.1,
                 *(getattr(n, name)[i].detach() for name in ("W_hh", "W_zh", "W_rdt", "b_rdt")))
        answers = attempt(free_run, *given)
        fits = isinstance(answers, Tensor) and answers.shape == (1, 120, 1)
        yours.append(answers.detach()[0, :, 0] if fits else None)
    drawn = None if any(each is None for each in yours) else torch.stack(yours, 1)
    labels = [f"network {i}" for i in range(len(yours))]
    show(overlay(range(120), ours, drawn, labels, "time step alone (50 ms each)", "answer z"),
         f"Answers of {len(yours)} networks in 120 steps alone, by your function over ours: three sines of 40 steps "
         f"a period. "
         f"Mean squared error in 400 steps alone: {_each(rhythm.error(rhythm.free))}; silence has 0.5.")


def show_without_loop(theirs: Callable) -> None:
    """Print how far a network without feedback, with the weights of the exercise, is from the one that hears itself."""
    rhythm = taught()
    for whose, find in (("ours", without_loop), ("yours", theirs)):
        far = [_difference(rhythm, i, find) for i in range(len(rhythm.free))]
        print(f"{whose}: " + ("not there yet" if None in far else
                              f"largest difference in 100 steps {', '.join(f'{each:.5f}' for each in far)}"))


@torch.no_grad()
def _difference(rhythm: Rhythm, i: int, find: Callable) -> float | None:
    W_hh, W_zh, W_rdt, b_rdt = (getattr(rhythm.network, name)[i] for name in ("W_hh", "W_zh", "W_rdt", "b_rdt"))
    found = attempt(find, *(each.detach() for each in (W_hh, W_zh, W_rdt, b_rdt)))
    if not isinstance(found, tuple) or [getattr(each, "shape", None) for each in found] != [W_hh.shape, W_hh.shape[:1]]:
        return None
    h, worst = rhythm.state.h[i, 0], 0.0
    for t in range(100):
        h = 0.1 * h + found[0] @ torch.tanh(h) + found[1]
        worst = max(worst, float((W_rdt @ torch.tanh(h) + b_rdt - rhythm.free[i, t]).abs().max()))
    return worst


def _each(errors: Tensor) -> str:
    return ", ".join(f"{error:.3f}" for error in errors)


def predict_waiting() -> PredictPanel:
    """Predict, then reveal: the delta rule, if the teacher waits before it changes anything."""
    waits = torch.tensor(WAITS)
    right = "it suffices, but only if it changes the readout (nearly) at once"
    return PredictPanel(
        "gain 1.2: the delta rule changes the readout once in k steps. Then the network is alone.", waits.tolist(),
        {"the delta rule suffices: the changes add up to the same, whatever k is": torch.full((5,), 0.05).tolist(),
         "it does not suffice, however often it acts: that is why FORCE was invented": torch.full((5,), 0.5).tolist(),
         right: (0.5 - 0.45 * torch.exp(-(waits - 1) / 2)).tolist()},
        lambda: (error_alone(taught(every=k, n_networks=5)).clamp(max=1) for k in WAITS), right=right,
        why="With k = 1 each step hears an answer that was put nearly right just before, so the readout learns from "
            "rates of a network that hears the right thing. With a longer wait it learns from rates of a "
            "network that hears wrong answers, which is not the network it will be.",
        xlabel="k, steps between changes (40 is a period)", ylabel="error alone (silence: .5)", kept=progress.predicted)


def rhythm_table(gains: tuple[float, ...] = (0.6, 1.2, 1.5)) -> None:
    """Print the errors of each network, alone and fed with the target, by gain and rule."""
    for gain in gains:
        for rule, every in (("FORCE at every step", None), ("delta rule at every step", 1)):
            rhythm = taught(gain, every)
            alone, fed = (_each(rhythm.error(answers)) for answers in (rhythm.free, rhythm.fed))
            print(f"gain {gain:g}, {rule:<24} | alone: {alone} | fed with the target: {fed}")


def hearing_lines(n_batches: int = 100) -> None:
    """Print the error of line drawing by what the cortex hears and how the readout learned; without the cue: .159."""
    task, seeds = ccdyn.LineDrawing(), progress.seeds()
    test = task.batch(500, ccdyn.make_generators(seeds, "test"))
    network = ccdyn.Network.for_task(task, feedback="readout", seeds=seeds)
    fit_while_fed(network, task.batch(300, ccdyn.make_generators(seeds, "train")))
    for answers, name in ((hears(network, test.x, last_target(test)), "hears the target; fitted to that"),
                          (ccdyn.run(network, test.x), "hears itself; the same readout")):
        print(f"{name:<46} {spread((answers.readout - test.target).square().mean((1, 2, 3)).detach())}")
    for rule, name in ((ccdyn.DeltaRule(), "delta rule after each batch"), (ccdyn.FORCE(), "FORCE at every step")):
        for feedback, what in (("none", "nothing"), ("readout", "itself")):
            network = ccdyn.Network.for_task(task, feedback=feedback, seeds=seeds)
            ccdyn.advance(ccdyn.start(network, task, [rule]), n_batches)
            print(f"{f'hears {what}; {name}':<46} {spread(ccdyn.evaluate(network, test)['loss'])}")
