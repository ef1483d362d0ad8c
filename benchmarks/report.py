"""What was measured, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ccdyn.plots.style import ARCHITECTURE, GREY, make_figure, styled

NAMES = {"none": "no feedback", "readout": "readout feedback", "cerebellar": "cerebellar feedback",
         "torch.nn.RNN": "`torch.nn.RNN`"}
PANELS = {"n_steps": "time steps", "n_cortex": "cortical units", "n_granule": "granule cells",
          "n_seeds": "networks in one pass"}
PLAIN = {"linestyle": (0, (4, 2)), "lw": 1.3}
BEGIN, END = "<!-- table, written by run.py -->", "<!-- end of table -->"


def rounded(results):
    """Four significant digits everywhere: more would be noise."""
    if isinstance(results, dict):
        return {name: rounded(value) for name, value in results.items()}
    if isinstance(results, list):
        return [rounded(value) for value in results]
    return float(f"{results:.4g}") if isinstance(results, float) else results


def markdown(results: dict) -> str:
    """The three tables, a line on the large case, and the machine."""
    big, machine = results["big"], results["machine"]
    comparison = table(
        "cortical units, granule cells | architecture | cortex learns | plain: ms | 1 network: ms | faster "
        "| 10 networks: ms each | faster | plain: MB (traces kept) | 1 network: MB (without copy) "
        "| 10 networks: MB each (without copy)", map(_comparison, results["table"]))
    rules = table(
        "architecture | cortex or readout rule | 1 network: ms | of BPTT | 10 networks: ms each | of BPTT "
        "| 10 networks: MB each (without copy)", map(_rule, results["rules"]))
    window = table(
        " | ".join(["architecture", "time steps", *(f"{name}: MB (step)" for name in results["window"][0]["step"])]),
        map(_window, results["window"]))
    return "\n".join([
        "A training step beside the plain implementation:", "", *comparison, "",
        "A training step with each learning rule, 50 cortical units and 1000 granule cells:", "", *rules, "",
        "Memory of a rule beyond the run that it learns from (and of the whole step), one network:", "", *window, "",
        (f"Large matrices ({big['n_granule']} granule cells, {big['n_cortex']} cortical units, "
         f"batch {big['n_trials']}, {big['n_steps']} steps): {big['gflop per second']:.0f} GFLOP/s in a "
         f"training step of {big['gflop per step']:.1f} GFLOP, {100 * big['share']:.0f} % of the "
         f"{big['torch.mm gflop per second']:.0f} that `torch.mm` reached in the same run."), "",
        f"Measured on: {'; '.join(f'{name} {value}' for name, value in machine.items())}."]) + "\n"


def table(header: str, rows: Iterable[list[str]]) -> list[str]:
    """Lines of a table in Markdown; columns are divided by " | "."""
    return [f"| {header} |", "|---" * (header.count(" | ") + 1) + "|", *(f"| {' | '.join(row)} |" for row in rows)]


def _comparison(row: dict) -> list[str]:
    ms, memory = row["ms"], row["bytes"]
    size = f"{row['n_cortex']}" + (f", {row['n_granule']}" if row["feedback"] == "cerebellar" else "")
    cells = [size, NAMES[row["feedback"]], row["plasticity"], spread(ms["plain"])]
    if "one" not in ms:
        return [*cells, "", "", "", "", _mb(memory["plain"]), "", ""]
    return [*cells, spread(ms["one"]), f"{row['faster']['one']:.1f} x", spread(ms["ten"]),
            f"**{row['faster']['ten']:.1f} x**", f"{_mb(memory['plain'])} ({_mb(memory['plain, traces kept'])})",
            _without_copy(memory["one"]), _without_copy(memory["ten"])]


def _rule(row: dict) -> list[str]:
    ms, share = row["ms"], row["of BPTT"]
    return [NAMES[row["feedback"]], row["rule"], spread(ms["one"]), _percent(share["one"]), spread(ms["ten"]),
            _percent(share["ten"]), _without_copy(row["bytes"])]


def _window(row: dict) -> list[str]:
    return [NAMES[row["feedback"]], str(row["n_steps"]),
            *(f"{row['rule'][name] / 1e6:.3f} ({step / 1e6:.2f})" for name, step in row["step"].items())]


def spread(ms: dict[str, float]) -> str:
    """Median (lowest to highest)."""
    return f"{ms['median']:.3g} ({ms['min']:.3g} to {ms['max']:.3g})"


def _percent(share: dict[str, float]) -> str:
    return f"**{100 * share['median']:.0f} %** ({100 * share['min']:.0f} to {100 * share['max']:.0f})"


def _mb(memory: dict[str, float]) -> str:
    return f"{memory['step'] / 1e6:.2f}"


def _without_copy(memory: dict[str, float]) -> str:
    return f"{_mb(memory)} ({(memory['step'] - memory['copy']) / 1e6:.2f})"


def stamp(path: Path, text: str, markers: tuple[str, str] = (BEGIN, END)) -> None:
    """Put the tables between the two markers."""
    begin, end = markers
    before, rest = path.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    path.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


@styled
def figure(curves: dict[str, dict]) -> Figure:
    """Cost of a training step against one size a panel; solid ccdyn, dashed the plain implementation."""
    picture, axes = make_figure(10.5, 8.0, 2, 2, sharey=True)
    for panel, ax in zip(PANELS, axes.flat):
        for label, points in curves[panel].items():
            feedback, who = label.split(", ")
            style = ARCHITECTURE[NAMES[feedback]]
            look = {"marker": style.marker} if who == "ccdyn" else PLAIN
            ax.plot(*zip(*points), color=style.color, **look)
        ax.set(xscale="log", yscale="log", xlabel=PANELS[panel], xticks=[size for size, _ in points])
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        ax.yaxis.set_major_locator(LogLocator(10, subs=(1, 3)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.minorticks_off()
        ax.grid(axis="y", color=GREY, alpha=0.25, lw=0.8)
    for ax in axes[:, 0]:
        ax.set_ylabel("ms per step and network")
    none, readout, cerebellar = (
        Line2D([], [], color=ARCHITECTURE[name].color, marker=ARCHITECTURE[name].marker, label=name)
        for name in list(NAMES.values())[:3])
    ours = Line2D([], [], color=GREY, marker="o", label="ccdyn, ten networks in one pass")
    plain = Line2D([], [], color=GREY, label="plain, one network", **PLAIN)
    picture.legend(handles=[none, ours, readout, plain, cerebellar], loc="outside upper center", ncols=3)
    matplotlib.rcParams["svg.hashsalt"] = "ccdyn"  # the same file for the same numbers
    return picture
