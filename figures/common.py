"""What every figure script shares: options, progress bars, files that do not depend on the day, and a cache.

A script has two functions: ``compute(quick)`` returns plain numbers (settings
and results, which become NAME.json), ``draw(result)`` makes a figure of them.
So a picture can be drawn again from its numbers without training anything.
``AXES`` says what the nested lists of numbers stand for; they become NAME.csv.

Numbers of a script that has not changed, and of a package that has not, are
taken from ``build/cache``; so are the sessions of a training that was stopped.
Without that folder everything is computed anew.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib
import numpy as np
import torch
from tqdm import tqdm

import ccdyn
from ccdyn.plots import spread
from ccdyn.storage import write_whole

HERE = Path(__file__).parent
CACHE = HERE.parent / "build" / "cache"
DRAWN = ("plots", "panels", "exercises")       # parts of the package on which no number depends
EVERY = 5                                      # sessions between two checkpoints
STOPPED = "Stopped. Give the same command again to go on where it was."     # as in all.py


def main(script: str, compute, draw, axes: Mapping[str, Sequence[str]]) -> None:
    """Run a script: compute (or read) the numbers, draw them, write NAME.json, NAME.csv, NAME.png and NAME.svg."""
    parser = argparse.ArgumentParser(description=f"Make the figure {Path(script).stem}.")
    parser.add_argument("--quick", action="store_true", help="a few batches only, to see that it runs")
    parser.add_argument("--redraw", action="store_true", help="draw the numbers of the last run again")
    parser.add_argument("--out", type=Path, help="write here, not to figures (--quick: build/figures)")
    options = parser.parse_args()
    out = options.out or (HERE.parent / "build" / "figures" if options.quick else HERE)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{Path(script).stem}.json"
    if options.redraw:
        result = json.loads(path.read_text())
    else:
        try:
            result = _numbers(script, compute, options.quick)
        except KeyboardInterrupt:
            sys.exit(STOPPED)
        write_whole(path, (to_json(result) + "\n").encode())
    write_whole(path.with_suffix(".csv"), to_csv(result, axes).encode())
    save(draw(result), path)


def _numbers(script: str, compute, quick: bool) -> dict:
    """What ``compute`` gives: from the cache if this very script and this very package have made it before."""
    known = CACHE / f"{Path(script).stem}-{_key(Path(script).read_text(), Path(__file__).read_text())}.json"
    if known.exists() and not quick:
        return json.loads(known.read_text())
    began = time.perf_counter()
    result = tidy(compute(quick))
    result["made by"] = {"seconds": round(time.perf_counter() - began), "ccdyn": ccdyn.__version__,
                         "torch": torch.__version__, "threads": torch.get_num_threads()}
    if not quick:
        CACHE.mkdir(parents=True, exist_ok=True)
        write_whole(known, to_json(result).encode())
    return result


def _key(*parts: object) -> str:
    """A name for these settings and the package as it is now."""
    package = Path(ccdyn.__file__).parent
    files = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in DRAWN]
    text = "".join(path.read_text() for path in files) + repr(parts) + torch.__version__
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_csv(result: Mapping, axes: Mapping[str, Sequence[str]]) -> str:
    """One line for each number of the measures named in ``axes``, which says what their levels stand for."""
    columns = list(dict.fromkeys(axis for names in axes.values() for axis in names))
    out = io.StringIO()
    writer = csv.DictWriter(out, ["measure", *columns, "value"], lineterminator="\n")
    writer.writeheader()
    for measure, names in axes.items():
        for place, value in _leaves(result[measure]):
            writer.writerow({"measure": measure, **dict(zip(names, place, strict=True)), "value": value})
    return out.getvalue()


def _leaves(values, place: tuple = ()) -> Iterator[tuple[tuple, float]]:
    if isinstance(values, (dict, list)):
        for name, inner in values.items() if isinstance(values, dict) else enumerate(values):
            yield from _leaves(inner, (*place, name))
    else:
        yield place, values


def save(figure, path: Path) -> None:
    """PNG and SVG next to ``path``; the same numbers give the same bytes."""
    engine = figure.get_layout_engine()
    with matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "path"}):
        settle(figure, engine, 130)
        figure.savefig(path.with_suffix(".png"), dpi=130, metadata={"Software": None})
        settle(figure, engine, 72)      # that of every SVG
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def settle(figure, engine, dpi: float) -> None:
    """Put the axes where the layout engine wants them at this resolution, and leave out its last digits.

    They depend on where its variables happen to lie in memory, and would change single pixels from run to run.
    """
    figure.set_dpi(dpi)
    figure.set_layout_engine(engine)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 9))


def tidy(value):
    """Arrays and tensors as nested lists, numbers to five digits."""
    if isinstance(value, dict):
        return {str(key): tidy(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, torch.Tensor, list, tuple, range)):
        return [tidy(item) for item in (value.tolist() if hasattr(value, "tolist") else value)]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def to_json(result: dict) -> str:
    """JSON with every innermost list on one line."""
    text = json.dumps(result, indent=1)
    return re.sub(r"\[[^\[\]{}]*\]", lambda found: " ".join(found.group().split()), text)


def progress(n_batches: int) -> tqdm:
    """A bar for all the batches of a script."""
    return tqdm(total=n_batches, unit="batch", ncols=88)


def train(bar: tqdm, network: ccdyn.Network, task, n_sessions: int, rules=None, **settings) -> ccdyn.TrainState:
    """Train and move ``bar`` by one for each batch; goes on where the same training has been stopped before."""
    return go_on(bar, ccdyn.start(network, task, rules, **settings), n_sessions, rules)


def go_on(bar: tqdm, state: ccdyn.TrainState, n_sessions: int, rules=None) -> ccdyn.TrainState:
    """``train`` for a state that has just been started; ``rules`` are those of its own, None the usual ones."""
    network, task = state.network, state.task
    begun = [float(weight.detach().double().sum()) for weight in network.weights().values()]  # lesioned, say
    known = CACHE / f"{_key(asdict(network.config), begun, task, rules, state.config)}.safetensors"
    if known.exists():
        saved = ccdyn.load_checkpoint(known, task, rules)
        if len(saved.history) <= n_sessions:
            state = saved
    done, kept = state.batches_done, len(state.history)
    bar.update(done)
    for _ in ccdyn.sessions(state, n_sessions - kept):
        bar.update(state.batches_done - done)
        done = state.batches_done
        if len(state.history) >= kept + EVERY:
            kept = len(state.history)
            CACHE.mkdir(parents=True, exist_ok=True)
            ccdyn.save_checkpoint(state, known)
    return state


def table(title: str, rows: dict[str, list[float]]) -> str:
    """Mean and range over networks, one line a row."""
    width, n = max(map(len, rows)), len(next(iter(rows.values())))
    lines = [f"  {label:<{width}}  {spread(values)}" for label, values in rows.items()]
    return "\n".join([f"{title}: mean (lowest to highest of {n} networks)", *lines])
