"""Parity with the reference runs of the model with predicted feedback: losses and every gradient."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ccdyn import Batch, DecoupledConfig, DecoupledNetwork, Decoupling, gradients, observe

FILES = sorted((Path(__file__).parent / "reference" / "decoupling").glob("*.npz"))
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


def ours(name: str) -> str:
    """The name here of a weight of the reference."""
    part, weight = name.split(".", 1)
    if part == "lstm":
        return {"weight_ih_l0": "W_ih", "weight_hh_l0": "W_hh", "bias_ih_l0": "b_ih", "bias_hh_l0": "b_hh"}[weight]
    if part == "readout":
        return {"weight": "W_rdt", "bias": "b_rdt"}[weight]
    layer, kind = weight.rsplit(".", 1)
    return {"weight": "W_", "bias": "b_"}[kind] + {"input_trigger": "mf", "layers.0": "gr2", "layers.1": "pf"}[layer]


def load(path: Path, dtype: str):
    """Network, batch and rule of a reference file, and what should come out."""
    arrays = dict(np.load(path))
    meta = json.loads(str(arrays.pop("meta")))
    classes = meta["task"] == "classification_last"
    layers = (meta["synthesiser_units"],) * meta["synthesiser_layers"] if meta["model"] == "ccRNN" else ()
    network = DecoupledNetwork(DecoupledConfig(meta["n_in"], meta["n_out"], classes, n_cortex=meta["n_hidden"],
                                               synthesiser=layers, dtype=dtype))
    saved = {ours(name.removeprefix("param:")): value for name, value in arrays.items() if name.startswith("param:")}
    assert saved.keys() == network.weights().keys()
    for name, weight in network.weights().items():
        assert weight.shape == saved[name].shape
        weight.data.copy_(torch.as_tensor(saved[name]))
    x = torch.as_tensor(arrays["x"]).to(network.dtype)
    mask = torch.zeros(meta["batch"], meta["time"], dtype=network.dtype)
    if classes:
        mask[:, -1] = 1
        target = torch.as_tensor(arrays["y"])[:, None].expand(mask.shape)
    else:
        mask[:, ::meta["sparse_feedback"]] = 1
        target = torch.as_tensor(arrays["y"]).to(network.dtype)
    rule = Decoupling(meta["truncation"], meta["sg_factor"])
    expected = {ours(name.removeprefix("grad:")): value for name, value in arrays.items() if name.startswith("grad:")}
    return network, Batch(x, target, mask, mask), rule, expected, meta


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reference_run(path: Path, dtype: str):
    network, batch, rule, expected, meta = load(path, dtype)
    got = gradients(network, batch, [rule])
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name].shape == value.shape
        assert np.abs(got[name].numpy() - value).max() < TOLERANCE[dtype] * np.abs(value).max(), name
    record = observe(network, batch, ("cell",))
    losses = rule.explain(network, record, batch).losses[0]
    per_step = torch.stack([batch.mask[0, k * rule.truncation:(k + 1) * rule.truncation].sum()
                            for k in range(len(losses))])
    assert float((losses * per_step).sum()) == pytest.approx(meta["loss_sum_over_supervised_steps"],
                                                             rel=TOLERANCE[dtype])


def test_all_reference_files_are_there():
    assert len(FILES) == 6
