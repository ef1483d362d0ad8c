"""Figure scripts run, their files do not depend on the day, and figures/README.md quotes their numbers."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import runpy
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

import ccdyn
from ccdyn.plots import spread

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "figures"
SCRIPTS = sorted(path.stem for path in FIGURES.glob("*.py") if path.stem not in ("all", "claims", "common"))


PICTURE = """
from pathlib import Path

here = Path(__file__)
for ending in ("json", "csv", "png", "svg"):
    here.with_suffix(f".{ending}").write_text('{"made by": {"seconds": 1}}')
(here.parents[1] / "build" / "cache").mkdir(parents=True, exist_ok=True)
print("drawn")
"""

# What is measured in the units of the drawing, or as a ratio, may be above 1.
UNBOUNDED = ("test error (squared distance)", "test error, best validation (squared distance)", "test dysmetria")


def run(script: str, *options: object) -> str:
    result = subprocess.run([sys.executable, FIGURES / f"{script}.py", *map(str, options)],
                            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def stored(script: str) -> dict:
    return json.loads((FIGURES / f"{script}.json").read_text())


def per_seed(result, path=()):
    """Every list of one number per network among the test results: (names on the way, numbers)."""
    for name, value in result.items():
        if isinstance(value, dict):
            yield from per_seed(value, (*path, name))
        elif path and path[0].startswith("test") and isinstance(value, list):
            yield (*path, name), value


def test_there_are_thirty_one_figures():
    assert SCRIPTS == ["association", "benefit", "beyond", "consolidation", "course", "damage", "decoupled",
                       "digitdraw", "digits", "evidence", "expansion", "factor", "feedback", "horizon", "lab00",
                       "lab04", "lab05", "lab06", "lab07", "lab08", "lesions", "linedraw", "loop", "microscope",
                       "patience", "plasticity", "rules", "stability", "switching", "tau", "timing"]


def test_make_figures_makes_the_published_ones_and_the_page_names_them():
    groups = runpy.run_path(str(FIGURES / "all.py"))
    text = " ".join((FIGURES / "README.md").read_text(encoding="utf-8").split())
    published, decoupled = groups["PUBLISHED"], groups["DECOUPLED"]
    assert set(published) < set(SCRIPTS) > set(decoupled) and not set(published) & set(decoupled)
    assert all(re.search(rf"\b{script} \((Fig\. )?{number}\b" if number else rf"\b{script}\b", text)
               for script, number in (*published.items(), *decoupled.items()))


@pytest.mark.parametrize(("options", "expected"), [((), "PUBLISHED"), (("--decoupled",), "DECOUPLED"),
                                                   (("--all",), "SCRIPTS"), (("--all", "--decoupled"), "SCRIPTS")])
def test_make_figures_makes_one_group_or_all(options, expected, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["all.py", *options])
    every = runpy.run_path(str(FIGURES / "all.py"))
    asked = []
    monkeypatch.setitem(every["main"].__globals__, "is_made", lambda name: asked.append(name) or True)
    every["main"]()
    assert sorted(asked) == sorted(every[expected])


def test_make_figures_makes_a_figure_again_if_anything_has_changed(tmp_path):
    folder = tmp_path / "figures"
    (tmp_path / "ccdyn").mkdir()
    folder.mkdir()
    shutil.copy(FIGURES / "all.py", folder)
    (tmp_path / "ccdyn" / "engine.py").write_text("# the package")
    (folder / "common.py").write_text("# what scripts share")
    (folder / "picture.py").write_text(PICTURE)

    def drawn() -> bool:
        done = subprocess.run([sys.executable, folder / "all.py", "picture"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return "drawn" in done.stdout

    assert drawn() and not drawn()
    for name in ("picture.csv", "picture.png", "common.py", "../ccdyn/engine.py"):
        (folder / name).write_text("# changed")
        assert drawn() and not drawn(), name
    (folder / "picture.svg").unlink()
    assert drawn() and not drawn()


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_runs_alone_and_writes_three_files(script, tmp_path):
    printed = run(script, "--quick", "--out", tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == [f"{script}.{ending}" for ending in ("csv", "json", "png", "svg")]
    assert (tmp_path / f"{script}.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(tmp_path / f"{script}.svg").getroot().tag.endswith("svg")
    quick = json.loads((tmp_path / f"{script}.json").read_text())
    assert list(quick) == list(stored(script)), "the stored numbers are from another version of the script"
    lines = (tmp_path / f"{script}.csv").read_text().splitlines()
    assert lines[0].startswith("measure,") and lines[0].endswith(",value") and len(lines) > 4
    assert all(line.rpartition(",")[2] == "nan" or math.isfinite(float(line.rpartition(",")[2])) for line in lines[1:])
    numbers = list(per_seed(quick))
    for path, values in numbers:
        low, high = (-1, 1) if "cosine" in path[0] else (0, math.inf if path[0] in UNBOUNDED else 1)
        assert len(values) == 2 and all(low <= v <= high and v < math.inf for v in values)
    assert numbers
    assert all(path[-1] in printed for path, _ in numbers)

    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    run(script, "--redraw", "--out", tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after == before, "the same numbers, the same bytes"


@pytest.mark.parametrize("script", SCRIPTS)
def test_committed_pictures_are_small(script):
    assert (FIGURES / f"{script}.svg").stat().st_size < 300_000
    assert (FIGURES / f"{script}.png").stat().st_size < 400_000
    assert "<dc:date>" not in (FIGURES / f"{script}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_leaves_a_picture_or_runs_over_its_legend(script, monkeypatch):
    monkeypatch.syspath_prepend(str(FIGURES))
    figure = runpy.run_path(str(FIGURES / f"{script}.py"))["draw"](stored(script))
    FigureCanvasAgg(figure).draw()
    inside, (width, height) = figure.get_tightbbox(), figure.get_size_inches()     # in inches
    assert 0 <= inside.x0 and 0 <= inside.y0 and inside.x1 <= width and inside.y1 <= height, inside
    labels = {text: text.get_window_extent() for axes in figure.axes
              for text in (axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title) if text.get_text()}
    labels |= {legend: legend.get_window_extent() for legend in figure.legends}
    for (one, place), (other, there) in combinations(labels.items(), 2):
        assert not place.overlaps(there), (one, other)


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_readme_quotes_the_stored_numbers(script):
    text = (FIGURES / "README.md").read_text(encoding="utf-8")
    overview, *parts = text.split("\n## ")
    row = next(line for line in overview.splitlines() if f"`python figures/{script}.py`" in line)
    assert f"]({script}.png)" in row and row.endswith(f"| {stored(script)['made by']['seconds']} s |")
    part = next(part for part in parts if part.startswith(script))
    assert f"]({script}.png)" in part, "the picture itself"
    tables = re.findall(r"^\|.*\n\|---.*\n((?:\|.*\n)+)", part + "\n", re.MULTILINE)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for rows in tables for line in rows.splitlines()]
    quoted: dict[str, list[str]] = {}
    for name, *numbers in cells:
        quoted.setdefault(name, []).extend(number for number in numbers if number)
    expected: dict[str, list[str]] = {}
    for path, values in per_seed(stored(script)):
        label = path[-1].removeprefix(f"{script} ")
        expected.setdefault(label, []).append(spread(values))
    assert quoted == expected


def spreads(result) -> set[str]:
    """Mean and range of everything that was measured once per network, to two and to three digits."""
    if isinstance(result, dict):
        return set().union(*map(spreads, result.values()))
    if isinstance(result, list) and result:
        if isinstance(result[0], (int, float)):
            return {spread(result, 2), spread(result, 3)}
        return set().union(*map(spreads, result))
    return set()


def test_the_page_about_eprop_quotes_the_stored_numbers():
    text = " ".join((FIGURES / "microscope.md").read_text(encoding="utf-8").split())
    quoted = re.findall(r"-?\d\.\d+ \(-?\d\.\d+ to -?\d\.\d+\)", text)
    measured = set().union(*(spreads(stored(script)) for script in ("microscope", "loop", "rules")))
    assert len(quoted) > 20 and set(quoted) <= measured


def test_eprop_follows_the_true_gradient_only_as_far_as_the_leak_does():
    cosine = stored("microscope")["test cosine"]
    assert min(cosine["alpha 0.1"]["T 80"]) > 0.7 > max(cosine["alpha 0.5"]["T 80"])
    within, beyond = [], []
    for rows in stored("microscope")["cosine by reach"].values():
        for row in rows.values():
            for reach, value in zip(row["alpha + radius"], row["cosine"]):
                (within if reach < 0.8 else beyond if reach > 1.1 else []).append(value)
    assert len(within) > 30 and min(within) > max(beyond)


def test_line_drawing_needs_the_loop():
    """The published claim: error below .03 for every network with cerebellar feedback, above .14 for none."""
    result = stored("linedraw")
    assert result["settings"]["n_sessions"] == 30 and len(result["settings"]["seeds"]) == 10
    error = result["test error by seed, best validation"]
    assert max(error["cerebellar feedback"]) < 0.03
    assert min(error["no feedback"]) > 0.14


def test_holding_a_digit_needs_the_loop():
    accuracy = stored("digits")["test accuracy by seed"]
    for control in ("no feedback", "granule readout"):
        assert min(accuracy["held, alpha 0.1"]["cerebellar feedback"]) > max(accuracy["held, alpha 0.1"][control]) + 0.2
    held, at_once = accuracy["held, alpha 0.5"], accuracy["at once, alpha 0.5"]
    assert min(held["cerebellar feedback"]) > max(held["granule readout"])
    assert sum(at_once["granule readout"]) > sum(at_once["cerebellar feedback"])


def test_local_rules_read_and_hold_digits_with_a_fixed_cortex_but_bptt_is_ahead():
    accuracy = stored("beyond")["test accuracy by seed"]
    at_once, held = accuracy["at once"], accuracy["held"]
    assert min(at_once["cerebellar feedback"]) > 0.9 and min(held["cerebellar feedback"]) > 0.85
    assert min(held["cerebellar feedback"]) > max(held["granule readout"])
    assert min(at_once["no feedback, BPTT"]) > max(at_once["granule readout"] + at_once["cerebellar feedback"])
    assert min(held["no feedback, BPTT"]) > max(held["cerebellar feedback"])


def test_the_csv_has_every_number_once_with_what_it_stands_for():
    for script in SCRIPTS:
        with (FIGURES / f"{script}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        result = stored(script)
        for measure in {row["measure"] for row in rows}:
            assert sum(row["measure"] == measure for row in rows) == count(result[measure])
        first = rows[0]
        place = [value for name, value in first.items() if name not in ("measure", "value") and value]
        values = result[first["measure"]]
        for name in place:
            values = values[int(name) if isinstance(values, list) else name]
        assert float(first["value"]) == values


def count(values) -> int:
    inner = values.values() if isinstance(values, dict) else values
    return sum(map(count, inner)) if isinstance(values, (dict, list)) else 1


def test_a_training_that_was_stopped_goes_on_from_its_last_checkpoint(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(FIGURES))
    import common

    monkeypatch.setattr(common, "CACHE", tmp_path / "cache")
    task = ccdyn.LineDrawing(n_steps=5)
    settings = {"batches_per_session": 2, "batch_size": 3, "validation_size": 4}

    def network():
        return ccdyn.Network.for_task(task, n_cortex=6, expansion=2, seeds=(0, 3))

    with common.progress(24) as bar:
        whole = ccdyn.train(ccdyn.start(network(), task, **settings), 12, progress=False)

        class Stopped(Exception):
            pass

        def stop(*_args, **_kwargs):
            if len(list(common.CACHE.glob("*"))) and not stop.done:
                stop.done = True
                raise Stopped
            return advance(*_args, **_kwargs)

        stop.done, advance = False, ccdyn.training.advance
        monkeypatch.setattr(ccdyn.training, "advance", stop)
        with pytest.raises(Stopped):
            common.train(bar, network(), task, 12, **settings)
        trained, advanced = [], ccdyn.training._train_batch
        monkeypatch.setattr(ccdyn.training, "_train_batch", lambda state: trained.append(1) or advanced(state))
        again = common.train(bar, network(), task, 12, **settings)
        assert len(trained) == 2 * (12 - common.EVERY) and len(again.history) == 12
        expected = whole.network.weights()
        assert all(torch.equal(weight, expected[name]) for name, weight in again.network.weights().items())
        other = common.train(bar, network(), task, 2, tau=4, **settings)
        assert len(other.history) == 2 and other.config.tau == 4


@pytest.mark.parametrize("options", [[], ["--quick"]])
def test_a_script_that_is_stopped_says_how_to_go_on_and_writes_nothing(tmp_path, monkeypatch, options):
    monkeypatch.syspath_prepend(str(FIGURES))
    import common

    def compute(quick):
        raise KeyboardInterrupt

    (tmp_path / "some.py").write_text("a script")
    monkeypatch.setattr(sys, "argv", ["some.py", "--out", str(tmp_path / "out"), *options])
    with pytest.raises(SystemExit) as stopped:
        common.main(str(tmp_path / "some.py"), compute, None, {})
    assert stopped.value.code == common.STOPPED and common.STOPPED in (FIGURES / "all.py").read_text()
    assert not list((tmp_path / "out").iterdir())


def test_the_same_script_and_package_are_not_computed_twice(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(FIGURES))
    import common

    monkeypatch.setattr(common, "CACHE", tmp_path / "cache")
    script, calls = tmp_path / "some.py", []
    script.write_text("first version")

    def compute(quick):
        calls.append(quick)
        return {"settings": {}, "test error": {"a": [0.5, torch.tensor(0.25).item()]}}

    first = common._numbers(str(script), compute, False)
    assert common._numbers(str(script), compute, False) == first and calls == [False]
    script.write_text("second version")
    common._numbers(str(script), compute, False)
    common._numbers(str(script), compute, True)
    common._numbers(str(script), compute, True)
    assert calls == [False, False, True, True]
    assert common.to_csv(first, {"test error": ("kind", "seed")}).splitlines() == [
        "measure,kind,seed,value", "test error,a,0,0.5", "test error,a,1,0.25"]
