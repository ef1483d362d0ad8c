"""What must hold for every learning rule, network and batch, whatever their sizes and numbers.

Each test draws networks and batches at random, the same ones every time, and gives them to all rules for which
the property is meant. Where a rule is left out, the reason stands beside it.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccdyn import (ARCHITECTURES, BPTT, FORCE, AdaptiveEProp, Batch, DeltaRule, EProp, Network, NetworkConfig,
                   NodePerturbation, RidgeRegression, Silence, TimedPlasticity, make_generators, observe, run)
from ccdyn.plasticity.rule import apply_rules, needed, online_of
from ccdyn.rng import normal

F64 = torch.float64
ALL = slice(None)
KINDS, LOOPS = tuple(ARCHITECTURES), ("cerebellar feedback",)
often = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
pytestmark = pytest.mark.filterwarnings("ignore:tau is")      # windows longer than the trial are meant here


@st.composite
def cases(draw, kinds=KINDS, labels=None, several=None, noise=False, basis=None, pons=None):
    """(network, batch, silence, rules): all rules that the network can have, each at random settings."""
    size = lambda high, low=1: draw(st.integers(low, high))
    flag = lambda fixed=None: draw(st.booleans()) if fixed is None else fixed
    n_cortex, n_steps, n_trials, n_in, n_out = size(8), size(9), size(5), size(8), size(4)
    tau = size(n_steps + 2, 0)
    seeds = draw(st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True))
    seeds = tuple(seeds) if flag(several) else seeds[0]
    replicas = (len(seeds),) if isinstance(seeds, tuple) else ()
    stream = torch.Generator().manual_seed(size(2**16, 0))
    random = lambda *shape: torch.randn(*replicas, n_trials, n_steps, *shape, dtype=F64, generator=stream)

    shapes = [(), (n_cortex,)] + [(*replicas, width) for width in (1, n_cortex) if replicas]
    alpha = torch.rand(draw(st.sampled_from(shapes)), dtype=F64, generator=stream).mul(1.6).sub(0.3).clamp(0, 1)
    kind, classes = draw(st.sampled_from(kinds)), flag(labels)
    loop = kind in LOOPS
    n_pons = size(5) if loop and flag(pons) else None
    fibres = n_cortex if n_pons is None else n_pons
    network = Network(NetworkConfig(
        n_in, n_out, n_pons=n_pons, **ARCHITECTURES[kind], classification=classes, n_cortex=n_cortex, alpha=alpha, seeds=seeds,
        expansion=draw(st.sampled_from((1, 1.5, 3))), fan_in=draw(st.sampled_from((None, *range(1, fibres + 1)))),
        n_slices=tau + 1 if loop and not classes and flag(basis) else 1,
        cerebellar_noise=0.2 * (noise and flag()), dtype="float64"))

    masks = [(torch.rand(random().shape, generator=stream) < draw(st.sampled_from((0.2, 0.5, 1.0)))).to(F64)
             for _ in range(2)]
    first = size(n_steps - 1, 0)                              # nobody is taught before this step
    masks[0][..., :first] = 0
    masks[0].view(-1, n_steps)[size(n_trials - 1, 0), size(n_steps - 1, first)] = 1
    target = torch.randint(n_out, random().shape, generator=stream) if classes else random(n_out)
    batch = Batch(random(n_in), target, *masks)
    silence = draw(st.none() | st.builds(lambda factor, start, length: Silence(factor, start, start + length),
                                         st.sampled_from((0.0, 0.5, 2.0)), st.integers(0, 9), st.integers(0, 9)))

    plastic = draw(st.sampled_from(("input", "full")))
    rules = [DeltaRule(), EProp(plastic), EProp(plastic, "random"), EProp(plastic, kappa=size(10) / 10),
             BPTT(), BPTT(size(n_steps), tuple(network.weights())), NodePerturbation(0.1, size(2), plastic)]
    rules += [TimedPlasticity(tau, flag(), flag())] if loop else []
    rules += [AdaptiveEProp(plastic, size(10) / 10)] if network.config.readout == "linear" else []
    rules += [FORCE(0.5), RidgeRegression(0.5)] if network.config.readout == "linear" and not classes else []
    return network, batch, silence, rules


@torch.no_grad()
def learn(network, batch, rule, silence, memory=None) -> dict[str, torch.Tensor]:
    """``gradients`` of one rule, from another memory than its first one if need be."""
    memory, generator = memory or rule.init(network), make_generators(network.config.seeds, "noise")
    record = observe(network, batch, rule.needs(network, batch), silence, generator,
                     online=online_of([rule], [memory], network, batch))
    return apply_rules([rule], [memory], network, record, batch, generator)[0]


def some(batch, trials=ALL, steps=ALL) -> Batch:
    """Some trials of a batch, or some steps of each."""
    front = (ALL,) * (batch.mask.ndim - 2)
    return Batch(*(values[(*front, trials)][(*front, ALL, steps)] for values in
                   (batch.x, batch.target, batch.mask, batch.score_mask)))


def without(rules, *kinds):
    """All rules but those of some kinds."""
    return [rule for rule in rules if not isinstance(rule, kinds)]


def assert_close(found, expected) -> None:
    """The same names, and the same numbers but for rounding."""
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("perturbed", (False, True), ids=("other rules", "node perturbation"))
@often
@given(cases(several=True, noise=True))
def test_several_seeds_in_one_pass_learn_as_each_does_alone(perturbed, case):
    network, batch, silence, rules = case
    c, alpha = network.config, torch.as_tensor(network.config.alpha, dtype=F64)
    for rule in [rule for rule in rules if isinstance(rule, NodePerturbation) == perturbed]:
        together = learn(network, batch, rule, silence)
        for i, seed in enumerate(c.seeds):
            own = replace(c, seeds=seed, alpha=alpha[i].expand(c.n_cortex) if alpha.ndim == 2 else alpha)
            trials = Batch(batch.x[i], batch.target[i], batch.mask[i], batch.score_mask[i])
            assert_close({name: gradient[i] for name, gradient in together.items()},
                  learn(Network(own), trials, rule, silence))


# Symmetries. By kind of unit: the axes that it has in weights, in rules' memories and in a batch.

AXES = {
    "units": {"W_ih": (-2,), "W_hh": (-2, -1), "W_zh": (-2,), "W_ch": (-2,), "W_rdt": (-1,), "W_mf": (-1,),
              "W_mf_rdt": (-1,), "mask_W_mf": (-1,), "mask_W_mf_rdt": (-1,), "W_pons": (-1,), "alpha": (-1,),
              "B": (-1,)},
    "granules": {"W_mf": (-2,), "W_pf": (-1,), "W_mf_rdt": (-2,), "W_pf_rdt": (-1,), "mask_W_mf": (-2,),
                 "mask_W_mf_rdt": (-2,)},
    "outputs": {"W_rdt": (-2,), "b_rdt": (-1,), "W_zh": (-1,), "W_ch": (-1,), "W_pf": (-2,), "W_pf_rdt": (-2,),
                "B": (-2,), "target": (-1,)},
    "inputs": {"W_ih": (-1,), "x": (-1,)},
}


def permuted(values, axes, order) -> dict[str, torch.Tensor]:
    """Tensors by name in another order along ``axes``; the slices of a temporal basis stay where they are."""
    found = dict(values)
    for name in values.keys() & axes.keys():
        for axis in axes[name]:
            if found[name].ndim and found[name].shape[axis] > 1:      # one alpha may be that of all units
                blocks = found[name].unflatten(axis, (-1, len(order)))
                found[name] = blocks.index_select(axis, order).flatten(axis - 1, axis)
    return found


@pytest.mark.parametrize("kind", AXES)
@often
@given(cases(), st.randoms(use_true_random=False))
def test_permuting_units_permutes_the_gradients(kind, case, shuffler):
    network, batch, silence, rules = case
    c, axes, labels = network.config, AXES[kind], batch.is_classification
    if c.n_pons is not None:                                # what mossy fibres carry has an order of its own
        axes = {name: () if "W_mf" in name and kind == "units" else each for name, each in axes.items()}
    order = list(range({"units": c.n_cortex, "granules": c.n_granule, "outputs": c.n_out, "inputs": c.n_in}[kind]))
    shuffler.shuffle(order)
    order = torch.tensor(order)
    twin = deepcopy(network)
    twin.load_state_dict(permuted(network.state_dict(), axes, order))
    fields = permuted({"x": batch.x} if labels else {"x": batch.x, "target": batch.target}, axes, order)
    if labels and kind == "outputs":
        fields["target"] = order.argsort()[batch.target]
    if kind == "units":
        rules = without(rules, NodePerturbation)                                # its noise is drawn unit by unit
    for rule in rules:
        memory = permuted(rule.init(network) or {}, axes, order)
        assert_close(learn(twin, replace(batch, **fields), rule, silence, memory),
              permuted(learn(network, batch, rule, silence), axes, order))


@often
@given(cases(), st.randoms(use_true_random=False))
def test_trials_have_no_order_and_repeating_them_all_changes_nothing(case, shuffler):
    network, batch, silence, rules = case
    order = list(range(batch.mask.shape[-2]))
    shuffler.shuffle(order)
    for rule in without(rules, NodePerturbation):                               # its noise is drawn trial by trial
        expected = learn(network, batch, rule, silence)
        assert_close(learn(network, some(batch, order), rule, silence), expected)
        if not isinstance(rule, (FORCE, RidgeRegression)):                      # whose squares are summed
            assert_close(learn(network, some(batch, order * 2), rule, silence), expected)


# The error: none, twice as much, one beside another.


@often
@given(cases(labels=False, basis=False))
def test_who_is_right_already_learns_nothing(case):
    network, batch, silence, rules = case
    record, n_steps = run(network, batch.x, silence=silence), batch.x.shape[-2]
    for rule in without(rules, NodePerturbation, RidgeRegression):    # any change is for the worse; weights cost, too
        target = record.readout
        if isinstance(rule, TimedPlasticity):                         # the prediction that each target is paired with
            rule, lag, target = replace(rule, final_learning=False), rule.tau - 1, batch.target.clone()
            states = torch.cat([torch.zeros_like(record.rate[..., :1, :]), record.rate], -2)
            heard = states if network.config.n_pons is None else states @ network.W_pons.unsqueeze(-3).mT
            prediction = (heard @ network.W_mf.unsqueeze(-3).mT).relu() @ network.W_pf.unsqueeze(-3).mT
            for t in range(max(lag, 0), n_steps):
                target[..., t, :] = prediction[..., t - lag, :].detach()
        found = learn(network, replace(batch, target=target), rule, silence)
        assert_close(found, {name: torch.zeros_like(gradient) for name, gradient in found.items()})


@often
@given(cases())
def test_where_nobody_is_taught_nobody_learns(case):
    network, batch, silence, rules = case
    for rule in without(rules, RidgeRegression):                                # without data it goes to 0
        found = learn(network, replace(batch, mask=torch.zeros_like(batch.mask)), rule, silence)
        assert found.keys() == set(rule.claims(network)) and not any(gradient.any() for gradient in found.values())


@often
@given(cases(), st.sampled_from((-1.0, 0.0, 2.5)))
@torch.no_grad()
def test_gradients_are_linear_in_the_error(case, factor):
    network, batch, silence, rules = case
    rules = without(rules, TimedPlasticity, NodePerturbation, FORCE, RidgeRegression)   # these do not read that error
    record = observe(network, batch, needed(rules, network, batch), silence)
    one = record.series["error"]
    two = torch.randn(one.shape, dtype=F64, generator=torch.Generator().manual_seed(1))
    for rule in rules:
        a, b, both = (apply_rules([rule], [rule.init(network)], network,
                                  record.teach(record.loss, error, batch.taught[0]), batch, None)[0]
                      for error in (one, two, one + factor * two))
        assert_close(both, {name: a[name] + factor * b[name] for name in both})


@often
@given(cases(), st.sampled_from((0.2, 0.9, 1.0)))
@torch.no_grad()
def test_a_filtered_error_is_sent_like_any_other(case, kappa):
    network, batch, silence, _ = case
    mask = batch.mask.clone()
    mask[..., -1] = 1                                         # nothing is left in the filter after the last taught step
    batch = replace(batch, mask=mask)
    record = observe(network, batch, needed([EProp()], network, batch), silence)
    error = torch.randn(record.series["error"].shape, dtype=F64, generator=torch.Generator().manual_seed(1))
    filtered, now = [], torch.zeros_like(error[..., 0, :, :])
    for new in error.unbind(-3):
        now = kappa * now + (1 - kappa) * new
        filtered.append(now)
    assert_close(*(rule.update(None, network, record.teach(record.loss, sent, batch.taught[0]), batch)[0]
            for rule, sent in ((EProp(kappa=kappa), error), (EProp(), torch.stack(filtered, -3)))))


@often
@given(cases(labels=False), st.sampled_from((-1.0, 0.5, 2.5)))
def test_gradients_are_affine_in_the_targets(case, share):
    network, batch, silence, rules = case
    other = torch.randn(batch.target.shape, dtype=F64, generator=torch.Generator().manual_seed(1))
    if network.feedback.hears_readout:
        rules = without(rules, FORCE)                                           # changes what the cortex hears
    for rule in rules:
        a, b, both = (learn(network, replace(batch, target=target), rule, silence)
                      for target in (batch.target, other, share * batch.target + (1 - share) * other))
        assert_close(both, {name: share * a[name] + (1 - share) * b[name] for name in both})


# Masks.


@often
@given(cases())
def test_untaught_targets_and_what_is_scored_teach_nothing(case):
    network, batch, silence, rules = case
    elsewhere = batch.mask if batch.is_classification else batch.mask.unsqueeze(-1)
    others = batch.target.flip(-2) if batch.is_classification else 3.0 - batch.target
    changed = replace(batch, target=torch.where(elsewhere > 0, batch.target, others), score_mask=1 - batch.score_mask)
    for rule in rules:
        assert_close(learn(network, changed, rule, silence), learn(network, batch, rule, silence))


@often
@given(cases(), st.data())
def test_masking_the_end_is_stopping_there(case, data):
    """But not for all: a filtered error goes on after the last taught step; ``final_learning`` and a temporal
    basis ask where the trial ends; node perturbation draws other noise."""
    network, batch, silence, rules = case
    stop = data.draw(st.integers(1, batch.x.shape[-2]), "stop")
    mask = batch.mask.clone()
    mask[..., stop:] = 0
    if network.config.n_slices > 1:
        rules = without(rules, TimedPlasticity)
    for rule in without(rules, NodePerturbation):
        if isinstance(rule, TimedPlasticity):
            rule = replace(rule, final_learning=False)
        if isinstance(rule, (EProp, AdaptiveEProp)):
            rule = replace(rule, kappa=0.0)
        assert_close(learn(network, replace(batch, mask=mask), rule, silence),
              learn(network, some(batch, steps=slice(stop)), rule, silence))


@often
@given(cases(), st.data())
def test_masking_trials_is_leaving_them_out(case, data):
    network, batch, silence, rules = case
    n_trials = batch.mask.shape[-2]
    kept = sorted(data.draw(st.sets(st.integers(0, n_trials - 1), min_size=1), "kept"))
    mask = torch.zeros_like(batch.mask)
    mask[..., kept, :] = batch.mask[..., kept, :]
    for rule in without(rules, NodePerturbation):                               # its noise is drawn trial by trial
        assert_close(learn(network, replace(batch, mask=mask), rule, silence),
              learn(network, some(batch, kept), rule, silence))


@often
@given(cases(kinds=("cerebellar feedback", "granule readout")))
def test_missing_synapses_learn_nothing(case):
    network, batch, silence, rules = case
    for rule in rules:
        found = learn(network, batch, rule, silence)
        for name in found.keys() & network.masks.keys():
            assert not found[name][network.masks[name] == 0].any()


# One rule is another where what sets them apart is gone.


@often
@given(cases())
def test_backpropagation_through_single_steps_is_eprop_without_a_leak(case):
    network, batch, silence, _ = case
    network = Network(replace(network.config, alpha=0.0))
    assert_close(learn(network, batch, BPTT(1), silence), learn(network, batch, EProp(), silence))


@often
@given(cases())
def test_where_the_leak_alone_remembers_eprop_is_the_true_gradient(case):
    network, batch, silence, _ = case
    for name in {"W_hh", network.feedback.weight} - {None}:
        getattr(network, name).data.zero_()
    names, n_steps = tuple(network.readout.shapes(network.config)), batch.x.shape[-2]
    for window in (None, n_steps, n_steps + 1):
        assert_close(learn(network, batch, BPTT(window), silence), learn(network, batch, EProp(), silence))
        assert_close(learn(network, batch, BPTT(window, names), silence), learn(network, batch, DeltaRule(), silence))


@often
@given(cases(kinds=LOOPS, basis=False, pons=False))
def test_a_timed_cerebellum_is_a_granule_readout_that_is_taught_what_comes_later(case):
    network, batch, silence, rules = case
    rule, n_steps = next(rule for rule in rules if isinstance(rule, TimedPlasticity)), batch.x.shape[-2]
    network.W_ch.data.zero_()
    control = Network(replace(network.config, feedback="none", readout="granule"))
    control.load_state_dict({name: network.state_dict()[name.removesuffix("_rdt")] for name in control.state_dict()})
    steps = torch.arange(n_steps)
    later = replace(some(batch, steps=(steps + rule.tau).clamp_max(n_steps - 1)), x=batch.x)
    total = {"W_pf": 0.0, "W_mf": 0.0}
    for t in range(n_steps if rule.tau == 0 else n_steps - 1 if rule.final_learning else n_steps - rule.tau):
        found = learn(control, replace(later, mask=later.mask * (steps == t)), DeltaRule(), None)
        total = {name: total[name] + found[f"{name}_rdt"] for name in total}
    expected = {name: total[name] + torch.zeros_like(getattr(network, name)) for name in rule.claims(network)}
    assert_close(learn(network, batch, rule, silence), expected)


@often
@given(cases(kinds=LOOPS, labels=False, basis=True))
def test_a_slice_of_a_temporal_basis_learns_like_a_window_of_its_own(case):
    """Where one step is taught: the slices share their mean over what is taught at a time."""
    network, batch, silence, rules = case
    rule = next(rule for rule in rules if isinstance(rule, TimedPlasticity))
    t, n_steps = batch.taught[0], batch.x.shape[-2]
    batch = replace(batch, mask=batch.mask * (torch.arange(n_steps) == t))
    network.W_ch.data.zero_()
    single, weights = Network(replace(network.config, n_slices=1)), network.state_dict()
    last = n_steps - 1 if rule.tau and rule.final_learning else n_steps - rule.tau
    total = {name: torch.zeros_like(weights[name]) for name in rule.claims(network)}
    for lag, W_pf in enumerate(weights["W_pf"].split(network.config.n_out, -2)):
        if 1 <= t + 1 - lag <= last:                          # the step at which this slice foretells step t
            single.load_state_dict({**weights, "W_pf": W_pf, "W_ch": torch.zeros_like(single.W_ch)})
            found = learn(single, batch, replace(rule, tau=lag, final_learning=False), silence)
            total["W_pf"].split(network.config.n_out, -2)[lag].copy_(found.pop("W_pf"))
            total |= {name: total[name] + gradient for name, gradient in found.items()}
    assert_close(learn(network, batch, rule, silence), total)


@often
@given(cases(kinds=("no feedback", "cerebellar feedback"), labels=False))
def test_force_from_nothing_is_ridge_regression_which_forgets_where_it_began(case):
    network, batch, silence, _ = case
    changes = learn(network, batch, RidgeRegression(0.5), silence)
    best = {name: getattr(network, name).detach() - change for name, change in changes.items()}
    for name in best:
        getattr(network, name).data.zero_()
    for rule in (RidgeRegression(0.5), FORCE(0.5)):
        assert_close({name: -change for name, change in learn(network, batch, rule, silence).items()}, best)


@often
@given(cases())
def test_a_small_perturbation_tells_the_slope_along_itself(case):
    """An input of its own for each trial and step: the gradient of its weights is dE/dh there."""
    network, batch, silence, _ = case
    c, (n_trials, n_steps) = network.config, batch.mask.shape[-2:]
    network = Network(replace(c, n_in=n_trials * n_steps))
    x = torch.eye(n_trials * n_steps, dtype=F64).unflatten(0, (n_trials, n_steps))
    batch = replace(batch, x=x.expand(*batch.mask.shape, -1))
    xi = normal((n_trials, n_steps, c.n_cortex), make_generators(c.seeds, "noise"), F64)
    truth = learn(network, batch, BPTT(), silence)["W_ih"].mT.unflatten(-2, (n_trials, n_steps))
    slope = (truth * xi).sum((-2, -1), keepdim=True)
    found = learn(network, batch, NodePerturbation(1e-6), silence)["W_ih"].mT.unflatten(-2, (n_trials, n_steps))
    matters = batch.mask.flip(-1).cummax(-1).values.flip(-1).unsqueeze(-1)      # until the last lesson of a trial
    torch.testing.assert_close(found * matters, slope * xi * matters, rtol=1e-3, atol=1e-4)


@often
@given(cases(), st.integers(1, 4))
def test_perturbing_more_often_is_the_mean(case, samples):
    network, batch, silence, _ = case
    once, record = NodePerturbation(), observe(network, batch, NodePerturbation().needs(network, batch), silence)
    streams = [make_generators(network.config.seeds, "noise") for _ in range(2)]
    with torch.no_grad():
        found, _ = replace(once, samples=samples).update(None, network, record, batch, streams[0])
        each = [once.update(None, network, record, batch, streams[1])[0] for _ in range(samples)]
    assert_close(found, {name: sum(one[name] for one in each) / samples for name in found})
