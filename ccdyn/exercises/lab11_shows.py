"""What lab 11 shows: networks that learned with a short horizon, looked into, lesioned, and used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

import ccdyn
from ccdyn.decoupling import MODELS, DecoupledConfig, DecoupledNetwork
from ccdyn.decoupling.cells import CELLS, CellState
from ccdyn.decoupling.network import drive, lift
from ccdyn.decoupling.synthesiser import synthesise
from ccdyn.exercises.calling import attempt, is_empty
from ccdyn.exercises.lab11 import bootstrap, synthesiser_update, target_at_start
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import overlay, spread
from ccdyn.train_state import restore, snapshot

TASK = ccdyn.GradedLines()
SEEDS = range(5)
RULE = ccdyn.Decoupling(truncation=1)
LAYERS = (100,)             # the synthesiser of the panel: smaller and faster than the published one
TRAINING = {"batch_size": 50, "lr": 1.5e-3, "validation_size": 10}
HALF, MORE, EVERY = 600, 400, 50        # batches: half trained, after a lesion, between two looks


def lines(n: int = 1) -> ccdyn.Batch:
    """The seven lines, ``n`` times, all told apart."""
    batch = TASK.trials(list(range(TASK.n_patterns)) * n, ccdyn.make_generators(0, "test"), torch.float64)
    return ccdyn.Batch(batch.x, batch.target, batch.mask, batch.score_mask)


def fresh(model: str = "ccRNN") -> ccdyn.TrainState:
    """Five untrained networks, ready to learn with the panel's settings."""
    network = DecoupledNetwork.for_task(TASK, synthesiser=LAYERS if MODELS[model]["synthesiser"] else (), seeds=SEEDS)
    return ccdyn.start(network, TASK, [RULE], **TRAINING)


@cache
def trained(model: str = "ccRNN", n_batches: int = HALF) -> ccdyn.TrainState:
    """Five networks after so many batches, with the panel's settings. They are shared: work on a copy."""
    state = fresh(model)
    ccdyn.advance(state, n_batches)
    return state


def error(network: DecoupledNetwork) -> np.ndarray:
    """Mean squared error per coordinate on the seven lines, (network,)."""
    test = TASK.trials(range(TASK.n_patterns), ccdyn.make_generators(network.config.seeds, "test"), network.dtype)
    return ccdyn.evaluate(network, test)["loss"].double().numpy()


def alone(network: DecoupledNetwork, place: int = 0) -> DecoupledNetwork:
    """One of several networks, float64, without a replica axis."""
    config = {**vars(network.config), "seeds": network.config.seeds[place], "dtype": "float64"}
    one = DecoupledNetwork(DecoupledConfig(**config))
    for name, weight in one.weights().items():
        weight.data.copy_(getattr(network, name).detach()[place])
    return one


# What is locked

def horizon_cosines(network: DecoupledNetwork, lengths: Sequence[int] = range(1, 11)) -> dict[str, Tensor]:
    """Cosine of the gradient with truncations to that of the whole trial, by weight, (length, network)."""
    test = TASK.trials(range(TASK.n_patterns), ccdyn.make_generators(network.config.seeds, "test"), network.dtype)
    found = {length: ccdyn.gradients(network, test, [ccdyn.Decoupling(length, 0.0)]) for length in (*lengths, None)}
    return {name: torch.stack([cosine_similarity(found[length][name].flatten(1).double(),
                                                 found[None][name].flatten(1).double()) for length in lengths])
            for name in ("W_ih", "W_hh")}


def table_of_horizons(lengths: Sequence[int] = (1, 2, 3, 5, 7, 10)) -> None:
    """Print how the gradients of half-trained cRNNs look with a short horizon, beside those of the whole trial."""
    found = horizon_cosines(trained("cRNN").network, lengths)
    for some in (slice(0, 3), slice(3, None)):
        print(f"{'truncation':16}" + "".join(f"{f'{n} of {TASK.n_steps} steps':24}" for n in lengths[some]).rstrip())
        for name, values in found.items():
            print(f"{name + ', cosine':16}" + "".join(f"{spread(row, 2):24}" for row in values[some]).rstrip())


def predict_horizon() -> PredictPanel:
    """Predict, then reveal: what a short horizon makes of the gradient of the weights that hear the cue."""
    lengths = torch.arange(1.0, 11.0)
    right = "around 0 or below it, until most of the trial is seen"
    return PredictPanel(
        "Weights that hear the cue: does the truncated gradient point the right way?", lengths.tolist(),
        {"nearly right from the start: any error says what is wrong": (0.9 + 0.01 * lengths).tolist(),
         "step by step better": (lengths / 10).tolist(),
         right: (torch.sigmoid(2 * (lengths - 7)) - 0.1).tolist(),
         "half right, then right": torch.where(lengths < 3, 0.5, 0.95).tolist()},
        lambda: iter(horizon_cosines(trained("cRNN").network)["W_ih"].numpy()), right=right,
        why="The cue comes in at step 0 and never again. What these weights did with it shows in later errors only, "
            "and those of the first few steps tell little of where the line ends.",
        xlabel="truncation (steps)", ylabel="cosine to the gradient of the whole trial", kept=progress.predicted,
        levels={"no relation": 0.0})


# Inside one trial

class Inside(NamedTuple):
    """What happens at truncations of one step, in one network; (step, trial, ...)."""

    start: Tensor       # the state before each step, [rate, cell]
    own: Tensor         # gradient of the step's own loss, at its start
    jacobians: Tensor   # how its end depends on its start, (step, trial, end, start)
    guesses: Tensor     # what the synthesiser says at its end
    granule: Tensor     # granule activity there


def inside(network: DecoupledNetwork, n: int = 7) -> Inside:
    """Looked into while it draws the seven lines, in a batch of n times seven (as large as those that taught it)."""
    batch = lines(n)
    record = ccdyn.observe(network, batch, ("cell",))
    silent = ccdyn.Decoupling(1, lesion="cerebellum").explain(network, record, batch)
    told = RULE.explain(network, record, batch)
    w, (x,) = lift(network, batch.x.transpose(-3, -2))
    n_cortex, keep = network.config.n_cortex, slice(TASK.n_patterns)
    start = torch.cat((torch.zeros_like(told.boundary[:, :1]), told.boundary[:, :-1]), 1)[:, :, keep].detach()
    step = CELLS[network.config.cortex].step
    with torch.enable_grad():
        s = start.flatten(1, 2).requires_grad_()
        end = torch.cat(step(CellState(*s.split(n_cortex, -1)), drive(x[:, :, keep], w).flatten(1, 2), w["W_hh"]), -1)
        every = torch.eye(end.shape[-1], dtype=end.dtype)[:, None, None].expand(-1, *end.shape)
        back, = torch.autograd.grad(end, s, every, is_grads_batched=True)
    jacobians = back.permute(1, 2, 0, 3).unflatten(1, start.shape[1:3])[0]      # (step, trial, end, start)
    granule = synthesise(told.boundary[:, :, keep].flatten(1, 2), None, w, len(LAYERS))[-2]
    return Inside(start[0], silent.arrived[0, :, keep], jacobians, told.guesses[0, :, keep],
                  granule.unflatten(1, start.shape[1:3])[0])


def one_step(network: DecoupledNetwork, t: int, n: int = 7) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Step ``t`` of the seven lines as a truncation of its own: end, own loss = one_step(network, t)(start)."""
    batch = lines()
    w, (x,) = lift(network, batch.x.transpose(-3, -2))

    def truncation(start: Tensor) -> tuple[Tensor, Tensor]:
        state = CellState(*start[None].split(network.config.n_cortex, -1))
        rate, cell = CELLS[network.config.cortex].step(state, drive(x[:, t:t + 1], w).squeeze(1), w["W_hh"])
        drawn = rate[0] @ w["W_rdt"][0].T + w["b_rdt"][0]
        own = ((drawn - batch.target[:, t])**2).mean() * batch.mask[0, t]
        return torch.cat((rate, cell), -1)[0], own
    return truncation


def show_target(yours: Callable, line: int = 1) -> None:
    """What reaches the start of each step, in the three numbers of the state that it moves most: theirs over ours."""
    network = alone(trained().network)
    found = inside(network, 1)
    given = [(found.start[t], one_step(network, t), RULE.factor * found.guesses[t]) for t in range(TASK.n_steps)]

    def series(function: Callable) -> Tensor:
        return torch.stack([function(*each)[line] for each in given])

    ours = series(target_at_start)
    most = ours.abs().sum(0).topk(3).indices.sort().values
    mine = None if is_empty(yours) else attempt(lambda: series(yours)[:, most])
    names = [f"r of unit {i}" if i < 50 else f"c of unit {i - 50}" for i in most.tolist()]
    show(overlay(range(TASK.n_steps), ours[:, most], mine, names, "start of step", "g*, what reaches it"),
         "What reaches the start of each step, in three numbers of the state. " + " ".join(
             f"{name}: " + ", ".join(f"{ours[t, i]:.2g} at {t}" for t in (1, 2, 3, 4)) + "."
             for name, i in zip(names, most.tolist())))


def agreement(found: Inside, function: Callable) -> Tensor:
    """Cosines with the true feedback, mean over lines, of the target and of the guess, (start, 2).

    At the starts of steps 1, 2, ..., those left out behind which nothing is taught: the true feedback is 0 there.
    """
    cosines = []
    for line in range(TASK.n_patterns):
        targets, true = function(found.own[:, line], found.jacobians[:, line], found.guesses[:, line], RULE.factor)
        told = slice(1, 1 + taught_later(found))
        cosines.append(torch.stack([cosine_similarity(each, true[told], eps=1e-12)
                                    for each in (targets[told], found.guesses[:-1, line][:told.stop - 1])], 1))
    return torch.stack(cosines).mean(0)


def taught_later(found: Inside) -> int:
    """How many starts, from step 1 on, have a taught step behind them."""
    return int((perfect(found, 1.0)[1:].abs().amax((1, 2)) > 0).sum())


def show_bootstrap(yours: Callable) -> None:
    """How far targets and guesses point where the true feedback does: by the student's bootstrap and by ours."""
    found = inside(alone(trained().network))
    ours = agreement(found, bootstrap)
    mine = None if is_empty(yours) else attempt(lambda: agreement(found, yours))
    names, starts = ["target", "guess"], range(1, 1 + len(ours))
    show(overlay(starts, ours, mine, names, "start of step", "cosine with the true feedback"),
         "Cosine with the true feedback at the start of each step, mean of seven lines. " + " ".join(
             f"{name}: " + ", ".join(f"{ours[t - 1, i]:.2f} at {t}" for t in starts) + "."
             for i, name in enumerate(names)))


def perfect(found: Inside, factor: float) -> Tensor:
    """What a synthesiser would say that has learned its targets to the last digit, at each start, (step, trial, state).

    The bootstrap followed to its end: g_k = own_k + factor g_{k+1} J_k, with nothing behind the last step.
    """
    said = found.own.clone()
    for t in reversed(range(len(said) - 1)):
        said[t] += factor * (said[t + 1].unsqueeze(-2) @ found.jacobians[t]).squeeze(-2)
    return said


def table_of_factors(factors: Sequence[float] = (0.0, 0.1, 0.5, 0.9, 1.0)) -> None:
    """Print what a perfect pupil of the bootstrap would say: how far that is the true feedback."""
    def compare(said: Tensor, true: Tensor) -> tuple[float, float]:
        lengths = said.norm(dim=-1) / true.norm(dim=-1)
        return float(cosine_similarity(said, true, dim=-1, eps=1e-12).mean()), float(lengths.median())

    network, real = trained().network, "the real synthesiser (factor 0.1)"
    rows: dict[str, list] = {f"factor {factor:g}": [] for factor in factors} | {real: []}
    for place in range(len(SEEDS)):
        found = inside(alone(network, place))
        n = taught_later(found)
        true = perfect(found, 1.0)[1:1 + n]
        for factor in factors:
            rows[f"factor {factor:g}"].append(compare(perfect(found, factor)[1:1 + n], true))
        rows[real].append(compare(found.guesses[:n], true))
    print(f"{'a perfect pupil, beside the true feedback':44}{'cosine':24}length, share of the true one's")
    for words, values in rows.items():
        print(f"{words:44}" + "".join(f"{spread(each, 2):24}" for each in zip(*values)).rstrip())


def fitting(found: Inside, update: Callable, n_steps: int = 400) -> Tensor:
    """A last layer that begins at 0 learns the targets of all states: E over that of guessing 0, (step, 1)."""
    rows = found.granule[:-1].flatten(0, 1)
    target = (found.own + RULE.factor * (found.guesses.unsqueeze(-2) @ found.jacobians).squeeze(-2))[1:].flatten(0, 1)
    W, b = rows.new_zeros(target.shape[1], rows.shape[1]), rows.new_zeros(target.shape[1])
    optimiser, nothing, error = torch.optim.Adam((W, b), lr=3e-4), target.square().sum(), []
    for _ in range(n_steps + 1):
        guess = rows @ W.T + b
        error.append((guess - target).square().sum() / nothing)
        W.grad, b.grad = update(rows.clone(), guess, target.clone())
        optimiser.step()
    return torch.stack(error)[:, None]


def show_update(yours: Callable) -> None:
    """A synthesiser's last layer learns from nothing, by the student's update and by ours."""
    found = inside(alone(trained().network))
    ours = fitting(found, synthesiser_update)
    mine = None if is_empty(yours) else attempt(lambda: fitting(found, yours))
    show(overlay(range(len(ours)), ours, mine, ["E"], "update", "E, share of that of guessing 0"),
         "A last layer that begins at 0 learns its targets. E as a share of what it was at first: " + ", ".join(
             f"{ours[i, 0]:.2f} after {i}" for i in (0, 20, 100, 400)) + " updates.")


# Lesions

@cache
def lesioned(lesion: str = "none", factor: float = 0.1) -> np.ndarray:
    """Test error while half-trained ccRNNs go on learning with this rule, (look, network)."""
    state = fresh()
    restore(state, snapshot(trained()))
    ccdyn.change(state, rules=[ccdyn.Decoupling(1, factor, lesion)])
    found = [error(state.network)]
    for _ in range(MORE // EVERY):
        ccdyn.advance(state, EVERY)
        found.append(error(state.network))
    return np.stack(found)


@cache
def without() -> np.ndarray:
    """Test error of cRNNs meanwhile, (look, network)."""
    state = fresh("cRNN")
    restore(state, snapshot(trained("cRNN")))
    found = [error(state.network)]
    for _ in range(MORE // EVERY):
        ccdyn.advance(state, EVERY)
        found.append(error(state.network))
    return np.stack(found)


def predict_lesion() -> PredictPanel:
    """Predict, then reveal: what becomes of learning when the olive falls silent half-way."""
    batches = torch.arange(0.0, MORE + 1, EVERY)
    right = "it gets worse again, by far"

    def reveal() -> Iterator[np.ndarray]:
        return iter(lesioned("olive"))

    return PredictPanel(
        f"After {HALF} batches the olive is lesioned: what does the test error do?", batches.tolist(),
        {"goes on falling, as if nothing had happened": (0.7 + 2.8 * torch.exp(-batches / 130)).tolist(),
         "falls more slowly: it learns like a cRNN now": (2.2 + 1.3 * torch.exp(-batches / 130)).tolist(),
         "stays where it is: nobody teaches any more": torch.full_like(batches, 3.5).tolist(),
         right: (13 - 9.5 * torch.exp(-batches / 110)).tolist()},
        reveal, right=right,
        why="The last guesses are put in again and again, while the network that they were about is changing. Nobody "
            "corrects them any more, and the cortex follows.",
        xlabel="batches after the lesion", ylabel="test error (mean squared)", kept=progress.predicted,
        levels={"draws nothing": TASK.error_of_nothing})


def table_of_lesions() -> None:
    """Print how half-trained networks go on with each lesion, without a factor, and beside them a cRNN."""
    print(f"test error, batches after the lesion:  {'0':22}{'100':22}400")
    rows = {"ccRNN, no lesion": lesioned(), "ccRNN, cerebellum": lesioned("cerebellum"),
            "ccRNN, factor 0": lesioned("none", 0.0), "ccRNN, olive": lesioned("olive"),
            "cRNN, which never had one": without()}
    for words, values in rows.items():
        print(f"{words:39}" + "".join(f"{spread(values[i], 2):22}" for i in (0, 2, 8)).rstrip())


def table_of_use() -> None:
    """Print what silencing a cerebellum during one trial does in both models, with nothing learned."""
    network = trained().network
    draws = DecoupledNetwork(network.config)
    for name, weight in draws.weights().items():
        weight.data.copy_(getattr(network, name).detach())
        if network.group(name) == "cerebellum":
            weight.data.zero_()
    loop, task = ccdyn.load_trained("association"), ccdyn.DelayedAssociation()
    test = task.batch(200, ccdyn.make_generators(loop.config.seeds, "test"), "test")
    print(f"{'in use, nothing is learned':54}{'whole':24}silenced")
    print(f"{'predicts the output (lab 10), share of right answers':54}" + "".join(
        f"{spread(ccdyn.evaluate(loop, test, silence)['accuracy'], 2):24}"
        for silence in (None, ccdyn.Silence())).rstrip())
    print(f"{'predicts the error (this lab), test error':54}" + "".join(
        f"{spread(error(each), 2):24}" for each in (network, draws)).rstrip())
