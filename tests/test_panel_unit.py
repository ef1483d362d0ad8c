"""The panel of one leaky unit, beside formulas that do not step through time."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

from ccdyn.cortex import lone_units, time_constant
from ccdyn.panels import UnitPanel
from ccdyn.panels.unit import render
from ccdyn.plots.words import in_ms


def pulse_by_formula(alpha: float, x: np.ndarray, g: float) -> np.ndarray:
    """h_t = sum_k alpha^k g x_{t-k}, as one matrix."""
    lag = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
    return np.where(lag >= 0, float(alpha)**np.maximum(lag, 0), 0) @ (g * x)


@pytest.mark.parametrize("divided", [False, True])
def test_lone_units_sum_up_what_they_heard(divided):
    x = np.random.default_rng(3).normal(size=9)
    alphas = (0.0, 0.3, 0.85, 1.0)
    h = lone_units(torch.tensor(x), alphas, divided)
    assert h.shape == (9, 4)
    for i, alpha in enumerate(alphas):
        g = 1 - alpha if divided else 1
        assert h[:, i].numpy() == pytest.approx(pulse_by_formula(alpha, x, g), abs=1e-12)


@pytest.mark.parametrize("divided", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.35, 0.9, 1.0])
def test_the_view_holds_the_closed_forms(alpha, divided):
    panel = UnitPanel(alpha=alpha, length=7, height=0.4, divided=divided)
    view = panel.parameters()
    g = 1 - alpha if divided else 1
    x = np.zeros(len(view.h))
    x[view.start:view.start + 7] = 0.4
    assert view.h == pytest.approx(pulse_by_formula(alpha, x, g), abs=1e-12)
    assert view.impulse[:, 0] == pytest.approx([g * alpha**k for k in range(len(view.impulse))])
    gains = [sum(alpha**k for k in range(7)) * each for each in (1, 1 - alpha)]
    assert view.gain == pytest.approx(gains[::-1] if divided else gains)
    assert view.gains[:, np.isclose(view.alphas, alpha)][:, 0] == pytest.approx(view.gain)
    end = view.start + 6
    assert f"At its end h is {view.h[end]:.3f} and r = tanh h is {np.tanh(view.h[end]):.3f};" in panel.alt
    assert f"at the pulse's end {view.gain[0]:.2f}, and {view.gain[1]:.2f} with the input " in panel.alt


def test_alpha_raises_the_gain_unless_the_input_is_multiplied():
    def reached(alpha, divided):
        return UnitPanel(alpha=alpha, length=25, divided=divided).parameters().gain[0]
    assert reached(0.8, False) / reached(0.2, False) == pytest.approx(4, rel=0.01)
    assert reached(0.8, True) / reached(0.2, True) == pytest.approx(1, rel=0.01)


def test_the_time_constant_is_where_1_over_e_is_left():
    assert [round(time_constant(alpha)) for alpha in (0.1, 0.5, 0.9)] == [22, 72, 475]
    for alpha in (0.2, 0.6, 0.95):
        assert alpha**(time_constant(alpha) / 50) == pytest.approx(exp(-1))
    assert time_constant(0) == 0 and time_constant(1) == float("inf")


def test_the_meaning_has_units():
    panel = UnitPanel(alpha=0.9)
    words = panel.meaning.value
    assert "Membrane time constant: 475 ms" in words and "h = 10 x" in words
    assert f"half-life: {-50 * log(2) / log(0.9):.0f} ms" in words
    panel.controls["divided"].value = True
    assert "h = 1 x" in panel.meaning.value
    panel.controls["alpha"].value = 1.0
    assert "time constant: infinite" in panel.meaning.value and "hears nothing" in panel.meaning.value
    panel.controls["divided"].value = False
    assert "raises h without end" in panel.meaning.value


@pytest.mark.parametrize("name, value", [("alpha", 0.7), ("length", 3), ("height", 0.3), ("divided", True)])
def test_every_control_changes_picture_and_words_and_reset_brings_them_back(name, value):
    panel = UnitPanel()
    png, alt, picture = panel.png, panel.alt, panel.picture.value
    panel.controls[name].value = value
    assert panel.png != png and panel.alt != alt and panel.picture.value != picture
    panel.reset_button.click()
    assert (panel.png, panel.alt, panel.picture.value) == (png, alt, picture)


def test_render_is_pure_white_and_fixed_in_size():
    view = UnitPanel().parameters()
    assert render(view) == render(view)
    for settings in ({}, {"alpha": 1.0, "length": 25, "height": 2.0}, {"alpha": 0.0, "length": 1, "divided": True}):
        assert white_size(UnitPanel(**settings).png) == SIZE


@pytest.mark.parametrize("settings", [{"alpha": 0.65, "length": 4, "height": 0.7},
                                      {"alpha": 0.9, "divided": True}, {"alpha": 1.0}, {"alpha": 0.0}])
def test_copied_code_gives_the_numbers_of_the_words(settings):
    panel, printed = UnitPanel(**settings), []
    exec(panel.code, {"print": lambda *values: printed.append(values)})
    (h, rate), (constant,), (gain,) = printed
    assert f"h is {h:.3f} and r = tanh h is {rate:.3f};" in panel.alt
    assert f"at the pulse's end {gain:.2f}, and" in panel.alt
    assert f"constant {in_ms(constant)}." in panel.alt


@pytest.mark.parametrize("settings, words", [
    ({"alpha": 1.2}, "alpha is 1.2; use a finite number from 0 to 1"),
    ({"length": 26}, "length is 26; use a whole number from 1 to 25"),
    ({"height": 0.0}, "height is 0.0; use a finite number of at least 0.05")])
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        UnitPanel(**settings)
