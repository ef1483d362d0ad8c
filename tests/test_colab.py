"""The labs and their panels with what Google Colab has: see colab-requirements.txt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from browsing import (CLASSIC, DRAW, ROOT, PanelOnPage, browser_page, no_error, run_all, server, wait_for,
                      write_notebook)

PYTHON = os.environ.get("CCDYN_COLAB_PYTHON", "")
LABS = sorted((ROOT / "labs").glob("*.ipynb"))
PLAIN = ("-o", "addopts=", "-p", "no:cacheprovider")
pytestmark = pytest.mark.skipif(not PYTHON, reason="CCDYN_COLAB_PYTHON names no Python with Colab's packages")


def colab(*arguments: str, **more) -> str:
    """Run Colab's Python on this checkout; its output."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CCDYN_STRICT": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([PYTHON, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_it_has_the_versions_of_colab():
    pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", (ROOT / "tests/colab-requirements.txt").read_text(), re.M))
    script = "from importlib.metadata import version; import sys; print(*map(version, sys.argv[1:]))"
    assert [found.split("+")[0] for found in colab("-c", script, *pins).split()] == list(pins.values())


def test_panels_and_exercises():
    files = [str(ROOT / "tests" / name) for name in ("test_every_panel.py", "test_exercises.py")]
    files += sorted(map(str, (ROOT / "tests").glob("test_panel*.py")))
    assert " passed" in colab("-m", "pytest", "-q", *files, *PLAIN)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.stem)
def test_a_lab_runs_from_top_to_bottom(lab: Path, tmp_path: Path):
    shutil.copytree(ROOT / "labs", tmp_path / "labs")
    options = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300", "-p", "nbval")
    assert " passed" in colab("-m", "pytest", "-q", *options, str(tmp_path / "labs" / lab.name), *PLAIN)


@pytest.mark.parametrize("name", [LABS[0].name, "draw.ipynb"])
def test_the_classic_notebook(name: str, tmp_path: Path):
    shutil.copytree(ROOT / "labs", tmp_path / "labs")
    write_notebook(tmp_path / "labs/draw.ipynb", DRAW)
    with browser_page(tmp_path) as page, server(CLASSIC, PYTHON, tmp_path / "labs", tmp_path) as address:
        page.goto(address + CLASSIC.address.format(name=name))
        page.locator(CLASSIC.ready).first.wait_for()
        wait_for(page, "() => window.Jupyter?.notebook?.kernel?.info_reply?.status === 'ok'")
        run_all(page, CLASSIC)
        areas = page.locator(CLASSIC.area).all()
        assert areas, "no panel came alive"
        for i, area in enumerate(areas):
            area.scroll_into_view_if_needed()
            panel = PanelOnPage(page, area)
            if name == "draw.ipynb":
                panel.use_canvas()
            panel.use(CLASSIC.handle)
            area.screenshot(path=tmp_path / f"panel{i}.png")
        assert no_error(page, CLASSIC)
