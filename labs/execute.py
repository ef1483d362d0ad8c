"""Run notebooks from top to bottom in fresh kernels and store what they show.

    python labs/execute.py                          every lab
    python labs/execute.py 00_start_here.ipynb      one
    python labs/execute.py --print 04_eprop.ipynb   write nothing, print what each cell says, those to predict too

Run it after changing a lab, so that a reader without a kernel sees what a
reader with one does. Nothing is written if a cell fails. What a cell with the
tag "predict" shows is not kept: its reader is to say first what it will be.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def main(names: list[str]) -> None:
    only_print = "--print" in names
    names = [name for name in names if name != "--print"]
    for path in [HERE / name for name in names] or sorted(HERE.glob("*.ipynb")):
        notebook, began = nbformat.read(path, as_version=4), time.perf_counter()
        client = NotebookClient(notebook, timeout=600, kernel_name="python3", store_widget_state=False,
                                record_timing=False, resources={"metadata": {"path": str(HERE)}})
        client.execute()
        if only_print:
            say(notebook)
            continue
        notebook.metadata.pop("widgets", None)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [] if "predict" in cell.metadata.get("tags", ()) else tidy(cell.outputs)
        temporary = path.with_suffix(".tmp")
        nbformat.write(notebook, temporary)
        temporary.replace(path)
        print(f"{path.name}: {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1000:.0f} kB")


def say(notebook: nbformat.NotebookNode) -> None:
    """Print each cell of code that says something, and what."""
    for cell in notebook.cells:
        words = [output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
                 for output in (tidy(cell.outputs) if cell.cell_type == "code" else ())]
        if any(words):
            print(f">>> {cell.source}", *words, sep="\n", end="\n\n")


def tidy(outputs: list) -> list:
    """Printed text in one piece, and of a progress bar what it shows at the end, not how it got there."""
    whole = []
    for output in outputs:
        if output.output_type == "stream" and whole and whole[-1].get("name") == output.name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    for output in whole:
        if output.output_type == "stream":
            lines = output.text.replace("\r\n", "\n").split("\n")
            output.text = "\n".join(line.rsplit("\r", 1)[-1] for line in lines)
    return whole


if __name__ == "__main__":
    main(sys.argv[1:])
