"""Comparisons of architectures: the same cortex and trials for all, and scores per seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ccdyn import ARCHITECTURES, DelayedAssociation, LineDrawing, Silence, compare, evaluate, make_generators, score

TASK = LineDrawing(n_steps=7)
SMALL = {"batch_size": 3, "batches_per_session": 5, "validation_size": 4}
SIZES = {"n_cortex": 8, "expansion": 3, "seeds": (2, 5)}


def test_all_start_from_the_same_cortex_and_see_the_same_trials():
    states = compare(TASK, 2, ARCHITECTURES, SIZES, progress=False, **SMALL)
    assert list(states) == list(ARCHITECTURES)
    none = states["no feedback"]
    for name, state in states.items():
        assert len(state.history) == 2 and state.history.seeds == (2, 5)
        assert torch.equal(state.network.W_hh, none.network.W_hh), name
        assert torch.equal(state.generators["train"][0].get_state(), none.generators["train"][0].get_state())


def test_scores_are_those_of_fresh_test_trials():
    states = compare(TASK, 1, ["cerebellar feedback"], SIZES, progress=False, **SMALL)
    batch = TASK.batch(20, make_generators((2, 5), "test"), "test")
    network = states["cerebellar feedback"].network
    for silence in (None, Silence(start=3)):
        expected = evaluate(network, batch, silence)["loss"].double().numpy()
        assert np.array_equal(score(states, 20, silence)["cerebellar feedback"], expected)
    task = DelayedAssociation()
    accuracy = score(compare(task, 1, ["no feedback"], SIZES, progress=False, **SMALL), 50)["no feedback"]
    assert accuracy.shape == (2,) and ((0 <= accuracy) & (accuracy <= 1)).all()
    assert np.allclose(accuracy * 50, np.round(accuracy * 50))


def test_a_stopped_comparison_leaves_usable_networks(capsys):
    class Interrupting(LineDrawing):
        def batch(self, n, *args, **kwargs):
            Interrupting.asked += n == 3
            if n == 3 and Interrupting.asked == 8:
                raise KeyboardInterrupt
            return super().batch(n, *args, **kwargs)

    Interrupting.asked = 0
    states = compare(Interrupting(n_steps=7), 1, network=SIZES, progress=False, **SMALL)
    assert "no feedback 5 batches, readout feedback 0 batches" in capsys.readouterr().out
    assert all(np.isfinite(values).all() for values in score(states, 5).values())


def test_bad_names_are_refused_before_training():
    with pytest.raises(ValueError, match="unknown architecture 'cerebellum'.*'cerebellar feedback'"):
        compare(TASK, 1, ["no feedback", "cerebellum"], SIZES)
    with pytest.raises(ValueError, match="unknown training setting 'taus'"):
        compare(TASK, 1, network=SIZES, taus=3)
    with pytest.raises(ValueError, match="unknown network setting 'taus'"):
        compare(TASK, 1, network={**SIZES, "taus": 3})
