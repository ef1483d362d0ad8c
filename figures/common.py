"""What every figure script shares: options, progress bars, files that do not depend on the day.

A script has two functions: ``compute(quick)`` returns plain numbers (settings
and results, which become NAME.json), ``draw(result)`` makes a figure of them.
So a picture can be drawn again from its numbers without training anything.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from pathlib import Path

import matplotlib
import numpy as np
import torch
from tqdm import tqdm

import ccdyn
from ccdyn.plots import spread

HERE = Path(__file__).parent


def main(script: str, compute, draw) -> None:
    """Run a script: compute (or read) the numbers, draw them, write NAME.json, NAME.png and NAME.svg."""
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
        began = time.perf_counter()
        result = tidy(compute(options.quick))
        result["made by"] = {"seconds": round(time.perf_counter() - began), "ccdyn": ccdyn.__version__,
                             "torch": torch.__version__, "threads": torch.get_num_threads()}
        path.write_text(to_json(result) + "\n")
    save(draw(result), path)


def save(figure, path: Path) -> None:
    """PNG and SVG next to ``path``; the same numbers give the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "path"}):
        figure.savefig(path.with_suffix(".png"), dpi=130, metadata={"Software": None})
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


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


def train(bar: tqdm, network: ccdyn.Network, task, n_sessions: int, **settings) -> ccdyn.TrainState:
    """Train and move ``bar`` by one for each batch."""
    state = ccdyn.start(network, task, **settings)
    done = 0
    for _ in ccdyn.sessions(state, n_sessions):
        bar.update(state.batches_done - done)
        done = state.batches_done
    return state


def table(title: str, rows: dict[str, list[float]]) -> str:
    """Mean and range over networks, one line a row."""
    width, n = max(map(len, rows)), len(next(iter(rows.values())))
    lines = [f"  {label:<{width}}  {spread(values)}" for label, values in rows.items()]
    return "\n".join([f"{title}: mean (lowest to highest of {n} networks)", *lines])
