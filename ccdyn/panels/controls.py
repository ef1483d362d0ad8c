"""The controls of all panels: the same look, and only what ipywidgets 7.7.1 (Colab) and 8 both have."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets


def slider(description: str, value: float, low: float, high: float, step: float = 1, tip: str = "") -> widgets.Widget:
    """A slider for whole numbers, or for others if ``step`` is not whole; the range grows to hold ``value``.

    It acts when it is let go: while it is dragged, pictures would queue up.
    """
    look = {"continuous_update": False, "layout": widgets.Layout(width="300px"), "style": {"description_width": "9em"}}
    limits = {"value": value, "min": min(low, value), "max": max(high, value), "step": step, "description": description}
    if isinstance(step, int):
        return with_tip(widgets.IntSlider(**limits, **look), tip)
    digits = max(1, len(f"{step:g}".partition(".")[2]))
    return with_tip(widgets.FloatSlider(**limits, readout_format=f".{digits}f", **look), tip)


def choice(options: Sequence, value, tip: str = "", width: str = "17em") -> widgets.Dropdown:
    """A menu; ``options`` are values, or (shown, value)."""
    return with_tip(widgets.Dropdown(options=list(options), value=value, layout=widgets.Layout(width=width)), tip)


def switch(description: str, value: bool = False, tip: str = "") -> widgets.Checkbox:
    """A box to tick."""
    box = widgets.Checkbox(value, description=description, indent=False, layout=widgets.Layout(width="auto"))
    return with_tip(box, tip)


def button(description: str, tip: str = "") -> widgets.Button:
    """A button of the width of its word."""
    return with_tip(widgets.Button(description=description, layout=widgets.Layout(width="auto")), tip)


def with_tip(widget: widgets.Widget, text: str) -> widgets.Widget:
    """``widget`` with a text for the pointer; ipywidgets 7 has another name for it."""
    setattr(widget, "tooltip" if widget.has_trait("tooltip") else "description_tooltip", text)
    return widget


def value_of(control: widgets.Widget):
    """What a control says; a slider's .30000000000000004 is .3."""
    return round(control.value, 6) if isinstance(control.value, float) else control.value


def pause(play: widgets.Play) -> None:
    """Stop the clock, as the pause button does; ipywidgets 7 calls it ``_playing``."""
    setattr(play, "playing" if play.has_trait("playing") else "_playing", False)
