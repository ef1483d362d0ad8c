"""How a number of the course is found in the CSV files: one helper for each kind of measurement."""

from __future__ import annotations

import numpy as np

from claimed.measured import Number, numbers, table

NONE, READOUT, LOOP, GRANULE = "no feedback", "readout feedback", "cerebellar feedback", "granule readout"
CHANCE = "0.159"


def of(figure: str, measure: str, **place: str):
    """A function that reads one number for each network, when it is asked."""
    return lambda: numbers(figure, measure, **place)


def share(figure: str, measure: str, below: float, **place: str):
    """For each network 1 if its number is below a level, else 0: their mean is the share of networks."""
    return lambda: (numbers(figure, measure, **place) < below).astype(float)


def times(figure: str, measure: str, above: dict, below: dict):
    """How many times one number is another, network by network."""
    return lambda: numbers(figure, measure, **above) / numbers(figure, measure, **below)


def last_above(level: float, cortex: str):
    """The last step at which a cue is decoded with more than this accuracy, (seed,)."""
    def find() -> np.ndarray:
        steps = sorted({int(row["step"]) for row in table("course") if row["step"]})
        known = np.stack([numbers("course", "cue decoded", cortex=cortex, step=str(step)) for step in steps])
        return np.array([max(np.flatnonzero(column > level), default=-1) for column in known.T], float)
    return find


def panel(what: str, settings: str, planned=None, text: str = "", architecture: str = LOOP) -> Number:
    return Number(what, of("lab00", "test error by seed", architecture=architecture, settings=settings), planned, text)


def decoded(cortex: str, step: int, planned=None, text: str = "", says=None) -> Number:
    return Number(f"{cortex}, step {step}", of("course", "cue decoded", cortex=cortex, step=str(step)), planned, text,
                  says)


def alone(rule: str, what: str, planned=None, text: str = "", says=None, below: float | None = None) -> Number:
    """The error of a rhythm alone, or the share of networks below a level."""
    place = ("course", "rhythm, error alone")
    ours = of(*place, what=rule) if below is None else share(*place, below, what=rule)
    return Number(what, ours, planned, text, says)


def line(what: str, label: str, planned=None, text: str = "", says=None) -> Number:
    return Number(what, of("course", "test error", what=label), planned, text, says)


def states(what: str, measure: str, alpha: str, cells: str, planned=None, text: str = "", says=None) -> Number:
    return Number(what, of("course", measure, alpha=f"alpha {alpha}", expansion=cells), planned, text, says)


def cosine(cortex: str, T: int, planned=None, text: str = "", says=None) -> Number:
    return Number(f"{cortex}, T {T}", of("lab04", "test cosine", cortex=cortex, length=f"T {T}"), planned, text, says)


def rule(architecture: str, name: str, planned=None, text: str = "") -> Number:
    return Number(f"{name}, {architecture}", of("rules", "test error", architecture=architecture, rule=name), planned,
                  text)


def silent(window: str, step: int, planned=None, text: str = "", says=None, alpha: str = "0.1") -> Number:
    return Number(f"alpha {alpha}, {window} from step {step}",
                  of("lab05", "error by first silent step", alpha=f"alpha {alpha}", window=window, step=str(step)),
                  planned, text, says)


def drawing(alpha: str, architecture: str, planned=None, text: str = "", says=None) -> Number:
    return Number(f"alpha {alpha}, {architecture}",
                  of("lab05", "test error", alpha=f"alpha {alpha}", architecture=architecture), planned, text, says)


def digits(version: str, architecture: str, planned=None, text: str = "", says=None) -> Number:
    return Number(f"{version}, {architecture}",
                  of("digits", "test accuracy by seed", version=version, architecture=architecture), planned, text,
                  says)


def reading(version: str, what: str, planned=None, text: str = "", says=None) -> Number:
    return Number(f"{version}, {what}", of("lab06", "test accuracy", version=version, what=what), planned, text, says)


def row(who: str, at: int, planned=None, text: str = "", says=None) -> Number:
    return Number(f"{who}, row {at}", of("lab06", "accuracy by row", who=who, row=str(at)), planned, text, says)
