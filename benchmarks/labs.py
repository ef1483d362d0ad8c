"""What a lab costs: seconds from top to bottom, and memory of its kernel.

    python benchmarks/labs.py        some minutes; rewrites labs.json, and the tables in README.md and
                                     labs/INSTRUCTORS.md

Each notebook runs in a process of its own, as a student finds it: nothing is solved. The memory is the largest that
any process of that run has had, which is the kernel.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import nbformat  # noqa: E402

from benchmarks.measure import machine  # noqa: E402
from benchmarks.report import stamp  # noqa: E402

HERE = Path(__file__).parent
LABS = HERE.parent / "labs"
BUDGETS = {"seconds": 90, "memory": 1000}       # of one notebook; MB
MARKS = "<!-- labs, written by labs.py -->", "<!-- end of labs -->"
PAGES = HERE / "README.md", LABS / "INSTRUCTORS.md"
RUN = """
import resource, sys, nbformat
from nbclient import NotebookClient
NotebookClient(nbformat.read(sys.argv[1], 4), timeout=600, kernel_name="python3",
               resources={"metadata": {"path": sys.argv[2]}}).execute()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measure(path: Path) -> dict:
    """Run one notebook in an empty folder."""
    cells = nbformat.read(path, as_version=4).cells
    opening = "\n".join(cell.source for cell in cells[:2])
    study = re.search(r"\*\*(?:About )?(.*?) minutes", opening)[1]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", RUN, str(path), folder], capture_output=True, text=True,
                              check=True)
        seconds = time.perf_counter() - began
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return {"lab": path.stem, "study": study, "cells": sum(cell.cell_type == "code" for cell in cells),
            "seconds": round(seconds), "memory": round(int(done.stdout.split()[-1]) / unit),
            "file": round(path.stat().st_size / 1000)}


def markdown(results: dict) -> str:
    """The table, and the machine."""
    lines = ["| lab | minutes of study | cells of code | runs in (s) | memory of the kernel (MB) | file (kB) |",
             "|---|---|---|---|---|---|"]
    lines += [f"| {row['lab']} | {row['study']} | {row['cells']} | {row['seconds']} | {row['memory']} | {row['file']} |"
              for row in results["labs"]]
    return "\n".join([*lines, "", f"Budgets: {BUDGETS['seconds']} s and {BUDGETS['memory']} MB. Measured on: "
                      + "; ".join(f"{name} {value}" for name, value in results["machine"].items()) + "."]) + "\n"


def main() -> None:
    results = {"machine": machine(), "labs": []}
    for path in sorted(LABS.glob("*.ipynb")):
        results["labs"].append(measure(path))
        print(results["labs"][-1], file=sys.stderr)
    (HERE / "labs.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for page in PAGES:
        stamp(page, markdown(results), MARKS)
    print(markdown(results))


if __name__ == "__main__":
    main()
