"""Published settings: each value of the released configurations, and that they run."""

from __future__ import annotations

import pytest
import torch

from ccdyn import PRESETS, LineDrawing, advance, preset


@pytest.mark.parametrize("name, n_steps, n_in, n_out, alpha, plasticity, final, lr_cortex, batches, slices", [
    ("line drawing", 20, 10, 2, 0.1, "fixed", False, 1e-3, 100, 1),
    ("digit drawing", 20, 10, 2, 0.9, "fixed", False, 1e-3, 100, 4),
    ("evidence accumulation", 50, 2, 3, 0.1, "fixed", False, 1e-3, 80, 1),
    ("delayed association", 15, 10, 2, 0.1, "input", False, 2.5e-3, 100, 1),
    ("task switching", 20, 10, 2, 0.5, "fixed", True, 1e-3, 100, 1),
])
def test_published_settings(name, n_steps, n_in, n_out, alpha, plasticity, final, lr_cortex, batches, slices):
    state = preset(name).start(seeds=(0, 1))
    network, config = state.network.config, state.config
    assert (state.task.n_steps, state.task.n_in, state.task.n_out) == (n_steps, n_in, n_out)
    assert (network.n_cortex, network.n_granule, network.alpha, network.n_slices) == (50, 1000, alpha, slices)
    assert (config.plasticity, config.final_learning, config.tau, config.mossy) == (plasticity, final, 3, True)
    assert (config.lr_cortex, config.lr_readout, config.lr_cerebellum) == (lr_cortex, 1e-3, 1e-3)
    assert (config.batch_size, config.batches_per_session, config.validation_size) == (10, batches, 200)
    assert (config.betas, config.eps, state.task.noise) == ((0.9, 0.98), 1e-9, 0.1)
    assert all(group["betas"] == (0.9, 0.98) and group["eps"] == 1e-9 for group in state.optimiser.param_groups)


@pytest.mark.parametrize("feedback", ["none", "readout", "cerebellar"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_with_every_feedback(name, feedback):
    state = PRESETS[name].start(feedback, tau=3)
    assert torch.isfinite(advance(state, 2))


def test_delayed_association_teaches_five_steps_and_scores_one():
    state = preset("delayed association").start()
    batch = state.task.batch(3, state.generators["train"])
    assert batch.mask.sum() == 15 and batch.taught == (10, 15)
    assert batch.score_mask.sum() == 3 and bool(batch.score_mask[:, -1].all())


def test_unknown_names_list_the_known():
    with pytest.raises(ValueError, match="unknown preset 'lines'.*'line drawing'"):
        preset("lines")
    assert isinstance(preset("line drawing").task, LineDrawing)
