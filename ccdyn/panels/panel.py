"""A panel: a few controls and one picture that follows them."""

from __future__ import annotations

import html
import os
import struct
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import uuid4

import ipywidgets as widgets
from IPython.display import display

from ccdyn.panels.controls import button, value_of

Rendered = tuple[bytes, str]  # a PNG file, and its alternative text


class Panel:
    """Controls, one picture with an alternative text, and a line of code that makes the same picture.

    Moving a control calls ``changed``, which redraws. The picture is an
    ``<img>`` in a ``widgets.HTML``, so there is always exactly one of it, the
    same ``render`` serves tests and readers without a kernel, and an exception
    is never lost: it is shown under the picture and kept in ``error``. With the
    environment variable ``CCDYN_STRICT=1`` it is raised as well.

    Only widgets and arguments that mean the same in ipywidgets 7.7.1 (Colab)
    and 8 may be used.

    Args:
        render: parameters -> (PNG bytes, alternative text). A pure function.
        controls: widgets with a ``value``, by the name of their parameter.
        rows: the widgets as they stand, one list a row; None puts three controls on a row.
        code: parameters -> lines of Python that reproduce what is on screen.
        meaning: parameters -> a sentence under the controls that says what they mean, with units.

    Example:
        >>> from matplotlib.figure import Figure
        >>> def render(parameters):
        ...     figure = Figure(figsize=(2, 2))
        ...     figure.subplots().plot([0, parameters["slope"]])
        ...     return to_png(figure), f"a line of slope {parameters['slope']}"
        >>> panel = Panel(render, {"slope": widgets.IntSlider(1, description="slope")})
        >>> panel.controls["slope"].value = 3
        >>> panel.alt
        'a line of slope 3'
    """

    def __init__(self, render: Callable[[Any], Rendered], controls: Mapping[str, widgets.Widget],
                 rows: Sequence[Sequence[widgets.Widget]] | None = None, code: Callable[[Any], str] | None = None,
                 meaning: Callable[[Any], str] | None = None) -> None:
        self.render, self.make_code, self.make_meaning, self.controls = render, code, meaning, dict(controls)
        self._first = {name: control.value for name, control in self.controls.items()}
        self._held = False
        self.error: Exception | None = None
        self.png, self.alt = b"", ""
        self._id = f"ccdyn-{uuid4().hex[:12]}"
        self.picture, self.message, self.meaning = widgets.HTML(), widgets.HTML(), widgets.HTML()
        # Where this rule lives, so does the live picture: the static one below is then not needed.
        hider = widgets.HTML(f"<style>.static.{self._id} {{display: none}}</style>")
        self.code_button = button("copy as code", "The lines of Python that make what is on the screen.")
        self.reset_button = button("reset", self.reset.__doc__)
        self.code_box = widgets.Textarea(layout=widgets.Layout(width="98%", height="14em", display="none"))
        if rows is None:
            every = list(self.controls.values())
            rows = [every[i:i + 3] for i in range(0, len(every), 3)]
        first, last = self.buttons()
        rows = [[*first, *rows[0]], *rows[1:], *self.stage(), last]
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        lines = [widgets.HBox(list(row), layout=wrap) for row in rows if row]
        self.box = widgets.VBox([*lines, self.code_box, self.message, hider])
        for control in self.controls.values():
            control.observe(self.guard(self._moved), "value")
        self.code_button.on_click(self.guard(self._toggle_code))
        self.reset_button.on_click(self.guard(self.reset))
        self.refresh()

    def buttons(self) -> tuple[list[widgets.Widget], list[widgets.Widget]]:
        """Those in front of the first row of controls, and those below the picture."""
        return [], [self.reset_button, *([self.code_button] if self.make_code else [])]

    def stage(self) -> list[list[widgets.Widget]]:
        """The rows between the controls and the buttons below: what the settings mean, and the picture."""
        return [[self.meaning] if self.make_meaning else [], [self.picture]]

    def parameters(self) -> Any:
        """What ``render`` is given: here the values of the controls, by name."""
        return {name: value_of(control) for name, control in self.controls.items()}

    def reset(self) -> None:
        """Put every control back to where it stood first."""
        with self.held():
            for name, control in self.controls.items():
                control.value = self._first[name]
        self.changed()

    @contextmanager
    def held(self) -> Iterator[None]:
        """In here controls can be moved without anything following them."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def changed(self) -> None:
        """A control was moved."""
        self.refresh()

    def _moved(self) -> None:
        if not self._held:
            self.changed()

    def refresh(self) -> None:
        """Draw again, and bring the code up to date where it is shown."""
        parameters = self.parameters()
        self.png, self.alt = self.render(parameters)
        if self.make_meaning:
            self.meaning.value = self.make_meaning(parameters)
        self.picture.value = image_tag(self.png, self.alt, "live")
        if self.code_box.layout.display != "none":
            self.code_box.value = self.make_code(parameters)

    @property
    def code(self) -> str:
        """Lines of Python that reproduce what is on screen, seed included."""
        return self.make_code(self.parameters())

    def guard(self, callback: Callable[[], None]) -> Callable[..., None]:
        """``callback`` for a widget: what goes wrong in it is shown and kept, and raised in strict mode."""
        def guarded(*_) -> None:
            try:
                callback()
            except Exception as error:
                self.error = error
                self.message.value = (f'<p role="alert" style="font-size: 16px"><b>That did not work:</b> '
                                      f"{html.escape(str(error) or type(error).__name__)}</p>")
                if os.environ.get("CCDYN_STRICT") == "1":
                    raise
            else:
                if self.error is not None:
                    self.error, self.message.value = None, ""
        return guarded

    def show(self) -> None:
        """Show the panel, and below it a picture for readers without a kernel, hidden while it lives."""
        view = {"model_id": self.box.model_id, "version_major": 2, "version_minor": 0}
        display({"application/vnd.jupyter.widget-view+json": view,
                 "text/plain": "Run this cell to use the panel; below is what it shows."}, raw=True)
        still = image_tag(self.png, self.alt, f"static {self._id}")
        display({"text/html": still, "text/plain": self.alt}, raw=True)

    _ipython_display_ = show

    def _toggle_code(self) -> None:
        hidden = self.code_box.layout.display == "none"
        self.code_box.value = self.code if hidden else ""
        self.code_box.layout.display = "" if hidden else "none"


def to_png(figure, dpi: int = 80) -> bytes:
    """A figure as the bytes of a PNG file."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return file.getvalue()


def image_tag(png: bytes, alt: str, css_class: str) -> str:
    """One ``<img>`` that holds its picture; it has its size before it is decoded, so nothing jumps."""
    width, height = struct.unpack(">II", png[16:24])
    return (f'<img class="{css_class}" alt="{html.escape(alt)}" width="{width}" height="{height}" '
            f'decoding="sync" style="max-width: 100%; height: auto" '
            f'src="data:image/png;base64,{b64encode(png).decode()}">')
