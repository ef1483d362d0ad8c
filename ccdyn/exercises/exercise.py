"""An exercise: a function that the student writes, and what is said about it."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from ccdyn.exercises.calling import Unusable, call, is_empty
from ccdyn.exercises.comparing import difference, other_kind, same
from ccdyn.exercises.progress import progress

LOOKS = {"correct": ("✓", "#009E73"), "not yet": ("→", "#D55E00"), "not attempted": ("·", "#6E6E6E")}


@dataclass(frozen=True)
class Said:
    """Words for the student; the last line of a cell shows them.

    Attributes:
        title: what it is about, such as "leaky_step: correct".
        text: the rest.
        outcome: "correct", "not yet", "not attempted", or "" for hints and solutions.
        code: lines of Python, shown as they are.
        hint: what to call for a hint, or "".
    """

    title: str
    text: str = ""
    outcome: str = ""
    code: str = ""
    hint: str = ""

    def __repr__(self) -> str:
        sign = f"{LOOKS[self.outcome][0]} " if self.outcome else ""
        words = textwrap.fill(f"{sign}{self.title}. {self.text}".strip(), 100)
        words += f"\nFor a hint: {self.hint}" if self.hint else ""
        return f"{words}\n\n{self.code}" if self.code else words

    def _repr_html_(self) -> str:
        sign, color = LOOKS.get(self.outcome, ("", "#56B4E9"))
        code = f"<br>For a hint: <code>{escape(self.hint)}</code>" if self.hint else ""
        code += f"<pre>{escape(self.code)}</pre>" if self.code else ""
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(self.text))
        return (f'<div role="status" style="border-left: 4px solid {color}; padding: 2px 10px; font-size: 16px">'
                f"<b>{sign} {escape(self.title)}.</b> {text}{code}</div>")


class Exercise:
    """Something to solve, with ``check``, ``hint`` and ``solution``.

    Attributes:
        lab: such as "01".
        name: of the exercise; ``ex.name`` finds it.
        hints: from a nudge to nearly all of it.
    """

    def __init__(self, lab: str, name: str, hints: Iterable[str]) -> None:
        self.lab, self.name, self.hints = lab, name, tuple(hints)
        self._hints_given = 0

    def check(self, answer: Any = ...) -> Said:
        """Say whether ``answer`` is right, and if not, where it first goes wrong. Never raises."""
        outcome, text = self.judge(answer)
        progress.solved(self.lab, self.name, outcome, self.write(answer))
        hint = f"ex.{self.name}.hint()" if self.hints and outcome != "correct" else ""
        return Said(f"{self.name}: {outcome}", text, outcome, hint=hint)

    def judge(self, answer: Any) -> tuple[str, str]:
        """The outcome, and why."""
        raise NotImplementedError

    def write(self, answer: Any) -> str:
        """The answer as it goes into the student's record."""
        raise NotImplementedError

    def hint(self) -> Said:
        """The next hint; after the last one they begin again."""
        number = self._hints_given % len(self.hints)
        self._hints_given += 1
        last = number + 1 == len(self.hints)
        more = f" (the last; ex.{self.name}.solution() shows one way)" if last else " (call again for more)"
        return Said(f"Hint {number + 1} of {len(self.hints)}{more}", self.hints[number])

    def solution(self) -> Said:
        """One answer that is right. There are others."""
        raise NotImplementedError


class Function(Exercise):
    """A function to write. Calling the exercise calls our solution, so that a lab never waits for the student's.

    Args:
        lab: such as "01".
        returns: names of what comes back, in order, each with the names of its axes; () is a number, and "pairs"
            or "rows" a list of tuples of two, or of more.
        hints: from a nudge to nearly all of it.
        well_done: said if it is right.

    Example:
        >>> import torch
        >>> @function("00", returns={"y": ("trial",)}, hints=("Two times.",))
        ... def double(x):
        ...     return 2 * x
        >>> @double.cases
        ... def _():
        ...     yield {"x": torch.tensor([1.0, 2.0])}
        >>> @double.mistake("this adds 2 where it should multiply")
        ... def adds(x):
        ...     return x + 2
        >>> double.check(lambda x: x + 2)
        → double: not yet. y is 3 but should be 2 at trial 0, for x of shape (2,). It looks as if this
        adds 2 where it should multiply.
        For a hint: ex.double.hint()
        >>> double.check(lambda x: x + x)
        ✓ double: correct.
    """

    def __init__(self, lab: str, solve: Callable, returns: Mapping[str, tuple[str, ...] | str], hints: Iterable[str],
                 well_done: str = "") -> None:
        super().__init__(lab, solve.__name__, hints)
        self.solve, self.returns, self.well_done = solve, dict(returns), well_done
        self.mistakes: dict[str, Callable] = {}
        self._make_cases: Callable[[], Iterable[dict[str, Any]]] = lambda: ()
        self.__doc__ = solve.__doc__

    def __call__(self, *args, **kwargs):
        return self.solve(*args, **kwargs)

    def cases(self, make: Callable[[], Iterable[dict[str, Any]]]) -> Callable:
        """Decorates a function that yields arguments by name; use different sizes for every axis."""
        self._make_cases = make
        return make

    def mistake(self, words: str) -> Callable[[Callable], Callable]:
        """Decorates a wrong solution; ``words`` complete the sentence "It looks as if ..."."""
        def keep(wrong: Callable) -> Callable:
            self.mistakes[words] = wrong
            return wrong
        return keep

    def judge(self, answer: Any) -> tuple[str, str]:
        if answer is ... or (callable(answer) and is_empty(answer)):
            return "not attempted", "Write the function, then run the cell again."
        got, wrong, first, remark = [], "", 0, ""
        cases = list(self._make_cases())
        for i, case in enumerate(cases):
            expected = self._named(self.solve(**case))
            try:
                got.append(call(answer, case, self.returns))
            except Unusable as problem:
                return "not yet", str(problem) + self._stops_like(problem, case)
            if not wrong:
                wrong, first = difference(got[-1], expected, self.returns, case), i
            remark = remark or other_kind(got[-1], expected, case)
        if not wrong:
            return "correct", f"{self.well_done} {remark}".strip()
        # A mistake in all cases, or else (there may be a second one) where it first shows.
        for some in (range(len(cases)), [first]):
            for words, mistake in self.mistakes.items():
                if all(same(got[i], self._tried(mistake, cases[i])) for i in some):
                    return "not yet", f"{wrong} It looks as if {words}."
        return "not yet", wrong

    def _stops_like(self, problem: Unusable, case: dict[str, Any]) -> str:
        """The mistake that stops with the same error, in words; nothing if there is none."""
        for words, mistake in self.mistakes.items():
            try:
                call(mistake, case, self.returns)
            except Unusable as other:
                if problem.__cause__ is not None and repr(other.__cause__) == repr(problem.__cause__):
                    return f" It looks as if {words}."
        return ""

    def _tried(self, mistake: Callable, case: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return call(mistake, case, self.returns)
        except Unusable:
            return None

    def _named(self, result: Any) -> dict[str, Any]:
        return dict(zip(self.returns, result if len(self.returns) > 1 else (result,)))

    @property
    def source(self) -> str:
        """Our solution, as the student would write it."""
        lines = textwrap.dedent(inspect.getsource(self.solve)).splitlines()
        first = next(i for i, line in enumerate(lines) if line.startswith("def "))
        return "\n".join(lines[first:])

    def solution(self) -> Said:
        progress.shown(self.lab, self.name)
        return Said(f"{self.name}, one way to write it", code=self.source)

    def write(self, answer: Any) -> str:
        try:
            return inspect.getsource(answer)
        except (OSError, TypeError):
            return repr(answer)


class Choice(Exercise):
    """A question with a few answers to choose from, each with what is to be said about it.

    Args:
        lab: such as "01".
        name: of the exercise.
        question: in one sentence.
        options: by letter, what it says and why it is right or wrong.
        right: the letter of the right one.

    Example:
        >>> sum_ = Choice("00", "sum_", "1 + 1 is", {"a": ("2", "Yes."), "b": ("11", "Those are strings.")}, "a")
        >>> sum_.check("b")
        → sum_: not yet. Those are strings.
    """

    def __init__(self, lab: str, name: str, question: str, options: Mapping[str, tuple[str, str]], right: str) -> None:
        super().__init__(lab, name, ())
        self.question, self.options, self.right = question, dict(options), right

    def judge(self, answer: Any) -> tuple[str, str]:
        if answer is ... or answer is None:
            return "not attempted", f"Choose one of {', '.join(self.options)} and run the cell again."
        letter = _letter(answer)
        if letter not in self.options:
            return "not yet", f"Your answer is {answer!r}; choose one of {', '.join(self.options)}."
        return "correct" if letter == self.right else "not yet", self.options[letter][1]

    def hint(self) -> Said:
        return Said("No hints for a question", "Guess: what is said about a wrong answer is the hint.")

    def solution(self) -> Said:
        progress.shown(self.lab, self.name)
        words, why = self.options[self.right]
        return Said(f"{self.name}: {self.right}", f"{words}. {why}")

    @property
    def source(self) -> str:
        """Our answer, as the student would write it."""
        return f'answer = "{self.right}"'

    def write(self, answer: Any) -> str:
        words = self.options.get(_letter(answer), ("",))[0]
        return f"{self.question} ... {answer}: {words}" if words else f"{self.question} ... {answer}"


def function(lab: str, returns: Mapping[str, tuple[str, ...] | str], hints: Iterable[str],
             well_done: str = "") -> Callable[[Callable], Function]:
    """Decorates a solution and makes it an exercise; see ``Function``."""
    return lambda solve: Function(lab, solve, returns, hints, well_done)


def _letter(answer: Any) -> str:
    """The letter that was meant, also by "(b)" and "B)"."""
    return str(answer).strip(" ().").lower()


def some(*shape: int, seed: int = 0) -> Tensor:
    """Numbers like those of a network, the same each time."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) / shape[-1]**0.5


def counted(items: Collection, what: str = "setting") -> Iterable:
    """The items one by one, with a bar that is gone when all are done."""
    return tqdm(items, unit=what, file=sys.stdout, ncols=88, leave=False)
