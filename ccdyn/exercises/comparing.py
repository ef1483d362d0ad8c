"""Where two results first differ, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

FIRST = "time step"     # of the axes: what goes wrong there goes wrong everywhere after it
CLOSE = {"rtol": 1e-4, "atol": 1e-6}


def same(mine: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """True if all values are as good as equal."""
    return mine is not None and other is not None and all(
        a == other[name] if isinstance(a, list) else a.shape == other[name].shape
        and bool(torch.allclose(a.double(), other[name].double(), **CLOSE, equal_nan=True))
        for name, a in mine.items())


def difference(got: Mapping[str, Any], expected: Mapping[str, Any], returns: Mapping[str, tuple[str, ...] | str],
               case: Mapping[str, Any]) -> str:
    """One sentence on the first difference, or nothing if there is none.

    Args:
        got, expected: tensors or lists of pairs, by name.
        returns: the names of the axes.
        case: the arguments; those that are lists of names, or else numbers, are told.
    """
    for name, axes in returns.items():
        words = (_pairs if axes in ("pairs", "rows") else _tensors)(name, got[name], expected[name], axes)
        if words:
            return f"{words}{_told(case)}."
    return ""


def _pairs(name: str, got: list, expected: list, axes: str) -> str:
    for i, (mine, right) in enumerate(zip(got, expected)):
        if mine != right:
            return f"Entry {i} of {name} is {mine} but should be {right}"
    if len(got) != len(expected):
        last = f"; the last should be {expected[-1]}" if expected else ""
        return f"{name} has {len(got)} entries but should have {len(expected)}{last}"
    return ""


def _tensors(name: str, got: Tensor, expected: Tensor, axes: tuple[str, ...]) -> str:
    expected = torch.as_tensor(expected)
    if got.shape != expected.shape:
        return (f"{name} has shape {tuple(got.shape)} but should be {tuple(expected.shape)}"
                + (f": ({', '.join(axes)})" if axes else ", a single number")
                + (". It is the wrong way round; .T turns it" if got.ndim == 2 and got.shape == expected.shape[::-1]
                   else ""))
    wrong = ~torch.isclose(got.double(), expected.double(), **CLOSE, equal_nan=True)
    if wrong.any():
        places = wrong.nonzero().tolist() if wrong.ndim else [[]]
        order = sorted(range(len(axes)), key=lambda axis: (axes[axis] != FIRST, axis))
        place = tuple(min(places, key=lambda place: [place[axis] for axis in order]))
        where = ", ".join(f"{axes[axis]} {place[axis]}" for axis in order)
        return f"{name} is {float(got[place]):.4g} but should be {float(expected[place]):.4g}" + (
            f" at {where}" if where else "") + _factor(got, expected)
    return ""


def _factor(got: Tensor, expected: Tensor) -> str:
    """If all of it is so many times what it should be: that, in words."""
    got, expected = got.double(), expected.double()
    factor = float((got * expected).sum() / expected.square().sum().clamp_min(1e-300))
    if expected.numel() > 1 and 1e-3 < abs(factor) < 1e6 and torch.allclose(got, factor * expected, **CLOSE):
        return f" (all of it is {factor:.4g} times what it should be)"
    return ""


def other_kind(got: Mapping[str, Any], expected: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    """A remark on right numbers of another kind, such as float32, or nothing."""
    given = next((name for name, value in case.items() if isinstance(value, Tensor) and value.is_floating_point()), "")
    for name, right in expected.items():
        if not isinstance(right, Tensor) or not right.ndim or got[name].dtype == right.dtype:
            continue
        if right.dtype == torch.int64:
            return (f"(The numbers are right. They are of the kind {got[name].dtype}; class numbers are whole: .long() "
                    "makes them so.)")
        if given:
            return (f"(The numbers are right. They are of the kind {got[name].dtype} where {right.dtype} came in: "
                    f"{given}.new_zeros(...) makes zeros of the same kind as {given}.)")
    return ""


def _told(case: Mapping[str, Any]) -> str:
    """For which arguments, shortly."""
    numbers = [f"{name} {value:g}" for name, value in case.items()
               if isinstance(value, (int, float)) and not isinstance(value, bool)]
    shapes = [f"{name} of shape {tuple(value.shape)}" for name, value in case.items()
              if isinstance(value, Tensor) and value.ndim]
    names = [f"{name} {value}" for name, value in case.items()
             if isinstance(value, list) and all(isinstance(each, str) for each in value)]
    told = names or numbers or shapes[:2]
    return f", for {', '.join(told)}" if told else ""
