"""Results with named axes, and their two kinds of files."""

from __future__ import annotations

import numpy as np
import pytest

from ccdyn import History, Results, load_results


def make() -> Results:
    history = History.empty((4, 7), ("train_loss", "validation_loss"))
    long = history.append([[1.0, 2.0], [3.0, 4.0]]).append([[5.0, 6.0], [7.0, 8.0]])
    return Results.of({"cRNN": long, "ccRNN": history.append([[9.0, 10.0], [11.0, 12.0]])})


def test_axes_are_seed_model_metric_session():
    results = make()
    assert results.values.shape == (2, 2, 2, 2)
    assert results.values[1, 0, 1].tolist() == [4.0, 8.0]       # seed 7, cRNN, validation_loss
    assert results["ccRNN", "train_loss"][:, 0].tolist() == [9.0, 11.0]
    assert np.isnan(results["ccRNN", "train_loss"][:, 1]).all()     # trained for one session only
    array = results.to_xarray()
    assert float(array.sel(seed=7, model="cRNN", metric="train_loss", session=2)) == 7.0
    with pytest.raises(KeyError, match="no 'accuracy' of 'cRNN'; there are train_loss, validation_loss of cRNN, ccRNN"):
        results["cRNN", "accuracy"]


def test_files_hold_what_was_saved(tmp_path):
    results = make()
    results.save(tmp_path / "r.npy")
    results.save(tmp_path / "r.nc")
    assert np.array_equal(np.load(tmp_path / "r.npy", allow_pickle=False), results.values, equal_nan=True)
    again = load_results(tmp_path / "r.nc")
    assert (again.seeds, again.models, again.metrics) == ((4, 7), ("cRNN", "ccRNN"), ("train_loss", "validation_loss"))
    assert np.array_equal(again.values, results.values, equal_nan=True)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_no_result_is_refused(tmp_path):
    with pytest.raises(ValueError, match="r.csv ends in '.csv'; use .npy or .nc"):
        make().save(tmp_path / "r.csv")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_results(tmp_path / "r.nc")
    make().save(tmp_path / "r.npy")
    with pytest.raises(ValueError, match="r.npy is not netCDF"):
        load_results(tmp_path / "r.npy")
    (tmp_path / "bad.nc").write_bytes(b"CDF\x01 but cut off")
    with pytest.raises(ValueError, match="is no file of results"):
        load_results(tmp_path / "bad.nc")
    make().to_xarray().rename(seed="network").to_netcdf(tmp_path / "other.nc", engine="scipy")
    with pytest.raises(ValueError, match="its axes are network, model, metric, session"):
        load_results(tmp_path / "other.nc")
    with pytest.raises(ValueError, match="histories is empty"):
        Results.of({})
    with pytest.raises(ValueError, match="train them alike"):
        Results.of({"a": History.empty((0,), ("x",)), "b": History.empty((1,), ("x",))})
