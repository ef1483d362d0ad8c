"""How fast predicted feedback is learned, beside the plain implementation, and how long digits take.

    python benchmarks/decoupling.py            about two minutes; rewrites decoupling.json and the table in README.md
    python benchmarks/decoupling.py --quick    some seconds; prints only

A step is a batch of 50: drawn, run, learned from, clipped, one Adam step; for ccdyn also the copy that lets it go
back when interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch  # noqa: E402

import ccdyn  # noqa: E402
from benchmarks.measure import Contender, interleave, machine, product_speed, ratio  # noqa: E402
from benchmarks.plain_decoupling import PlainDecoupled, plain_optimiser  # noqa: E402
from benchmarks.report import spread, stamp, table  # noqa: E402
from ccdyn.decoupling import EXPERIMENTS, Decoupling  # noqa: E402

HERE = Path(__file__).parent
MARKS = "<!-- decoupling, written by decoupling.py -->", "<!-- end of decoupling -->"
LINES, DIGITS = "line drawing", "line drawing by digits"
# What is timed: experiment, model, truncation, noise of the cue's channel (without it, trials with one cue are equal).
CASES = ((LINES, "ccRNN", 1, 0.0), (LINES, "ccRNN", 1, 0.1), (LINES, "cRNN", 1, 0.0), (DIGITS, "ccRNN", 3, 0.0),
         (DIGITS, "cRNN", 3, 0.0), (DIGITS, "cRNN", None, 0.0))
BATCH, DIGITS_SEEN = 50, 12_000


def task_of(experiment: str, noise: float):
    """The published task, with noise if asked for."""
    task = EXPERIMENTS[experiment].task
    return replace(task, noise=noise) if noise else task


def ours(experiment: str, model: str, truncation: int | None, noise: float, n_seeds: int) -> Contender:
    """ccdyn, ``n_seeds`` networks in one pass."""
    state = EXPERIMENTS[experiment].start(model, 0 if n_seeds == 1 else range(n_seeds), task_of(experiment, noise),
                                          Decoupling(truncation), batches_per_session=10**9)
    return Contender(lambda n: ccdyn.advance(state, n), n_seeds)


def plain(experiment: str, model: str, truncation: int | None, noise: float) -> Contender:
    """The plain implementation, one network."""
    task = task_of(experiment, noise)
    network = PlainDecoupled(EXPERIMENTS[experiment].start(model, 0, task).network)
    optimiser, generator = plain_optimiser(network), torch.Generator().manual_seed(0)

    def go(n: int) -> None:
        for _ in range(n):
            batch = task.batch(BATCH, generator)
            optimiser.zero_grad()
            network.learn(batch.x, batch.target, task.sparse, truncation or task.n_steps)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
    return Contender(go)


def measure(repetitions: int, seconds: float) -> dict:
    """One row for each case, all contenders in turn; then 12,000 digits by ten networks, and what one product takes."""
    rows = []
    for case in CASES:
        times = interleave({"plain": plain(*case), "one": ours(*case, 1), "ten": ours(*case, 10)}, repetitions, seconds)
        rows.append({**dict(zip(("experiment", "model", "truncation", "noise"), case)),
                     "ms": {name: each.summary() for name, each in times.items()},
                     "faster": {name: ratio(times["plain"], times[name]) for name in ("one", "ten")}})
        print(rows[-1], file=sys.stderr)
    ten = ours(DIGITS, "ccRNN", 3, 0.0, 10)
    ten.go(2)
    began = time.perf_counter()
    ten.go(DIGITS_SEEN // BATCH if repetitions > 2 else 5)
    return {"machine": machine(), "cases": rows, "seconds for 12,000 digits": time.perf_counter() - began,
            "torch.mm gflop per second": max(product_speed() for _ in range(5))}


def needed_gflop(n_rows: int = 10 * BATCH) -> float:
    """Products that the synthesiser (100 to 400 to 400 to 100) needs for one batch of line drawing, one network.

    Forwards at every boundary, backwards at all but the last: weights everywhere, activities in all but the first
    layer.
    """
    layers = ((100, 400), (400, 400), (400, 100))
    weights = sum(a * b for a, b in layers)
    taught = n_rows - BATCH
    return 2e-9 * (n_rows * weights + taught * weights + taught * (weights - 100 * 400))


def markdown(results: dict) -> str:
    """The table, a line on what bounds it, and the machine."""
    def cells(row: dict) -> list[str]:
        noise = " (with noise)" if row["noise"] else ""
        faster = [row["faster"][who] for who in ("one", "ten")]
        return [row["experiment"] + noise, row["model"], str(row["truncation"] or "whole"), spread(row["ms"]["plain"]),
                spread(row["ms"]["one"]), f"{faster[0]['median']:.1f} x", spread(row["ms"]["ten"]),
                f"**{faster[1]['median']:.1f} x** ({faster[1]['min']:.1f} to {faster[1]['max']:.1f})"]

    noisy = next(row for row in results["cases"] if row["noise"])
    speed = needed_gflop() / noisy["ms"]["ten"]["median"] * 1e3
    return "\n".join([
        *table("task | model | truncation | plain: ms | 1 network: ms | faster | 10 networks: ms each | faster",
                map(cells, results["cases"])), "",
        (f"Line drawing without noise has seven different trials, which go backwards once each. With noise all 50 "
         f"differ; then the synthesiser's matrix products ({needed_gflop():.2f} GFLOP a batch and network) bound it: "
         f"{speed:.0f} GFLOP/s of the {results['torch.mm gflop per second']:.0f} that `torch.mm` reached in the same "
         "run."), "",
        (f"Ten ccRNNs (truncation 3) went through {DIGITS_SEEN:,} digits in "
         f"{results['seconds for 12,000 digits']:.1f} s."), "",
        f"Measured on: {'; '.join(f'{name} {value}' for name, value in results['machine'].items())}."]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Predicted feedback beside a plain implementation.")
    parser.add_argument("--quick", action="store_true", help="a rough look; nothing is written")
    options = parser.parse_args()
    results = measure(2, 0.02) if options.quick else measure(7, 0.4)
    results = json.loads(json.dumps(results), parse_float=lambda text: float(f"{float(text):.4g}"))
    if not options.quick:
        (HERE / "decoupling.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        stamp(HERE / "README.md", markdown(results), MARKS)
    print(markdown(results))


if __name__ == "__main__":
    main()
