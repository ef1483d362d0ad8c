"""Lab 06, sequential MNIST: is it feedback, or just a better readout?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

import ccdyn
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.exercise import Choice, function, some
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import bars, describe, digits, spread, sweep

LAB = "06"
CHANCE = 0.1
PLAIN = ccdyn.SequentialMNIST(n_train=6000)
HELD = ccdyn.SequentialMNIST(n_train=6000, blank_steps=12, teacher=(-18, None))
SIZES = {"n_cortex": 100, "expansion": 5}
TRAINING = {"tau": 3, "lr": 1e-2, "batch_size": 50, "batches_per_session": 50}
N_SESSIONS = 2
NOISE = 0.05    # standard deviation with which a decoder reads a rate; finer traces of a memory count as lost
WINDOW = 4      # rows that are silenced together


# A digit becomes a stimulus

@function(LAB, returns={"x": ("trial", "time step", "input")}, hints=(
    "The pictures are nearly what is wanted: their first row comes in at the first step. Only blank rows are missing.",
    "Blank rows are zeros, as wide as a picture: images.new_zeros(len(images), n_blank, images.shape[2]).",
    "torch.cat([first, second], 1) puts two tensors one after the other along axis 1, which is time.",
), well_done="A picture has become something that happens.")
def rows(images, n_blank):
    """One row a time step from the top, then n_blank rows of zeros: x (trial, time step, input)."""
    blank = images.new_zeros(len(images), n_blank, images.shape[2])
    return torch.cat([images, blank], 1)


@rows.cases
def _() -> Iterator[dict]:
    yield {"images": some(3, 5, 4).abs(), "n_blank": 2}
    yield {"images": some(4, 6, 7, seed=1).abs(), "n_blank": 3}


@rows.mistake("rows and columns are swapped, so that the picture is read from left to right")
def _(images, n_blank):
    return rows(images.mT, n_blank)


@rows.mistake("rows and columns are swapped, and the blank rows are as wide as they were before")
def _(images, n_blank):
    return torch.cat([images.mT, images.new_zeros(len(images), n_blank, images.shape[2])], 1)


@rows.mistake("the picture is read from the bottom; its first row is the one at the top")
def _(images, n_blank):
    return rows(images.flip(1), n_blank)


@rows.mistake("28 is written in; take the width of a picture from images.shape[2]")
def _(images, n_blank):
    return torch.cat([images, images.new_zeros(len(images), n_blank, 28)], 1)


@rows.mistake("the blank rows come before the digit; then there is nothing to hold")
def _(images, n_blank):
    return torch.cat([images.new_zeros(len(images), n_blank, images.shape[2]), images], 1)


@rows.mistake("blank columns are added, not rows: time is axis 1")
def _(images, n_blank):
    return torch.cat([images, images.new_zeros(len(images), images.shape[1], n_blank)], 2)


@rows.mistake("the blank rows are missing")
def _(images, n_blank):
    return images.clone()


@rows.mistake("the blank rows are full of ink; paper is 0")
def _(images, n_blank):
    return torch.cat([images, images.new_ones(len(images), n_blank, images.shape[2])], 1)


@rows.mistake("the last row is repeated instead of blank ones, so that something still comes in")
def _(images, n_blank):
    return torch.cat([images, images[:, -1:].expand(-1, n_blank, -1)], 1)


@rows.mistake("time and trials are the wrong way round; the result is (trial, time step, input)")
def _(images, n_blank):
    return rows(images, n_blank).transpose(0, 1)


# When somebody speaks

@function(LAB, returns={"taught": ("trial", "time step"), "scored": ("trial", "time step")}, hints=(
    "Both begin as zeros: one row a trial, one column a time step, x.new_zeros(x.shape[:2]).",
    "start and stop are meant as in a slice, so Python does the counting: taught[:, start:stop] = 1.",
    "Scored is the last step only, whatever is taught: scored[:, -1] = 1. Then return taught, scored.",
), well_done="What lies between the first word of the teacher and the score, a network must carry by itself.")
def mask(x, start, stop):
    """1 where the teacher speaks, steps start:stop, else 0; and 1 where it is scored, the last step, else 0."""
    taught, scored = x.new_zeros(x.shape[:2]), x.new_zeros(x.shape[:2])
    taught[:, start:stop] = 1
    scored[:, -1] = 1
    return taught, scored


@mask.cases
def _() -> Iterator[dict]:
    for seed, (n_steps, start, stop) in enumerate(((40, -18, None), (9, 2, 6), (28, -1, None))):
        yield {"x": some(3 + seed, n_steps, 4, seed=seed), "start": start, "stop": stop}


def _ones(x: Tensor, first: int, stop: int) -> Tensor:
    steps = torch.arange(x.shape[1])
    return ((steps >= first) & (steps < stop)).to(x.dtype).expand(len(x), -1)


def _off_by_one(words: str, earlier: int, later: int) -> None:
    def wrong(x, start, stop):
        first, last = slice(start, stop).indices(x.shape[1])[:2]
        return _ones(x, first + earlier, last + later), mask(x, start, stop)[1]
    mask.mistake(words)(wrong)


_off_by_one("the teacher begins one step too late", 1, 0)
_off_by_one("the teacher begins one step too early", -1, 0)
_off_by_one("the teacher stops one step too early; with stop None the last step is taught too", 0, -1)
_off_by_one("the teacher goes on for one step too many: a slice ends before its stop", 0, 1)


@mask.mistake("the teacher speaks at every step; it should only speak from start to stop")
def _(x, start, stop):
    return torch.ones_like(x[..., 0]), mask(x, start, stop)[1]


@mask.mistake("a start of -18 is taken for the first 18 steps; it counts from the end")
def _(x, start, stop):
    return _ones(x, *((0, -start) if start < 0 else (start, stop))), mask(x, start, stop)[1]


@mask.mistake("what is taught is also scored; the score is that of the last step alone")
def _(x, start, stop):
    return (mask(x, start, stop)[0],) * 2


@mask.mistake("the last taught step is scored; it is the last of the trial")
def _(x, start, stop):
    last = slice(start, stop).indices(x.shape[1])[1]
    return mask(x, start, stop)[0], _ones(x, last - 1, last)


@mask.mistake("the two are swapped: taught comes first, then scored")
def _(x, start, stop):
    return mask(x, start, stop)[::-1]


@mask.mistake("the ones stand along axis 0, which is trials; taught[:, start:stop] is time")
def _(x, start, stop):
    return tuple(each.mT for each in mask(x.transpose(0, 1), start, stop))


# What could be known

@function(LAB, returns={"accuracy": ("time step",)}, hints=(
    "It is lab 01's decoder once for each time step: fit to rates[:, t], try on other_rates[:, t].",
    "Wanted, at every step the same: torch.nn.functional.one_hot(labels).to(rates.dtype), (trial, digit). "
    "D is torch.linalg.lstsq(rates[:, t], wanted).solution.",
    "The answer is the digit with the largest score: said = (other_rates[:, t] @ D).argmax(-1). How often is it right?",
    "(said == other_labels).to(rates.dtype).mean() is the accuracy of one step; torch.stack(accuracy) joins a list.",
), well_done="It tells what a state holds, not what the network makes of it.")
def decoder_by_row(rates, labels, other_rates, other_labels):
    """For every time step the share of the other trials that a linear decoder of that step's rates names right."""
    wanted = torch.nn.functional.one_hot(labels).to(rates.dtype)
    accuracy = []
    for t in range(rates.shape[1]):
        D = torch.linalg.lstsq(rates[:, t], wanted).solution
        said = (other_rates[:, t] @ D).argmax(-1)
        accuracy.append((said == other_labels).to(rates.dtype).mean())
    return torch.stack(accuracy)


@decoder_by_row.cases
def _() -> Iterator[dict]:
    for classes, steps, units in ((4, 5, 7), (3, 6, 5)):     # digits become clearer from step to step
        labels, other = torch.arange(60) % classes, (torch.arange(33) * 2) % classes
        signal, clear = some(classes, units, seed=classes), torch.linspace(0.2, 2, steps)[None, :, None]
        yield {"rates": signal[labels][:, None] * clear + some(60, steps, units, seed=1), "labels": labels,
               "other_rates": signal[other][:, None] * clear + some(33, steps, units, seed=2), "other_labels": other}


def _said(rates: Tensor, labels: Tensor, other: Tensor, axis: int = -1) -> Tensor:
    wanted = one_hot(labels).to(rates.dtype)
    scores = [other[:, t] @ torch.linalg.lstsq(rates[:, t], wanted).solution for t in range(rates.shape[1])]
    return torch.stack(scores, 1).argmax(axis)


@decoder_by_row.mistake("the number of the digit is the wanted answer; an 8 is not twice a 4, so give each "
                        "a column of its own")
def _(rates, labels, other_rates, other_labels):
    number = labels[:, None].to(rates.dtype)
    said = [other_rates[:, t] @ torch.linalg.lstsq(rates[:, t], number).solution for t in range(rates.shape[1])]
    return torch.stack([(each[:, 0].round() == other_labels).to(rates.dtype).mean() for each in said])


@decoder_by_row.mistake("the decoder is tried on the very trials to which it was fitted; it knows those by heart")
def _(rates, labels, other_rates, other_labels):
    return decoder_by_row(rates, labels, rates, labels)


@decoder_by_row.mistake("fitted and tried trials are swapped: fit to rates and labels, try on the other ones")
def _(rates, labels, other_rates, other_labels):
    return decoder_by_row(other_rates, other_labels, rates, labels)


@decoder_by_row.mistake("the decoder hears all steps up to t; a network at step t has only the rates of step t")
def _(rates, labels, other_rates, other_labels):
    def up_to(r, t):
        return r[:, :t + 1].flatten(1)[:, None]
    return torch.cat([decoder_by_row(up_to(rates, t), labels, up_to(other_rates, t), other_labels)
                      for t in range(rates.shape[1])])


@decoder_by_row.mistake("one decoder, fitted to the last step, is used at every step; make one for each")
def _(rates, labels, other_rates, other_labels):
    return decoder_by_row(rates[:, -1:].expand_as(rates), labels, other_rates, other_labels)


@decoder_by_row.mistake("the largest score is looked for along the wrong axis: digits are the last one, argmax(-1)")
def _(rates, labels, other_rates, other_labels):
    return (_said(rates, labels, other_rates, 1) == other_labels[:, None]).to(rates.dtype).mean(0)


@decoder_by_row.mistake("the mean is also taken over time; keep one number for each step")
def _(rates, labels, other_rates, other_labels):
    return decoder_by_row(rates, labels, other_rates, other_labels).mean()


@decoder_by_row.mistake("the mean is taken over time and not over trials; keep one number for each step")
def _(rates, labels, other_rates, other_labels):
    return (_said(rates, labels, other_rates) == other_labels[:, None]).to(rates.dtype).mean(1)


@decoder_by_row.mistake("right answers are counted; divide by how many trials were tried")
def _(rates, labels, other_rates, other_labels):
    return decoder_by_row(rates, labels, other_rates, other_labels) * len(other_labels)


@decoder_by_row.mistake("this is the share of wrong answers")
def _(rates, labels, other_rates, other_labels):
    return 1 - decoder_by_row(rates, labels, other_rates, other_labels)


# Stretch: is the control a fair one?

@function(LAB, returns={"cerebellar": (), "control": ()}, hints=(
    "The cortex is frozen: W_ih, W_hh and W_ch, by which the cerebellum reaches it, do not learn.",
    "Every granule cell has a mossy-fibre weight from each cortical unit and a parallel-fibre weight to each output.",
    "The network with the cerebellum also has a linear readout, n_out * n_cortex weights and n_out biases; in the "
    "control the granule cells are the readout.",
), well_done="The control has a little less to learn with, and no loop.")
def count_learned(n_cortex, n_granule, n_out):
    """How many numbers learn: cerebellar feedback with a linear readout; the control, with a granule readout."""
    granule = n_granule * (n_cortex + n_out)
    return granule + n_out * (n_cortex + 1), granule


@count_learned.cases
def _() -> Iterator[dict]:
    yield {"n_cortex": 20, "n_granule": 60, "n_out": 4}
    yield {"n_cortex": 7, "n_granule": 30, "n_out": 3}


@count_learned.mistake("W_ch is counted; like all that enters the cortex it is frozen")
def _(n_cortex, n_granule, n_out):
    cerebellar, control = count_learned(n_cortex, n_granule, n_out)
    return cerebellar + n_cortex * n_out, control


@count_learned.mistake("W_hh is counted; the cortex is frozen")
def _(n_cortex, n_granule, n_out):
    return tuple(number + n_cortex**2 for number in count_learned(n_cortex, n_granule, n_out))


@count_learned.mistake("W_hh is counted where the cerebellum is; the cortex is frozen in both")
def _(n_cortex, n_granule, n_out):
    cerebellar, control = count_learned(n_cortex, n_granule, n_out)
    return cerebellar + n_cortex**2, control


@count_learned.mistake("the control has biases; only the linear readout has them")
def _(n_cortex, n_granule, n_out):
    cerebellar, control = count_learned(n_cortex, n_granule, n_out)
    return cerebellar, control + n_out


@count_learned.mistake("the cerebellum has biases; only the linear readout has them")
def _(n_cortex, n_granule, n_out):
    cerebellar, control = count_learned(n_cortex, n_granule, n_out)
    return cerebellar + n_out, control


@count_learned.mistake("granule cells have biases; only the linear readout has them")
def _(n_cortex, n_granule, n_out):
    return tuple(number + n_granule for number in count_learned(n_cortex, n_granule, n_out))


@count_learned.mistake("parallel fibres have a bias; they have none, only the linear readout does")
def _(n_cortex, n_granule, n_out):
    cerebellar, control = count_learned(n_cortex, n_granule, n_out)
    return cerebellar + n_out, control + n_out


@count_learned.mistake("the biases of the linear readout are missing")
def _(n_cortex, n_granule, n_out):
    cerebellar, control = count_learned(n_cortex, n_granule, n_out)
    return cerebellar - n_out, control


@count_learned.mistake("the control has a linear readout as well; its granule cells are its readout")
def _(n_cortex, n_granule, n_out):
    return (count_learned(n_cortex, n_granule, n_out)[0],) * 2


@count_learned.mistake("mossy fibres do not learn; here they do, so count W_mf as well")
def _(n_cortex, n_granule, n_out):
    return n_granule * n_out + n_out * (n_cortex + 1), n_granule * n_out


# What follows, and what does not

what_follows = Choice(LAB, "what_follows", "Cerebellar feedback beats a linear readout. It follows that", {
    "a": ("the loop is needed",
          "It may be. But the cerebellum also brought 500 rectified granule cells, which the linear readout does not "
          "have. Two things differ, so neither is shown yet."),
    "b": ("the loop helps, or the granule cells do; this comparison cannot tell which",
          "Then the next network to train has the granule cells and no loop."),
    "c": ("the cortex has learned to read", "The cortex is frozen; only the readout and the cerebellum learned."),
    "d": ("nothing: one network of a kind differs from the next as much as the two kinds do",
          "Not so fast: a seed gives both kinds the same cortex and the same digits. Compare them dot by dot."),
}, right="b")

what_silence_shows = Choice(
    LAB, "what_silence_shows", "Silenced networks read worse than those that never had a cerebellum, since", {
    "a": ("a cerebellum does harm", "While it is heard it helps. It is its sudden absence that harms."),
    "b": ("their cortex forgot how to do without", "The cortex is frozen: seed by seed it is the same in both."),
    "c": ("their readout was taught on a cortex that hears a cerebellum, and now meets another one",
          "So silencing tells how much a network relies on its loop, not how well it could do without."),
    "d": ("digits were stored in the cerebellum", "Silencing changes no weight, and the digits of a test are new."),
}, right="c")

is_it_chance = Choice(
    LAB, "is_it_chance", "A readout names 0.1135 of 10,000 test digits right; 1,135 of them are ones. This readout", {
    "a": ("beats guessing, which gives 0.1", "Guessing blindly gives 0.1. There is a lazier way that gives more."),
    "b": ("has learned to know a one", "Then it would know what is not a one, and the others get their share."),
    "c": ("most likely says \"one\" to everything, and knows nothing",
          "Always naming the most frequent digit is the level to beat: 0.1135 here."),
    "d": ("is below chance, which is 0.5", "0.5 is chance where there are two answers. Here there are ten."),
}, right="c")


# What the lab shows

def show_trials(my_rows: Callable, my_mask: Callable) -> None:
    """Five digits to be held, as the student's functions make them; what is not there yet comes from ours."""
    stored = ccdyn.data.load_digits()
    images, labels = stored.test_images[:5].unflatten(1, (28, 28)) / 255, stored.test_labels[:5]
    x = rows(images, 12)
    taught, scored = mask(x, -18, None)
    mine, spoken = attempt(my_rows, images, 12), attempt(my_mask, x, -18, None)
    spoken = spoken[0] if isinstance(spoken, tuple) and spoken else None
    whose = {"rows": _fits(mine, x), "mask": _fits(spoken, taught) and bool(spoken.any(1).all())}
    x, taught = mine if whose["rows"] else x, spoken if whose["mask"] else taught
    missing = "ours; yours is missing or does not fit"
    print("; ".join(f"{name}: {'yours' if fits else missing}" for name, fits in whose.items()))
    first, *_, last = taught[0].nonzero()[:, 0].tolist()
    show(digits(HELD, ccdyn.Batch(x, labels[:, None].expand(-1, 40), taught, scored)),
         f"Five digits, one row a time step from top to bottom, then blank rows. A bar marks steps {first} to {last}, "
         "at which the teacher names the digit, a dot the last step, whose answer counts.")


def _fits(mine: object, ours: Tensor) -> bool:
    return isinstance(mine, Tensor) and mine.shape == ours.shape


def train(task: ccdyn.SequentialMNIST, alpha: float, architectures: Sequence[str]) -> dict[str, ccdyn.TrainState]:
    """Train three networks with the student's own seeds for 100 batches; their training states by architecture."""
    network = {"alpha": alpha, "seeds": progress.seeds(3), **SIZES}
    return ccdyn.compare(task, N_SESSIONS, architectures, network, **TRAINING)


def accuracy(states: Mapping[str, ccdyn.TrainState]) -> dict[str, np.ndarray]:
    """On 1,000 test digits, of each network, (seed,); states that have not moved since are not tested again."""
    return {name: _accuracy(state, state.batches_done) for name, state in states.items()}


@lru_cache(maxsize=32)
def _accuracy(state: ccdyn.TrainState, batches_done: int) -> np.ndarray:
    return ccdyn.score({"": state})[""]


def show_accuracy(groups: Mapping[str, Mapping[str, ccdyn.TrainState]]) -> None:
    """A group of bars for each task, a dot for each network."""
    values = {name: accuracy(states) for name, states in groups.items()}
    show(bars({name.replace(", ", "\n"): each for name, each in values.items()}, "accuracy on 1,000 test digits",
              CHANCE),
         " ".join(describe(f"Accuracy, {name}", each, 2) for name, each in values.items()))


def silenced(states: Mapping[str, ccdyn.TrainState], first: int, last: int, n: int = 1000) -> np.ndarray:
    """Accuracy of each network with cerebellar feedback while c = 0 in rows first to last."""
    silence = ccdyn.Silence(start=first, stop=last + 1)
    return ccdyn.score({"": states["cerebellar feedback"]}, n, silence)[""]


def silence_table(states: Mapping[str, ccdyn.TrainState], *windows: tuple[int, int]) -> None:
    """Print how well networks read whose cerebellum is silenced in rows (first, last), and those without one."""
    intact = accuracy(states)
    print(f"cerebellum heard throughout     {spread(intact['cerebellar feedback'], 2)}")
    for first, last in windows:
        print(f"silenced in rows {first:2} to {last:2}       {spread(silenced(states, first, last), 2)}")
    print(f"never had one, linear readout   {spread(intact['no feedback'], 2)}")


def predict_silence(states: Mapping[str, ccdyn.TrainState]) -> PredictPanel:
    """Predict, then reveal: for which four rows a digit that is to be held needs the cerebellum."""
    first = torch.arange(0, HELD.n_steps, WINDOW)

    def dip(level: float, low: int, high: int) -> list[float]:
        return torch.where((first >= low) & (first <= high), level - 0.22, level).tolist()

    right = "the last rows of the digit, and the blank ones"
    return PredictPanel(
        "Silent for only four rows, then heard again: which rows matter?", first.tolist(),
        {"the first rows: there the digit begins": dip(0.33, 0, 4),
         "the rows with most ink: there is most to tell": dip(0.34, 8, 16),
         right: dip(0.35, 24, 36),
         "none: four rows are few, and it recovers": dip(0.36, 99, 99)},
        lambda: (silenced(states, row, row + WINDOW - 1, 500) for row in first.tolist()), right=right,
        why="Nobody taught the cerebellum to say anything before row 20. From there on it carries what the cortex "
            "forgets; and little of what is lost for four rows comes back, as nothing is left to predict it from.",
        xlabel="first of the four silenced rows (28 to 39 are blank)", ylabel="share of digits named right",
        kept=progress.predicted)


def lived(state: ccdyn.TrainState, noise: float = NOISE, n: int = 1000) -> tuple[Tensor, Tensor, Tensor]:
    """What a decoder reads of test digits, (network, trial, row, unit); what the networks say; and the labels."""
    seeds = state.network.config.seeds
    test = state.task.split_batch("test", 0, n, ccdyn.make_generators(seeds, "test"))
    record = ccdyn.run(state.network, test.x)
    drawn = torch.randn(record.rate.shape, generator=torch.Generator().manual_seed(0))
    return record.rate + noise * drawn, record.readout.argmax(-1), test.target[0, :, 0]


def halves(rates: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of one network: rates and labels to fit a decoder, and others to try it on."""
    half = len(labels) // 2
    return rates[:half], labels[:half], rates[half:], labels[half:]


def show_knowledge(decoder: Callable, states: Mapping[str, ccdyn.TrainState]) -> None:
    """Row by row: what networks with a cerebellum answer, what decoders know, and what the student's decoder finds."""
    curves = {}
    for name in ("cerebellar feedback", "no feedback"):
        rates, said, labels = lived(states[name])
        given = [halves(each, labels) for each in rates]
        if name == "cerebellar feedback":
            curves[f"{name}, answer"] = (said == labels[:, None]).double().mean(1).T
        curves[f"{name}, decoder"] = torch.stack([decoder_by_row(*each) for each in given], 1)
        yours = attempt(decoder, *given[0])
        if name == "cerebellar feedback" and _fits(yours, curves[f"{name}, decoder"][:, 0]):
            if 0 <= yours.min() and yours.max() <= 1:
                curves["your decoder, one network"] = yours[:, None]
            else:
                print(f"Your decoder gives numbers up to {yours.max():g}; a share of trials lies between 0 and 1.")
    figure = sweep(range(HELD.n_steps), curves, "row (28 to 39 are blank)", "accuracy", CHANCE)
    figure.set_size_inches(9.5, 4)
    figure.axes[0].get_legend().set(loc="upper left", bbox_to_anchor=(1.12, 1))
    show(figure, "Accuracy row by row. " + " ".join(
        f"{name}: " + ", ".join(f"{spread(each[row], 2)} at row {row}" for row in (10, 20, 27, 39)) + "."
        for name, each in curves.items()))


def trace_table(states: Mapping[str, ccdyn.TrainState], at: Sequence[int] = (12, 27, 39)) -> None:
    """Print what is left of a digit without feedback, and how well it can be read exactly and with noise."""
    (exact, _, labels), (noisy, *_) = (lived(states["no feedback"], noise) for noise in (0, NOISE))
    print(f"row  rates differ by  decoded from exact rates  with noise of {NOISE}")
    for t in at:
        known = [[decoder_by_row(*halves(each[:, t:t + 1], labels)).item() for each in rates]
                 for rates in (exact, noisy)]
        print(f"{t:3}  {exact[:, :, t].std(1).mean():15.4f}  {spread(known[0], 2):24}  {spread(known[1], 2)}")
