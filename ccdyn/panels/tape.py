"""Networks in training whose story is kept: what was done to them, what was seen of them, and copies to go back to."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Any

from ccdyn.feedback import Silence
from ccdyn.train_state import TrainState, restore, snapshot
from ccdyn.training import advance, change


class Tape:
    """Training that can be changed on the way, looked at, wound back, and written down as code.

    Args:
        state: is trained in place.
        live: settings of ``change`` that may be moved while it is trained, as they stand now.
        length: how many copies are kept at most, one after each session; the oldest is thrown away first.

    Attributes:
        points: how many batches had been trained at each look. Of each training the first and the
            last look are kept, so that a change of the live settings is a step in the curve.
        values: what was seen then.
    """

    def __init__(self, state: TrainState, live: dict[str, Any] | None = None, length: int = 20) -> None:
        self.state = state
        self.points: list[int] = []
        self.values: list[Any] = []
        self._diary = [(live or {}, state.batches_done)]    # live settings, and the batch from which on they held
        self._seen = False                                  # nothing has happened since the last look
        self._kept: deque[tuple[int, dict[str, Any]]] = deque([(state.batches_done, snapshot(state))], length)

    @property
    def batches(self) -> int:
        """How many batches the networks have learned from."""
        return self.state.batches_done

    @property
    def seen(self) -> bool:
        """True if nothing was learned, changed or wound back since the last look."""
        return self._seen

    def advance(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches, and keep a copy after each session."""
        self._seen = False
        while n_batches:
            some = min(n_batches, self.state.batches_left)
            advance(self.state, some)
            n_batches -= some
            if self.state.batches_left == self.state.config.batches_per_session:
                self._kept.append((self.batches, snapshot(self.state)))

    def change(self, **live: Any) -> None:
        """Go on with these live settings; nothing is trained."""
        self.act(live)
        self._write(live)

    def act(self, live: dict[str, Any]) -> None:
        """Give ``state`` these live settings; a kind of tape whose settings are no fields of training says how."""
        change(self.state, **live)

    def act_code(self, moved: dict[str, Any], live: dict[str, Any]) -> str:
        """The same as a line of Python; ``moved`` are those of the settings ``live`` that are other than before."""
        return f"ccdyn.change(state, {arguments(moved)})"

    def look(self, value: Any) -> None:
        """Keep what is seen now."""
        if self.points[-2:] == [self.batches] * 2:
            self.points.pop()
            self.values.pop()
        self.points.append(self.batches)
        self.values.append(value)
        self._seen = True

    def rewind(self) -> bool:
        """Go back to the last copy that is older than now; False if there is none.

        The live settings stay as they are. If they are what they were, what is
        learned from there on is what was learned then.
        """
        while self._kept and self._kept[-1][0] >= self.batches:
            self._kept.pop()
        if not self._kept:
            self._kept.append((self.batches, snapshot(self.state)))
            return False
        restore(self.state, self._kept[-1][1])
        while self.points and self.points[-1] >= self.batches:
            self.points.pop()
            self.values.pop()
        live = self._diary[-1][0]
        self._diary = [entry for entry in self._diary if entry[1] <= self.batches]
        self._write(live)
        return True

    def _write(self, live: dict[str, Any]) -> None:
        """Into the diary: from now on these hold."""
        self._seen = False
        if len(self._diary) > 1 and self._diary[-1][1] == self.batches:
            self._diary.pop()
        if self._diary[-1][0] != live:
            self._diary.append((live, self.batches))

    def moved(self) -> list[tuple[int, dict[str, Any]]]:
        """Each moment at which live settings were moved: the batch, and those that were."""
        return [(batches, {name: value for name, value in now.items() if value != before[name]})
                for (before, _), (now, batches) in pairwise(self._diary)]

    def marks(self) -> tuple[tuple[int, str], ...]:
        """The same in words, for the curve; what was moved before anything was learned is no step in it."""
        return tuple((batches, ", ".join(map(_words, moved, moved.values()))) for batches, moved in self.moved()
                     if batches > self._diary[0][1])

    def code(self) -> list[str]:
        """Lines of Python that do all of it to ``state``, a fresh training state."""
        lines, done = [], self._diary[0][1]
        for (live, batches), (_, moved) in zip(self._diary[1:], self.moved()):
            lines += [f"ccdyn.advance(state, {batches - done})"] if batches > done else []
            lines += [self.act_code(moved, live)]
            done = batches
        return lines + ([f"ccdyn.advance(state, {self.batches - done})"] if self.batches > done else [])


def _words(name: str, value: Any) -> str:
    """A live setting and what it was moved to."""
    if name != "silence":
        return f"{name} {value}"
    if value is None:
        return "heard again"
    return f"silent from {value.start}" + ("" if value.stop is None else f" to {value.stop - 1}")


def arguments(values: dict[str, Any]) -> str:
    """``values`` as they stand in a call; those that are None are said too.

    >>> arguments({"tau": 3, "silence": Silence(start=5)})
    'tau=3, silence=ccdyn.Silence(start=5)'
    """
    def word(value: Any) -> str:
        if not isinstance(value, Silence):
            return repr(value)
        return f"ccdyn.Silence(start={value.start}{'' if value.stop is None else f', stop={value.stop}'})"
    return ", ".join(f"{name}={word(value)}" for name, value in values.items())
