"""How long a student waits: from a moved control to the new picture, and for one tick of a learning panel's clock.

    python benchmarks/panels.py            two minutes; rewrites panels.json and the table in README.md
    python benchmarks/panels.py --quick    a rough look, only printed

Measured in Python, on one thread as in every lab: from the event that the front end sends to the finished PNG in the
``<img>``. The front end adds the way to the browser and its decoding. As machines differ and have bad moments, a
yardstick is drawn after every event: a bare picture of the same size with three axes, two lines in each.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

import ccdyn.panels as panels  # noqa: E402
from benchmarks.measure import machine  # noqa: E402
from benchmarks.report import stamp  # noqa: E402
from ccdyn.panels.clock import ClockPanel  # noqa: E402
from ccdyn.panels.panel import Panel, to_png  # noqa: E402

HERE = Path(__file__).parent
BUDGETS = {"move": 200, "tick": 300}        # ms
MARKS = "<!-- panels, written by panels.py -->", "<!-- end of panels -->"
PANELS = {
    "leaky unit": lambda: panels.UnitPanel(),
    "phase view": lambda: panels.PhasePanel(),
    "rhythm": lambda: panels.RhythmPanel(n_cortex=50, seeds=(0, 1, 2)),
    "cerebellar window": lambda: panels.WindowPanel(),
    "expansion": lambda: panels.ExpansionPanel(),
    "silence": lambda: panels.SilencePanel(),
    "dissect": lambda: panels.DissectPanel(),
    "draw live, one architecture": lambda: panels.LinePanel(),
    "draw live, three side by side": lambda: panels.LinePanel("all three side by side"),
    "draw your own": lambda: panels.DrawPanel(),
    "read digits live": lambda: panels.DigitPanel(),
    "feedback decoupling": lambda: panels.DecouplingPanel(),
    "gradient microscope": lambda: panels.MicroscopePanel(),
}


def yardstick() -> float:
    """Milliseconds for a bare picture of the size of a panel's."""
    began = time.perf_counter()
    figure = Figure(figsize=(12, 3.9))
    for i in range(3):
        axes = figure.add_axes((0.05 + 0.33 * i, 0.15, 0.26, 0.7))
        for factor in (1, 2):
            axes.plot(range(20), [factor * x for x in range(20)], label=f"line {factor}")
        axes.set(title="title", xlabel="steps", ylabel="what")
        axes.legend()
    to_png(figure)
    return 1e3 * (time.perf_counter() - began)


def other_values(control) -> list:
    """Two values that a student might choose, other than the first."""
    if hasattr(control, "options"):
        return [value for _, value in control._options_full][:2]
    if hasattr(control, "min"):
        return [control.min + (control.max - control.min) // 2, control.min + (control.max - control.min) / 4
                if isinstance(control.value, float) else control.min + (control.max - control.min) // 4]
    return [True, False]


def moves(panel: Panel, repetitions: int, bare: list[float]) -> dict[str, list[float]]:
    """Milliseconds from the event to the picture, for each control that is on."""
    found: dict[str, list[float]] = {}
    for name, control in panel.controls.items():
        for value in other_values(control) * repetitions:
            if control.disabled or control.value == value:
                continue
            began = time.perf_counter()
            control.value = value
            found.setdefault(name, []).append(1e3 * (time.perf_counter() - began))
            bare.append(yardstick())
        if not isinstance(panel, ClockPanel):
            panel.reset()
    return found


def ticks(panel: ClockPanel, repetitions: int) -> list[float]:
    """Milliseconds of one tick of the clock."""
    found = []
    for _ in range(repetitions):
        began = time.perf_counter()
        panel.play.value += 1
        found.append(1e3 * (time.perf_counter() - began))
    return found


def measure(repetitions: int) -> list[dict]:
    """One row per panel: median and 95th percentile of moves and ticks, and the slowest control."""
    rows = []
    for name, make in PANELS.items():
        panel = make()
        row = {"panel": name, "tick": None}
        if isinstance(panel, ClockPanel):
            panel.step()
            row["tick"] = summary(ticks(panel, 4 * repetitions))
        bare: list[float] = []
        found = moves(panel, repetitions, bare)
        row |= {"yardstick": summary(bare), "move": summary(sum(found.values(), [])),
                "slowest": max(found, key=lambda control: float(np.median(found[control])))}
        rows.append(row)
        print(row, file=sys.stderr)
    return rows


def summary(ms: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(ms))), "p95": round(float(np.percentile(ms, 95))), "n": len(ms)}


def markdown(results: dict) -> str:
    """The table, and the machine."""
    lines = ["| panel | moved control to picture: median, 95th percentile (ms) | bare picture (ms) | slowest control "
             "| one tick: median, 95th percentile (ms) |", "|---|---|---|---|---|"]
    for row in results["panels"]:
        tick = f"{row['tick']['median']}, {row['tick']['p95']}" if row["tick"] else ""
        lines.append(f"| {row['panel']} | {row['move']['median']}, {row['move']['p95']} "
                     f"| {row['yardstick']['median']}, {row['yardstick']['p95']} | {row['slowest']} | {tick} |")
    return "\n".join([*lines, "", f"Budgets: {BUDGETS['move']} ms and {BUDGETS['tick']} ms. Measured on: "
                      + "; ".join(f"{name} {value}" for name, value in results["machine"].items()) + "."]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a student waits for a picture.")
    parser.add_argument("--quick", action="store_true", help="a rough look, only printed")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {"machine": machine(), "panels": measure(2 if options.quick else 5)}
    if not options.quick:
        (HERE / "panels.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        stamp(HERE / "README.md", markdown(results), MARKS)
    print(markdown(results))


if __name__ == "__main__":
    main()
