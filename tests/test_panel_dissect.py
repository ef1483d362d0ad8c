"""Networks taken apart: the operations against plain loops, and the panel that shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from seeing import SIZE, white_size

import ccdyn
from ccdyn.dissection import firing_share, pattern_means, peaks, principal_components, selectivity
from ccdyn.experiments import ORDERS, lesion, lesion_errors, lesion_order
from ccdyn.panels import DissectPanel
from ccdyn.panels.dissect import render
from ccdyn.plots.dissect import places

TASK = ccdyn.LineDrawing(n_steps=9)
SEEDS = (4, 1)
PATTERNS = [0, 1, 2, 3, 4, 5] * 5


def trained(seeds=SEEDS, feedback: str = "cerebellar", **settings) -> ccdyn.TrainState:
    """Small networks after 20 batches."""
    network = ccdyn.Network.for_task(TASK, **{"n_cortex": 7, "expansion": 3, "alpha": 0.5, "feedback": feedback,
                                              "seeds": seeds, **settings})
    state = ccdyn.start(network, TASK, tau=2, lr=1e-2)
    ccdyn.advance(state, 20)
    return state


@pytest.fixture(scope="module")
def states() -> dict[str, ccdyn.TrainState]:
    return {"cerebellar feedback": trained(), "no feedback": trained(feedback="none")}


@pytest.fixture(scope="module")
def network(states) -> ccdyn.Network:
    return states["cerebellar feedback"].network


def trials(seeds=SEEDS) -> ccdyn.Batch:
    return TASK.trials(PATTERNS, ccdyn.make_generators(seeds, "test"))


@pytest.fixture(scope="module")
def record(network):
    return ccdyn.run(network, trials().x, record=["granule"])


# Operations

def test_selectivity_is_the_share_of_variance_that_tells_the_pattern(record):
    found = selectivity(record.rate, PATTERNS)
    assert found.shape == (2, 7) and 0 < found.min() and found.max() < 1
    rate = record.rate.double().numpy()
    for replica, unit in ((0, 3), (1, 6)):
        r = rate[replica, :, :, unit]
        between = total = 0.0
        for trial, pattern in enumerate(PATTERNS):
            same = [other for other in range(30) if PATTERNS[other] == pattern]
            for t in range(9):
                between += (np.mean([r[other, t] for other in same]) - np.mean(r[:, t])) ** 2
                total += (r[trial, t] - np.mean(r)) ** 2
        assert found[replica, unit].item() == pytest.approx(between / total)


def test_selectivity_of_units_that_one_can_foresee():
    pattern, step = torch.meshgrid(torch.tensor([0.0, 1.0, 0.0, 1.0]), torch.arange(3.0), indexing="ij")
    still = torch.full_like(step, 2.0)
    assert selectivity(torch.stack([pattern, step, still, pattern + step], -1), [0, 1, 0, 1]).tolist() == pytest.approx(
        [1.0, 0.0, 0.0, 0.25 / (0.25 + 2 / 3)])


def test_components_are_those_of_the_covariance(record):
    means = pattern_means(record.rate, PATTERNS)
    parts = principal_components(means)
    for replica in range(2):
        rows = np.stack([record.rate[replica].double().numpy()[i::6].mean(0) for i in range(6)]).reshape(54, 7)
        values, vectors = np.linalg.eigh(np.cov(rows.T))
        np.testing.assert_allclose(parts.shares[replica], values[::-1] / values.sum(), rtol=1e-8)
        scores = ((rows - rows.mean(0)) @ vectors[:, ::-1]).reshape(6, 9, 7)
        np.testing.assert_allclose(parts.scores[replica].abs(), np.abs(scores), atol=1e-8)
    largest = parts.directions.gather(-1, parts.directions.abs().argmax(-1, keepdim=True))
    assert (largest > 0).all()
    unit = torch.eye(7, dtype=torch.float64).expand(2, 7, 7)
    torch.testing.assert_close(parts.directions @ parts.directions.mT, unit)


def test_granule_cells_fire_and_peak_where_loops_find_it(record):
    granule, share = record.granule.double().numpy(), firing_share(record.granule)
    pattern, step = peaks(record.granule, PATTERNS)
    assert pattern.shape == step.shape == share.shape == (2, 21)
    for replica, cell in ((0, 0), (0, 13), (1, 20)):
        means = {(p, t): np.mean([granule[replica, i, t, cell] for i in range(30) if PATTERNS[i] == p])
                 for p in range(6) for t in range(9)}
        assert max(means, key=means.get) == (pattern[replica, cell], step[replica, cell])
        fired = sum(granule[replica, i, t, cell] > 0 for i in range(30) for t in range(9))
        assert share[replica, cell].item() == pytest.approx(fired / 270)
    nothing = peaks(torch.zeros(2, 3, 1), [0, 1])
    assert [place.tolist() for place in nothing] == [[-1], [-1]]


@pytest.mark.parametrize("patterns, words", [([0, 1], "2 entries but there are 3 trials"),
                                             ([0, 2, 2], r"names \[0, 2\]")])
def test_patterns_that_do_not_fit_are_refused(patterns, words):
    with pytest.raises(ValueError, match=words):
        pattern_means(torch.zeros(3, 4, 2), patterns)


def test_a_lesioned_network_is_a_smaller_one(network):
    lists = [[0, 4, 20], [7, 8, 3]]
    before = {name: weight.detach().clone() for name, weight in network.weights().items()}
    found = ccdyn.evaluate(lesion(network, lists), trials())["loss"]
    assert all(torch.equal(weight, before[name]) for name, weight in network.weights().items()) and not network.masks
    small = ccdyn.Network(replace(network.config, expansion=18 / 7))
    for name, weight in small.weights().items():
        for replica, cells in enumerate(lists):
            values = before[name][replica].numpy()
            if name in ("W_mf", "W_pf"):
                values = np.delete(values, cells, 0 if name == "W_mf" else 1)
            weight.data[replica] = torch.from_numpy(values)
    torch.testing.assert_close(found, ccdyn.evaluate(small, trials())["loss"])
    assert (found - ccdyn.evaluate(network, trials())["loss"]).abs().min() > 1e-5


def test_without_any_cell_it_is_silent_and_without_a_list_it_is_whole(network):
    scores = [ccdyn.evaluate(one, trials(), silence)["loss"] for one, silence in (
        (lesion(network, range(21)), None), (network, ccdyn.Silence()), (lesion(network, []), None), (network, None))]
    assert torch.equal(scores[0], scores[1]) and torch.equal(scores[2], scores[3])
    assert not torch.equal(scores[1], scores[2])


def test_the_same_cells_go_in_all_networks_and_lesions_add_up(network):
    both = lesion(lesion(network, [2]), torch.tensor([[5], [6]]))
    assert [(row.any(1) == 0).nonzero().flatten().tolist() for row in both.W_mf] == [[2, 5], [2, 6]]
    assert [(row.any(0) == 0).nonzero().flatten().tolist() for row in both.W_pf] == [[2, 5], [2, 6]]
    one = lesion(trained(seeds=3).network, np.array([1, 2]))
    assert one.W_mf.shape == (21, 7) and (one.W_mf.any(1) == 0).nonzero().flatten().tolist() == [1, 2]


class Push:
    """A rule that would change every synapse."""

    def claims(self, network):
        return "W_mf", "W_pf"

    def needs(self, network, batch):
        return ()

    def init(self, network):
        return None

    def update(self, state, network, record, batch, generator):
        return {name: torch.ones_like(network.weights()[name]) for name in self.claims(network)}, state


@pytest.mark.parametrize("fan_in", [None, 3])
@pytest.mark.parametrize("rules", [None, [ccdyn.DeltaRule(), Push()]])
def test_what_is_gone_does_not_grow_again(fan_in, rules):
    whole = trained(fan_in=fan_in).network
    network = lesion(whole, [0, 7])
    before = network.W_pf.detach().clone()
    ccdyn.advance(ccdyn.start(network, TASK, rules, lr=1e-2, tau=2), 3)
    left = [i for i in range(21) if i not in (0, 7)]
    assert not network.W_mf[:, [0, 7]].any() and not network.W_pf[..., [0, 7]].any()
    assert (network.W_pf != before)[..., left].double().mean() > 0.9  # a cell that never fires does not learn
    if fan_in:
        assert (network.W_mf[:, left] != 0).sum(-1).unique().tolist() == [3]
        assert whole.masks["W_mf"].sum(-1).unique().tolist() == [3]


def test_a_file_keeps_the_lesion(network, tmp_path):
    without = lesion(network, [3])
    ccdyn.save_network(without, tmp_path / "lesion.safetensors")
    again = ccdyn.load_network(tmp_path / "lesion.safetensors")
    ccdyn.advance(ccdyn.start(again, TASK, lr=1e-2, tau=2), 2)
    assert not again.W_mf[:, 3].any() and not again.W_pf[..., 3].any()


@pytest.mark.parametrize("cells, words", [
    ([21], "cells names 21 but the granule cells are 0 to 20"), ([-1], "names -1"), ([True], "names True"),
    ([0.5], "names 0.5"), ([[1], [2], [3]], r"3 lists but this network was built with seeds=\(4, 1\)"),
    ([[1], [99]], "names 99")])
def test_cells_that_are_not_there_are_refused(network, cells, words):
    with pytest.raises(ValueError, match=words):
        lesion(network, cells)


def test_a_network_without_granule_cells_is_refused(states):
    with pytest.raises(ValueError, match="feedback='none' and no granule cells to remove"):
        lesion(states["no feedback"].network, [0])


def test_orders_are_of_activity_or_at_random(network, record):
    activity = record.granule.double().numpy().mean((1, 2))
    most, least, random = (lesion_order(record.granule, which, SEEDS) for which in ORDERS)
    for replica in range(2):
        assert np.all(np.diff(activity[replica][most[replica]]) <= 0)
        assert np.all(np.diff(activity[replica][least[replica]]) >= 0)
        assert all(sorted(order[replica].tolist()) == list(range(21)) for order in (most, least, random))
    assert random[0].tolist() != random[1].tolist() != most[1].tolist()
    assert torch.equal(random, lesion_order(record.granule, "at random", SEEDS))
    with pytest.raises(ValueError, match="unknown order 'first'; use one of 'most active first'"):
        lesion_order(record.granule, "first", SEEDS)
    errors = lesion_errors(network, trials(), most, [0, 0.1, 1])
    for row, count in zip(errors, (0, 2, 21)):
        assert torch.equal(row, ccdyn.evaluate(lesion(network, most[:, :count]), trials())["loss"])
    with pytest.raises(ValueError, match="share is 1.5"):
        lesion_errors(network, trials(), most, [1.5])


# The panel

@pytest.fixture(scope="module")
def made(states) -> DissectPanel:
    return DissectPanel(states)


@pytest.fixture
def panel(made) -> DissectPanel:
    made.reset_button.click()
    return made


def move(panel: DissectPanel, **values) -> None:
    for name, value in values.items():
        panel.controls[name].value = value


def enabled(panel: DissectPanel) -> set[str]:
    return {name for name, control in panel.controls.items() if not control.disabled}


SETTINGS = {"networks": "no feedback", "replica": 1, "unit": 5, "cell": 11, "share": 80, "order": "at random",
            "cells": (2, 9)}


@pytest.mark.parametrize("view, share, on", [
    ("single units", 0, {"unit"}), ("population", 0, set()), ("granule cells", 0, {"cell"}),
    ("lesion", 0, {"share", "cells"}), ("lesion", 35, {"share", "order", "cells"}), ("lesion", 100, {"share"})])
def test_every_control_that_is_on_changes_picture_and_words(panel, view, share, on):
    on = on | {"view", "networks", "replica"}
    move(panel, view=view, share=share)
    before = panel.png, panel.alt
    for name in sorted(on - {"view"}):
        assert enabled(panel) == on
        old = panel.controls[name].value
        move(panel, **{name: SETTINGS[name]})
        assert panel.png != before[0] and panel.alt != before[1], name
        move(panel, **{name: old})
        assert (panel.png, panel.alt) == before


def test_each_view_has_a_picture_of_its_own_that_is_pure_and_white(panel, states):
    seen = set()
    for networks in states:
        for view in ("single units", "population", "granule cells", "lesion"):
            move(panel, networks=networks, view=view)
            assert render(panel.parameters()) == render(panel.parameters()) == (panel.png, panel.alt)
            seen.add((panel.png, panel.alt))
            assert white_size(panel.png) == SIZE
    assert len({png for png, _ in seen}) == len({alt for _, alt in seen}) == 8


def test_reset_heals(panel):
    first = panel.png
    move(panel, view="lesion", **SETTINGS)
    panel.reset_button.click()
    assert panel.png == first and panel.controls["share"].value == 0 and panel.controls["cells"].value == ()
    move(panel, view="lesion")
    assert "; 0 of 21 granule cells are removed" in panel.alt and "(none)" in panel.alt


def test_networks_without_granule_cells_say_so(panel, states):
    move(panel, networks="no feedback", view="lesion")
    assert panel.alt == ("Lesion: networks with no feedback have no granule cells in their feedback; choose others, or "
                         "another view.")
    assert enabled(panel) == {"view", "networks"} and "Only cerebellar feedback" in panel.meaning.value
    alone = DissectPanel({"no feedback": states["no feedback"]})
    move(alone, view="granule cells")
    assert enabled(alone) == {"view"}


def test_the_words_of_the_lesion_are_those_of_lesioned_networks(panel, network, record):
    move(panel, view="lesion", share=30, order="least active first", cells=(20,), replica=1)
    activity = record.granule.double().numpy().mean((1, 2))
    cells = [sorted({*np.argsort(row, kind="stable")[:6].tolist(), 20}) for row in activity]
    after = ccdyn.run(lesion(network, cells), trials().x).readout
    errors = (after - trials().target).square().mean((1, 2, 3))
    assert (f"Test error {errors.mean():.3f} ({errors.min():.3f} to {errors.max():.3f}); whole ") in panel.alt
    assert f"{len(cells[1])} of 21 granule cells are removed from the one with seed 1 (least" in panel.alt
    assert f"In the network shown, {len(cells[1])} of 21 granule cells" in panel.meaning.value
    view = panel.parameters()
    assert np.array_equal(view.after, after[:, :6].numpy())
    assert [row.nonzero()[0].tolist() for row in view.lost] == cells
    expected = lesion_errors(network, trials(), lesion_order(record.granule, "at random", SEEDS), [0.5])
    assert view.curves["at random"][5].tolist() == pytest.approx(expected[0].tolist())


def test_the_panel_keeps_what_it_was_given():
    state = trained()
    panel = DissectPanel({"mine": state})
    before = panel.alt
    weights = {name: weight.detach().clone() for name, weight in state.network.weights().items()}
    move(panel, view="lesion", share=100)
    assert all(torch.equal(weight, weights[name]) for name, weight in state.network.weights().items())
    ccdyn.advance(state, 2)  # what happens to the networks later is not seen
    panel.reset_button.click()
    assert panel.alt == before


def run_code(panel: DissectPanel, **given) -> list:
    printed = []
    exec(panel.code, {"print": printed.append, **given})
    return printed


@pytest.mark.parametrize("single", [False, True])
def test_copied_code_prints_the_numbers_of_the_words(panel, states, single):
    if single:
        state = trained(seeds=3, cerebellar_noise=0.1)
        panel, given = DissectPanel(state.network, TASK), {"network": state.network, "task": TASK}
        seed = 3
    else:
        move(panel, replica=1)
        given, seed = {"states": states}, 1
    move(panel, unit=4, cell=9)
    share, rates = run_code(panel, **given)
    assert f"Unit 4 of the network with seed {seed}" in panel.alt and f"tells the pattern, is {share:.3f}," in panel.alt
    assert f"{rates[2]:.2f} for pattern 2" in panel.alt
    move(panel, view="population")
    mine, both = run_code(panel, **given)
    assert f"first explains {mine[0]:.3f} and the second {mine[1]:.3f} of" in panel.alt
    assert f"networks: {both.mean():.3f} ({both.min():.3f} to {both.max():.3f});" in panel.alt
    move(panel, view="granule cells")
    (pattern, step), fires = run_code(panel, **given)
    assert f"most for pattern {pattern} at step {step} (" in panel.alt
    assert f"fires in {fires.mean():.3f} ({fires.min():.3f} to {fires.max():.3f}) of the time" in panel.alt
    move(panel, view="lesion", share=20, cells=(0, 3))
    whole, errors = run_code(panel, **given)
    assert f"Test error {errors.mean():.3f} ({errors.min():.3f} to {errors.max():.3f}); " in panel.alt
    assert f"whole {whole.mean():.3f} (" in panel.alt


def test_code_of_networks_without_granule_cells_runs(panel, states):
    move(panel, networks="no feedback", replica=1, view="lesion")
    assert run_code(panel, states=states) == []
    move(panel, view="single units")
    assert f"is {run_code(panel, states=states)[0]:.3f}," in panel.alt


def test_it_trains_networks_of_its_own(capsys):
    panel = DissectPanel(n_sessions=1, seeds=(2, 0), n_cortex=5, expansion=2)
    assert "100/100" in capsys.readouterr().out
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, alpha=0.5, seeds=(2, 0), n_cortex=5, expansion=2)
    ccdyn.advance(ccdyn.start(network, task, tau=5, lr=3e-3), 100)
    move(panel, view="lesion")
    error = ccdyn.evaluate(network, task.trials(PATTERNS, ccdyn.make_generators((2, 0), "test")))["loss"]
    whole, errors = run_code(panel)
    assert torch.equal(whole, error) and torch.equal(errors, error)
    assert f"Test error {error.mean():.3f} (" in panel.alt and enabled(panel) == {"view", "replica", "share", "cells"}


@pytest.mark.parametrize("arguments, words", [
    ((3,), "networks is 3, which holds no trained networks; use DissectPanel"), (({},), "holds no trained networks"),
    (({"a": 1},), "holds no trained networks"),
    ((None, ccdyn.SequentialMNIST), "only drawings are taken apart here"),
    ((ccdyn.Network.for_task(TASK, n_cortex=5, expansion=1),), "task is None but only drawings")])
def test_what_cannot_be_taken_apart_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        DissectPanel(*arguments)


def test_networks_of_different_sizes_or_with_settings_to_train_are_refused(states):
    with pytest.raises(ValueError, match=r"differ in .*\(5, 15, \(4, 1\)\) and \(7, 21, \(4, 1\)\)"):
        DissectPanel({**states, "small": trained(n_cortex=5)})
    with pytest.raises(ValueError, match="'n_cortex' is a setting for networks to train"):
        DissectPanel(states, n_cortex=5)
    with pytest.raises(ValueError, match="but the states bring their own; leave task out"):
        DissectPanel(states, TASK)


def test_patterns_that_would_overlap_are_drawn_side_by_side():
    digits, lines = ccdyn.DigitDrawing().lines.numpy(), TASK.lines.numpy()
    assert not places(lines).any()
    apart = digits + places(digits)
    for i in range(6):
        for j in range(i):
            assert (apart[i].min(0) > apart[j].max(0)).any() or (apart[i].max(0) < apart[j].min(0)).any(), (i, j)
