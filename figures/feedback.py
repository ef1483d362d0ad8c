"""Inside the synthesiser while it learns: are its guesses right, and what do granule cells share with the cortex?

Line drawing with a ccRNN at the released settings (see
``figures/decoupled.py``). Its guesses are compared with the gradient that
backpropagation through the whole trial would send back to the same state.

    python figures/feedback.py
"""

from __future__ import annotations

from dataclasses import replace

import torch
from common import main, progress, table

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, activities, correlations, true_feedback
from ccdyn.plots import standard_errors

EXPERIMENT = EXPERIMENTS["line drawing"]
SEEDS, MOMENTS = range(10), (0, 5, 10, 20, 30, 50, 70, 100)
COSINE, CORRELATION, ERROR = "test cosine", "test mean |r|", "error (squared distance)"
STEPS, OTHERS = "cosine by step", "cosine with the gradient of other lines, by step"
LENGTH = "length of the guess over that of the gradient, by step"
TARGET, CHANGING = "cosine with what the guess is taught, by step", "test share of cells that change"
TAUGHT, UNTAUGHT, CONTROL = "next step taught", "next step not taught", "gradient of other lines"
LAYER_2 = "mean |r| with the second granule layer"
GOAL, FIRST = "what it is taught", "first two steps"
AXES = {COSINE: ("kind", "session", "seed"), CORRELATION: ("kind", "session", "seed"),
        **dict.fromkeys((CHANGING, LAYER_2), ("kind", "session", "seed")), ERROR: ("session", "seed"),
        **dict.fromkeys((STEPS, OTHERS, TARGET, LENGTH), ("after step", "session", "seed"))}


def look(state: ccdyn.TrainState, gallery: ccdyn.Batch) -> dict[str, torch.Tensor]:
    """Cosines and lengths, (boundary, seed), for the seven lines; the first boundary is the end of step 1."""
    rule, network = state.rules[0], state.network
    n_boundaries = max(taught_steps()) - 1      # behind the others nothing is taught, and the true gradient is 0
    true, guess = (each[:, :n_boundaries] for each in true_feedback(network, gallery, rule))
    apart = replace(gallery, kind=None)
    taught = rule.explain(network, ccdyn.observe(network, apart, ("cell",)), apart).arrived[:, 1:n_boundaries + 1]
    n = true.shape[2]
    unit_true, unit_guess, unit_taught = (each / each.norm(dim=-1, keepdim=True).clamp_min(1e-12)
                                          for each in (true, guess, taught))
    cosine = unit_guess @ unit_true.mT                                      # of each line's guess with each gradient
    same = cosine.diagonal(dim1=-2, dim2=-1).mean(-1)
    other = (cosine.sum((-2, -1)) / n - same) / (n - 1)
    length = guess.norm(dim=-1).mean(-1) / (true.norm(dim=-1).mean(-1) * n / state.config.batch_size)
    return {STEPS: same.mT, OTHERS: other.mT, TARGET: (unit_guess * unit_taught).sum(-1).mean(-1).mT,
            LENGTH: length.mT}                                              # a batch's error is a mean over its trials


def changing(network: ccdyn.DecoupledNetwork, gallery: ccdyn.Batch) -> dict[str, torch.Tensor]:
    """Share of units that are not the same at all steps of all lines, by population, (seed,)."""
    return {name: (rates.amax(1) - rates.amin(1) > 1e-9).float().mean(-1)
            for name, rates in activities(network, gallery).items()}


def compute(quick: bool = False) -> dict:
    """Train ten networks; look inside at some sessions."""
    seeds, moments = (range(2), (0, 1, 2)) if quick else (SEEDS, MOMENTS)
    settings = {"batches_per_session": 2, "validation_size": 20} if quick else {}
    gallery = EXPERIMENT.task.gallery(ccdyn.make_generators(seeds, "test"))
    state = EXPERIMENT.start("ccRNN", seeds, **settings)
    inside, together, alive, error = {name: {} for name in (STEPS, OTHERS, TARGET, LENGTH)}, {}, {}, {}
    with progress(moments[-1] * state.config.batches_per_session) as bar:
        for moment in moments:
            while len(state.history) < moment:
                ccdyn.advance(state, state.batches_left)
                bar.update(state.config.batches_per_session)
            name = f"session {moment}"
            for measure, rows in look(state, gallery).items():
                for step, row in enumerate(rows, 1):
                    inside[measure].setdefault(f"step {step}", {})[name] = row
            for pair, row in correlations(state.network, gallery).items():
                together.setdefault(pair, {})[name] = row
            for cells, row in changing(state.network, gallery).items():
                alive.setdefault(cells, {})[name] = row
            error[name] = 2 * ccdyn.evaluate(state.network, gallery)["loss"]
    taught = [i + 1 in taught_steps() for i in range(1, 1 + len(inside[STEPS]))]    # the step after a boundary
    cosine = {TAUGHT: over(inside[STEPS], taught), UNTAUGHT: over(inside[STEPS], [not each for each in taught]),
              FIRST: over(inside[STEPS], [i < 2 for i in range(len(taught))]),
              CONTROL: over(inside[OTHERS], [True] * len(taught)), GOAL: over(inside[TARGET], [True] * len(taught))}
    # In some networks all cells of the second layer fall silent for a while, so that they have no correlation.
    shown = {pair: rows for pair, rows in together.items() if "granule 2" not in pair}
    beyond = {pair: rows for pair, rows in together.items() if pair not in shown}
    for measure, groups in {COSINE: cosine, CORRELATION: shown, CHANGING: alive}.items():
        for group, rows in groups.items():
            print(table(f"{measure}, {group}", rows))
    return {"settings": {"seeds": seeds, "sessions": moments, "experiment": "line drawing",
                         "training": settings or "published", "taught at steps": list(taught_steps())},
            COSINE: cosine, CORRELATION: shown, CHANGING: alive, LAYER_2: beyond, ERROR: error, **inside}


def taught_steps() -> range:
    """Steps with a teacher, counted from 1."""
    return range(1, EXPERIMENT.task.n_steps + 1, EXPERIMENT.task.sparse)


def over(rows: dict[str, dict], chosen: list[bool]) -> dict[str, torch.Tensor]:
    """Mean over the chosen steps, by session."""
    kept = [by_session for by_session, this in zip(rows.values(), chosen) if this]
    return {moment: torch.stack([by_session[moment] for by_session in kept]).mean(0) for moment in kept[0]}


def draw(result: dict):
    """Cosines by session and by step, lengths, correlations."""
    sessions = result["settings"]["sessions"]
    early, last = (f"session {moment}" for moment in (sessions[min(2, len(sessions) - 1)], sessions[-1]))
    steps, lengths = result[STEPS], result[LENGTH]

    def curves(groups: dict) -> dict:
        return {name: list(rows.values()) for name, rows in groups.items()}

    by_step = {"x": range(1, 1 + len(steps)), "xlabel": "after step", "markers": True, "thin": False}
    by_session = {"x": sessions, "xlabel": "session"}
    return standard_errors({
        "guess and true gradient": {**by_session, "ylabel": "cosine", "thin": False, "ylim": (-0.2, 1.3),
                                    "values": curves(result[COSINE])},
        "the same by step": {**by_step, "ylabel": "cosine", "values": {
            moment: [rows[moment] for rows in steps.values()] for moment in (early, last)}},
        "how long the guess is": {**by_step, "ylabel": "of the gradient's length", "values": {
            moment: [rows[moment] for rows in lengths.values()] for moment in (early, last)}},
        "cortex and granule cells": {**by_session, "ylabel": "mean |r|", "thin": False, "ylim": (0, 1.1),
                                     "values": curves(result[CORRELATION])},
        "cells that change": {**by_session, "ylabel": "share", "thin": False, "ylim": (-0.03, 1.1),
                              "values": curves(result[CHANGING])},
        "error of the drawing": {**by_session, "ylabel": "squared distance", "log": True, "values": {
            "ccRNN": list(result[ERROR].values())}}},
        columns=3, size=(4.6, 3.3))


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
