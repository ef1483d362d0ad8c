"""What lab 11 quotes of ten networks. It was not planned with numbers."""

from __future__ import annotations

from claimed.decoupled import LOOP, PLAIN, REPORTED, SQUARED
from claimed.measured import Number, Statement, numbers
from claimed.reading import of


def last(model: str, text: str) -> Number:
    """The error as the released code reports it, after 100 sessions."""
    return Number(f"{model}, reported", of("decoupled", REPORTED, model=model, session="99"), None, text)


def drawn(model: str, text: str) -> Number:
    """Mean squared error per coordinate: half of the squared distance."""
    return Number(f"{model}, test error",
                  lambda: numbers("decoupled", SQUARED, model=model, session="session 100") / 2, None, text)


def ataxia(model: str, text: str) -> Number:
    """This project's own dysmetria score."""
    return Number(f"{model}, dysmetria", of("decoupled", "test dysmetria", model=model, session="session 100"), None,
                  text)


def lesioned(kind: str, text: str) -> Number:
    """Squared distance at session 100 after a lesion, published settings."""
    return Number(kind, of("lesions", SQUARED, variant="published", lesion=kind), None, text)


def patient(model: str, steps: str, text: str) -> Number:
    """Squared distance of lines drawn while a digit comes in, truncation 3, with Adam's step of this size."""
    return Number(f"{model}, steps of {steps}", of("patience", SQUARED, steps=f"steps of {steps}", model=model), None,
                  text)


def far(model: str, text: str) -> Number:
    """Squared distance of lines drawn while a digit comes in, truncation 3."""
    return Number(f"{model}, lines", of("horizon", SQUARED, task="lines", model=model, truncation="truncation 3"), None,
                  text)


STATEMENTS = (
    Statement("11", "Line drawing as published, after 100 sessions", "decoupled", (
        last(PLAIN, "3.33 (0.94 to 4.06)"), last(LOOP, "0.96 (0.10 to 3.25)"),
        drawn(PLAIN, "3.94 (2.05 to 6.94)"), drawn(LOOP, "1.45 (0.10 to 4.47)"),
        ataxia(PLAIN, "0.20 (0.10 to 0.73)"), ataxia(LOOP, "0.16 (0.03 to 0.83)"))),
    Statement("11", "Lesions while it learns, as published", "lesions", (
        lesioned(LOOP, "2.90 (0.20 to 8.93)"), lesioned(PLAIN, "7.88 (4.09 to 13.87)"),
        lesioned("cerebellum from session 25", "5.31 (1.36 to 10.86)"),
        lesioned("cerebellum from session 50", "4.49 (0.47 to 13.26)"),
        lesioned("cerebellum from session 75", "2.02 (0.26 to 8.52)"),
        lesioned("olive from session 25", "16.41 (3.15 to 30.25)"),
        lesioned("olive from session 50", "9.67 (0.56 to 28.90)"),
        lesioned("olive from session 75", "2.54 (0.51 to 4.98)"))),
    Statement("11", "While a digit comes in, three steps of horizon", "horizon", (
        Number(f"{LOOP}, reading", of("horizon", "test accuracy", model=LOOP), None, ".574 (.558 to .595)"),
        Number(f"{PLAIN}, reading", of("horizon", "test accuracy", model=PLAIN), None, ".520 (.462 to .560)"),
        far(LOOP, "17.1 (15.9 to 17.9)"), far(PLAIN, "19.4 (17.1 to 20.6)"))),
    Statement("11", "Drawing while a digit comes in, three steps of horizon", "patience", (
        patient(LOOP, ".001", "13.2 (12.3 to 14.6)"), patient(PLAIN, ".001", "16.3 (15.2 to 17.3)"),
        patient(LOOP, ".003", "19.4 (18.5 to 20.8)"), patient(PLAIN, ".003", "18.5 (16.5 to 20.4)"))),
)
