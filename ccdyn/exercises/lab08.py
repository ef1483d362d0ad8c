"""Lab 08, drawing digits: one window, or many at once?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ccdyn.exercises.exercise import Choice, function, some

LAB = "08"


# Where the pen is

@function(LAB, returns={"path": ("time step", "output")}, hints=(
    "Go through the segments with zip(corners[:-1], corners[1:], steps): from corner a to corner b in n steps.",
    "On a segment of n steps the pen has gone the share k / n of the way at its step k, and k runs from 0 to n - 1: b "
    "itself is the first step of the next segment.",
    "A segment's points are [a + (b - a) * k / n for k in range(n)]; add them to a list.",
    "After the loop the very last corner is still missing: torch.stack([*path, corners[-1]]).",
), well_done="At a corner the direction jumps from one step to the next: nothing in the step before announces it.")
def walk(corners, steps):
    """Where the pen is at each time step, (time, 2), if it goes from corner i to corner i + 1 in steps[i] steps."""
    path = []
    for a, b, n in zip(corners[:-1], corners[1:], steps):
        path += [a + (b - a) * k / n for k in range(n)]
    return torch.stack([*path, corners[-1]])


@walk.cases
def _() -> Iterator[dict]:
    yield {"corners": some(4, 2), "steps": (3, 2, 4)}
    yield {"corners": some(3, 2, seed=1), "steps": (2, 5)}


def _walk(corners: Tensor, steps: tuple, share: Callable = lambda k, n: k / n, last: bool = True,
          points: Callable = range) -> Tensor:
    """``walk`` with other shares of the way, other points on a segment, or without the last corner."""
    path = [a + (b - a) * share(k, n) for a, b, n in zip(corners[:-1], corners[1:], steps) for k in points(n)]
    return torch.stack([*path, *([corners[-1]] if last else [])])


for words, wrong in {
    "the last corner is missing; no segment holds its own end": lambda *given: _walk(*given, last=False),
    "each segment holds its end as well, so the pen stands at every corner for two steps":
        lambda *given: _walk(*given, points=lambda n: range(n + 1), last=False),
    "each segment goes all the way to its end (as with linspace(0, 1, n)), so the pen stands at every corner for two "
    "steps; a share is k / n": lambda *given: _walk(*given, lambda k, n: k / max(n - 1, 1)),
    "each segment goes all the way to its end (as with linspace(0, 1, n)) and nothing is added after the last; a share "
    "is k / n, and the last corner comes at the end": lambda *given:
        _walk(*given, lambda k, n: k / max(n - 1, 1), last=False),
    "a segment begins with its first step behind it; the pen starts on the corner, k is 0 there":
        lambda *given: _walk(*given, lambda k, n: (k + 1) / n),
    "each segment is walked from its end to its beginning": lambda *given: _walk(*given, lambda k, n: 1 - k / n),
    "the pen stays at a corner and then jumps to the next; it should move a little in each step":
        lambda *given: _walk(*given, lambda k, n: 0),
    "all segments take as many steps as the first": lambda corners, steps: _walk(corners, [steps[0]] * len(steps)),
    "the pen eases in and out as in line drawing; here the pace on a segment is constant":
        lambda *given: _walk(*given, lambda k, n: (1 - torch.cos(torch.tensor(torch.pi * k / n))) / 2),
    "a is missing: each segment begins at the origin": lambda corners, steps: torch.stack(
        [(b - a) * k / n for a, b, n in zip(corners[:-1], corners[1:], steps) for k in range(n)] + [corners[-1]]),
    "b is taken for the way from a to b; that is b - a": lambda corners, steps: torch.stack(
        [a + b * k / n for a, b, n in zip(corners[:-1], corners[1:], steps) for k in range(n)] + [corners[-1]]),
}.items():
    walk.mistake(words)(wrong)


# Who is taught what, several windows at once

@function(LAB, returns={"table": "rows"}, hints=(
    "One window tau of lab 03: what is said at step s is taught the target of step s - 1 + tau. Here slice j has the "
    "window j.",
    "So a row is (s, s - 1, s, s + 1, ...) and its last entry, that of slice tau, is s - 1 + tau.",
    "The first row has s = 1. The last has s - 1 + tau = n_steps - 1, and range(1, end) stops one before its end.",
    "[(s, *range(s - 1, s + tau)) for s in range(1, ...)]: the star writes the numbers of a range one by one.",
), well_done="Each row is the row above, one step on: the slices say the same things, at different times.")
def basis(n_steps, tau):
    """Tuples (s, t_0, ..., t_tau), s = 1, 2, ...: what slice j says at step s is taught the target of step t_j."""
    return [(s, *range(s - 1, s + tau)) for s in range(1, n_steps - tau + 1)]


@basis.cases
def _() -> Iterator[dict]:
    for n_steps, tau in ((6, 2), (9, 4), (5, 1), (7, 3)):
        yield {"n_steps": n_steps, "tau": tau}


for words, wrong in {
    "every target is one step too late; windows count from the state that the cerebellum saw, one step before s, so "
    "slice 0 is taught the past and slice 1 what is now":
        lambda n, tau: [(s, *range(s, s + tau + 1)) for s in range(1, n - tau)],
    "every target is one step too late, and the last row goes beyond the end":
        lambda n, tau: [(s, *range(s, s + tau + 1)) for s in range(1, n - tau + 1)],
    "every target is one step too early; slice 0 is taught the target of step s - 1":
        lambda n, tau: [(s, *range(s - 2, s + tau - 1)) for s in range(1, n - tau + 1)],
    "every target is one step too early, with rows to fill the trial; slice 0 is taught the target of step s - 1":
        lambda n, tau: [(s, *range(s - 2, s + tau - 1)) for s in range(2, n - tau + 2)],
    "the slices are in reverse order; slice 0 has window 0, and later slices look further ahead":
        lambda n, tau: [(s, *range(s + tau - 1, s - 2, -1)) for s in range(1, n - tau + 1)],
    "slice j is taught what was j steps before; it should be what is still to come":
        lambda n, tau: [(s, *range(s - 1, s - 2 - tau, -1)) for s in range(tau + 1, n + 1)],
    "slice j is taught what was j steps before s; it should be what is still to come":
        lambda n, tau: [(s, *range(s, s - 1 - tau, -1)) for s in range(tau, n)],
    "slice j is taught the target of step s - j; it should be what is still to come, from s - 1 on":
        lambda n, tau: [(s, *range(s, s - 1 - tau, -1)) for s in range(1, n - tau + 1)],
    "slice j is taught the target of step s - 1 - j; later slices look further ahead, so j is added":
        lambda n, tau: [(s, *range(s - 1, s - 2 - tau, -1)) for s in range(1, n - tau + 1)],
    "there is a pair for each slice; all slices of a step s stand in one tuple, behind s":
        lambda n, tau: [(s, s - 1 + j) for s in range(1, n - tau + 1) for j in range(tau + 1)],
    "there are pairs (s, t), for the last slice only; each tuple holds the steps of all slices":
        lambda n, tau: [(s, s - 1 + tau) for s in range(1, n - tau + 1)],
    "the last rows are taught the last target over and over where theirs would come after the end; they are left out":
        lambda n, tau: [(s, *(min(s - 1 + j, n - 1) for j in range(tau + 1))) for s in range(1, n)],
    "the last rows are taught the first targets, as if time were a circle; they are left out":
        lambda n, tau: [(s, *((s - 1 + j) % n for j in range(tau + 1))) for s in range(1, n)],
    "there are targets after the end of the trial; the last one is that of step n_steps - 1":
        lambda n, tau: [(s, *range(s - 1, s + tau)) for s in range(1, n)],
    "the last row is missing: range(1, n) ends with n - 1":
        lambda n, tau: [(s, *range(s - 1, s + tau)) for s in range(1, n - tau)],
    "the last slice is missing: windows 0 to tau are tau + 1 of them":
        lambda n, tau: [(s, *range(s - 1, s + tau - 1)) for s in range(1, n - tau + 1)],
    "slice 0 is missing: windows begin with 0, the target of the step before":
        lambda n, tau: [(s, *range(s, s + tau)) for s in range(1, n - tau + 1)],
    "there is a row for s = 0; slice 0 would need a target from before the trial, and there is none":
        lambda n, tau: [(s, *range(s - 1, s + tau)) for s in range(n - tau + 1)],
    "s is the step of the state; it is the step at which something is said, one later":
        lambda n, tau: [(s, *range(s, s + tau + 1)) for s in range(n - tau)],
    "the step s itself is missing in front of its targets":
        lambda n, tau: [tuple(range(s - 1, s + tau)) for s in range(1, n - tau + 1)],
    "each slice has the window tau; that is one window, written down several times":
        lambda n, tau: [(s, *[s - 1 + tau] * (tau + 1)) for s in range(1, n - tau + 1)],
}.items():
    basis.mistake(words)(wrong)


# The targets of one step

@function(LAB, returns={"wanted": ("trial", "channel")}, hints=(
    "Which steps? Your table says it: from s - 1 up to and with s - 1 + tau. Cut them out of target with a slice.",
    "target[:, s - 1:s + tau] is (trial, slice, output). All channels of slice 0 come first, then all of slice 1.",
    "flatten(1) joins all axes from the second on, in just this order.",
), well_done="Channels 0 and 1 are the x and y of slice 0, channels 2 and 3 those of slice 1, and so on.")
def slice_targets(target, s, tau):
    """What all slices are taught at step s, (trial, channel), from target (trial, time, output): slice after slice."""
    return target[:, s - 1:s + tau].flatten(1)


@slice_targets.cases
def _() -> Iterator[dict]:
    # As many trials that (trial, channel) is never (channel, trial) of a wrong number of outputs.
    for trials, steps, s, tau, outputs in ((11, 9, 4, 2, 2), (10, 8, 5, 1, 3), (13, 7, 3, 3, 2)):
        yield {"target": some(trials, steps, outputs, seed=steps), "s": s, "tau": tau}


for words, wrong in {
    "all is one step too late; slice 0 is taught the target of step s - 1":
        lambda target, s, tau: target[:, s:s + tau + 1].flatten(1),
    "all is one step too early; slice 0 is taught the target of step s - 1":
        lambda target, s, tau: target[:, s - 2:s + tau - 1].flatten(1),
    "the slices are in reverse order; slice 0 comes first": lambda target, s, tau:
        target[:, s - 1:s + tau].flip(1).flatten(1),
    "each output has its slices side by side, all x first and then all y; it should be slice after slice":
        lambda target, s, tau: target[:, s - 1:s + tau].transpose(1, 2).flatten(1),
    "the last slice is missing; a slice of a tensor ends before the number behind its colon":
        lambda target, s, tau: target[:, s - 1:s + tau - 1].flatten(1),
    "slice 0 is missing; it is taught the target of step s - 1": lambda target, s, tau:
        target[:, s:s + tau].flatten(1),
    "the slices are still an axis of their own; the cerebellum has one row of channels, so flatten them":
        lambda target, s, tau: target[:, s - 1:s + tau],
    "trials are joined as well; flatten(1) leaves the first axis alone": lambda target, s, tau:
        target[:, s - 1:s + tau].flatten(),
    "every slice gets the target of the last window": lambda target, s, tau:
        target[:, s - 1 + tau].repeat(1, tau + 1),
    "it looks back: slice j gets the target of j steps before": lambda target, s, tau:
        torch.cat([target[:, s - 1 - j] for j in range(tau + 1)], 1),
    "s and the slice are taken from the first axis; that holds trials, time is the second":
        lambda target, s, tau: target[s - 1:s + tau].flatten(1),
    "target[s - 1 + j] is taken for step s - 1 + j; it is a trial, and target[:, s - 1 + j] is a step of all trials":
        lambda target, s, tau: torch.cat([target[s - 1 + j] for j in range(tau + 1)], 1),
    "target[s - 1] is taken for a step; it is a trial, and target[:, s - 1] is a step of all trials":
        lambda target, s, tau: target[s - 1],
    "slices are stacked along a new first axis; side by side they are torch.cat([...], 1)":
        lambda target, s, tau: torch.stack([target[:, s - 1 + j] for j in range(tau + 1)]),
    "slices are stacked along a new axis; side by side they are torch.cat([...], 1)":
        lambda target, s, tau: torch.stack([target[:, s - 1 + j] for j in range(tau + 1)], 2),
    "slices are put below each other, as more trials; side by side they are torch.cat([...], 1)":
        lambda target, s, tau: torch.cat([target[:, s - 1 + j] for j in range(tau + 1)]),
    "it looks back: slice j gets the target of step s - j; it should be s - 1 + j":
        lambda target, s, tau: torch.cat([target[:, s - j] for j in range(tau + 1)], 1),
    "two outputs are written in; there may be another number of them, target.shape[2]":
        lambda target, s, tau: target[:, s - 1:s + tau, :2].flatten(1),
    "two outputs are written in and the rest becomes more trials; flatten(1) leaves the number of trials alone":
        lambda target, s, tau: target[:, s - 1:s + tau].reshape(-1, 2 * (tau + 1)),
}.items():
    slice_targets.mistake(words)(wrong)


# One slice less

@function(LAB, returns={"c": ("trial", "channel")}, hints=(
    "Slice j has the n_out channels from j * n_out on.",
    "Make a copy first, c = c.clone(), or the caller's c is changed as well.",
    "Then c[:, j * n_out:(j + 1) * n_out] = 0, and return c.",
), well_done="The cortex does not know that they are slices: it hears channels, through weights drawn at random.")
def without_slice(c, j, n_out):
    """What is left of c (trial, channel) if slice j is silent: its n_out channels are 0, all others as they were."""
    c = c.clone()
    c[:, j * n_out:(j + 1) * n_out] = 0
    return c


@without_slice.cases
def _() -> Iterator[dict]:
    for trials, slices, j, n_out in ((5, 4, 1, 2), (7, 3, 2, 3), (11, 3, 1, 2)):
        yield {"c": some(trials, slices * n_out, seed=j), "j": j, "n_out": n_out}


def _only(c: Tensor, channels: range | set, left: float = 0.0) -> Tensor:
    return torch.stack([left * c[:, i] if i in channels else (1 - left) * c[:, i] for i in range(c.shape[1])], 1)


for words, wrong in {
    "a single channel is silenced; a slice has n_out of them": lambda c, j, n_out: _only(c, {j}),
    "a single channel is silenced, the first of the slice; a slice has n_out of them":
        lambda c, j, n_out: _only(c, {j * n_out}),
    "the n_out channels from j on are silenced; slice j begins at channel j * n_out":
        lambda c, j, n_out: _only(c, range(j, j + n_out)),
    "every channel of output j is silenced, one in each slice; channels stand slice after slice":
        lambda c, j, n_out: _only(c, range(j % n_out, c.shape[1], n_out)),
    "the outputs' channels are taken to stand side by side; here they stand slice after slice":
        lambda c, j, n_out: _only(c, range(j, c.shape[1], c.shape[1] // n_out)),
    "one channel too many is silenced; a slice of a tensor ends before the number behind its colon":
        lambda c, j, n_out: _only(c, range(j * n_out, (j + 1) * n_out + 1)),
    "two channels for each slice are written in; slice j has n_out of them, from j * n_out on":
        lambda c, j, n_out: _only(c, range(2 * j, 2 * j + 2)),
    "only slice j is heard; it is the one to be silent":
        lambda c, j, n_out: _only(c, range(j * n_out, (j + 1) * n_out), 1.0),
    "all slices from j on are silent": lambda c, j, n_out: _only(c, range(j * n_out, c.shape[1])),
    "all slices up to j are silent": lambda c, j, n_out: _only(c, range((j + 1) * n_out)),
    "slices are counted from 1; they are counted from 0": lambda c, j, n_out:
        _only(c, range((j - 1) * n_out, j * n_out)),
    "the slice is cut out; its channels stay, but are 0": lambda c, j, n_out:
        torch.cat([c[:, :j * n_out], c[:, (j + 1) * n_out:]], 1),
    "trials are silenced; channels are the second axis": lambda c, j, n_out:
        _only(c.T, range(j * n_out, (j + 1) * n_out)).T,
}.items():
    without_slice.mistake(words)(wrong)


# Questions

what_a_basis_knows = Choice(LAB, "what_a_basis_knows", "With a temporal basis of windows 0 to 3, the cortex hears", {
    "a": ("more of the future than with one window of 3", "Nothing reaches further ahead than the longest window, and "
          "a single window of 3 reaches just as far. Windows 0 to 2 add what is nearer."),
    "b": ("what the cerebellum said in the last four steps, so it has a longer memory",
          "Nothing is kept: all slices come from the same state, that of one step before, and are gone one step later. "
          "A memory would have to lie in the loop."),
    "c": ("four guesses made from one state, each about another step of the trial",
          "One state, one set of granule cells, and for each slice parallel fibres of its own. What differs between "
          "slices is only what they are taught."),
    "d": ("four cerebella, each with granule cells of its own", "They share granule cells and mossy fibres; only the "
          "parallel fibres (rows of W_pf) and the channels into the cortex (columns of W_ch) are their own."),
}, right="c")

two_at_once = Choice(LAB, "two_at_once", "Windows 0 to 3 and a single window 3 differ in", {
    "a": ("their windows, and nothing else", "Count the channels: four slices of two outputs are eight channels where "
          "one window has two. With them the feedback is louder, too, and each step of learning moves it more."),
    "b": ("their windows and the number of granule cells", "Granule cells are the same; each slice has parallel fibres "
          "of its own, from the same cells."),
    "c": ("their windows and the number of channels into the cortex", "Two factors at once. A control needs as many "
          "channels with one window: eight channels that all have the window 3 change only the second factor."),
    "d": ("nothing that matters, as both are trained equally long", "Equal sessions are needed, but not enough: look "
          "at the sizes of W_pf and W_ch."),
}, right="c")
