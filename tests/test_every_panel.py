"""What every panel keeps to, whatever it shows."""

from __future__ import annotations

import pytest
from seeing import COMMON, classes, white_size

import ccdyn
import ccdyn.panels as panels
from ccdyn.panels.panel import to_png

FEW = {"n_cortex": 6, "expansion": 3, "seeds": (4, 1)}
PANELS = {
    "unit": lambda: panels.UnitPanel(),
    "phase": lambda: panels.PhasePanel(n_cortex=6, seeds=(4, 1)),
    "rhythm": lambda: panels.RhythmPanel(n_cortex=6, seeds=(4, 1), n_steps=200),
    "window": lambda: panels.WindowPanel(**FEW),
    "expansion": lambda: panels.ExpansionPanel(n_cortex=6, seeds=(4, 1)),
    "dissect": lambda: panels.DissectPanel(n_sessions=0, **FEW),
    "silence": lambda: panels.SilencePanel(n_sessions=0, **FEW),
    "memory": lambda: panels.MemoryPanel(
        ccdyn.Network.for_task(ccdyn.DelayedAssociation(), feedback="cerebellar", **FEW), ccdyn.DelayedAssociation()),
    "silence, feedback left": lambda: panels.SilencePanel(n_sessions=0, first=3, length=15, factor=0.9, **FEW),
    "memory, feedback left": lambda: panels.MemoryPanel(
        ccdyn.Network.for_task(ccdyn.EvidenceAccumulation(), feedback="cerebellar", **FEW),
        ccdyn.EvidenceAccumulation(), first=20, length=10, factor=0.9),
    "sleep": lambda: panels.SleepPanel(ccdyn.Network.for_task(ccdyn.DelayedAssociation(), **FEW), n_test=20),
    "decoupling": lambda: panels.DecouplingPanel(chunk=3, n_cortex=6, synthesiser=(5,), seeds=(4, 1)),
    "lines": lambda: panels.LinePanel(chunk=3, **FEW),
    "all three": lambda: panels.LinePanel("all three side by side", chunk=3, **FEW),
    "draw": lambda: panels.DrawPanel(chunk=3, **FEW),
    "basis": lambda: panels.BasisPanel(chunk=3, **FEW),
    "digits": lambda: panels.DigitPanel(chunk=3, n_test=20, **FEW),
    "switch": lambda: panels.SwitchPanel(chunk=3, shared=0.5, **FEW),
    "microscope": lambda: panels.MicroscopePanel(chunk=3, n_cortex=6, seeds=(4, 1)),
    "predict": lambda: panels.PredictPanel("Does it grow?", [0, 1, 2], {"yes": [0, 1, 2], "no": [0, 0, 0]},
                                           lambda: [[0, 0], [1, 2]], right="yes", why="It adds up."),
}


@pytest.fixture(scope="module", params=PANELS)
def panel(request):
    return PANELS[request.param]()


def controls(widget):
    """All widgets in ``widget`` that have a value to set or can be pressed."""
    for child in getattr(widget, "children", ()):
        yield from controls(child)
    if type(widget).__name__ in COMMON - {"HTML", "HBox", "VBox", "Play", "Textarea"}:
        yield widget


def test_its_widgets_are_in_both_ipywidgets(panel):
    assert classes(panel.box) <= COMMON | {"Canvas", "Strip"}


def test_each_control_says_what_it_does(panel):
    for control in controls(panel.box):
        tip = control.tooltip if control.has_trait("tooltip") else control.description_tooltip
        assert tip and tip[0].isupper() and tip[-1] in ".?", (type(control).__name__, control.description, tip)


def test_its_picture_is_pure_white_and_of_fixed_height(panel):
    assert panel.render(panel.parameters()) == panel.render(panel.parameters()) == (panel.png, panel.alt)
    assert white_size(panel.png)[1] == 312


def test_its_words_are_sentences_with_numbers(panel):
    assert panel.alt.endswith(".") and (any(letter.isdigit() for letter in panel.alt) or "still hidden" in panel.alt)
    assert panel.picture.value.count("<img") == 1


def test_titles_labels_and_legends_stay_inside_the_picture(panel, monkeypatch):
    """Drawn on a page that is wider and higher, nothing is where the picture ends."""
    drawn = []
    monkeypatch.setattr(f"{panel.render.__module__}.to_png", lambda figure: drawn.append(figure) or to_png(figure))
    panel.render(panel.parameters())
    figure, = drawn
    inside = figure.get_tightbbox()     # in inches
    width, height = figure.get_size_inches()
    assert 0 <= inside.x0 and 0 <= inside.y0 and inside.x1 <= width and inside.y1 <= height, inside
    for axes in figure.axes:
        if axes.get_legend():
            place = axes.get_legend().get_window_extent()
            assert not any(place.overlaps(other.get_tightbbox()) for other in figure.axes if other is not axes)
