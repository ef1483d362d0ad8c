"""Lab 04, e-prop: what can one synapse know?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt, is_empty
from ccdyn.exercises.exercise import Choice, counted, function, some
from ccdyn.exercises.own_rule import OwnRulePanel, own_rule
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.phase import modes
from ccdyn.plots import describe, learning_curves, overlay, spread

LAB = "04"
TRIALS = 50         # of the batch on which gradients are compared
LENGTHS = (2, 5, 10, 20, 50)


# What arrived

@function(LAB, returns={"trace": ("trial", "time step", "sender")}, hints=(
    "It is the leak of lab 01 once more: what was there is multiplied by alpha, what arrives now is added.",
    "Begin with torch.zeros_like(presynaptic[:, 0]): (trial, sender). In the loop over t, presynaptic[:, t] arrives.",
    "eps = alpha * eps + presynaptic[:, t]; keep each eps in a list, and torch.stack(list, 1) at the end.",
), well_done="A synapse can do this alone: it needs to know nothing but what arrived.")
def trace(presynaptic, alpha):
    """What is left of all that arrived, presynaptic and the result (trial, time, sender)."""
    eps, traces = torch.zeros_like(presynaptic[:, 0]), []
    for t in range(presynaptic.shape[1]):
        eps = alpha * eps + presynaptic[:, t]
        traces.append(eps)
    return torch.stack(traces, 1)


@trace.cases
def _() -> Iterator[dict]:
    for alpha, steps in ((0.3, 7), (0.8, 6)):
        yield {"presynaptic": some(3, steps, 5), "alpha": alpha}


@trace.mistake("the trace keeps 1 - alpha of itself; alpha is the fraction that is kept")
def _(presynaptic, alpha):
    return trace(presynaptic, 1 - alpha)


@trace.mistake("what has just arrived is multiplied by alpha too; only what was there before decays")
def _(presynaptic, alpha):
    return alpha * trace(presynaptic, alpha)


@trace.mistake("it decays twice in each step: alpha is there two times")
def _(presynaptic, alpha):
    return trace(presynaptic, alpha**2)


@trace.mistake("what arrives is multiplied by 1 - alpha, which makes an average; here it is added as it is")
def _(presynaptic, alpha):
    return (1 - alpha) * trace(presynaptic, alpha)


@trace.mistake("the trace starts from zero again at every step; make it once, before the loop")
def _(presynaptic, alpha):
    return 1 * presynaptic


@trace.mistake("nothing decays: alpha is missing")
def _(presynaptic, alpha):
    return presynaptic.cumsum(1)


@trace.mistake("the trace is kept before the step and not after it: at step 0 it already holds what arrives at step 0")
def _(presynaptic, alpha):
    return _before(trace(presynaptic, alpha))


@trace.mistake("the loop runs over trials instead of time steps: presynaptic[:, t] is one step of all trials")
def _(presynaptic, alpha):
    return trace(presynaptic.transpose(0, 1), alpha).transpose(0, 1)


@trace.mistake("only the last step is returned; keep every step in a list")
def _(presynaptic, alpha):
    return trace(presynaptic, alpha)[:, -1]


@trace.mistake("presynaptic[:, t - 1] is added; what arrives at step t is presynaptic[:, t] (and "
               "step -1 is the last one)")
def _(presynaptic, alpha):
    return trace(presynaptic.roll(1, 1), alpha)


@trace.mistake("alpha multiplies what arrived one step before, which forgets all that came earlier; it should multiply "
               "the trace")
def _(presynaptic, alpha):
    return alpha * presynaptic.roll(1, 1) + presynaptic


@trace.mistake("the loop begins at step 1; something arrives at step 0 too")
def _(presynaptic, alpha):
    return trace(presynaptic[:, 1:], alpha)


@trace.mistake("the steps are joined along the first axis; torch.stack(list, 1) joins them along time")
def _(presynaptic, alpha):
    return trace(presynaptic, alpha).transpose(0, 1)


def _before(series: Tensor) -> Tensor:
    """Each step has what was there one step before."""
    return torch.cat([torch.zeros_like(series[:, :1]), series[:, :-1]], 1)


# Who is to blame

@function(LAB, returns={"L": ("trial", "time step", "unit")}, hints=(
    "Two things: how the error changes with z, and from there to the rates.",
    "E is the mean of (z - target)**2 over z.numel() numbers, so dE/dz is 2 * (z - target) / z.numel().",
    "Forward, z = rates @ W_rdt.T. On the way back the same weights carry dE/dz to the units: no .T this time.",
), well_done="It needs the weights of the readout, the other way round. Whether a brain has those is another question.")
def learning_signal(z, target, W_rdt):
    """dE/dr (trial, time, unit), for the mean squared error E of z and target (trial, time, output)."""
    error = 2 * (z - target) / z.numel()
    return error @ W_rdt


@learning_signal.cases
def _() -> Iterator[dict]:
    for trials, steps, outputs in ((3, 7, 2), (4, 5, 3)):
        yield {"z": some(trials, steps, outputs), "target": some(trials, steps, outputs, seed=1),
               "W_rdt": some(outputs, 6, seed=2)}


@learning_signal.mistake("W_rdt is used as on the way forward. On the way back it is transposed, which with trials in "
                         "rows is error @ W_rdt, without .T")
def _(z, target, W_rdt):
    return (2 * (z - target) / z.numel()) @ W_rdt.T


@learning_signal.mistake("the sign is wrong: dE/dz is positive where z is too large")
def _(z, target, W_rdt):
    return -learning_signal(z, target, W_rdt)


@learning_signal.mistake("the 2 of the square is missing: the derivative of (z - target)**2 is 2 * (z - target)")
def _(z, target, W_rdt):
    return learning_signal(z, target, W_rdt) / 2


@learning_signal.mistake("the squared error is sent back; without its sign a unit cannot know which way to go")
def _(z, target, W_rdt):
    return (z - target)**2 / z.numel() @ W_rdt


@learning_signal.mistake("errors are summed where E is a mean; divide by z.numel()")
def _(z, target, W_rdt):
    return 2 * (z - target) @ W_rdt


@learning_signal.mistake("the mean is taken over trials only; E is a mean over trials, time steps and outputs")
def _(z, target, W_rdt):
    return 2 * (z - target) / len(z) @ W_rdt


@learning_signal.mistake("the mean is taken twice: z.numel() counts the trials already")
def _(z, target, W_rdt):
    return learning_signal(z, target, W_rdt) / len(z)


# e-prop

@function(LAB, returns={"dW_ih": ("unit", "input"), "dW_hh": ("unit", "sender")}, hints=(
    "Three factors: what arrived (a trace), how much the receiving unit still responds (1 - rates**2), and L.",
    "W_hh carries r of the step before: torch.cat([torch.zeros_like(rates[:, :1]), rates[:, :-1]], 1). W_ih carries x.",
    "post = L * (1 - rates**2) belongs to the receiver. Each weight: sum post times trace over trials and steps.",
    "torch.einsum('btr,bts->rs', post, trace(x, alpha)) is the first, r receiver and s sender; likewise with the rates "
    "of the step before.",
), well_done="W_hh was among the arguments and you did not need it: that is all the difference to the true gradient.")
def eprop(x, rates, L, alpha, W_hh):
    """The gradients of W_ih (unit, input) and W_hh (unit, sender) by e-prop."""
    before = torch.cat([torch.zeros_like(rates[:, :1]), rates[:, :-1]], 1)
    post = L * (1 - rates**2)
    trace_ih = trace_hh = dW_ih = dW_hh = 0
    for t in range(x.shape[1]):
        trace_ih = alpha * trace_ih + x[:, t]
        trace_hh = alpha * trace_hh + before[:, t]
        dW_ih = dW_ih + post[:, t].T @ trace_ih
        dW_hh = dW_hh + post[:, t].T @ trace_hh
    return dW_ih, dW_hh


@eprop.cases
def _() -> Iterator[dict]:
    for alpha, steps in ((0.3, 7), (0.8, 6)):
        yield {"x": some(3, steps, 4), "rates": torch.tanh(3 * some(3, steps, 5, seed=1)),
               "L": some(3, steps, 5, seed=2), "alpha": alpha, "W_hh": 2 * some(5, 5, seed=3)}


def _product(post: Tensor, sent: Tensor) -> Tensor:
    return torch.einsum("bti,btj->ij", post, sent)


def walk_back(L: Tensor, rates: Tensor, alpha: float, W_hh: Tensor | None = None) -> Tensor:
    """The receiver's factor q_t = L_t (1 - r_t^2) + alpha q_{t+1}, from the last step back, (trial, time, unit).

    With W_hh it is dE/dh_t, of which the true gradient is made: what went through other units joins L.
    """
    q, every = torch.zeros_like(L[:, 0]), []
    for t in reversed(range(L.shape[1])):
        heard = L[:, t] if W_hh is None else L[:, t] + q @ W_hh
        q = heard * (1 - rates[:, t]**2) + alpha * q
        every.append(q)
    return torch.stack(every[::-1], 1)


@eprop.mistake("the slope of tanh is missing: L has to be multiplied by 1 - rates**2 of the receiving unit")
def no_slope(x, rates, L, alpha, W_hh):
    return _product(L, trace(x, alpha)), _product(L, trace(_before(rates), alpha))


@eprop.mistake("the tanh is taken twice: rates are tanh(h) already, so its slope is 1 - rates**2")
def _(x, rates, L, alpha, W_hh):
    return no_slope(x, rates, L * (1 - torch.tanh(rates)**2), alpha, W_hh)


@eprop.mistake("the slope is (1 - rates)**2; that of the tanh is 1 - rates**2")
def _(x, rates, L, alpha, W_hh):
    return no_slope(x, rates, L * (1 - rates)**2, alpha, W_hh)


@eprop.mistake("L is missing, so that no synapse hears how wrong the network is")
def _(x, rates, L, alpha, W_hh):
    return eprop(x, rates, torch.ones_like(L), alpha, W_hh)


@eprop.mistake("L is sent through W_hh; it is each unit's own learning signal already")
def _(x, rates, L, alpha, W_hh):
    return eprop(x, rates, L @ W_hh, alpha, W_hh)


@eprop.mistake("the receiver's factor L * (1 - rates**2) is carried forward in time; what is carried forward is what "
               "arrived, by the trace")
def _(x, rates, L, alpha, W_hh):
    q = trace(L * (1 - rates**2), alpha)
    return _product(q, x), _product(q, _before(rates))


@eprop.mistake("the slope is that of the sender; it belongs to the receiving unit, beside L")
def _(x, rates, L, alpha, W_hh):
    before = _before(rates)
    return _product(L, trace(x, alpha)), _product(L, trace(before * (1 - before**2), alpha))


@eprop.mistake("the trace for W_hh is that of r_t; what arrives at step t is the rate of the step before")
def trace_of_now(x, rates, L, alpha, W_hh):
    return eprop(x, rates, L, alpha, W_hh)[0], _product(L * (1 - rates**2), trace(rates, alpha))


@eprop.mistake("the rates are shifted in a circle: those of the last step arrive at step 0; there should be zeros")
def _(x, rates, L, alpha, W_hh):
    return eprop(x, rates, L, alpha, W_hh)[0], _product(L * (1 - rates**2), trace(rates.roll(1, 1), alpha))


@eprop.mistake("there are no traces: what arrived before this step is forgotten")
def no_trace(x, rates, L, alpha, W_hh):
    return eprop(x, rates, L, 0.0, W_hh)


@eprop.mistake("the traces keep 1 - alpha of themselves; alpha is the fraction that is kept")
def other_decay(x, rates, L, alpha, W_hh):
    return eprop(x, rates, L, 1 - alpha, W_hh)


@eprop.mistake("the decay is there twice, in the trace and in the receiver's factor; either will do, but not both")
def twice(x, rates, L, alpha, W_hh):
    q = walk_back(L, rates, alpha)
    return _product(q, trace(x, alpha)), _product(q, trace(_before(rates), alpha))


@eprop.mistake("a mean is taken over trials; L has it already, so sum")
def mean_twice(x, rates, L, alpha, W_hh):
    return tuple(gradient / len(x) for gradient in eprop(x, rates, L, alpha, W_hh))


@eprop.mistake("only the last step teaches; L is there at every step, and all of them are summed")
def _(x, rates, L, alpha, W_hh):
    return eprop(x, rates, torch.cat([torch.zeros_like(L[:, :-1]), L[:, -1:]], 1), alpha, W_hh)


@eprop.mistake("the sign is wrong: a gradient points uphill, and the optimiser walks down by itself")
def _(x, rates, L, alpha, W_hh):
    return tuple(-gradient for gradient in eprop(x, rates, L, alpha, W_hh))


@eprop.mistake("senders and receivers are the wrong way round; a row of a gradient is a receiving unit, as in W")
def _(x, rates, L, alpha, W_hh):
    return tuple(gradient.T for gradient in eprop(x, rates, L, alpha, W_hh))


@eprop.mistake("this is the true gradient, sent back through W_hh. It is right, but no synapse could compute it: it "
               "would have to know the weights of all others")
def true_gradient(x, rates, L, alpha, W_hh):
    q = walk_back(L, rates, alpha, W_hh)
    return _product(q, x), _product(q, _before(rates))


# Stretch: how near?

@function(LAB, returns={"cosine": ()}, hints=(
    "Take each table of weights as one long arrow. How large is the angle between the two?",
    "The cosine is the sum of the products of their entries, divided by the length of each.",
    "(a * b).sum() is the first; a.norm() is the length of a table taken as one arrow.",
), well_done="1 is the same direction, 0 a right angle, -1 the opposite. How long the arrows are does not matter.")
def cosine(a, b):
    """The cosine of the angle between two gradients of the same shape: one number."""
    return (a * b).sum() / (a.norm() * b.norm())


@cosine.cases
def _() -> Iterator[dict]:
    for rows, columns in ((3, 5), (6, 4)):
        yield {"a": 2 * some(rows, columns), "b": 0.3 * some(rows, columns, seed=1) - some(rows, columns)}


@cosine.mistake("the lengths are missing: divide by a.norm() * b.norm()")
def _(a, b):
    return (a * b).sum()


@cosine.mistake("it is the angle itself; its cosine is wanted, so leave out the arccos")
def _(a, b):
    return cosine(a, b).arccos()


@cosine.mistake("the lengths are squared; take their roots, or use a.norm()")
def _(a, b):
    return (a * b).sum() / ((a * a).sum() * (b * b).sum())


@cosine.mistake("each row has a cosine of its own, of which you take the mean; a gradient is one arrow")
def _(a, b):
    return torch.nn.functional.cosine_similarity(a, b, 1).mean()


@cosine.mistake("each column has a cosine of its own, of which you take the mean; a gradient is one arrow")
def _(a, b):
    return torch.nn.functional.cosine_similarity(a, b, 0).mean()


@cosine.mistake("the sign is lost; a gradient that points the other way has the cosine -1")
def _(a, b):
    return cosine(a, b).abs()


@cosine.mistake("the means are subtracted, which makes it a correlation")
def _(a, b):
    return cosine(a - a.mean(), b - b.mean())


what_a_cosine_says = Choice(LAB, "what_a_cosine_says", "The cosine of e-prop to the true gradient is 0.4. So e-prop", {
    "a": ("learns 40 % as fast",
          "Speed is nowhere in it. In ten sessions e-prop does not get as far as the true gradient in one."),
    "b": ("changes 40 % of the weights in the right direction",
          "A cosine does not count weights. At a cosine of 0 about half of them would still have the right sign."),
    "c": ("lowers the error of this batch if the step is small enough; how well it learns in the end is not said",
          "Just so: a small step with a positive cosine goes downhill. Where many of them lead is another matter."),
    "d": ("does harm with 60 % of what it changes",
          "What it does beside the true direction leads sideways, which for a small step costs nothing."),
}, right="c")


# What the lab shows

def show_trace(trace_: Callable) -> None:
    """A synapse hears three short bursts: its trace with three leaks, by the student's function over ours."""
    heard, alphas = torch.zeros(1, 24, 1, dtype=torch.float64), (0.1, 0.5, 0.9)
    heard[0, [2, 3, 10]] = 1.0
    ours = torch.cat([trace(heard, alpha) for alpha in alphas], -1)[0]
    yours = [attempt(trace_, heard, alpha) for alpha in alphas]
    fits = all(isinstance(each, Tensor) and each.shape == heard.shape for each in yours)
    show(overlay(range(24), ours, torch.cat(yours, -1)[0].detach() if fits else None,
                 [f"alpha {alpha}" for alpha in alphas], "time step (50 ms each); heard at 2, 3 and 10", "trace"),
         "Traces of a synapse that hears something at steps 2, 3 and 10, by your function over ours: with alpha 0.1 "
         f"gone soon after, with 0.5 after some steps, with 0.9 still {float(ours[-1, 2]):.1f} at the end.")


def networks(alpha: float = 0.5, n_steps: int = 20, gain: float = 1.0, seeds: Sequence[int] | None = None,
             **network) -> tuple[ccdyn.Network, ccdyn.Batch]:
    """Untrained networks without feedback, their W_hh multiplied by ``gain``, and test trials of line drawing."""
    task, seeds = ccdyn.LineDrawing(n_steps=n_steps), progress.seeds() if seeds is None else tuple(seeds)
    cortex = ccdyn.Network.for_task(task, feedback="none", alpha=alpha, seeds=seeds, **network)
    cortex.W_hh.data.mul_(gain)
    return cortex, task.batch(TRIALS, ccdyn.make_generators(seeds, "test"), "test", cortex.dtype)


def two_ways(rule: Callable) -> None:
    """Print that the forward traces and the walk back agree, for W_hh of one network, and what W_hh adds."""
    cortex, batch = networks(seeds=progress.seeds(1), dtype="float64")
    lived = ccdyn.run(cortex, batch.x)
    x, rates, W_hh = batch.x[0], lived.rate[0], cortex.W_hh.detach()[0]
    L = learning_signal(lived.readout[0], batch.target[0], cortex.W_rdt.detach()[0])
    forward = eprop(x, rates, L, 0.5, W_hh)[1]
    true = ccdyn.gradients(cortex, batch, [ccdyn.BPTT()])["W_hh"][0]
    yours = attempt(rule, x, rates, L, 0.5, W_hh)
    fits = isinstance(yours, (tuple, list)) and len(yours) == 2 and getattr(yours[1], "shape", None) == W_hh.shape
    ways = {"forward, with traces (yours)": yours[1].detach() if fits else None, "forward, with traces (ours)": forward,
            "backward, alpha alone": _product(walk_back(L, rates, 0.5), _before(rates)),
            "backward, alpha and W_hh": _product(walk_back(L, rates, 0.5, W_hh), _before(rates))}
    print("gradient of W_hh, 50 x 50     | differs from e-prop by | from the true one by")
    for name, found in ways.items():
        words = "not there yet" if found is None else f"{_apart(found, forward):22.0e} | {_apart(found, true):20.0e}"
        print(f"{name:29s} | {words}")


def _apart(a: Tensor, b: Tensor) -> float:
    """The largest difference, in units of the largest entry of b."""
    return float((a - b).abs().max() / b.abs().max())


def nearness(alpha: float, n_steps: int, gain: float = 1.0, seeds: Sequence[int] | None = None) -> np.ndarray:
    """The cosine of e-prop to the true gradient of W_hh in untrained networks, (network,)."""
    found = ccdyn.gradient_angles(*networks(alpha, n_steps, gain, seeds), {"e-prop": ccdyn.EProp()})
    return found["e-prop", "W_hh", "cosine"]


def predict_nearness() -> PredictPanel:
    """Predict, then reveal: the cosine against the length of a trial."""
    falls = "falls, to about a third: the later an error, the more of its causes lie with others"
    return PredictPanel(
        "alpha is 0.5: how near is e-prop to the true gradient of W_hh?", LENGTHS,
        {"stays near 1: a synapse knows nearly all that matters": [1, 0.97, 0.96, 0.95, 0.95],
         falls: [1, 0.8, 0.58, 0.4, 0.3],
         "is 0 from 10 steps on: the trace reaches no further": [1, 0.3, 0.03, 0, 0],
         "rises: the longer the trial, the more a trace has gathered": [0.2, 0.4, 0.6, 0.8, 0.95]},
        lambda: (nearness(0.5, n_steps) for n_steps in LENGTHS), right=falls,
        why="With two steps a synapse knows everything. Every further step back is one more chance that what a unit "
            "did mattered through another unit, and no trace follows it there.",
        xlabel="length of a trial T (time steps)", ylabel="cosine to the true gradient", kept=progress.predicted)


def nearness_table() -> None:
    """Print the cosine of W_hh over trial length for three leaks, and for alpha .1 with stronger recurrent weights."""
    columns = {"alpha 0.1": (0.1, 1.0), "alpha 0.5": (0.5, 1.0), "alpha 0.9": (0.9, 1.0), "0.1, 1.75 W_hh": (0.1, 1.75)}

    def row(first: str, cells: Iterable[str]) -> None:
        print(f"{first:15}" + "".join(f" | {cell:20}" for cell in cells))

    row("cosine of W_hh", columns)
    row("radius", (f"{radius(networks(alpha, gain=gain)[0]):.2f}" for alpha, gain in columns.values()))
    for n_steps in LENGTHS:
        row(f"T {n_steps}", (spread(nearness(alpha, n_steps, gain), 2) for alpha, gain in columns.values()))


def radius(network: ccdyn.Network) -> float:
    """The spectral radius of alpha I + W_hh, the mean over networks."""
    return float(modes(network).abs().amax(-1).mean())


def microscope(rule: Callable | None = None, n_batches: int = 30) -> OwnRulePanel:
    """The student's rule beside ours in networks that learn by it; ours alone as long as theirs cannot be used."""
    rules = {"e-prop": ccdyn.EProp()}
    if rule is None or is_empty(rule):
        print("Your eprop is not written yet, so here is ours alone.")
    else:
        try:
            own = own_rule(rule)
            ccdyn.gradients(*networks(n_steps=5), [own])
            rules = {"yours": own, **rules}
        except Exception as error:  # whatever a student's code may raise
            print(f"Your eprop cannot be used yet, so here is ours alone. {type(error).__name__}: {error}")
    panel = OwnRulePanel(rules, seeds=progress.seeds())
    for _ in range(n_batches // 10):
        panel.learn(10)
        panel.look()
    panel.refresh()
    return panel


LINE_UP = {"e-prop": eprop.solve, "no slope of tanh": no_slope, "trace of r_t": trace_of_now, "no trace": no_trace,
           "decay 1 - alpha": other_decay, "decay twice": twice, "mean twice": mean_twice}


def line_up(alpha: float) -> None:
    """Print how e-prop and six wrong versions of it look under the microscope."""
    cortex, batch = networks(alpha)
    angles = ccdyn.gradient_angles(cortex, batch, {name: own_rule(rule) for name, rule in LINE_UP.items()})
    print(f"{f'alpha {alpha}':16s} | cosine of W_ih        | cosine of W_hh        | length of W_hh")
    for name in angles.rules:
        print(f"{name:16s} | " + " | ".join(
            f"{spread(angles[name, weight, measure], digits):21s}"
            for weight, measure, digits in (("W_ih", "cosine", 2), ("W_hh", "cosine", 2), ("W_hh", "ratio", 3))))


RACE = {"the true gradient (BPTT)": ccdyn.BPTT(), "e-prop": ccdyn.EProp(),
        "node perturbation": ccdyn.NodePerturbation(), "cortex frozen": None}


def untrained(name: str, lr: float = 1e-3) -> ccdyn.TrainState:
    """Networks without feedback, alpha .5, whose cortex will learn by one of the rules of ``RACE``."""
    task, rule = ccdyn.LineDrawing(), RACE[name]
    cortex = ccdyn.Network.for_task(task, feedback="none", alpha=0.5, seeds=progress.seeds())
    return ccdyn.start(cortex, task, [ccdyn.DeltaRule(), *([rule] if rule else [])], lr=lr)


def course(state: ccdyn.TrainState, n_sessions: int) -> Iterator[np.ndarray]:
    """The validation error of each network after one session more and more."""
    for _ in range(n_sessions):
        yield ccdyn.train(state, 1, progress=False).history["validation_loss"][:, -1]


def predict_learning(n_sessions: int = 5) -> PredictPanel:
    """Predict, then reveal: how well e-prop learns, knowing its cosine."""
    hangs = "quickly at first, then it hangs far above: it walks in another direction"
    sessions = range(1, n_sessions + 1)
    return PredictPanel(
        "The cosine of e-prop to the true gradient is 0.4. How does its error fall?", sessions,
        {"as with the true gradient: both go downhill": [0.027, 0.014, 0.009, 0.006, 0.004][:n_sessions],
         "the same, 2.5 times as slowly: 0.4 of the way in each step": [0.062, 0.029, 0.022, 0.017, 0.014][:n_sessions],
         hangs: [0.107, 0.088, 0.08, 0.072, 0.07][:n_sessions],
         "hardly: as with a frozen cortex": [0.138, 0.133, 0.129, 0.126, 0.124][:n_sessions]},
        lambda: course(untrained("e-prop"), n_sessions), right=hangs,
        why="It is no slower version of the true gradient: however long it learns, it never follows what goes through "
            "W_hh.",
        xlabel="session (100 batches)", ylabel="validation error", kept=progress.predicted)


def race(n_sessions: int = 3, lr: float = 1e-3) -> None:
    """Draw how well networks learn by the true gradient, by e-prop, by node perturbation, and with a frozen cortex."""
    states = {name: ccdyn.train(untrained(name, lr), n_sessions, progress=False) for name in counted(RACE, "rule")}
    errors = ccdyn.score(states)
    figure = learning_curves({name: state.history for name, state in states.items()}, chance=0.159)
    figure.axes[0].set_ylim(0, 0.25)    # room for the legend
    show(figure, describe(f"Test error after {n_sessions} sessions", errors))
    for name, error in errors.items():
        print(f"{name:25s} test error {spread(error)}")
