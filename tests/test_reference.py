"""Parity with the reference runs: states, readouts, feedback, losses and every gradient."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ccdyn import Batch, DeltaRule, EProp, Network, NetworkConfig, TimedPlasticity, gradients, observe, run

FILES = sorted((Path(__file__).parent / "reference").glob("*.npz"))
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


def load(path: Path, dtype: str):
    """Network, batch and rules of a reference file, and what should come out."""
    arrays = dict(np.load(path))
    meta = json.loads(str(arrays.pop("meta")))
    classification = meta["loss_kind"] == "cross_entropy"
    n_slices = meta["tau"] + 1 if meta["temporal_basis"] else 1
    network = Network(NetworkConfig(
        n_in=meta["n_in"], n_out=meta["n_out"], feedback=meta["architecture"], classification=classification,
        n_cortex=meta["n_cortex"], alpha=meta["alpha"], expansion=max(meta["n_granule"], 1) / meta["n_cortex"],
        n_slices=n_slices, dtype=dtype))
    for name, weight in network.weights().items():
        saved = arrays["W_feedback" if name == network.feedback.weight else name]
        assert weight.shape == saved.shape
        weight.data.copy_(torch.as_tensor(saved))

    x = torch.as_tensor(arrays["x"]).to(network.dtype)
    target, (n_trials, n_steps) = torch.as_tensor(arrays["y"]), x.shape[:2]
    mask = torch.ones(n_trials, n_steps, dtype=network.dtype)
    if classification:
        taught = max(meta["final_window"], 1)
        mask[:, :-taught] = 0
        labels = torch.zeros(n_trials, n_steps, dtype=torch.int64)
        labels[:, -taught:] = target.reshape(n_trials, -1)
        target = labels
    else:
        target = target.to(network.dtype)
    rules = [DeltaRule()]
    if meta["plasticity"] != "fixed":
        rules.append(EProp(meta["plasticity"]))
    if meta["architecture"] == "cerebellar":
        rules.append(TimedPlasticity(meta["tau"], meta["mossy_plastic"], meta["final_learning"]))
    expected = {("grad_" + network.feedback.weight if name == "grad_W_feedback" else name): value
                for name, value in arrays.items()}
    return network, Batch(x, target, mask, mask), rules, expected


def relative(got: torch.Tensor, expected: np.ndarray) -> float:
    """Largest difference as a fraction of the largest expected value."""
    assert tuple(got.shape) == expected.shape
    return float(np.abs(got.detach().numpy() - expected).max() / max(np.abs(expected).max(), 1e-30))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reference_run(path: Path, dtype: str):
    network, batch, rules, expected = load(path, dtype)
    series = ("h", "feedback") if network.feedback.weight else ("h",)
    record = observe(network, batch, series)
    whole = {"loss": record.loss, "h": record.h, "rate": record.rate}
    if network.feedback.weight:
        whole["feedback"] = record.feedback
    for name, value in whole.items():
        assert relative(value, expected[name]) < TOLERANCE[dtype], name
    start = batch.taught[0]
    assert relative(record.readout, expected["readout"][:, start:]) < TOLERANCE[dtype]
    assert relative(run(network, batch.x).readout, expected["readout"]) < TOLERANCE[dtype]

    got = gradients(network, batch, rules)
    wanted = {name.removeprefix("grad_") for name in expected if name.startswith("grad_")}
    assert set(got) == wanted
    for name in wanted:
        assert relative(got[name], expected["grad_" + name]) < TOLERANCE[dtype], name


def test_all_reference_files_are_there():
    assert len(FILES) == 19
