"""Numbers from the CSV files, their confidence interval, and what a claim is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).parents[1]
YES, PARTLY, NO = "reproduces", "in part", "does not"

Rows = Mapping[str, np.ndarray]  # by label, one number per network


@cache
def table(figure: str) -> list[dict[str, str]]:
    """The lines of ``figures/FIGURE.csv``."""
    with (HERE / f"{figure}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(figure: str, measure: str, **place: str) -> np.ndarray:
    """One number for each network of what ``place`` names, (seed,).

    Raises:
        ValueError: nothing, or more than one number a network, is in that place.
    """
    rows = [row for row in table(figure) if row["measure"] == measure
            and all(row[name.replace("_", " ")] == value for name, value in place.items())]
    if not rows or len({row["seed"] for row in rows}) != len(rows):
        raise ValueError(f"{figure}.csv has {len(rows)} lines of {measure!r} with {place}; name one for each network")
    return np.array([float(row["value"]) for row in rows])


def interval(values: np.ndarray, n_draws: int = 10_000) -> tuple[float, float]:
    """95 % of the means of as many networks drawn again from these: a bootstrap confidence interval of the mean."""
    draws = np.random.default_rng(0).choice(values, (n_draws, len(values))).mean(1)
    return tuple(np.quantile(draws, (0.025, 0.975)))


def cells(values: np.ndarray, digits: int = 3) -> str:
    """Mean, interval, lowest to highest (a share has none), and how many networks, as cells of a table."""
    low, high = interval(values)
    ends = "" if set(values) == {0, 1} else f"{values.min():.{digits}f} to {values.max():.{digits}f}"
    return f"{values.mean():.{digits}f} ({low:.{digits}f} to {high:.{digits}f}) | {ends} | {len(values)}"


def by(figure: str, measure: str, axis: str, names, **place: str) -> Callable[[], Rows]:
    """Rows with one label for each name along an axis."""
    return lambda: {name: numbers(figure, measure, **{axis: name}, **place) for name in names}


def parts(*holds: bool) -> tuple[bool, ...]:
    """What a test asks for, (1), (2) ...: which of it holds."""
    return tuple(map(bool, holds))


@dataclass(frozen=True)
class Claim:
    """One published claim.

    Attributes:
        name: such as "C1".
        title: in a few words.
        published: what the paper or its code shows.
        test: how it is tested here; what the verdict needs.
        figure: which script has the numbers.
        rows: what was measured, by label.
        holds: which parts of the test hold of these rows.
        protocol: where this follows the published protocol, and where not.
        note: what one should know beside it.
    """

    name: str
    title: str
    published: str
    test: str
    figure: str
    rows: Callable[[], Rows]
    holds: Callable[[Rows], tuple[bool, ...]]
    protocol: str
    note: str = ""

    def verdict(self, rows: Rows) -> str:
        """Reproduces if all parts hold, in part if some do."""
        held = self.holds(rows)
        return YES if all(held) else PARTLY if any(held) else NO


@dataclass(frozen=True)
class Number:
    """One number of the course.

    Attributes:
        what: was measured.
        ours: one number for each network.
        planned: what the plan of the course says, a number, or the lowest and the highest; None: it says nothing.
        text: what the lab's text says, in its very words; empty: nothing.
        says: the same as a number, or lowest and highest; None: the first number in ``text``.
    """

    what: str
    ours: Callable[[], np.ndarray]
    planned: float | tuple[float, float] | None = None
    text: str = ""
    says: float | tuple[float, float] | None = None


@dataclass(frozen=True)
class Statement:
    """Numbers of the course that belong together, such as a curve: their order counts too."""

    lab: str
    title: str
    figure: str
    numbers: tuple[Number, ...]
    note: str = ""
