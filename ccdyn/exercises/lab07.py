"""Lab 07, switching: one cortex, two tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from ccdyn.exercises.exercise import Choice, function, some

LAB = "07"


# From context to context

@function(LAB, returns={"arrived": ("visit index",), "left": ("visit index",)}, hints=(
    "Keep a dictionary, cerebella = {}, with the cerebellum of each context that has been visited; the readout is one "
    "variable that goes on from visit to visit.",
    "On arrival: own = cerebella.get(context, drawn) is the context's cerebellum, or the one as it was drawn if the "
    "context is new. Test before you learn.",
    "readout, cerebella[context] = learn(context, readout, own) does the learning and keeps both.",
    "The second test comes after learning, with the new readout and with what is now in the dictionary. Both kinds of "
    "errors are collected in lists; torch.stack makes a tensor of each at the end.",
), well_done="A dictionary of cerebella and one readout: ccdyn.Contexts is that, with a switch.")
def visits(order, readout, drawn, learn, test):
    """Returns two tensors, arrived and left, one error for each visit (torch.stack of a list makes one)."""
    cerebella, arrived, left = {}, [], []
    for context in order:
        own = cerebella.get(context, drawn)
        arrived.append(test(context, readout, own))
        readout, cerebella[context] = learn(context, readout, own)
        left.append(test(context, readout, cerebella[context]))
    return torch.stack(arrived), torch.stack(left)


def small_world(goals: Mapping[str, float], heard: Tensor, drawn: Tensor) -> tuple[Callable, Callable]:
    """``learn`` and ``test`` where readout and cerebellum together are to reach a number, another in each context."""
    def missing(what: str, context: str, readout: Tensor, cerebellum: Tensor) -> Tensor:
        if not (isinstance(context, str) and isinstance(readout, Tensor) and isinstance(cerebellum, Tensor)
                and readout.shape != heard.shape == cerebellum.shape):
            early = any(isinstance(each, Tensor) and torch.equal(each, drawn) for each in (context, readout))
            raise ValueError(f"{what}(context, readout, cerebellum) is called with "
                             f"{'drawn before its last place' if early else 'other things in these places'}")
        return goals[context] - readout.sum() - cerebellum @ heard

    def learn(context: str, readout: Tensor, cerebellum: Tensor) -> tuple[Tensor, Tensor]:
        left = missing("learn", context, readout, cerebellum)
        return readout + 0.1 * left, cerebellum + 0.2 * left * heard

    def test(context: str, readout: Tensor, cerebellum: Tensor) -> Tensor:
        return missing("test", context, readout, cerebellum) ** 2

    learn.__qualname__, test.__qualname__ = "learn", "test"     # as errors name them
    return learn, test


@visits.cases
def _() -> Iterator[dict]:
    goals = {"straight": 2.0, "arcs": -3.0, "waves": 5.0}
    for order, sizes in ((["straight", "arcs", "straight", "arcs"], (2, 3)),
                         (["arcs", "waves", "arcs", "straight", "waves"], (1, 4))):
        drawn = some(sizes[1], seed=1)
        learn, test = small_world(goals, 1 + some(sizes[1], seed=2).abs(), drawn)
        yield {"order": order, "readout": some(sizes[0]), "drawn": drawn, "learn": learn, "test": test}


def _visited(order, readout, drawn, learn, test, at=None, start=None, own_readout=False, keep_readout=True):
    """``visits`` with something wrong in it; ``at`` says under which name a cerebellum is kept."""
    cerebella, readouts, arrived, left, last = {}, {}, [], [], drawn
    for context in order:
        name = (at or str)(context)
        own = cerebella.get(name, start(last) if start else drawn)
        here = readouts.get(context, readout) if own_readout else readout
        arrived.append(test(context, here, own))
        here, last = learn(context, here, own)
        readouts[context], cerebella[name] = here, last
        readout = here if keep_readout and not own_readout else readout
        left.append(test(context, here, last))
    return torch.stack(arrived), torch.stack(left)


@visits.mistake("all contexts have the same cerebellum; each should find its own again, cerebella[context]")
def _(*given):
    return _visited(*given, at=lambda context: "all")


@visits.mistake("every visit begins with the cerebellum as it was drawn; what was learned on an earlier visit is lost")
def _(order, readout, drawn, learn, test):
    return _visited(order, readout, drawn, learn, test, at=lambda context: object())


@visits.mistake("a new context begins with the cerebellum of the context before it; it should begin with drawn")
def _(*given):
    return _visited(*given, start=lambda last: last)


@visits.mistake("each context has a readout of its own; there is one readout, and it goes on from visit to visit")
def _(*given):
    return _visited(*given, own_readout=True)


@visits.mistake("each context finds the readout that it had left; there is one readout, and it goes on from visit to "
                "visit")
def _(order, readout, drawn, learn, test):
    kept, arrived, left = {}, [], []
    for context in order:
        readout, own = kept.get(context, (readout, drawn))
        arrived.append(test(context, readout, own))
        readout, own = kept[context] = learn(context, readout, own)
        left.append(test(context, readout, own))
    return torch.stack(arrived), torch.stack(left)


@visits.mistake("the test on arrival is made with the cerebellum of the visit before; it needs that of this context")
def _(order, readout, drawn, learn, test):
    cerebella, arrived, left, last = {}, [], [], drawn
    for context in order:
        arrived.append(test(context, readout, last))
        readout, last = learn(context, readout, cerebella.get(context, drawn))
        cerebella[context] = last
        left.append(test(context, readout, last))
    return torch.stack(arrived), torch.stack(left)


@visits.mistake("names of contexts are written in; order may hold any names, so make the entry of a context when it is "
                "visited first")
def _(order, readout, drawn, learn, test):
    kept = {"straight": drawn, "arcs": drawn}
    return _visited(order, readout, drawn, lambda context, *given: (kept[context], learn(context, *given))[1], test)


@visits.mistake("all contexts but straight have the same cerebellum; order may hold any names, each needs its own")
def _(*given):
    return _visited(*given, at=lambda context: "straight" if context == "straight" else "other")


@visits.mistake("all contexts but arcs have the same cerebellum; order may hold any names, each needs its own")
def _(*given):
    return _visited(*given, at=lambda context: "arcs" if context == "arcs" else "other")


@visits.mistake("a cerebellum is looked up that is not kept yet; on the first visit to a context begin with drawn, "
                "cerebella.get(context, drawn)")
def _(order, readout, drawn, learn, test):
    return {}[order[0]]


@visits.mistake("the next visit begins with the first readout again; it should go on with what learn has returned")
def _(*given):
    return _visited(*given, keep_readout=False)


@visits.mistake("the readout is frozen: what learn returns for it is never used, not even when the context is left")
def _(order, readout, drawn, learn, test):
    return _visited(order, readout, drawn, lambda *given: (readout, learn(*given)[1]), test)


@visits.mistake("the error on arrival is taken after learning; test once before and once after")
def _(*given):
    return (visits.solve(*given)[1],) * 2


@visits.mistake("the error on leaving is taken with what was there on arrival; test with what learn has returned")
def _(*given):
    return (visits.solve(*given)[0],) * 2


@visits.mistake("the error on leaving is taken with the new readout, but with the cerebellum as it was on arrival")
def _(order, readout, drawn, learn, test):
    cerebella, arrived, left = {}, [], []
    for context in order:
        own = cerebella.get(context, drawn)
        arrived.append(test(context, readout, own))
        readout, cerebella[context] = learn(context, readout, own)
        left.append(test(context, readout, own))
    return torch.stack(arrived), torch.stack(left)


@visits.mistake("the two have changed places; the errors on arrival come first")
def _(*given):
    return visits.solve(*given)[::-1]


@visits.mistake("what learn returns, or what a function is given after it, has changed places; the readout comes "
                "first, then the cerebellum")
def _(order, readout, drawn, learn, test):
    return _visited(order, readout, drawn, lambda *given: learn(*given)[::-1], test)


@visits.mistake("it ends after the first visit, as if the return stood inside of the loop")
def _(order, *given):
    return visits.solve(order[:1], *given)


# What does it cost to come back?

@function(LAB, returns={"share": ("network",)}, hints=(
    "Which error means that the first task is lost altogether? That of a pen that draws the other task's lines, and "
    "draws them perfectly.",
    "That error is a mean squared difference: lost = ((lines_1 - lines_2) ** 2).mean(), one number.",
    "0 stands for before, 1 for lost. How far from the one to the other is on_return?",
    "return (on_return - before) / (lost - before).",
), well_done="An error alone says little. Here its two ends are named: nothing lost, and the other task drawn instead.")
def forgotten(before, on_return, lines_1, lines_2):
    """The share of task 1 that is forgotten, (network,): 0 as before, 1 if the lines of task 2 are drawn instead."""
    lost = ((lines_1 - lines_2) ** 2).mean()
    return (on_return - before) / (lost - before)


@forgotten.cases
def _() -> Iterator[dict]:
    for networks, patterns, steps in ((3, 2, 5), (4, 3, 7)):
        yield {"before": 0.02 * some(networks).abs(), "on_return": 0.3 * some(networks, seed=1).abs(),
               "lines_1": some(patterns, steps, 2, seed=2), "lines_2": some(patterns, steps, 2, seed=3)}


def _share(before, on_return, lost):
    return (on_return - before) / (lost - before)


@forgotten.mistake("it says how many times larger the error has become; that also depends on how small it was before")
def _(before, on_return, lines_1, lines_2):
    return on_return / before


@forgotten.mistake("the growth is divided by before, as if that were the whole way; the way goes from before to lost")
def _(before, on_return, lines_1, lines_2):
    return (on_return - before) / before


@forgotten.mistake("0.0495 is written in; other lines are lost at another error, compute it from lines_1 and lines_2")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, 0.0495)


@forgotten.mistake("it is the difference alone; divide it by the difference between lost and before")
def _(before, on_return, lines_1, lines_2):
    return on_return - before


@forgotten.mistake("1 is not knowing the cue (staying at the origin); a pen that has lost task 1 draws the other lines")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, (lines_1 ** 2).mean())


@forgotten.mistake("1 is staying at the origin in task 2; it should be drawing task 2's lines where task 1's belong")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, (lines_2 ** 2).mean())


@forgotten.mistake("it is divided by lost; 1 should be reached at lost, so divide by lost - before")
def _(before, on_return, lines_1, lines_2):
    return (on_return - before) / ((lines_1 - lines_2) ** 2).mean()


@forgotten.mistake("squares are summed over x and y before the mean is taken; an error is the mean over all numbers")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, ((lines_1 - lines_2) ** 2).sum(-1).mean())


@forgotten.mistake("a root is taken; errors here are mean squares, without a root")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, ((lines_1 - lines_2) ** 2).mean().sqrt())


@forgotten.mistake("the sign is turned round; what is forgotten makes the error grow, on_return - before")
def _(before, on_return, lines_1, lines_2):
    return -forgotten.solve(before, on_return, lines_1, lines_2)


@forgotten.mistake("before is not taken off; it is 0 that should stand for before, so subtract it above and below")
def _(before, on_return, lines_1, lines_2):
    return on_return / ((lines_1 - lines_2) ** 2).mean()


@forgotten.mistake("it is cut off at 0 and 1; a pen may be further away than perfect lines of task 2 (above 1), or "
                   "better than before (below 0)")
def _(before, on_return, lines_1, lines_2):
    return forgotten.solve(before, on_return, lines_1, lines_2).clamp(0, 1)


@forgotten.mistake("it is the share that is left; the share that is forgotten is 1 minus that")
def _(before, on_return, lines_1, lines_2):
    return 1 - forgotten.solve(before, on_return, lines_1, lines_2)


@forgotten.mistake("the mean difference of the lines is squared; square first, then take the mean")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, (lines_1 - lines_2).mean() ** 2)


@forgotten.mistake("squares are summed; an error is their mean")
def _(before, on_return, lines_1, lines_2):
    return _share(before, on_return, ((lines_1 - lines_2) ** 2).sum())


@forgotten.mistake("every network is compared with the mean of all before; compare each with itself")
def _(before, on_return, lines_1, lines_2):
    return _share(before.mean(), on_return, ((lines_1 - lines_2) ** 2).mean())


@forgotten.mistake("the mean over networks is returned; keep every network, or the spread is lost")
def _(before, on_return, lines_1, lines_2):
    return forgotten.solve(before, on_return, lines_1, lines_2).mean()


# Fibres in common

@function(LAB, returns={"W": ("output", "cell")}, hints=(
    "Of the n = W_new.numel() entries, m = int(share * n) come from the other cerebellum; int cuts off what is behind "
    "the point.",
    "Row by row: W_new.flatten() is one long row. Its first m entries are to come from W_old.flatten().",
    "torch.cat([first, rest]) puts two pieces together; .view_as(W_new) gives them the shape of W_new again.",
    "return torch.cat([W_old.flatten()[:m], W_new.flatten()[m:]]).view_as(W_new).",
), well_done="Row by row, as in the released code. Keep in mind which fibres are the first ones.")
def share_fibres(W_new, W_old, share):
    """W_new (output, cell) with its first floor(share * n) of n entries, row by row, taken from W_old."""
    m = int(share * W_new.numel())
    return torch.cat([W_old.flatten()[:m], W_new.flatten()[m:]]).view_as(W_new)


@share_fibres.cases
def _() -> Iterator[dict]:
    for outputs, cells, share in ((2, 7, 0.4), (3, 5, 0.5), (2, 6, 1.0)):
        yield {"W_new": some(outputs, cells, seed=cells), "W_old": some(outputs, cells, seed=9), "share": share}


def _first(W_new, W_old, n):
    return torch.cat([W_old.flatten()[:n], W_new.flatten()[n:]]).view_as(W_new)


@share_fibres.mistake("the number of shared fibres is rounded, or there is one too many; cut off what is behind the "
                      "point, int(...)")
def _(W_new, W_old, share):
    return _first(W_new, W_old, round(share * W_new.numel() + 1e-9))


@share_fibres.mistake("the first cells of every output are shared; go row by row: all of output 0, then output 1")
def _(W_new, W_old, share):
    n = int(share * W_new.shape[1])
    return torch.cat([W_old[:, :n], W_new[:, n:]], 1)


@share_fibres.mistake("it goes column by column; row by row is all of output 0 first, then output 1")
def _(W_new, W_old, share):
    return _first(W_new.T.contiguous(), W_old.T.contiguous(), int(share * W_new.numel())).T


@share_fibres.mistake("only whole rows are shared; a row may be shared in part")
def _(W_new, W_old, share):
    return _first(W_new, W_old, int(share * len(W_new)) * W_new.shape[1])


@share_fibres.mistake("the old and the new have changed places; the first ones come from W_old, the rest is W_new")
def _(W_new, W_old, share):
    return _first(W_old, W_new, int(share * W_new.numel()))


@share_fibres.mistake("the last ones are shared; it should be the first")
def _(W_new, W_old, share):
    return _first(W_old, W_new, W_new.numel() - int(share * W_new.numel()))


@share_fibres.mistake("every fibre is a mixture of both; a fibre is either shared or not")
def _(W_new, W_old, share):
    return share * W_old + (1 - share) * W_new


@share_fibres.mistake("the result is one long row; .view_as(W_new) makes it (output, cell) again")
def _(W_new, W_old, share):
    return share_fibres.solve(W_new, W_old, share).flatten()


# Stretch: what has changed?

@function(LAB, returns={"change": ("network",)}, hints=(
    "The length of all numbers of a network is the square root of the sum of their squares.",
    "x.flatten(1) has one row for each network, whatever the shape of x; .norm(dim=1) is the length of each row.",
    "The length of after - before, divided by the length of before: both (network,).",
    "return (after - before).flatten(1).norm(dim=1) / before.flatten(1).norm(dim=1).",
), well_done="0 means that not one number has moved; there is no rounding in it.")
def change(before, after):
    """How far weights (network, ...) have moved, as a share of their length before, (network,)."""
    return (after - before).flatten(1).norm(dim=1) / before.flatten(1).norm(dim=1)


@change.cases
def _() -> Iterator[dict]:
    yield {"before": some(3, 2, 5), "after": some(3, 2, 5, seed=1)}
    yield {"before": some(2, 4, seed=2), "after": some(2, 4, seed=3)}


def _length(x: Tensor) -> Tensor:
    return x.flatten(1).norm(dim=1)


@change.mistake("it is the length of the change alone; divide it by the length of before")
def _(before, after):
    return _length(after - before)


@change.mistake("the lengths before and after are compared; a weight may turn without getting longer, so take the "
                "length of the difference")
def _(before, after):
    return (_length(after) - _length(before)) / _length(before)


@change.mistake("it is divided by the length after; divide by that before")
def _(before, after):
    return _length(after - before) / _length(after)


@change.mistake("differences are summed as they are; up and down cancel, so square them first")
def _(before, after):
    return (after - before).flatten(1).sum(1) / before.flatten(1).sum(1)


@change.mistake("the square root is missing: .norm(dim=1) is the root of the sum of squares")
def _(before, after):
    return (_length(after - before) / _length(before)) ** 2


@change.mistake("two more axes after that of the networks are written in; b_rdt has only (network, output), so "
                "flatten(1) first")
def _(before, after):
    return ((after - before) ** 2).sum((1, 2)).sqrt() / (before ** 2).sum((1, 2)).sqrt()


@change.mistake("one length is taken over all networks; each network has its own")
def _(before, after):
    return (after - before).norm() / before.norm()


# What follows, and what does not

zero_shot = Choice(LAB, "zero_shot", "Back in the first task, before a single batch, lines are drawn as before. So", {
    "a": ("nothing was learned in between",
          "Arcs were: their error has fallen far. But that lies in another cerebellum."),
    "b": ("the cortex holds both tasks and chooses", "The cortex is frozen; whatever is learned is learned elsewhere."),
    "c": ("what was learned for arcs lies in synapses that straight lines do not use",
          "All but the readout, which both use: what it has learned for arcs is the small cost that is left."),
    "d": ("the lines were learned again on the test trials", "Nothing learns in a test."),
}, right="c")

who_forgot = Choice(LAB, "who_forgot", "One cerebellum for both tasks: back in the first, arcs are drawn. It was", {
    "a": ("the cortex that forgot", "The cortex is frozen: in a test or in learning, not one of its weights moves."),
    "b": ("the readout that forgot", "With the old readout put back, arcs are drawn all the same."),
    "c": ("the cerebellum that forgot", "With nothing but the old cerebellum put back, the lines are there again."),
    "d": ("nobody: the test is noisy", "Noise is in every test; before the arcs the same test gave 0.0096, a fifth of "
          "what it gives on return."),
}, right="c")

what_cues_show = Choice(
    LAB, "what_cues_show", "Arcs have cues of their own, and one cerebellum still loses the lines. It follows that", {
    "a": ("the network was not told which task it is in", "It was: each cue belongs to one task only."),
    "b": ("one cerebellum can never hold both tasks",
          "They were learned one after the other. Learned in a mixture, it may well hold both; that was not tried."),
    "c": ("it does not matter which cues there are", "It does: on return the error is now far larger than before."),
    "d": ("a sign that says which task it is does not protect what was learned; weights of its own do",
          "The cues are such a sign (with inputs in common; \"Go further\" has others), and both kinds of network had "
          "it; those with a cerebellum each keep the lines."),
}, right="d")
