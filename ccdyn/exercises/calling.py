"""Calling a student's function: whatever it does, it is met with a sentence."""

from __future__ import annotations

import dis
import traceback
from collections.abc import Callable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ccdyn.exercises.comparing import same

NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "COPY_FREE_VARS"}  # of Python's bytecode


class Unusable(Exception):
    """What came back, or did not, cannot be compared; the message says what to change."""


def is_empty(function: Callable) -> bool:
    """True for a function that was not written yet: only a docstring, ``...``, ``pass`` or ``return ...``.

    >>> def stub(x):
    ...     '''To be written.'''
    ...     ...
    >>> is_empty(stub), is_empty(lambda x: x)
    (True, False)
    """
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname != "CACHE"]
    returned = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return all(step.opname in NOTHING for step in steps) and all(value in (None, ...) for value in returned[-1:])


def attempt(function: Callable, *arguments: Any, within: Callable[[Callable], Any] | None = None) -> Any:
    """What the student's function makes of ``arguments``, to be drawn beside ours; None if there is nothing to draw.

    With ``within``, what that makes of the function itself.
    """
    if not callable(function) or is_empty(function):
        return None
    try:
        return within(function) if within else function(*deepcopy(arguments))
    except Exception as error:  # whatever a student's code may raise
        print(f"Yours stopped with {type(error).__name__}: {error}. Its check says more; here is ours alone.")
        return None


def drawable(found: object, ours: Tensor, name: str) -> np.ndarray | None:
    """What the student's function ``name`` gave, if it can be drawn over ours; else say that it cannot."""
    if isinstance(found, Tensor) and found.shape == ours.shape:
        return found.detach().numpy()
    print(f"This is ours alone; your {name} is missing or gives something of another shape.")
    return None


def call(function: Callable, arguments: Mapping[str, Any],
         returns: Mapping[str, tuple[str, ...] | str]) -> dict[str, Any]:
    """Call ``function`` with copies of ``arguments``; what it returns, by name.

    Raises:
        Unusable: it is no function, raises, changes its arguments, returns nothing, something of another kind or
            number, or something else when it is called again.
    """
    if not callable(function):
        raise Unusable(f"You gave {_kind(function)}, which is not a function; give its name without brackets.")
    first, again = (_once(function, deepcopy(dict(arguments)), arguments) for _ in range(2))
    first, again = (_named(each, returns) for each in (first, again))
    if not same(first, again):
        raise Unusable("Called a second time with the same arguments, your function returns something else. Does "
                       "something stay behind from the first call (a list or a state outside of the function), or is "
                       "something drawn at random? Start from scratch in every call.")
    return first


def _once(function: Callable, given: dict[str, Any], arguments: Mapping[str, Any]) -> Any:
    try:
        result = function(*given.values())
    except Exception as error:  # whatever a student's code may raise
        raise Unusable(_what_was_raised(error, arguments)) from error
    for name, value in arguments.items():
        if not _equal(given[name], value):
            cure = (f"Make a new tensor instead (a = a + b, not a += b), or work on a copy ({name} = {name}.clone())."
                    if isinstance(value, Tensor)
                    else "Make a changed copy instead: {**a, name: value} for a dictionary, [*a, value] for a list.")
            raise Unusable(f"Your function changes its argument {name} in place, so whoever called it is left with "
                           f"something else. {cure}")
    return result


def _what_was_raised(error: Exception, arguments: Mapping[str, Any]) -> str:
    """The error, the student's line, and what the arguments were."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    where = f" in your line `{frames[0].line}`" if frames and frames[0].line else ""
    words = str(error).strip().splitlines()
    advice = _advice(error, arguments, at_the_call=not frames)
    sizes = ", ".join(f"{name} {tuple(value.shape)}" for name, value in arguments.items()
                      if isinstance(value, Tensor) and value.ndim)
    said = words[0].rstrip(".") if words else "no further words"
    return (f"It stopped with {type(error).__name__}{where}: {said}."
            f"{advice}" + (f" The shapes: {sizes}." if sizes else ""))


def _advice(error: Exception, arguments: Mapping[str, Any], at_the_call: bool) -> str:
    """What to do about errors that everybody meets, with a space in front; else nothing."""
    words, given = str(error), next((name for name, value in arguments.items() if isinstance(value, Tensor)), "x")
    if isinstance(error, TypeError) and at_the_call:
        return f" It is called with {len(arguments)} arguments: {', '.join(arguments)}."
    if isinstance(error, NameError):
        near = get_close_matches(str(error.name), arguments, 1, 0.5)
        if near:
            return f" Did you mean {near[0]}?"
        return (f" Write torch.{error.name}." if hasattr(torch, str(error.name))
                else " Was the cell that defines it run?")
    if words.startswith("mean()") and "dtype" in words:
        return " mean needs numbers with a fraction, not whole ones or yes and no: .double().mean()."
    if "dtype" in words and ("Long" in words or "Int" in words):
        return (f" Whole numbers (one_hot makes such) meet the numbers of {given}; turn them into its kind with "
                f".to({given}.dtype).")
    absent = [name for name, value in arguments.items() if value is None]
    if "NoneType" in words and absent:
        return f" {absent[0]} may be None, as in a slice, and is None here: a[:, first:{absent[0]}] understands that."
    for sign, advice in {
            "dtype": f"Two kinds of numbers meet: what you are given is float64, torch.zeros(...) and .float() make "
                     f"float32. Make zeros with {given}.new_zeros(...), and turn others with .to({given}.dtype).",
            "must be Tensor, not NoneType": "Something that you call returns nothing; is that function written?",
            "must be Tensor, not numpy": "A NumPy array meets torch here; stay with torch's functions (torch.ones for "
                                         "np.ones), or turn it with torch.from_numpy(...).",
            "must be Tensor, not": f"There is a plain number where a tensor should be; begin with "
                                   f"{given}.new_zeros(...).",
            "NoneType": "Something that you call returns nothing; is that function written?",
            "only one element tensors": "torch.tensor wants plain numbers; torch.stack(list) makes one tensor of a "
                                        "list of tensors.",
            "no attribute 'copy'": "NumPy's a.copy() is a.clone() in torch.",
            "builtin_function_or_method": "A method needs its brackets. How many numbers a tensor has (NumPy's a.size) "
                                          "is a.numel() in torch.",
            "Boolean value of Tensor": "`if`, `max` and `min` want one number; for a whole tensor there are "
                                       "torch.relu, torch.where and torch.maximum.",
            "softmax() ": "torch.softmax also needs the axis: torch.softmax(z, -1)."}.items():
        if sign in words:
            return f" {advice}"
    return ""


def _named(result: Any, returns: Mapping[str, tuple[str, ...] | str]) -> dict[str, Any]:
    """What was returned, by name, tensors as tensors and numbers as floats."""
    if len(returns) > 1:
        if not isinstance(result, (tuple, list)) or len(result) != len(returns):
            raise Unusable(f"Your function should return {' and '.join(returns)} (with a comma between them) but "
                           f"returned {_kind(result)}.")
    else:
        result = (result,)
    return {name: _usable(value, name, axes) for (name, axes), value in zip(returns.items(), result)}


def _usable(value: Any, name: str, axes: tuple[str, ...] | str) -> Any:
    if value is None:
        raise Unusable(f"Your function returns nothing for {name}; does its last line say `return`?")
    if value is ...:
        raise Unusable(f"Your function returns `...` for {name}; put your own lines in its place.")
    if axes in ("pairs", "rows"):
        try:
            return [tuple(int(part) for part in pair) for pair in value]
        except (TypeError, ValueError):
            begins = f", which begins with {value[0]!r:.60}" if isinstance(value, list) and value else ""
            example = "[(1, 0, 1, 2), (2, 1, 2, 3)]" if axes == "rows" else "[(0, 2), (1, 3)]"
            raise Unusable(f"{name} should be a list of tuples of whole numbers, such as {example}, but you "
                           f"returned {_kind(value)}{begins}.") from None
    if isinstance(value, np.ndarray):
        raise Unusable(f"{name} is a NumPy array. Here everything is a torch tensor: use torch's functions "
                       "(torch.tanh for np.tanh), then the lab can go on with it.")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and axes == ():
        return torch.tensor(float(value), dtype=torch.float64)
    if type(value).__module__ == "torch.return_types":
        kind = type(value).__name__
        if kind.startswith("linalg_"):
            raise Unusable(f"{name} is all that torch.linalg.{kind.removeprefix('linalg_')} gives; use its .solution."
                           if kind == "linalg_lstsq" else f"{name} is all that torch's {kind} gives; choose a part.")
        raise Unusable(f"{name} is what torch's {kind}(axis) gives, values and places together; use "
                       + (f"a{kind}(axis)." if kind in ("min", "max") else "its .values."))
    if isinstance(value, (list, tuple)) and value:
        cure = "torch.tensor(...)"
        if isinstance(value[0], Tensor):    # of pieces with all axes, or of those without the first
            cure = "torch.cat(..., 1)" if value[0].ndim == len(axes) > 1 else "torch.stack(...)"
        raise Unusable(f"{name} should be one tensor with the axes ({', '.join(axes)}) but you returned "
                       f"{_kind(value)}; {cure} makes one tensor of it.")
    if not isinstance(value, Tensor):
        raise Unusable(f"{name} should be a tensor with the axes ({', '.join(axes)}) but you returned {_kind(value)}.")
    return value.detach()


def _kind(value: Any) -> str:
    """What something is, in a few words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return "nothing (None)" if value is None else f"{type(value).__name__} {value!r:.40}"


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and bool(torch.equal(torch.nan_to_num(a), torch.nan_to_num(b)))
    return True if callable(a) or hasattr(a, "__dict__") else bool(a == b)
