"""What was measured while a network learned, with named axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class History:
    """Measurements by seed, session and metric; grows by ``append``, never changes in place.

    Attributes:
        values: (seed, session, metric).
        seeds: one per network.
        metrics: names along the last axis.

    Example:
        >>> history = History.empty(seeds=(0, 1), metrics=("train_loss", "validation_loss"))
        >>> history = history.append([[0.2, 0.21], [0.3, 0.31]])
        >>> history["validation_loss"].tolist()      # (seed, session)
        [[0.21], [0.31]]
    """

    values: np.ndarray
    seeds: tuple[int, ...]
    metrics: tuple[str, ...]

    @classmethod
    def empty(cls, seeds: tuple[int, ...], metrics: tuple[str, ...]) -> History:
        """A history of no sessions yet."""
        return cls(np.empty((len(seeds), 0, len(metrics))), tuple(seeds), tuple(metrics))

    def append(self, row) -> History:
        """A new history with one more session; ``row`` is (seed, metric)."""
        row = np.asarray(row, dtype=float).reshape(len(self.seeds), 1, len(self.metrics))
        return History(np.concatenate([self.values, row], axis=1), self.seeds, self.metrics)

    def __len__(self) -> int:
        """Number of sessions."""
        return self.values.shape[1]

    def __getitem__(self, metric: str) -> np.ndarray:
        """One metric, (seed, session)."""
        if metric not in self.metrics:
            raise KeyError(f"no metric {metric!r}; there are {', '.join(self.metrics)}")
        return self.values[:, :, self.metrics.index(metric)]

    @property
    def sessions(self) -> np.ndarray:
        """Session numbers, counted from 1."""
        return np.arange(1, len(self) + 1)

    def to_xarray(self):
        """An ``xarray.DataArray`` with dimensions seed, session, metric (needs xarray)."""
        import xarray

        coordinates = {"seed": list(self.seeds), "session": self.sessions, "metric": list(self.metrics)}
        return xarray.DataArray(self.values, coords=coordinates, dims=("seed", "session", "metric"), name="history")

    def to_pandas(self):
        """A tidy ``pandas.DataFrame``: one row per seed and session, one column per metric (needs pandas)."""
        import pandas

        index = pandas.MultiIndex.from_product([self.seeds, self.sessions], names=["seed", "session"])
        rows = self.values.reshape(-1, len(self.metrics))
        return pandas.DataFrame(rows, index=index, columns=list(self.metrics)).reset_index()
