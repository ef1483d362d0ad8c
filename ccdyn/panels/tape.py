"""Training that can be wound back."""

from __future__ import annotations

from collections import deque
from typing import Any

from ccdyn.train_state import TrainState, restore, snapshot
from ccdyn.training import advance


class Tape:
    """A training state, and copies of it at its start and after each of its last sessions.

    Args:
        state: is trained in place.
        length: how many copies are kept at most; the oldest is thrown away first.
    """

    def __init__(self, state: TrainState, length: int = 20) -> None:
        self.state = state
        self._kept: deque[tuple[int, dict[str, Any]]] = deque([(state.batches_done, snapshot(state))], length)

    def advance(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches, and keep a copy after each session."""
        while n_batches:
            some = min(n_batches, self.state.batches_left)
            advance(self.state, some)
            n_batches -= some
            if self.state.batches_left == self.state.config.batches_per_session:
                self._kept.append((self.state.batches_done, snapshot(self.state)))

    def rewind(self) -> bool:
        """Go back to the last copy that is older than now; False if there is none.

        Whatever is learned from there on is what would have been learned then,
        if the settings are the same.
        """
        while self._kept and self._kept[-1][0] >= self.state.batches_done:
            self._kept.pop()
        if not self._kept:
            self._kept.append((self.state.batches_done, snapshot(self.state)))
            return False
        restore(self.state, self._kept[-1][1])
        return True
