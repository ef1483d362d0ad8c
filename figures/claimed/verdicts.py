"""When a number of the course reproduces."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from claimed.measured import NO, PARTLY, YES, Number, Statement, interval

NEAR = 0.2      # two numbers within a fifth of our mean, or of the larger, count as the same


def first_number(text: str) -> float:
    """Such as .35 of "0.35 (0.24 to 0.43)".

    Raises:
        ValueError: there is no number in it.
    """
    for word in text.replace("−", "-").replace("(", " ").replace(",", "").split():
        try:
            return float(word.rstrip(".:;)%"))
        except ValueError:
            continue
    raise ValueError(f"{text!r} has no number; say which it means with says=")


def in_text(number: Number) -> float | tuple[float, float] | None:
    """What the lab's text says, as a number or lowest and highest."""
    if number.says is not None or not number.text:
        return number.says
    return first_number(number.text)


def is_share(values: np.ndarray) -> bool:
    """Nothing but 0 and 1: which networks do, and which do not."""
    return bool(np.isin(values, (0.0, 1.0)).all())


def agrees(values: np.ndarray, said: float | tuple[float, float]) -> bool:
    """Within what our networks have (lowest to highest), or within a fifth of their mean.

    A share of networks, for which every network has 0 or 1, has to lie within its 95 % interval.
    """
    low, high = np.atleast_1d(said)[[0, -1]]
    mean = values.mean()
    if is_share(values):
        return bool(high >= interval(values)[0] - 5e-4 and low <= interval(values)[1] + 5e-4)
    return bool(high >= min(values.min(), mean - NEAR * abs(mean)) - 5e-4
                and low <= max(values.max(), mean + NEAR * abs(mean)) + 5e-4)


def in_order(statement: Statement) -> bool:
    """Two or more planned numbers that differ by more than a fifth, and all such pairs stand in the planned order."""
    both = [(float(np.mean(number.planned)), number.ours().mean()) for number in statement.numbers
            if number.planned is not None]
    pairs = [(a, b) for a, b in combinations(both, 2) if abs(a[0] - b[0]) > NEAR * max(abs(a[0]), abs(b[0]))]
    return bool(pairs) and all((a[0] < b[0]) == (a[1] < b[1]) for a, b in pairs)


def verdict(number: Number, statement: Statement) -> str:
    """On what was planned; nothing if nothing was."""
    if number.planned is None:
        return ""
    return YES if agrees(number.ours(), number.planned) else PARTLY if in_order(statement) else NO


def text_agrees(number: Number) -> bool:
    """Whether the lab's text agrees with the ten networks (True if it says nothing)."""
    said = in_text(number)
    return said is None or agrees(number.ours(), said)
