"""The claims about predicted feedback, ccRNN beside cRNN. To add one, add a ``Claim`` and run ``figures/claims.py``."""

from __future__ import annotations

import numpy as np

from claimed.measured import Claim, Rows, numbers, parts

PLAIN, LOOP = "cRNN", "ccRNN"
REPORTED, SQUARED = "reported training error by session", "test error (squared distance)"
TRUNCATIONS = (1, 2, 3, 4, 5, 7, 10)
NEAR, FAR = (1, 2, 3), (7, 10)      # short and long horizons
LESIONS = ("cerebellum", "olive")


def lower(first: np.ndarray, second: np.ndarray) -> int:
    """For how many seeds ``first`` is below ``second``."""
    return int((first < second).sum())


def clear(difference: np.ndarray) -> bool:
    """Whether the mean of paired differences is more than two standard errors from 0."""
    return abs(difference.mean()) > 2 * difference.std(ddof=1) / len(difference)**0.5


def lines() -> Rows:
    """Reported error of line drawing: over all of learning, after half of it, at its end."""
    curves = {model: np.array([numbers("decoupled", REPORTED, model=model, session=str(session))
                               for session in range(100)]) for model in (PLAIN, LOOP)}
    return {f"{model}, {when}": rows for model, curve in curves.items() for when, rows in (
        ("mean of sessions 1 to 100", curve.mean(0)), ("session 50", curve[49]), ("session 100", curve[99]))}


def ataxia() -> Rows:
    """Dysmetria score of line drawing."""
    return {f"{model}, session {session}": numbers("decoupled", "test dysmetria", model=model,
                                                   session=f"session {session}")
            for model in (PLAIN, LOOP) for session in (50, 100)}


def tenth() -> Rows:
    """The three tasks with digits at truncation 3, about a tenth of the trial."""
    at = {"truncation": "truncation 3"}
    rows = {}
    for model in (PLAIN, LOOP):
        rows |= {f"lines, squared distance, {model}": numbers("horizon", SQUARED, task="lines", model=model, **at),
                 f"digits, squared distance, {model}": numbers("horizon", SQUARED, task="digits", model=model, **at),
                 f"lines, dysmetria, {model}": numbers("horizon", "test dysmetria", task="lines", model=model, **at),
                 f"reading, accuracy, {model}": numbers("horizon", "test accuracy", model=model),
                 f"reading, certainty, {model}": numbers(
                     "horizon", "reading, validation certainty by session", model=model, session="19")}
    return rows


def benefits() -> Rows:
    """How much lower the error of the ccRNN is, as a share of that of the cRNN with the same seed."""
    def error(task: str, model: str, truncation: int) -> np.ndarray:
        return numbers("horizon", SQUARED, task=task, model=model, truncation=f"truncation {truncation}")

    return {f"{task}, truncation {truncation}": 1 - error(task, LOOP, truncation) / error(task, PLAIN, truncation)
            for task in ("lines", "digits") for truncation in TRUNCATIONS}


def mean_benefit(rows: Rows, task: str, truncations: tuple[int, ...]) -> float:
    """Mean over networks and truncations."""
    return float(np.mean([rows[f"{task}, truncation {each}"] for each in truncations]))


def lesioned() -> Rows:
    """Error at the end after each lesion, whole, and without a cerebellum from the start."""
    names = (PLAIN, LOOP, *(f"{lesion} from session {start}" for start in (25, 50, 75) for lesion in LESIONS))
    return {name: numbers("lesions", SQUARED, variant="published", lesion=name) for name in names}


def guesses() -> Rows:
    """Cosines of the guesses with the true gradient, early and late."""
    return {f"{kind}, session {session}": numbers("feedback", "test cosine", kind=kind, session=f"session {session}")
            for kind in ("next step taught", "next step not taught", "first two steps", "gradient of other lines",
                         "what it is taught") for session in (10, 50, 100)}


def correlated() -> Rows:
    """Mean |r| between and within populations, before, in and after learning."""
    return {f"{pair}, session {session}": numbers("feedback", "test mean |r|", kind=pair, session=f"session {session}")
            for pair in ("cortex, cortex", "cortex, granule 1", "granule 1, granule 1") for session in (0, 50, 100)}
