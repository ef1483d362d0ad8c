"""A time axis on which steps are marked with mouse or finger; sliders beside it do the same from the keyboard."""

from __future__ import annotations

from pathlib import Path

import traitlets

from ccdyn.plots.style import BLUE, GREY, PALE

try:
    from anywidget import AnyWidget
except ImportError:     # then there are the sliders
    Strip = None
else:
    class Strip(AnyWidget):
        """A trial as a row of steps; dragging over some of them marks these and no others.

        ``window`` is the first and the last marked step. It can be read and set from either side.

        >>> Strip(n_steps=20, window=[3, 5]).window
        [3, 5]
        """

        _esm = Path(__file__).with_name("strip.js").read_text(encoding="utf-8")
        _css = f"""
            .ccdyn-strip {{ width: 100%; font-size: 13px }}
            .ccdyn-steps {{ display: flex; height: 26px; border: 1px solid {GREY}; border-radius: 4px; overflow: hidden;
                            background: white; color: black; cursor: ew-resize;
                            touch-action: none; user-select: none; -webkit-user-select: none }}
            .ccdyn-steps span {{ flex: 1 1 0; min-width: 0; line-height: 26px; text-align: center; pointer-events: none;
                                 border-left: 1px solid {PALE} }}
            .ccdyn-steps span.chosen {{ background: {BLUE}; color: white }}"""
        n_steps = traitlets.Int(20, help="steps of a trial").tag(sync=True)
        window = traitlets.List([0, 0]).tag(sync=True)
