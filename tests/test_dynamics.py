"""The time loop: equations, edge cases, windows, silencing, noise, and bad input."""

from __future__ import annotations

import pytest
import torch

from ccdyn import Network, NetworkConfig, Silence, make_generators, run
from ccdyn.dynamics import rerun
from ccdyn.record import Workspace

FEEDBACKS = ("none", "readout", "cerebellar")


def make(feedback="cerebellar", seeds=0, classification=False, **settings) -> Network:
    sizes = {"n_in": 4, "n_out": 3, "n_cortex": 7, "expansion": 5, "alpha": 0.3, "dtype": "float64"}
    return Network(NetworkConfig(**{**sizes, "feedback": feedback, "seeds": seeds, "classification": classification,
                                    **settings}))


def stimulus(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


def by_hand(network: Network, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """h and z of one network and one trial, unit by unit in plain Python numbers."""
    w = {name: weight.tolist() for name, weight in network.weights().items()}
    c = network.config
    h, r, z = [0.0] * c.n_cortex, [0.0] * c.n_cortex, [0.0] * c.n_out
    hs, zs = [], []
    for x_t in x.tolist():
        f, w_f = [], None
        if c.feedback == "readout":
            f, w_f = z, w["W_zh"]
        elif c.feedback == "cerebellar":
            g = [max(0.0, sum(a * b for a, b in zip(row, r))) for row in w["W_mf"]]
            f, w_f = [sum(a * b for a, b in zip(row, g)) for row in w["W_pf"]], w["W_ch"]
        if c.classification and f:
            e = torch.tensor(f, dtype=torch.float64).exp()
            f = (e / e.sum()).tolist()
        h = [c.alpha * h[j] + sum(a * b for a, b in zip(w["W_hh"][j], r)) + sum(a * b for a, b in zip(w["W_ih"][j], x_t))
             + (sum(a * b for a, b in zip(w_f[j], f)) if f else 0.0) for j in range(c.n_cortex)]
        r = torch.tensor(h, dtype=torch.float64).tanh().tolist()
        z = [sum(a * b for a, b in zip(row, r)) + bias for row, bias in zip(w["W_rdt"], w["b_rdt"])]
        hs.append(h)
        zs.append(z)
    return torch.tensor(hs, dtype=torch.float64), torch.tensor(zs, dtype=torch.float64)


@pytest.mark.parametrize("classification", [False, True])
@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_the_equations_written_out(feedback, classification):
    network, x = make(feedback, classification=classification), stimulus(2, 6, 4)
    record = run(network, x, record=("h",))
    for trial in range(2):
        h, z = by_hand(network, x[trial])
        torch.testing.assert_close(record.h[trial], h, rtol=0, atol=1e-14)
        torch.testing.assert_close(record.readout[trial], z, rtol=0, atol=1e-14)
    torch.testing.assert_close(record.rate, record.h.tanh(), rtol=0, atol=0)


@pytest.mark.parametrize("alpha", [0, 1, 0.3])
@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 1, 4), (1, 1, 4)])
def test_extremes_of_alpha_batch_and_time(alpha, shape):
    network, x = make(alpha=alpha), stimulus(*shape)
    record = run(network, x, record=("h", "feedback"))
    h, z = by_hand(network, x[0])
    torch.testing.assert_close(record.h[0], h, rtol=0, atol=1e-14)
    assert record.readout.shape == (*shape[:2], 3)
    assert torch.equal(record.feedback[:, 0], torch.zeros(shape[0], 3, dtype=torch.float64))


def test_one_unit():
    network = make(n_cortex=1, n_in=1, n_out=1, expansion=1)
    x = stimulus(2, 4, 1)
    torch.testing.assert_close(run(network, x, record=("h",)).h[0], by_hand(network, x[0])[0], rtol=0, atol=1e-15)


def test_alpha_per_unit_and_per_replica():
    per_unit = tuple(0.1 * j for j in range(7))
    x = stimulus(2, 5, 4)
    record = run(make(alpha=per_unit), x, record=("h",))
    lone = run(make(alpha=per_unit[4]), x, record=("h",))
    assert torch.equal(record.h[:, 0, 4], lone.h[:, 0, 4])           # before anything came back
    assert not torch.equal(record.h[:, 1], lone.h[:, 1])
    both = run(make(alpha=[[0.1], [0.9]], seeds=(0, 1)), x.expand(2, 2, 5, 4), record=("h",))
    for i, alpha in enumerate((0.1, 0.9)):
        alone = run(make(alpha=alpha, seeds=i), x, record=("h",)).h
        torch.testing.assert_close(both.h[i], alone, rtol=0, atol=1e-15)


@pytest.mark.parametrize("classification", [False, True])
@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_two_windows_are_one_run(feedback, classification):
    network, x = make(feedback, (3, 1), classification), stimulus(2, 3, 9, 4)
    whole = run(network, x, record=("h",))
    first = run(network, x[:, :, :4], record=("h",))
    second = run(network, x[:, :, 4:], first.state, record=("h",))
    torch.testing.assert_close(torch.cat([first.h, second.h], 2), whole.h, rtol=0, atol=1e-14)
    torch.testing.assert_close(second.state.readout, whole.state.readout, rtol=0, atol=1e-14)
    assert torch.equal(first.h, run(network, x[:, :, :4], record=("h",)).h)   # the second left the first alone


@pytest.mark.parametrize("feedback", ["readout", "cerebellar"])
def test_silencing(feedback):
    network, x = make(feedback, classification=True), stimulus(2, 8, 4)
    whole = run(network, x, record=("feedback",))
    assert torch.allclose(whole.feedback.sum(-1), torch.ones((), dtype=torch.float64))
    part = run(network, x, record=("feedback",), silence=Silence(0.0, 3, 5))
    assert torch.equal(part.feedback[:, :3], whole.feedback[:, :3])
    assert torch.equal(part.feedback[:, 3:5], torch.zeros(2, 2, 3, dtype=torch.float64))   # zero, not 1/n_out
    assert (part.feedback[:, 5:].sum(-1) > 0.99).all()
    half = run(network, x, record=("feedback",), silence=Silence(0.5))
    assert torch.allclose(half.feedback.sum(-1), torch.full((), 0.5, dtype=torch.float64))
    network.weights()[network.feedback.weight].data.zero_()
    cut = run(network, x)
    network = make(feedback, classification=True)
    assert torch.equal(run(network, x, silence=Silence()).readout, cut.readout)


def test_cerebellar_noise_is_explicit_and_has_its_size():
    network, x = make(cerebellar_noise=0.3, seeds=(0, 1)), stimulus(2, 50, 40, 4)
    first, again = (run(network, x, record=("feedback", "prediction"), generator=make_generators((0, 1), "noise"))
                    for _ in range(2))
    assert torch.equal(first.readout, again.readout)
    assert abs(float((first.feedback - first.prediction).std()) - 0.3) < 0.01
    before = torch.get_rng_state()
    run(network, x, generator=make_generators((0, 1), "noise"))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("feedback", FEEDBACKS)
@pytest.mark.parametrize("seeds", [0, (0, 1)])
def test_a_run_can_be_lived_through_again_whole_or_in_pieces(feedback, seeds):
    network = make(feedback, seeds, cerebellar_noise=0.4)
    x = stimulus(*(() if seeds == 0 else (2,)), 3, 8, 4)
    record = run(network, x, silence=Silence(0.3, 2, 6), generator=make_generators(seeds, "noise"))
    again = rerun(network, x, record)
    assert again.readout.requires_grad and torch.equal(again.readout.detach(), record.readout)
    assert torch.equal(rerun(network, x, record, autograd=False).rate, record.rate)
    current = stimulus(*x.shape[:-1], 7)
    whole = rerun(network, x, record, current=current, autograd=False)
    assert not torch.allclose(whole.rate, record.rate)
    state, pieces = None, []
    for start, stop in ((0, 3), (3, 4), (4, 8)):
        piece = rerun(network, x, record, start, stop, state, current=current, autograd=False)
        state = piece.state
        pieces.append(piece.rate)
    torch.testing.assert_close(torch.cat(pieces, -2), whole.rate, rtol=0, atol=1e-14)


def test_steps_whose_answers_were_not_kept_are_lived_through_again_without_dropout():
    network, x = make("none", readout="granule", readout_dropout=0.5), stimulus(3, 8, 4)
    record = run(network, x, dropout=True, generator=make_generators(0, "noise"), readout_from=6)
    plain = run(network, x, readout_from=3)
    assert torch.equal(rerun(network, x, record, 0, 6, readout_from=3, autograd=False).readout, plain.readout[:, :3])
    assert torch.equal(rerun(network, x, record, readout_from=6, autograd=False).readout, record.readout)


def test_what_learns_inside_a_sequence_is_heard_at_the_next_step():
    network, x, seen = make("readout"), stimulus(3, 5, 4), []

    def online(t, readout, hidden, w):
        seen.append((t, readout.shape, hidden.shape))
        return {**w, "b_rdt": w["b_rdt"] + 1.0}

    record, plain = run(network, x, record=("feedback",), online=online), run(network, x)
    assert [t for t, *_ in seen] == [0, 1, 2, 3, 4] and seen[0][1:] == ((1, 3, 3), (1, 3, 7))
    assert torch.equal(record.readout[:, 0], plain.readout[:, 0])
    assert torch.equal(record.feedback[:, 1:], record.readout[:, :-1])
    hidden = run(network, x, record=("readout_hidden",), online=online).readout_hidden
    assert torch.equal(hidden, record.rate)
    with pytest.raises(ValueError, match="'linear'.*'granule'"):
        run(make("none", readout="granule"), x, online=online)
    expected = record.rate @ network.W_rdt.mT + network.b_rdt + torch.arange(5.0, dtype=x.dtype).unsqueeze(-1)
    torch.testing.assert_close(record.readout, expected.detach())


def test_a_workspace_is_used_again_and_changes_nothing():
    network, x = make(), stimulus(3, 6, 4)
    series = ("h", "feedback", "granule", "prediction")
    workspace, wanted = Workspace(), run(network, x, record=series)
    for _ in range(2):
        run(network, 2 * x, record=series, workspace=workspace)
        record = run(network, x, record=series, workspace=workspace)
        assert all(torch.equal(getattr(record, name), getattr(wanted, name)) for name in (*series, "rate", "readout"))
    other = run(network, 2 * x, record=series, workspace=workspace)        # overwrites ...
    assert torch.equal(other.granule, record.granule) and not torch.equal(other.granule, wanted.granule)
    longer = run(network, stimulus(3, 9, 4), record=series, workspace=workspace)  # ... unless the sizes differ
    assert longer.granule.shape[1] == 9 and torch.equal(other.granule, record.granule)
    assert not torch.equal(wanted.state.h, other.state.h) and torch.equal(wanted.state.h, record.state.h)


def test_dropout_of_the_granule_readout():
    network, x = make("none", readout="granule", expansion=200), stimulus(3, 6, 4)
    still = run(network, x, record=("readout_hidden",))
    dropped = run(network, x, record=("readout_hidden",), dropout=True, generator=make_generators(0, "noise"))
    firing = still.readout_hidden > 0
    share = float((dropped.readout_hidden[firing] == 0).double().mean())
    assert abs(share - 0.2) < 0.02
    kept = dropped.readout_hidden > 0
    torch.testing.assert_close(dropped.readout_hidden[kept], still.readout_hidden[kept] / 0.8)


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_asking_for_late_readouts_only(feedback):
    network, x = make(feedback), stimulus(2, 8, 4)
    late, whole = run(network, x, readout_from=5), run(network, x)
    wanted = late.rows("readout", 5, 8)
    torch.testing.assert_close(wanted, whole.rows("readout", 5, 8), rtol=0, atol=1e-15)


def test_record_says_what_it_kept():
    record = run(make(), stimulus(2, 3, 4))
    with pytest.raises(AttributeError, match="rate, readout but not 'granule'"):
        record.granule
    assert "granule" not in record and "rate" in record


BAD = [
    (lambda: run(make(), stimulus(2, 3, 5)), ("5", "4", "n_in=5")),
    (lambda: run(make(), stimulus(2, 3, 4).numpy()), ("ndarray", "torch.from_numpy")),
    (lambda: run(make(), stimulus(3, 4)), ("(3, 4)", "batch, time")),
    (lambda: run(make(seeds=(0, 1)), stimulus(3, 2, 5, 4)), ("(3, 2, 5, 4)", "2 replicas")),
    (lambda: run(make(), stimulus(0, 3, 4)), ("(0, 3, 4)", "empty")),
    (lambda: run(make(), stimulus(2, 0, 4)), ("(2, 0, 4)", "empty")),
    (lambda: run(make(), stimulus(2, 3, 4).float()), ("float32", "float64")),
    (lambda: run(make(), stimulus(2, 3, 4) / 0), ("24", "NaN")),
    (lambda: run(make(), stimulus(2, 3, 4), record=("granul",)), ("granul", "granule")),
    (lambda: run(make("none"), stimulus(2, 3, 4), record=("granule",)), ("granule", "none feedback")),
    (lambda: run(make(), stimulus(2, 3, 4), run(make(), stimulus(5, 3, 4)).state), ("(5, 7)", "(2, 7)")),
    (lambda: run(make(), stimulus(2, 3, 4), readout_from=3), ("3", "0 to 2")),
    (lambda: run(make(cerebellar_noise=0.1), stimulus(2, 3, 4)), ("None", "make_generators")),
    (lambda: run(make(cerebellar_noise=0.1, seeds=(4, 5)), stimulus(2, 2, 3, 4), generator=make_generators(0, "noise")),
     ("generator", "(4, 5)")),
    (lambda: Silence(float("nan")), ("nan", "0.5")),
    (lambda: Silence(0, 5, 3), ("5", "3")),
    (lambda: make_generators(0, "nose"), ("nose", "noise")),
    (lambda: make_generators(-3, "noise"), ("seed is -3", "at least 0")),
]


@pytest.mark.parametrize("call, words", BAD)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError) as error:
        call()
    for word in words:
        assert word in str(error.value)
