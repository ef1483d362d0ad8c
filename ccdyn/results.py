"""What several models reached, in one array with named axes, and its files."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ccdyn.history import History
from ccdyn.storage import write_whole

AXES = ("seed", "model", "metric", "session")


@dataclass(frozen=True)
class Results:
    """Measurements by seed, model, metric and session; the shape in which the published results were stored.

    Attributes:
        values: (seed, model, metric, session), float64; NaN where a model was trained for fewer sessions than others.
        seeds: one per network.
        models: names along the second axis.
        metrics: names along the third.

    Example:
        >>> history = History.empty((0, 1), ("train_loss", "validation_loss")).append([[2.0, 2.5], [1.0, 1.5]])
        >>> results = Results.of({"cRNN": history, "ccRNN": history.append([[0.5, 0.7], [0.3, 0.4]])})
        >>> results.values.shape, results["ccRNN", "validation_loss"].tolist()
        ((2, 2, 2, 2), [[2.5, 0.7], [1.5, 0.4]])
    """

    values: np.ndarray
    seeds: tuple[int, ...]
    models: tuple[str, ...]
    metrics: tuple[str, ...]

    @classmethod
    def of(cls, histories: Mapping[str, History]) -> Results:
        """The histories of several models, by name.

        Raises:
            ValueError: no history, or histories of other seeds or metrics than the first.
        """
        if not histories:
            raise ValueError("histories is empty; give at least one, such as {'cRNN': state.history}")
        first = next(iter(histories.values()))
        for name, history in histories.items():
            if (history.seeds, history.metrics) != (first.seeds, first.metrics):
                raise ValueError(f"{name} has the seeds {history.seeds} and metrics {history.metrics} but "
                                 f"{next(iter(histories))} has {first.seeds} and {first.metrics}; train them alike")
        n_sessions = max(map(len, histories.values()))
        values = np.full((len(first.seeds), len(histories), len(first.metrics), n_sessions), np.nan)
        for place, history in enumerate(histories.values()):
            values[:, place, :, :len(history)] = history.values.swapaxes(1, 2)
        return cls(values, tuple(first.seeds), tuple(histories), tuple(first.metrics))

    def __getitem__(self, names: tuple[str, str]) -> np.ndarray:
        """One metric of one model, (seed, session)."""
        model, metric = names
        if model not in self.models or metric not in self.metrics:
            raise KeyError(f"no {metric!r} of {model!r}; there are {', '.join(self.metrics)} of {', '.join(self.models)}")
        return self.values[:, self.models.index(model), self.metrics.index(metric)]

    def to_xarray(self):
        """An ``xarray.DataArray`` with dimensions seed, model, metric, session (needs xarray)."""
        import xarray

        names = {"seed": list(self.seeds), "model": list(self.models), "metric": list(self.metrics),
                 "session": np.arange(1, self.values.shape[-1] + 1)}
        return xarray.DataArray(self.values, coords=names, dims=AXES, name="results")

    def save(self, path: str | os.PathLike) -> None:
        """Write ``NAME.npy``, the bare array, or ``NAME.nc``, netCDF with the names of the axes.

        netCDF needs xarray and SciPy: ``pip install "ccdyn[tables]"``. The file is written whole or not at all.

        Raises:
            ValueError: another ending.
            OSError: the folder is missing or cannot be written to.
        """
        path = Path(path)
        if path.suffix == ".npy":
            content = io.BytesIO()
            np.save(content, self.values, allow_pickle=False)
            write_whole(path, content.getvalue())
        elif path.suffix == ".nc":
            write_whole(path, bytes(self.to_xarray().to_netcdf(engine="scipy")))
        else:
            raise ValueError(f"{path.name} ends in {path.suffix or 'nothing'!r}; use .npy or .nc")


def load_results(path: str | os.PathLike) -> Results:
    """Read the netCDF file that ``Results.save`` wrote.

    Raises:
        ValueError: a file that does not hold results, or a bare .npy array, which has no names.
        FileNotFoundError: no file of that name.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; give the path of one that Results.save wrote")
    if path.suffix != ".nc":
        raise ValueError(f"{path.name} is not netCDF and has no names of seeds, models and metrics; load the .nc beside "
                         "it, or the bare numbers with numpy.load")
    import xarray

    try:
        with xarray.open_dataarray(path, engine="scipy") as array:
            if array.dims != AXES:
                raise ValueError(f"its axes are {', '.join(map(str, array.dims))}")
            named = {axis: tuple(array[axis].values.tolist()) for axis in AXES}
            return Results(np.array(array.values), named["seed"], named["model"], named["metric"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is no file of results ({error}); use one that Results.save wrote") from error
