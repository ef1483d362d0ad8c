"""A real browser on a real JupyterLab: what a student sees and does."""

from __future__ import annotations

import shutil
import sys

import pytest
from browsing import (CELLS, DRAW, LAB, PANELS, ROOT, PanelOnPage, browser_page, no_error, run_all, server, wait_for,
                      write_notebook)


def open_and_run(page, address: str, name: str) -> None:
    """A notebook in JupyterLab, all of whose cells have run."""
    page.goto(address + LAB.address.format(name=name))
    page.locator(LAB.ready).first.wait_for()
    wait_for(page, "() => document.body.innerText.includes('| Idle')")
    run_all(page, LAB)


@pytest.mark.parametrize("name", ["00_start_here.ipynb", "01_leaky_rnn.ipynb", "panels.ipynb"])
def test_a_student_opens_a_notebook_and_uses_its_panels(name, tmp_path):
    folder = tmp_path / "labs"
    shutil.copytree(ROOT / "labs", folder)
    write_notebook(folder / "panels.ipynb", *CELLS)
    with browser_page(tmp_path) as page, server(LAB, sys.executable, folder, tmp_path) as address:
        open_and_run(page, address, name)
        areas = page.locator(LAB.area).all()
        assert areas, "no panel came alive"
        for i, area in enumerate(areas):
            area.scroll_into_view_if_needed()
            panel = PanelOnPage(page, area)
            panel.use(LAB.handle)
            area.screenshot(path=tmp_path / f"panel{i}.png")
        page.keyboard.press("Control+s")
        wait_for(page, "() => !document.querySelector('.jp-mod-dirty')")
        assert no_error(page, LAB)

    # Somebody else opens the notebook elsewhere: no kernel knows the panel, but its picture is there.
    with browser_page(tmp_path) as page, server(LAB, sys.executable, folder, tmp_path / "other") as address:
        page.goto(address + LAB.address.format(name=name))
        page.locator(".jp-OutputArea img.static").first.wait_for()
        static = page.locator(".jp-OutputArea:has(img.static)").all()
        assert len(static) == len(areas) and page.locator("img.live").count() == 0
        for area in static:
            area.scroll_into_view_if_needed()
            PanelOnPage(page, area).look()


def test_a_student_draws_and_networks_learn_it(tmp_path):
    folder = tmp_path / "labs"
    folder.mkdir()
    write_notebook(folder / "draw.ipynb", DRAW)
    with browser_page(tmp_path) as page, server(LAB, sys.executable, folder, tmp_path) as address:
        open_and_run(page, address, "draw.ipynb")
        panel = PanelOnPage(page, page.locator(LAB.area).first)
        panel.use_canvas()
        panel.use(LAB.handle)
        panel.area.screenshot(path=tmp_path / "panel.png")
        assert no_error(page, LAB)


def test_a_student_silences_steps_with_the_mouse(tmp_path):
    folder = tmp_path / "labs"
    folder.mkdir()
    write_notebook(folder / "strip.ipynb", f"import ccdyn.panels\nccdyn.panels.{PANELS['memory']}")
    with browser_page(tmp_path) as page, server(LAB, sys.executable, folder, tmp_path) as address:
        open_and_run(page, address, "strip.ipynb")
        panel = PanelOnPage(page, page.locator(LAB.area).first)
        panel.use_strip()
        panel.area.screenshot(path=tmp_path / "panel.png")
        assert no_error(page, LAB)
