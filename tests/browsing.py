"""What the two browser tests share: a notebook server, a browser, and what a student does to a panel."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 300_000  # ms; a lab may take a minute and a half, and the machine may have other things to do
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]
# What the console may complain about: pictures from elsewhere without a network, the fonts of formulas.
NOISE = re.compile(r"favicon|colab-badge\.svg|about:blank")
# Every ready panel but that with the canvas, small.
PANELS = {
    "unit": "UnitPanel()",
    "phase": "PhasePanel(n_cortex=20, seeds=(0, 1), n_trials=10)",
    "rhythm": "RhythmPanel(n_cortex=20, seeds=(0, 1), n_steps=200)",
    "window": "WindowPanel(n_cortex=20, expansion=5, seeds=(0, 1))",
    "expansion": "ExpansionPanel(n_cortex=10, seeds=(0, 1))",
    "dissect": "DissectPanel(n_cortex=20, expansion=5, seeds=(0, 1), n_sessions=1)",
    "silence": "SilencePanel(n_cortex=20, expansion=5, seeds=(0, 1), n_sessions=1)",
    "memory": "MemoryPanel(ccdyn.Network.for_task(ccdyn.DelayedAssociation(), feedback='cerebellar', alpha=0.5, "
              "n_cortex=20, expansion=2, seeds=(0, 1)), ccdyn.DelayedAssociation())",
    "sleep": "SleepPanel(n_test=20)",
    "decoupling": "DecouplingPanel(n_cortex=20, synthesiser=(20,), seeds=(0, 1))",
    "digits": "DigitPanel(n_cortex=20, expansion=2, seeds=(0, 1), n_test=30)",
    "switch": "SwitchPanel(n_cortex=20, expansion=5, seeds=(0, 1))",
    "microscope": 'MicroscopePanel(architecture="cerebellar feedback", n_cortex=20, expansion=5, seeds=(0, 1), '
                  'n_steps=10)',
    "basis": "BasisPanel(n_cortex=20, expansion=2, seeds=(0, 1))",
    "lines": 'LinePanel("all three side by side", n_cortex=20, expansion=5, seeds=(0, 1))',
    "predict": 'PredictPanel("Does it grow?", [0, 1, 2], {"yes": [0, 1, 2], "no": [0, 0, 0]}, '
               'lambda: [[0, 0], [1, 2], [2, 3]], right="yes", why="It adds up.")',
}
ALPHA = ".widget-slider:has(.widget-label:text-is('alpha'))"
DONE = r"after (\d+) (?:batches|trials? of sleep)"      # what the alternative text of a panel with a clock says
CELLS = [f"import ccdyn.panels\nccdyn.panels.{panel}" for panel in PANELS.values()]

DRAW = '''from ccdyn.panels import DrawPanel
panel = DrawPanel(n_cortex=7, expansion=3, seeds=(0, 1), n_steps=10)
panel'''


@dataclass(frozen=True)
class FrontEnd:
    """How to start and read one kind of notebook page."""

    command: list[str]      # after the interpreter; "{port}" and "{folder}" are filled in
    address: str            # of a notebook, after the server's own
    ready: str              # a selector that is there once the page can be used
    area: str               # the output area of a cell that holds a live panel
    handle: str             # a slider's handle
    prompt: str             # "In [*]:" of a cell that still waits or runs
    wrong: str              # error output, and what was written to stderr


LAB = FrontEnd(
    ["-m", "jupyterlab", "--no-browser", "--allow-root", "--port={port}", "--ServerApp.port_retries=0",
     "--ServerApp.ip=127.0.0.1", "--ServerApp.root_dir={folder}", "--ServerApp.terminals_enabled=False",
     "--IdentityProvider.token=", "--LabApp.extension_manager=readonly"],
    "/doc/tree/{name}?reset", ".jp-Notebook .jp-Cell", ".jp-OutputArea:has(img.live)", ".noUi-handle",
    ".jp-InputPrompt", "[data-mime-type$='.error'], [data-mime-type$='.stderr']")
CLASSIC = FrontEnd(
    ["-m", "notebook", "--no-browser", "--allow-root", "--port={port}", "--port-retries=0", "--ip=127.0.0.1",
     "--notebook-dir={folder}", "--NotebookApp.token=", "--NotebookApp.password="],
    "/notebooks/{name}", "#notebook .cell", ".output_wrapper:has(img.live)", ".ui-slider-handle",
    ".input_prompt", ".output_error, .output_stderr")


def listen(errors: list[str], line) -> None:
    """Keep a line of the console, unless it is about something that is not ours."""
    text = f"{line.text} ({line.location.get('url')})"
    if not NOISE.search(text):
        errors.append(text)


def need(ok: object, reason: str) -> None:
    """Skip with a reason, or fail where the browser is required."""
    if not ok:
        if os.environ.get("CCDYN_REQUIRE_BROWSER") == "1":
            pytest.fail(f"CCDYN_REQUIRE_BROWSER=1, but {reason}")
        pytest.skip(reason)


@contextmanager
def browser_page(folder: Path) -> Iterator:
    """A page of a headless Chromium. ``page.errors`` are those of its console; ``folder`` gets the last picture."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    need(path, "there is no chromium on this machine")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        need(False, "playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE)
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda line: line.type == "error" and listen(page.errors, line))
        try:
            yield page
        finally:
            page.screenshot(path=folder / f"last{len(list(folder.glob('last*.png')))}.png")
            browser.close()


@contextmanager
def server(front: FrontEnd, python: str, folder: Path, home: Path) -> Iterator[str]:
    """A notebook server on ``folder`` with settings of its own in ``home``; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
             "notebook-extension/tracker": {"windowingMode": "none"}}
    for plugin, settings in quiet.items():
        file = home / "settings/@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    env = {**os.environ, "CCDYN_STRICT": "1", "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
           "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
           "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython"),
           "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    with open(home / "server.log", "w") as log:
        command = [part.format(port=port, folder=folder) for part in front.command]
        process = subprocess.Popen([python, *command], env=env, stdout=log, stderr=log, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(PATIENCE // 500):
            assert process.poll() is None, (home / "server.log").read_text()[-3000:]
            try:
                urllib.request.urlopen(address + "/api/status", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail("the notebook server did not answer: " + (home / "server.log").read_text()[-3000:])
        yield address
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def write_notebook(path: Path, *sources: str) -> None:
    """A notebook with these code cells."""
    cells = [{"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "source": source, "outputs": [],
              "execution_count": None} for i, source in enumerate(sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


def wait_for(page, condition: str, argument=None) -> None:
    """Wait until JavaScript says yes; ``condition`` is a function of ``argument``."""
    page.wait_for_function(condition, arg=argument, timeout=PATIENCE, polling=100)


def run_all(page, front: FrontEnd) -> None:
    """Run every cell, as a student does, and wait for the last one."""
    if front is LAB:
        cells = page.locator(".jp-Notebook .jp-Cell")
        cells.first.click()
        page.keyboard.press("Escape")
        for _ in range(cells.count()):
            page.keyboard.press("Shift+Enter")
    else:
        page.evaluate("Jupyter.notebook.execute_all_cells()")
    wait_for(page, "all => ![...document.querySelectorAll(all)].some(one => one.textContent.includes('*'))",
             front.prompt)
    page.locator(front.area).first.wait_for()
    assert no_error(page, front)


def no_error(page, front: FrontEnd) -> bool:
    """Neither a cell nor the browser's console has anything to complain about."""
    wrong = page.locator(front.wrong).all_inner_texts()
    assert not wrong and not page.errors, f"output: {wrong}; console: {page.errors}"
    return True


class PanelOnPage:
    """A live panel as a student sees and moves it."""

    def __init__(self, page, area) -> None:
        self.page, self.area = page, area

    def look(self) -> tuple[str, str]:
        """The picture and its alternative text; there must be one picture to be seen, and only one."""
        shown = [image for image in self.area.locator("img").all() if image.is_visible()]
        assert len(shown) == 1, f"{len(shown)} pictures are to be seen"
        assert shown[0].evaluate("image => image.complete && image.naturalWidth > 0"), "the picture is broken"
        return shown[0].get_attribute("src"), shown[0].get_attribute("alt")

    def batches(self) -> int:
        """How many batches were trained, or trials slept, says the alternative text."""
        return int(re.search(DONE, self.look()[1])[1])

    def changes(self, act, what: str) -> None:
        """``act`` must change the picture and its alternative text, and nothing may go wrong."""
        before = self.look()
        act()
        wait_for(self.page, "([area, src, alt]) => area.querySelector('img.live').src !== src || "
                            "area.querySelector('img.live').alt !== alt || area.querySelector('[role=alert]')",
                 [self.area.element_handle(), *before])
        alert = self.area.locator("[role=alert]")
        assert alert.count() == 0, f"{what}: {alert.inner_text()}"
        now = self.look()
        assert now[0] != before[0], f"{what} changed the alternative text but not the picture"
        assert now[1] != before[1], f"{what} changed the picture but not its alternative text"

    def use(self, handle: str) -> None:
        """Tick every box, open every menu, move every slider with the keyboard; then the clock, if there is one."""
        for i in range(self.area.locator("input[type=checkbox]").count()):
            box = self.area.locator("input[type=checkbox]").nth(i)
            if box.is_enabled():
                self.changes(lambda: box.press("Space"), f"box {i}")
        for i in range(self.area.locator("select:not([multiple])").count()):
            menu = self.area.locator("select:not([multiple])").nth(i)
            chosen, options = menu.input_value(), menu.locator("option").all_inner_texts()
            if menu.is_enabled():
                other = next(option for option in options if option != menu.locator("option:checked").inner_text())
                self.changes(lambda: menu.select_option(label=other), f"menu {i}")
                self.changes(lambda: menu.select_option(chosen), f"menu {i}, back")
        handles = self.area.locator(handle)
        if self.button("reveal").count():
            self.predict()
        else:
            assert handles.count(), "the panel has no slider"
        for i in range(handles.count()):
            if self.can_move(handles.nth(i)):
                self.changes(lambda: self.slide(handles.nth(i)), f"slider {i}")
        if self.area.locator(".widget-play").count():
            self.watch_clock(handle)

    def predict(self) -> None:
        """The answer is hidden until something is chosen; then it is drawn, and the choice is held until reset."""
        menu, reveal, hidden = self.area.locator("select"), self.button("reveal"), "What happens is still hidden."
        assert reveal.is_disabled() and hidden in self.look()[1]
        self.changes(lambda: menu.select_option(index=1), "a choice")
        self.changes(lambda: reveal.press("Enter"), "reveal")
        assert hidden not in self.look()[1] and menu.is_disabled() and reveal.is_disabled()
        self.changes(lambda: self.button("reset").press("Enter"), "reset")
        assert hidden in self.look()[1] and menu.is_enabled()

    def can_move(self, handle) -> bool:
        """False for a slider that is switched off."""
        return handle.evaluate("handle => !handle.closest('[disabled], .ui-slider-disabled, .ui-state-disabled')")

    def slide(self, handle) -> None:
        """One step down with the keyboard, or up if it stands at its lowest value."""
        lowest = handle.evaluate("""handle => handle.hasAttribute('aria-valuenow')
            ? Number(handle.getAttribute('aria-valuenow')) <= Number(handle.getAttribute('aria-valuemin'))
            : handle.style.left === '0%'""")
        from playwright.sync_api import TimeoutError
        slider = handle.locator("xpath=ancestor::*[contains(@class, 'widget-slider')]")
        name, readout = slider.locator(".widget-label").inner_text(), slider.locator(".widget-readout")
        before = readout.inner_text()
        for _ in range(5):  # a page that is just being laid out may take the focus away again
            handle.focus()
            self.page.keyboard.press("ArrowRight" if lowest else "ArrowLeft")
            with suppress(TimeoutError):
                self.page.wait_for_function("([readout, before]) => readout.innerText !== before", timeout=10_000,
                                            arg=[readout.element_handle(), before])
                return
        raise AssertionError(f"the slider {name!r} stays at {before}")

    def watch_clock(self, handle: str) -> None:
        """Play trains, Pause stops, a second Play resumes, a slider acts meanwhile; step, rewind and reset work."""
        area = self.area.element_handle()
        play = self.area.locator(".widget-play button")
        pause = self.area.locator(".widget-play button:has(.fa-pause)")  # the same button in ipywidgets 8
        start = self.batches()
        play.first.press("Enter")
        trained = f"Number(area.querySelector('img.live').alt.match(/{DONE}/)[1])"
        wait_for(self.page, f"([area, batches]) => {trained} > batches + 1", [area, start])
        self.page.evaluate("""area => { window.ticks = 0; new MutationObserver(() => window.ticks++).observe(
            area.querySelector('img.live').parentElement, {childList: true}) }""", area)
        wait_for(self.page, "() => window.ticks > 1")
        pause.press("Enter")
        self.page.evaluate("window.ticks = 0")
        self.page.wait_for_timeout(4000)
        # The tick that was running, and at most one that was on its way.
        assert self.page.evaluate("window.ticks") <= 2, "the networks went on learning after Pause"
        stopped = self.batches()
        play.first.press("Enter")
        wait_for(self.page, f"([area, batches]) => {trained} > batches", [area, stopped])
        if self.area.locator(ALPHA).count():
            self.slide_meanwhile(handle)
        pause.press("Enter")
        self.page.wait_for_timeout(4000)
        stopped = self.batches()
        self.changes(lambda: self.button("step").press("Enter"), "step")
        ahead = self.batches()
        assert ahead > stopped
        self.changes(lambda: self.button("rewind").press("Enter"), "rewind")
        assert self.batches() < ahead       # to the end of a session, which the step may have passed
        self.changes(lambda: self.button("step").press("Enter"), "step")
        self.changes(lambda: self.button("reset").press("Enter"), "reset")
        assert self.batches() == 0

    def slide_meanwhile(self, handle: str) -> None:
        """alpha, moved while the clock runs, takes effect: what the words say of the settings changes."""
        before = self.settings()
        self.slide(self.area.locator(ALPHA).locator(handle))
        wait_for(self.page, """([area, before]) =>
            area.querySelector('img.live').alt.split(' after ')[0] !== before""", [self.area.element_handle(), before])
        assert self.area.locator("[role=alert]").count() == 0

    def settings(self) -> str:
        """What the alternative text says before it comes to the batches."""
        return self.look()[1].split(" after ")[0]

    def button(self, name: str):
        return self.area.get_by_role("button", name=name, exact=True)

    def draw(self, *points: tuple[float, float], finger: bool = False) -> None:
        """A stroke on the canvas, through points from -1 to 1, with the mouse or with a finger."""
        canvas = self.area.locator(".ccdyn-canvas canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        places = [(box["x"] + (x + 1) / 2 * box["width"], box["y"] + (1 - y) / 2 * box["height"]) for x, y in points]
        if not finger:
            self.page.mouse.move(*places[0])
            self.page.mouse.down()
            for place in places[1:]:
                self.page.mouse.move(*place, steps=8)
            self.page.mouse.up()
            return
        touch = self.page.context.new_cdp_session(self.page)
        for kind, place in zip(["touchStart"] + ["touchMove"] * len(places), places):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [dict(zip("xy", place))]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def use_strip(self) -> None:
        """Drag over a time axis, there and back; the picture follows, and the axis follows reset."""
        strip = self.area.locator(".ccdyn-steps")
        strip.scroll_into_view_if_needed()
        box, said = strip.bounding_box(), self.area.locator(".ccdyn-strip")

        def drag(first: int, last: int) -> None:
            n = strip.locator("span").count()
            places = [(box["x"] + (t + 0.5) / n * box["width"], box["y"] + box["height"] / 2) for t in (first, last)]
            self.page.mouse.move(*places[0])
            self.page.mouse.down()
            self.page.mouse.move(*places[1], steps=5)
            self.page.mouse.up()

        self.changes(lambda: drag(2, 6), "a drag")
        assert "in steps 2 to 6:" in self.look()[1] and "Chosen: steps 2 to 6." in said.inner_text()
        self.changes(lambda: drag(9, 3), "a drag to the left")
        assert "in steps 3 to 9:" in self.look()[1] and strip.locator(".chosen").count() == 7
        self.changes(lambda: drag(5, 5), "a tap")
        assert "in step 5:" in self.look()[1] and "Chosen: step 5." in said.inner_text()
        self.changes(lambda: self.button("reset").press("Enter"), "reset")
        assert "Chosen: steps 5 to 9." in said.inner_text()

    def use_canvas(self) -> None:
        """Draw with mouse and finger, take strokes back, type one; the picture follows each time."""
        canvas = self.area.locator(".ccdyn-canvas canvas")
        canvas.wait_for()
        canvas.scroll_into_view_if_needed()
        place = canvas.bounding_box()
        example = self.look()[1]
        assert "drawing 3 strokes" in example and self.button("undo").is_disabled()
        self.changes(lambda: self.draw((-0.5, -0.5), (0, 0.5), (0.5, -0.5)), "a stroke of the mouse")
        first = self.look()[1]
        ends = [float(number) for number in re.findall(r"-?\d\.\d\d", first.partition("The strokes: 1 ")[2])]
        assert "drawing 1 stroke." in first and max(abs(a - b) for a, b in zip(ends, [-0.5, -0.5, 0.5, -0.5])) < 0.02
        self.changes(lambda: self.draw((0.8, 0.8), (0.8, 0), (0.8, -0.8), finger=True), "a stroke of the finger")
        assert canvas.bounding_box() == place, "the canvas moved under the hand"
        assert "drawing 2 strokes" in self.look()[1]
        assert "2 of 6 strokes" in canvas.get_attribute("aria-label")
        self.changes(lambda: self.button("undo").press("Enter"), "undo")
        assert self.look()[1] == first
        self.draw((0.1, 0.1))                       # a tap is no stroke
        assert self.area.locator(".ccdyn-canvas [role=status]").inner_text() == "1 of 6 strokes"
        self.changes(lambda: self.button("clear").press("Enter"), "clear")
        assert self.look()[1] == example
        self.button("points as text").press("Enter")
        text = self.area.locator("textarea:visible")

        def type_a_stroke() -> None:
            text.fill("0,0 0.5,0.8 1,0")
            text.blur()

        self.changes(type_a_stroke, "a typed stroke")
        assert self.look()[1].endswith("The strokes: 1 from (0.00, 0.00) to (1.00, 0.00).")
        assert "1 of 6 strokes" in canvas.get_attribute("aria-label")
