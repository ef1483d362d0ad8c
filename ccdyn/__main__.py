"""Experiments from the command line::

    python -m ccdyn decoupling --out results/lines --task lines --seeds 0-9
    python -m ccdyn decoupling --help

trains the models of the published experiments with predicted feedback and
writes, into the folder that ``--out`` names and nowhere else:

    settings.json                   what was asked for
    MODEL.checkpoint.safetensors    to go on from, after every few sessions and when stopped (Ctrl-C)
    MODEL.network.safetensors       the trained networks, for ccdyn.load_network
    results.npy, results.nc         seed x model x metric x session; the second with names (needs xarray and SciPy)

The same command again goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ccdyn.decoupling import EXPERIMENTS, LESIONS, MODELS, Decoupling, reported_error
from ccdyn.decoupling.cells import CELLS
from ccdyn.history import History
from ccdyn.results import Results
from ccdyn.storage import load_checkpoint, save_checkpoint, save_network, write_whole
from ccdyn.train_state import TrainState
from ccdyn.training import change, sessions

TASKS = {"lines": "line drawing", "reading": "reading digits", "drawing": "line drawing by digits"}
SECONDS = 30        # at most so much is lost if the machine fails


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and run what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m ccdyn", description="Experiments from the command line.")
    command = parser.add_subparsers(required=True, metavar="EXPERIMENT").add_parser(
        "decoupling", help="train cRNN and ccRNN, the models whose learning feedback a cerebellum predicts",
        description="Train the two models of the published experiments; results, checkpoints and networks go to --out.",
        epilog="The same command again goes on where it stopped, also for more sessions.")
    add = command.add_argument
    add("--out", type=Path, required=True, help="folder to write into; made if it is missing")
    add("--task", choices=TASKS, default="lines", help="draw lines from a cue (default), read digits, or draw "
        "while reading them")
    add("--model", nargs="+", choices=MODELS, default=list(MODELS), help="one or both (default)")
    add("--seeds", nargs="+", type=_seeds, default=[range(3)], help="networks, such as 0 1 2 or 0-9 (default 0-2)")
    add("--sessions", type=int, help="how many; if not given, as published (lines 100, digits 40)")
    add("--truncation", type=_steps, default="published", help="steps within which errors are sent back, or 'whole'; "
        "published: lines 1, digits 3")
    add("--sparse", type=int, help="the teacher speaks at every so many steps; if not given, as published (lines 2, "
        "drawing 4)")
    add("--digit-drawing", action="store_true", help="with --task drawing: draw the digits instead of lines")
    add("--fixed-magnitude", action=argparse.BooleanOptionalAction, default=True,
        help="with --task drawing: lines of one length (default)")
    add("--factor", type=float, default=0.1, help="how much of the predicted feedback is put in (default 0.1)")
    add("--lesion", choices=LESIONS, default="none", help="of the ccRNN's cerebellum")
    add("--lesion-session", type=int, default=0, help="sessions before the lesion")
    add("--cortex", choices=CELLS, default="lstm", help="kind of cortex")
    add("--context", action="store_true", help="tell the synthesiser the target, too (cDNI)")
    add("--fan-in", type=int, help="mossy fibres per granule cell; if not given, all")
    add("--lr", type=float, help="Adam's step size; if not given, as published (lines 1e-3, digits 1e-4)")
    add("--batches", type=int, help="batches of 50 in a session; if not given, lines 16, digits 200")
    add("--source", choices=("shipped", "full"), default="shipped", help="12,000 training digits, or all 60,000")
    add("--threads", type=int, help="threads that torch may use; if not given, its own choice")
    options = parser.parse_args(arguments)
    try:
        decoupling(options)
    except (ValueError, FloatingPointError, OSError) as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit("Stopped. Give the same command again to go on where it was.")


def decoupling(options: argparse.Namespace) -> Results:
    """Train, go on, or just read what is there; write the results."""
    if options.threads:
        torch.set_num_threads(options.threads)
    digits = options.task == "drawing" and options.digit_drawing
    experiment = EXPERIMENTS["digit drawing by digits" if digits else TASKS[options.task]]
    asked = {"lines": ("sparse",), "reading": ("source",), "drawing": ("sparse", "source", "fixed_magnitude")}
    task = replace(experiment.task, **{name: getattr(options, name) for name in asked[options.task]
                                       if getattr(options, name) is not None})
    seeds = [seed for part in options.seeds for seed in part]
    n_sessions = experiment.n_sessions if options.sessions is None else options.sessions
    truncation = experiment.truncation if options.truncation == "published" else options.truncation
    whole = Decoupling(truncation, options.factor)
    # A lesion is a second part of the training: by name, the rule, and until which session it holds.
    parts = [("", whole, n_sessions)] if options.lesion == "none" else [
        ("", whole, min(options.lesion_session, n_sessions)),
        (".lesioned", replace(whole, lesion=options.lesion), n_sessions)]
    training = {name: value for name, value in {"lr": options.lr, "batches_per_session": options.batches}.items()
                if value is not None}

    def fresh(model: str) -> TrainState:
        synthesiser = {"context": options.context, "fan_in": options.fan_in} if model == "ccRNN" else {}
        return experiment.start(model, seeds, task, whole, {"cortex": options.cortex, **synthesiser}, **training)

    states = {model: fresh(model) for model in options.model}       # refuses what cannot be trained, before any file
    settings = {name: value for name, value in vars(options).items() if name not in ("out", "threads")}
    _claim(options.out, {**settings, "seeds": seeds, "truncation": truncation, "sessions": n_sessions,
                         "task": f"{task}"})
    batches = {model: n_sessions * state.config.batches_per_session for model, state in states.items()}
    with tqdm(total=sum(batches.values()), unit="batch", ncols=88) as bar:
        before = 0
        for model in states:
            bar.set_description(model)
            for name, rule, until in parts if model == "ccRNN" else [("", whole, n_sessions)]:
                path = options.out / f"{model}{name}.checkpoint.safetensors"
                if path.exists():
                    states[model] = load_checkpoint(path, task, [rule])
                else:
                    change(states[model], rules=[rule])
                _train(bar, before, states[model], until, path)
            before += batches[model]
    for model, state in states.items():
        save_network(state.network, options.out / f"{model}.network.safetensors")
    results = Results.of({model: _with_reported(state) for model, state in states.items()})
    results.save(options.out / "results.npy")
    try:
        results.save(options.out / "results.nc")
    except ImportError as error:
        print(f'No results.nc, since {error.name} is not installed; pip install "ccdyn[tables]" brings it.')
    _say(results, options.out)
    return results


def _claim(folder: Path, settings: dict) -> None:
    """Make the folder ours, or find that it is: a run goes on only with the settings it was begun with, or longer."""
    path = folder / "settings.json"
    if path.exists():
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise ValueError(f"{path} is not readable ({error}); name another folder with --out") from error
        for name, value in settings.items():
            if name != "sessions" and known.get(name) != value:
                raise ValueError(f"{folder} holds a run with {name} {known.get(name)} but this one has {value}; name "
                                 "another folder with --out, or give the same options")
    elif folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty and has no settings.json; name a new folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(settings, indent=1) + "\n").encode())


def _train(bar: tqdm, before: int, state: TrainState, until: int, path: Path) -> None:
    """Train up to session ``until``, with a checkpoint now and then, at the end, and when stopped."""
    saved = time.monotonic()
    bar.update(before + state.batches_done - bar.n)
    try:
        for _ in sessions(state, max(until - len(state.history), 0)):
            bar.update(before + state.batches_done - bar.n)
            if time.monotonic() - saved > SECONDS:
                save_checkpoint(state, path)
                saved = time.monotonic()
    finally:
        save_checkpoint(state, path)


def _with_reported(state: TrainState) -> History:
    """Its history; for drawing with the error as published in front, "train_error"."""
    history = state.history
    if state.task.classification:
        return history
    values = np.concatenate((reported_error(state.task, history)[..., None], history.values), -1)
    return History(values, history.seeds, ("train_error", *history.metrics))


def _say(results: Results, folder: Path) -> None:
    """The last session in a few lines."""
    print(f"After session {results.values.shape[-1]}, mean (lowest to highest of {len(results.seeds)} networks):")
    for model in results.models:
        for metric in results.metrics:
            last = results[model, metric][:, -1]
            print(f"  {model:<6}{metric.replace('_', ' '):<22}{last.mean():.4g} ({last.min():.4g} to {last.max():.4g})")
    print(f"Written to {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; use whole numbers such as 0 1 2, or 0-9")
    return range(int(first), int(last or first) + 1)


def _steps(text: str) -> int | str | None:
    if text in ("whole", "published"):
        return None if text == "whole" else text
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps; use a whole number, or 'whole'")
    return int(text)


if __name__ == "__main__":
    main()
