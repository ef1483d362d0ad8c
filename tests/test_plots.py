"""Pictures show the numbers they were given, can be read, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

import ccdyn
from ccdyn import plots
from ccdyn.plots.loop import VARIANTS
from ccdyn.plots.style import ARCHITECTURE, OTHERS, styles

LABELS = ("no feedback", "readout feedback", "cerebellar feedback", "granule readout")


def history(seed: int, n_seeds: int = 3, n_sessions: int = 5) -> ccdyn.History:
    values = np.random.default_rng(seed).uniform(0.01, 0.2, (n_seeds, n_sessions, 2))
    return ccdyn.History(values, tuple(range(n_seeds)), ("train_loss", "validation_loss"))


HISTORIES = {label: history(i) for i, label in enumerate(LABELS)}
LINES = ccdyn.LineDrawing(n_steps=7, n_patterns=4)
DRAWN = {label: LINES.lines + 0.1 * i * torch.randn(2, 4, 7, 2, generator=torch.Generator().manual_seed(i))
         for i, label in enumerate(LABELS[:3])}
ERRORS = {"x": (1, 2, 5), "xlabel": "session", "ylabel": "error", "log": True, "at": [2],
          "values": {"cRNN": [[4.0, 6.0]] * 3, "ccRNN, olive silent": [[1.0, 0.1], [2.0, 1.0], [3.0, 2.5]]}}
HELD = ccdyn.SequentialMNIST(blank_steps=12, teacher=(-18, None))

FIGURES = {
    "learning_curves": lambda: plots.learning_curves(HISTORIES, chance=0.159),
    "learning_curves, log": lambda: plots.learning_curves(HISTORIES, "train_loss", chance=0.159, log=True),
    "learning_curves, one session": lambda: plots.learning_curves({"mine": history(9, 1, 1)}),
    "sweep": lambda: plots.sweep((0, 1, 5), {"cerebellar feedback": np.arange(12.0).reshape(3, 4)},
                                 "tau (steps)", "error"),
    "sweep, log": lambda: plots.sweep((1, 2, 40), {"a": [[1.0, 2.0]] * 3, "b": [[3.0, 4.0]] * 3},
                                      "expansion", "error", chance=2, log_x=True, log=True),
    "bars": lambda: plots.bars({"plain": {"no feedback": [0.1, 0.3], "granule readout": [0.5, 0.7]},
                                "held": {"no feedback": [0.2, 0.1]}}, "accuracy", chance=0.1),
    "drawn_lines": lambda: plots.drawn_lines(LINES, DRAWN),
    "drawn_lines, one network": lambda: plots.drawn_lines(LINES, {"cerebellar feedback": LINES.lines}),
    "lines_and_curves": lambda: plots.lines_and_curves(LINES, HISTORIES, DRAWN, chance=0.159),
    "standard_errors": lambda: plots.standard_errors({"first": ERRORS, "second": {**ERRORS, "thin": False}}),
    "standard_errors, many curves": lambda: plots.standard_errors(
        {title: {**ERRORS, "values": {f"{title}, {i}": rows for i, rows in enumerate([[[1.0, 2.0]] * 3] * 4)}}
         for title in ("some", "others", "and more")}),
    "errors_and_lines": lambda: plots.errors_and_lines(ccdyn.GradedLines(), dict.fromkeys("abc", ERRORS), {
        "cRNN": ccdyn.GradedLines().lines, "ccRNN": 0.9 * ccdyn.GradedLines().lines.expand(2, -1, -1, -1)}),
    "digits": lambda: plots.digits(HELD, n=3),
    "digits, cut finer": lambda: plots.digits(ccdyn.SequentialMNIST(pixels_per_step=7), n=2),
    "loop": lambda: plots.loop(),
    "loop, all": lambda: plots.loop(VARIANTS),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_readable_and_leaves_nothing_behind(name):
    before = dict(matplotlib.rcParams)
    figure = FIGURES[name]()
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    assert (pixels[0, 0] == 255).all() and pixels.min() < 100, "a white page with something on it"
    for axes in figure.axes:
        for line in axes.lines:
            assert np.isfinite(np.asarray(line.get_xydata(), dtype=float)).all()
    words = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    assert words and all(text.get_fontsize() >= 11 for text in words)
    page = figure.bbox
    ticks = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
             for tick in axis.get_major_ticks() + axis.get_minor_ticks()
             for label in (tick.label1, tick.label2)}
    for text in set(words) - ticks:  # matplotlib keeps labels of ticks that it does not draw
        box = text.get_window_extent()
        inside = (box.min >= page.min - 1).all() and (box.max <= page.max + 1).all()
        assert inside, f"{text.get_text()!r} runs off the page"
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []


def test_pictures_do_not_need_pyplot():
    code = "import sys, ccdyn.plots as p; p.loop(); sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_learning_curves_show_mean_and_range():
    figure = plots.learning_curves(HISTORIES, chance=0.159)
    axes = figure.axes[0]
    curves = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
    assert list(curves) == list(LABELS) == [text.get_text() for text in axes.get_legend().get_texts()]
    bands = axes.findobj(PolyCollection)
    for (label, line), band in zip(curves.items(), bands, strict=True):
        values = HISTORIES[label]["validation_loss"]
        np.testing.assert_allclose(line.get_xydata(), np.stack([np.arange(1, 6), values.mean(0)], 1))
        corners = band.get_paths()[0].vertices
        for session in range(1, 6):
            column = corners[corners[:, 0] == session, 1]
            assert column.min() == pytest.approx(values[:, session - 1].min())
            assert column.max() == pytest.approx(values[:, session - 1].max())
        assert to_hex(line.get_color()).upper() == ARCHITECTURE[label].color
    assert axes.get_xlabel() == "session" and "range of 3 networks" in axes.get_ylabel()
    unlabelled = [line for line in axes.lines if line.get_label().startswith("_")]
    assert [list(line.get_ydata()) for line in unlabelled] == [[0.159, 0.159]]


def test_curves_of_unequal_length_share_an_axis():
    figure = plots.learning_curves({"cerebellar feedback": history(0, 3, 2), "no feedback": history(1, 3, 8)})
    assert figure.axes[0].get_xlim() == (1, 8)
    with pytest.raises(ValueError, match="train for at least one session"):
        plots.learning_curves({"none yet": ccdyn.History.empty((0,), ("validation_loss",))})


def test_sweep_shows_a_point_per_setting():
    axes = FIGURES["sweep"]().axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [(0, 1.5), (1, 5.5), (5, 9.5)])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "1", "5"]
    assert axes.get_xlabel() == "tau (steps)" and "range of 4 networks" in axes.get_ylabel()
    with pytest.raises(ValueError, match="has 2 rows but there are 3 settings"):
        plots.sweep((0, 1, 5), {"a": np.zeros((2, 3))}, "tau", "error")


def test_standard_errors_are_those_of_the_mean_and_models_keep_their_looks():
    figure = FIGURES["standard_errors"]()
    first, second = figure.axes
    bold = {line.get_label(): line for line in second.lines if not line.get_label().startswith("_")}
    assert [to_hex(line.get_color()).upper() for line in bold.values()] == [
        ARCHITECTURE[name].color for name in ("no feedback", "cerebellar feedback")]
    np.testing.assert_allclose(bold["ccRNN, olive silent"].get_xydata(), [(1, 0.55), (2, 1.5), (5, 2.75)])
    edges = second.collections[0].get_paths()[0].vertices[:, 1]
    assert (edges.min(), edges.max()) == pytest.approx((4, 6)), "two networks: a standard error is half their distance"
    assert len(first.lines) == len(second.lines) + 4, "each network thinly"
    assert len(figure.legends) == 1 and "s.e.m. of 2 networks; thin" in figure.get_supxlabel()
    many = FIGURES["standard_errors, many curves"]()
    assert not many.legends and all(axes.get_legend() for axes in many.axes)
    for values in ([[1.0]] * 3, [[1.0, 2.0]] * 2):
        with pytest.raises(ValueError, match="two seeds or more"):
            plots.standard_errors({"wrong": {**ERRORS, "values": {"cRNN": values}}})


@pytest.mark.parametrize("columns", [2, 3])
def test_one_legend_over_several_sweeps_has_room(columns):
    """However long its labels are: it stays in the picture, and off the axes and what is beside them."""
    labels = ("no feedback", "readout feedback", "granule readout", "cerebellar feedback", "cerebellar, temporal basis",
              "cerebellar, window 3, four times")
    panel = {"x": range(5), "values": dict.fromkeys(labels, np.ones((5, 10))), "xlabel": "session",
             "ylabel": "validation error", "chance": 0.5}
    figure = plots.sweeps({f"alpha {i}": panel for i in range(columns)}, columns=columns)
    FigureCanvasAgg(figure).draw()
    inside, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert 0 <= inside.x0 and 0 <= inside.y0 and inside.x1 <= width and inside.y1 <= height, inside
    legend, = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(labels)
    assert not any(legend.get_window_extent().overlaps(axes.get_tightbbox()) for axes in figure.axes)
    assert all(axes.get_window_extent().height > 2 * figure.dpi for axes in figure.axes)


def test_bars_are_means_and_dots_are_networks():
    axes = FIGURES["bars"]().axes[0]
    assert sorted(bar.get_height() for bar in axes.patches) == pytest.approx([0.15, 0.2, 0.6])
    dots = [sorted(line.get_ydata()) for line in axes.lines if line.get_linestyle() == "None"]
    assert sorted(dots) == [[0.1, 0.2], [0.1, 0.3], [0.5, 0.7]]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["plain", "held"]
    assert "each of the 2 networks" in axes.get_ylabel()


def test_drawn_lines_end_where_the_network_stopped():
    figure = FIGURES["drawn_lines"]()
    assert [axes.get_title("center") for axes in figure.axes] == list(DRAWN)
    for axes, (label, drawn) in zip(figure.axes, DRAWN.items(), strict=True):
        assert axes.get_aspect() == 1
        mine = [line for line in axes.lines if line.get_color() == ARCHITECTURE[label].color]
        paths = [line.get_xydata() for line in mine if line.get_linestyle() == "-"]
        ends = [line.get_xydata() for line in mine if line.get_linestyle() == "None"]
        np.testing.assert_allclose(np.stack(paths), drawn.transpose(0, 1).flatten(0, 1))  # by pattern
        np.testing.assert_allclose(np.stack(ends), drawn[:, :, -1].transpose(0, 1))
        targets = [line.get_xydata() for line in axes.lines if line.get_zorder() == 1]
        np.testing.assert_allclose(np.stack(targets), LINES.lines)
    with pytest.raises(ValueError, match="every pattern once"):
        plots.drawn_lines(LINES, {"no feedback": torch.zeros(3, 7, 2)})


def test_digits_are_the_batch():
    batch = HELD.split_batch("test", 5, 8)
    figure = plots.digits(HELD, batch)
    assert len(figure.axes) == 3
    for axes, x, target in zip(figure.axes, batch.x, batch.target, strict=True):
        np.testing.assert_allclose(axes.images[0].get_array(), x)
        assert axes.images[0].get_extent() == [0, 1, 40, 0]
        assert axes.get_title("center") == f"a {int(target[0])}"
        taught = next(line for line in axes.lines if line.get_linewidth() == 5)
        assert list(taught.get_ydata()) == [22, 40]  # the last 18 of 40 steps
    assert list(figure.axes[0].get_yticks()) == [0, 28, 40]
    with pytest.raises(ValueError, match="take one replica"):
        plots.digits(HELD, HELD.split_batch("test", 0, 2, ccdyn.make_generators((0, 1), "test")))


@pytest.mark.parametrize("variant, present, absent", [
    ("no feedback", "W_{rdt}", ("W_{ch}", "W_{zh}", "W_{pf}")),
    ("readout feedback", "W_{zh}", ("W_{ch}", "W_{pf}")),
    ("cerebellar feedback", "W_{ch}", ("W_{zh}",)),
])
def test_the_loop_has_the_symbols_of_its_equation(variant, present, absent):
    words = " ".join(text.get_text() for text in plots.loop([variant]).findobj(Text))
    for symbol in ("W_{ih}", "W_{hh}", "W_{rdt}", r"\alpha", present):
        assert symbol in words
    for symbol in absent:
        assert symbol not in words
    if variant == "cerebellar feedback":
        assert all(symbol in words for symbol in ("W_{mf}", "W_{pf}", r"\tau", "c_t"))


def test_the_loop_refuses_what_it_cannot_draw():
    for variants in (["cerebellum"], []):
        with pytest.raises(ValueError, match="name one or more of 'no feedback'"):
            plots.loop(variants)


def test_styles_differ_in_more_than_colour():
    every = [*ARCHITECTURE.values(), *OTHERS]
    for what in ("color", "linestyle", "marker"):
        assert len({getattr(style, what) for style in every}) == len(every)
    chosen = styles(["mine", "cerebellar feedback, tau 5", "cerebellar feedback, tau 3", "no feedback"])
    assert chosen["no feedback"] == ARCHITECTURE["no feedback"]
    assert chosen["cerebellar feedback, tau 5"] == ARCHITECTURE["cerebellar feedback"]
    assert len(set(chosen.values())) == 4
    with pytest.raises(ValueError, match="8 curves are too many to tell apart; draw at most 7"):
        styles([str(i) for i in range(8)])
