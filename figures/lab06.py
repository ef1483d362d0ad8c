"""What lab 06 quotes: silence row by row, what networks say and what a decoder knows, and what readouts answer.

Sequential MNIST at the settings of the lab: 100 cortical units, 500 granule cells, tau 3, step size .01, 100
batches of 50 of 6,000 digits, fixed cortex; 5 networks, 1,000 test digits drawn for each. *at once*: taught at the
last of 28 rows, alpha .5. *held*: 12 blank rows follow, taught on the last 18 of 40 steps, alpha .1.

Row by row, all see the first 1,000 test digits. A decoder is fitted (least squares, no constant) to the rates of one
row in the first half of them, and tried on that row of the others. It reads rates with noise of standard deviation
.05, or exactly, which means to the seven digits of float32.

    python figures/lab06.py
"""

from __future__ import annotations

import torch
from common import main, progress, table, train
from torch.nn.functional import one_hot

import ccdyn
from ccdyn.dissection import pattern_means
from ccdyn.experiments.lesions import window_scores
from ccdyn.plots import sweeps

SEEDS, N_TEST, NOISE, STARTS = range(5), 1000, 0.05, range(0, 40, 4)
NETWORK = {"n_cortex": 100, "expansion": 5}
TRAINING = {"tau": 3, "lr": 1e-2, "batch_size": 50, "batches_per_session": 50}
VERSIONS = {"at once, alpha 0.5": ({}, 0.5), "held, alpha 0.1": ({"blank_steps": 12, "teacher": (-18, None)}, 0.1)}
NONE, LOOP, GRANULE = KINDS = "no feedback", "cerebellar feedback", "granule readout"
SILENT = {"at once, alpha 0.5": ((0, 27),),
          "held, alpha 0.1": ((0, 19), (20, 39), (0, 24), (0, 27), (0, 28), (33, 36), (37, 39))}

AXES = {"test accuracy": ("version", "what", "seed"), "accuracy by first of four silent rows": ("row", "seed"),
        "accuracy by row": ("who", "row", "seed"), "share of the three commonest answers": ("architecture", "seed"),
        "share of ones among the answers": ("architecture", "seed"),
        "correlation of the mean states with those of row 22": ("row", "seed"),
        "rates differ by, no feedback": ("row", "seed"), "length of the exact decoder, no feedback": ("row", "seed"),
        "accuracy of the exact decoder, no feedback": ("row", "seed")}


def compute(quick: bool = False) -> dict:
    """Train three kinds of networks on both versions; silence them, and ask what they and their states know."""
    seeds, n_test = (range(2), 200) if quick else (SEEDS, N_TEST)
    training = {**TRAINING, **({"batches_per_session": 2, "validation_size": 20} if quick else {})}
    n_sessions, accuracy, networks = 1 if quick else 2, {}, {}
    with progress(len(VERSIONS) * len(KINDS) * n_sessions * training["batches_per_session"]) as bar:
        for version, (options, alpha) in VERSIONS.items():
            task = ccdyn.SequentialMNIST(n_train=6000, **options)
            test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")     # drawn anew for each network
            accuracy[version] = {}
            for kind in KINDS:
                bar.set_description(f"{version}, {kind}")
                network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, **NETWORK, **ccdyn.ARCHITECTURES[kind])
                networks[kind] = train(bar, network, task, n_sessions, **training).network
                accuracy[version][kind] = ccdyn.evaluate(networks[kind], test)["accuracy"]
            for first, last in SILENT[version]:
                silence = ccdyn.Silence(start=first, stop=last + 1)
                accuracy[version][f"silent in rows {first} to {last}"] = ccdyn.evaluate(
                    networks[LOOP], test, silence)["accuracy"]
    for version, rows in accuracy.items():
        print(table(f"accuracy on {n_test} test digits, {version}", rows))
    windows = window_scores(networks[LOOP], test, 4, starts=STARTS)["accuracy"]     # of the held version
    first = task.split_batch("test", 0, n_test, ccdyn.make_generators(seeds, "test"))
    return {"settings": {"seeds": seeds, "n_test": n_test, "network": NETWORK, "training": training,
                         "n_sessions": n_sessions, "versions": VERSIONS, "silent rows": SILENT, "starts": STARTS},
            "test accuracy": accuracy,
            "accuracy by first of four silent rows": dict(zip((f"row {row}" for row in STARTS), windows)),
            **answers(networks, test), **knowledge(networks, first)}


def named(network: ccdyn.Network, test: ccdyn.Batch, silence=None) -> torch.Tensor:
    """What each network says after each row, (seed, trial, row)."""
    return ccdyn.run(network, test.x, silence=silence).readout.argmax(-1)


def answers(networks: dict, test: ccdyn.Batch) -> dict:
    """How evenly the last answers are spread over the ten digits."""
    counts = {kind: one_hot(named(network, test)[..., -1], 10).double().mean(1) for kind, network in networks.items()}
    return {"share of the three commonest answers": {kind: each.topk(3).values.sum(-1)
                                                     for kind, each in counts.items()},
            "share of ones among the answers": {kind: each[:, 1] for kind, each in counts.items()}}


def decoder(rates: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Accuracy and length of a decoder of each row, from rates (seed, trial, row, unit): two of (row, seed)."""
    half, rates = len(labels) // 2, rates.transpose(1, 2)
    wanted = one_hot(labels[:half], 10).to(rates.dtype).expand(*rates.shape[:2], -1, -1)
    weights = torch.linalg.lstsq(rates[..., :half, :], wanted).solution
    said = (rates[..., half:, :] @ weights).argmax(-1)
    return (said == labels[half:]).double().mean(-1).T, weights.flatten(2).norm(dim=-1).T


def knowledge(networks: dict, test: ccdyn.Batch) -> dict:
    """Row by row: what networks say, whole and silenced; what decoders know; how alike and how faint states are."""
    labels = test.target[0, :, 0]
    said = {LOOP: None, "silent in rows 0 to 21": ccdyn.Silence(stop=22)}
    by_row = {f"answer, {how}": (named(networks[LOOP], test, silence) == labels[:, None]).double().mean(1).T
              for how, silence in said.items()}
    rates = {kind: ccdyn.run(networks[kind], test.x).rate for kind in (LOOP, NONE)}
    for kind, each in rates.items():
        noise = NOISE * torch.randn(each.shape, generator=torch.Generator().manual_seed(0))
        by_row[f"decoder, {kind}"] = decoder(each + noise, labels)[0]
    means = pattern_means(rates[LOOP], labels)                      # (seed, digit, row, unit)
    means = (means - means.mean(1, keepdim=True)).transpose(1, 2).flatten(2)    # what tells digits apart
    alike = torch.cosine_similarity(means, means[:, 22:23], -1).T
    exact, length = decoder(rates[NONE], labels)
    return {"accuracy by row": by_row, "correlation of the mean states with those of row 22": alike,
            "rates differ by, no feedback": rates[NONE].std(1).mean(-1).T,
            "length of the exact decoder, no feedback": length, "accuracy of the exact decoder, no feedback": exact}


def draw(result: dict):
    """What is said and known row by row, and what four silent rows cost."""
    four = result["accuracy by first of four silent rows"]
    figure = sweeps({
        "what is said, and what a decoder knows": {
            "x": range(40), "xlabel": "row (28 to 39 are blank)", "ylabel": "accuracy", "chance": 0.1,
            "values": {who: rows for who, rows in result["accuracy by row"].items() if "silent" not in who}},
        "four silent rows": {"x": list(STARTS), "values": {LOOP: list(four.values())}, "ylabel": "accuracy",
                             "xlabel": "first of the silent rows", "chance": 0.1}})
    figure.axes[0].set_ylim(0, 0.9)     # room for the legend
    figure.axes[0].get_legend().set(loc="upper left")
    return figure


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
