"""Checks of settings: one sentence with the name, the value and what to use instead."""

from __future__ import annotations

from numbers import Integral, Real


def check_count(name: str, value: object, low: int = 1, high: int | None = None, why: str = "") -> None:
    """Refuse anything but a whole number low .. high; ``why`` says where the limit comes from."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < low or (
            high is not None and value > high):
        raise ValueError(f"{name} is {value!r}; use a whole number {_range(low, high)}{why and f' ({why})'}")


def check_number(name: str, value: object, low: float = 0.0, high: float | None = None) -> None:
    """Refuse anything but a finite number low .. high (NaN fails every comparison)."""
    limit = float("inf") if high is None else high
    if isinstance(value, bool) or not isinstance(value, Real) or not (
            low <= value <= limit and value < float("inf")):
        raise ValueError(f"{name} is {value!r}; use a finite number {_range(low, high)}")


def _range(low: float, high: float | None) -> str:
    return f"of at least {low:g}" if high is None else f"from {low:g} to {high:g}"
