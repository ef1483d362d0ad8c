"""Cerebellar and olivary lesions while a network learns line drawing by predicted feedback.

Boven, Pemberton et al. (2023): a cerebellum that falls silent puts nothing in
and learns nothing from then on; without its inferior olive it still puts in
what it has learned, but learns no more. Line drawing at its released settings
(see ``figures/decoupled.py``), lesions from session 25, 50 or 75 on; from
session 50 also with 5 mossy fibres a granule cell, with a plain tanh cortex,
and with a synthesiser that hears the target.

    python figures/lesions.py
"""

from __future__ import annotations

import torch
from common import main, progress, table

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, LESIONS
from ccdyn.plots import standard_errors
from ccdyn.train_state import restore, snapshot

EXPERIMENT = EXPERIMENTS["line drawing"]
SEEDS, FROM = range(10), (25, 50, 75)
VARIANTS = {"published": {}, "5 mossy fibres": {"fan_in": 5}, "tanh cortex": {"cortex": "tanh"},
            "told the target": {"context": True}}
ERROR, CURVE = "test error (squared distance)", "error by session (squared distance)"
AXES = {ERROR: ("variant", "lesion", "seed")}      # the curves are in the JSON file only, for their size


def compute(quick: bool = False) -> dict:
    """Train every variant whole; go back to the sessions of the lesions, and on from there with each."""
    seeds, n_sessions, starts = (range(2), 3, (1, 2)) if quick else (SEEDS, EXPERIMENT.n_sessions, FROM)
    settings = {"batches_per_session": 2, "validation_size": 20} if quick else {"batches_per_session": 16}
    late = {variant: starts if variant == "published" else starts[-2:-1] for variant in VARIANTS}
    total = sum((1 + (variant in ("published", "tanh cortex"))) * n_sessions
                + 2 * sum(n_sessions - start for start in late[variant]) for variant in VARIANTS)
    gallery = EXPERIMENT.task.gallery(ccdyn.make_generators(seeds, "test"))
    error, curves = {}, {}

    def learn(bar, state, n: int) -> list:
        """``n`` sessions; the error after each."""
        found = []
        for _ in range(n):
            ccdyn.advance(state, state.batches_left)
            bar.update(state.config.batches_per_session)
            found.append(2 * ccdyn.evaluate(state.network, gallery)["loss"])
        return found

    with progress(total * settings["batches_per_session"]) as bar:
        for variant, network in VARIANTS.items():
            bar.set_description(variant)
            curves[variant] = {}
            if variant in ("published", "tanh cortex"):
                curves[variant]["cRNN"] = learn(bar, EXPERIMENT.start("cRNN", seeds, network=network, **settings),
                                                n_sessions)
            state, kept, whole = EXPERIMENT.start("ccRNN", seeds, network=network, **settings), {}, []
            for start, stop in zip((0, *late[variant]), (*late[variant], n_sessions)):
                kept[start] = snapshot(state)
                whole += learn(bar, state, stop - start)
            curves[variant]["ccRNN"] = whole
            for start in late[variant]:
                for lesion in LESIONS[1:]:
                    bar.set_description(f"{variant}, {lesion} from session {start} on")
                    restore(state, kept[start])
                    ccdyn.change(state, rules=[ccdyn.Decoupling(EXPERIMENT.truncation, lesion=lesion)])
                    curves[variant][f"{lesion} from session {start}"] = whole[:start] + learn(bar, state,
                                                                                              n_sessions - start)
            curves[variant] = {name: torch.stack(rows).numpy() for name, rows in curves[variant].items()}
            error[variant] = {name: rows[-1] for name, rows in curves[variant].items()}
            bar.write(table(f"{ERROR}, {variant}", error[variant]))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "lesions from": starts, "variants": VARIANTS,
                         "experiment": "line drawing", "training": settings}, ERROR: error, CURVE: curves}


def draw(result: dict):
    """A panel for each session of the lesions and each variant."""
    names = {"cRNN": "cRNN", "ccRNN": "ccRNN", **{lesion: f"ccRNN, {lesion} lesioned" for lesion in LESIONS[1:]}}
    panels = {}
    for variant, curves in result[CURVE].items():
        for start in sorted({int(name.split()[-1]) for name in curves if "from" in name}):
            title = f"from session {start} on" + (f", {variant}" if variant != "published" else "")
            shown = {names[name.split()[0]]: rows for name, rows in curves.items()
                     if "from" not in name or name.endswith(f" {start}")}
            panels[title] = {"x": range(1, result["settings"]["n_sessions"] + 1), "values": shown, "log": True,
                             "thin": False, "at": [start], "xlabel": "session", "ylabel": "squared distance"}
    return standard_errors(panels, columns=3, size=(4.6, 3.3))


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
