"""What the tests of panels look at: widgets, and the size and corners of a picture."""

from __future__ import annotations

from io import BytesIO

from ipywidgets import Widget
from PIL import Image

# They are there, and look the same, in ipywidgets 7.7.1 and 8.
COMMON = {"Play", "Button", "Dropdown", "IntSlider", "FloatSlider", "Checkbox", "HTML", "HBox", "VBox", "Textarea",
          "Text", "SelectMultiple"}
SIZE = (960, 312)       # pixels of a picture that fills the page


def classes(widget: Widget) -> set[str]:
    """The kinds of all widgets in ``widget``."""
    return {type(widget).__name__}.union(*map(classes, getattr(widget, "children", ())))


def white_size(png: bytes) -> tuple[int, int]:
    """Width and height of a picture, whose corners must be white."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    right, bottom = picture.width - 1, picture.height - 1
    corners = {picture.getpixel(corner) for corner in ((0, 0), (right, 0), (0, bottom), (right, bottom))}
    assert corners == {(255, 255, 255)}
    return picture.size
