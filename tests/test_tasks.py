"""The tasks: published numbers, masks, splits, replicas, and every refused setting."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import torch

from ccdyn.data import load_digits
from ccdyn.rng import make_generator, make_generators
from ccdyn.tasks import (TASKS, DelayedAssociation, DigitDrawing, EvidenceAccumulation, GradedLines, IntervalTiming,
                         LineDrawing, OwnDrawing, SequentialDrawing, SequentialMNIST, Task)
from ccdyn.tasks.digitdraw import walk
from ccdyn.tasks.timing import press_steps

EXAMPLES = [
    LineDrawing(n_steps=9, n_patterns=4, n_in=7, arc=.3),
    DigitDrawing(n_steps=17, n_patterns=8, n_in=6),
    OwnDrawing([[(0, 0), (.3, .4), (1, 0)], [(-.5, 0), (0, -.5)]], n_steps=12, n_in=4),
    EvidenceAccumulation(n_steps=14, delay_steps=3),
    DelayedAssociation(n_steps=11, n_patterns=4, n_in=5, teacher_steps=2),
    DelayedAssociation(n_steps=6, n_patterns=3, n_in=5, opposite=True),
    IntervalTiming((2, 5, 9), n_steps=12, n_in=4),
    SequentialMNIST(pixels_per_step=56, blank_steps=3, teacher=(10, 15)),
    SequentialMNIST(noise=.2, n_train=50),
    GradedLines(n_steps=6, sparse=4, radius=2),
    GradedLines(noise=.2),
    SequentialDrawing(sparse=5),
    SequentialDrawing("digits", noise=.2, n_train=50),
]
PARTS = ("x", "target", "mask", "score_mask")


def generator(seed: int = 0, stream: str = "train") -> torch.Generator:
    return make_generator(seed, stream)


# ------------------------------------------------------------------ every task

@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: type(task).__name__)
def test_shapes_and_types(task):
    assert isinstance(task, Task)
    for dtype in (torch.float32, torch.float64):
        batch = task.batch(3, generator(), dtype=dtype)
        assert batch.x.shape == (3, task.n_steps, task.n_in) and batch.x.dtype == dtype
        assert batch.mask.shape == batch.score_mask.shape == (3, task.n_steps)
        assert batch.mask.dtype == batch.score_mask.dtype == dtype
        assert batch.is_classification is task.classification
        if task.classification:
            assert batch.target.shape == (3, task.n_steps) and batch.target.dtype == torch.int64
            assert 0 <= batch.target.min() and batch.target.max() < task.n_out
            assert (batch.target == batch.target[:, :1]).all(), "one answer a trial"
        else:
            assert batch.target.shape == (3, task.n_steps, task.n_out) and batch.target.dtype == dtype
    assert task.batch(3, generator()).x.dtype == torch.float32


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: type(task).__name__)
def test_replicas_see_the_numbers_they_would_see_alone(task, split):
    seeds = (3, 0, 11, 5)
    together = make_generators(seeds, split)
    alone = [make_generator(seed, split) for seed in seeds]
    for _ in range(3):  # and the streams stay in step
        batch = task.batch(5, together, split)
        for i, one in enumerate(alone):
            single = task.batch(5, one, split)
            for part in PARTS:
                assert torch.equal(getattr(batch, part)[i], getattr(single, part)), part
                assert getattr(batch, part).shape == (4, *getattr(single, part).shape)
    assert not torch.equal(batch.x[0], batch.x[1])
    assert (batch.kind is None) == (single.kind is None)


@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: type(task).__name__)
def test_trials_of_one_kind_are_equal(task):
    batch = task.batch(40, make_generators((0, 1), "train"))
    if batch.kind is None:
        return
    for replica, kinds in enumerate(batch.kind):
        for kind in kinds.unique():
            for part in PARTS:
                same = getattr(batch, part)[replica, kinds == kind]
                assert (same == same[:1]).all(), part


@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: type(task).__name__)
def test_a_generator_decides_everything(task):
    torch.manual_seed(0)
    first = task.batch(6, generator(2))
    torch.manual_seed(1)
    g = generator(2)
    again, later = task.batch(6, g), task.batch(6, g)
    assert all(torch.equal(getattr(first, part), getattr(again, part)) for part in PARTS)
    assert not torch.equal(later.x, again.x)


@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: type(task).__name__)
def test_settings_can_be_saved_and_read(task):
    task.batch(2, generator())  # whatever it has cached by now
    settings = json.loads(json.dumps(dataclasses.asdict(task)))
    assert TASKS[type(task).__name__](**settings) == task
    assert eval(repr(task), dict(TASKS)) == task
    assert "tensor" not in repr(task)
    with pytest.raises(dataclasses.FrozenInstanceError):
        task.noise = 1.0


@pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: type(task).__name__)
def test_requests_that_every_task_refuses(task):
    before = (g := generator()).get_state()
    with pytest.raises(ValueError, match="a batch of 0 trials .* at least 1"):
        task.batch(0, g)
    with pytest.raises(ValueError, match="unknown split 'valid'; use one of train, validation, test"):
        task.batch(2, g, "valid")
    assert torch.equal(g.get_state(), before), "nothing was drawn"
    for noise in (-.1, math.nan, math.inf, "loud"):
        with pytest.raises(ValueError, match=f"noise is {noise!r}; use a finite number of at least 0"):
            dataclasses.replace(task, noise=noise)


@pytest.mark.parametrize("task", [LineDrawing(), DigitDrawing(), EvidenceAccumulation(), DelayedAssociation(),
                                  SequentialMNIST(blank_steps=2, noise=.1)],
                         ids=lambda task: type(task).__name__)
def test_noise_has_the_standard_deviation_it_says_everywhere(task):
    assert task.noise == .1
    clean = dataclasses.replace(task, noise=0.0)
    # Noise is drawn last, so the same generator gives the same trials without it.
    noise = task.batch(2000, generator(7), "test").x - clean.batch(2000, generator(7), "test").x
    assert (noise.std(0) - .1).abs().max() < 6 * .1 / math.sqrt(4000)
    assert noise.mean(0).abs().max() < 6 * .1 / math.sqrt(2000)
    flat = noise.flatten(1)[:, :30]
    assert (torch.corrcoef(flat.T) - torch.eye(flat.shape[1])).abs().max() < 6 / math.sqrt(2000)


# --------------------------------------------------------------- line drawing

def bits(numbers: list[int], width: int) -> torch.Tensor:
    return torch.tensor([[int(digit) for digit in f"{number:0{width}b}"] for number in numbers]).double()


def test_cues_are_the_published_ones():
    assert torch.equal(LineDrawing().cues, bits([833, 990, 789, 235, 945, 965], 10))
    assert torch.equal(DigitDrawing().cues, LineDrawing().cues)
    assert torch.equal(DelayedAssociation().cues, bits([833, 990], 10))
    assert LineDrawing().cues[0].int().tolist() == [1, 1, 0, 1, 0, 0, 0, 0, 0, 1]
    every = LineDrawing(n_patterns=8, n_in=3).cues
    assert len(every.unique(dim=0)) == 8, "as many cues as three channels have"


def test_cue_is_there_at_the_first_step_only():
    task = LineDrawing(noise=0.0)
    batch = task.batch(400, generator())
    assert batch.x[:, 1:].abs().max() == 0
    which = (batch.x[:, :1, :].double() == task.cues).all(-1)
    assert (which.sum(1) == 1).all()
    assert torch.equal(batch.target.double(), task.lines[which.int().argmax(1)].float().double())
    counts = which.sum(0)
    assert ((counts - 400 / 6).abs() < 5 * math.sqrt(400 / 6)).all() and counts.sum() == 400
    assert batch.mask.min() == batch.score_mask.min() == 1


def test_end_points_and_ease_in_ease_out():
    task = LineDrawing()
    angle = np.deg2rad([0, 72, 144, 216, 288])
    expected = np.vstack([[0, 0], np.column_stack([np.sin(angle), np.cos(angle)])])
    np.testing.assert_allclose(task.endpoints.numpy(), expected, atol=1e-15)
    along = (1 - np.cos(np.pi * np.arange(20) / 19)) / 2
    np.testing.assert_allclose(task.lines.numpy(), along[None, :, None] * expected[:, None], atol=1e-15)
    assert (task.lines[:, 0] == 0).all()


@pytest.mark.parametrize(("arc", "published"), [(0.0, .1589), (1.0, .2083)])
def test_drawing_nothing_gives_the_published_error(arc, published):
    task = LineDrawing(arc=arc)
    assert (task.lines**2).mean().item() == pytest.approx(published, abs=5e-5)
    assert task.lines.mean(0).abs().max() < 1e-15, "so no cue-blind network does better"
    gallery = task.gallery(generator())
    assert (gallery.target**2).mean().item() == pytest.approx(published, abs=5e-5)


def test_arcs_are_semicircles_to_the_right():
    ahead = LineDrawing().endpoints[1:]
    right = torch.stack((ahead[:, 1], -ahead[:, 0]), -1)
    assert torch.allclose(right[0], torch.tensor([1.0, 0.0]).double()), "right of 'up' is +x"
    circle = LineDrawing(arc=1.0).lines[1:] - ahead[:, None] / 2
    assert torch.allclose(circle.norm(dim=-1), torch.full((5, 20), .5).double()), "diameter 1"
    for arc in (0.0, .4, 1.0):
        lines = LineDrawing(n_steps=21, arc=arc).lines[1:]
        side = (lines * right[:, None]).sum(-1)
        assert side.min() > -1e-15
        assert torch.allclose(side[:, 10], side.max(1).values), "bulge at half way"
        assert (side[:, 10] - arc / 2).abs().max() < 1e-15
        assert torch.allclose(lines[:, -1], ahead, atol=1e-15)
        straight = LineDrawing(n_steps=21).lines[1:]
        forward, expected = ((points * ahead[:, None]).sum(-1) for points in (lines, straight))
        assert torch.allclose(forward, expected, atol=1e-15)


def test_small_drawings_are_defined():
    one = LineDrawing(n_steps=1, n_patterns=3, arc=1.0).batch(4, generator())
    assert one.x.shape == (4, 1, 10) and one.target.abs().max() == 0 and one.target.isfinite().all()
    assert LineDrawing(n_patterns=1).lines.abs().max() == 0
    assert torch.equal(LineDrawing(n_patterns=2).endpoints[1], torch.tensor([0.0, 1.0]).double())
    assert DigitDrawing(n_steps=1).lines[1].tolist() == [[.5, 0.0]], "the last point"
    assert DigitDrawing(n_steps=3).lines.shape == (6, 3, 2)


def test_gallery_and_trials_have_the_patterns_in_order():
    task = LineDrawing(n_patterns=5, n_steps=8, noise=.01)
    gallery = task.gallery(generator())
    assert torch.equal(gallery.target, task.lines.float())
    assert (gallery.x[:, 0].double() - task.cues).abs().max() < .1
    chosen = task.trials([3, 3, 0], generator())
    assert torch.equal(chosen.target, task.lines[[3, 3, 0]].float())
    assert not torch.equal(chosen.x[0], chosen.x[1]), "each with its own noise"
    many = task.gallery(make_generators((4, 6), "test"))
    assert many.x.shape == (2, 5, 8, 10) and many.target.shape == (2, 5, 8, 2)
    assert many.mask.shape == many.score_mask.shape == (2, 5, 8)
    assert torch.equal(many.x[1], task.gallery(make_generator(6, "test")).x)


# -------------------------------------------------------------- digit drawing

def test_digit_templates_have_the_published_errors():
    lines = DigitDrawing().lines
    assert ((lines - lines.mean(0))**2).mean().item() == pytest.approx(.0869, abs=5e-5)
    assert ((lines - lines.mean((0, 1)))**2).mean().item() == pytest.approx(.1199, abs=5e-5)
    assert (lines**2).mean().item() == pytest.approx(.3938, abs=5e-5)


def test_steps_per_segment():
    corners = torch.arange(0.0, 4.0)[:, None].expand(4, 2)  # three segments of length 1
    for n_steps, expected in [
            (9, [0, 1/3, 2/3, 1, 4/3, 5/3, 2, 2.5, 3]),  # none left over: the last segment has one fewer
            (7, [0, .5, 1, 1.5, 2, 2.5, 3]),  # one left over: the end point
            (8, [0, 1/3, 2/3, 1, 1.5, 2, 2.5, 3])]:  # two: the first segment has one more
        assert walk(corners, n_steps)[:, 0].tolist() == pytest.approx(expected)
    for n_steps in range(1, 60):
        lines = DigitDrawing(n_steps=n_steps, n_patterns=10).lines
        assert lines.shape == (10, n_steps, 2) and lines.isfinite().all()
        assert lines.min() >= 0 and lines.max() <= 1
    ends = DigitDrawing(n_patterns=10).lines[:, -1].tolist()
    assert ends == [[0, 1], [.5, 0], [1, 0], [0, 0], [1, .5], [0, 0], [0, .5], [0, 0], [0, 1], [.5, 0]]


# ------------------------------------------------------------------- evidence

def test_evidence_has_the_published_statistics():
    n, task = 40_000, EvidenceAccumulation(noise=0.0)
    batch = task.batch(n, generator(1), "test")
    x = batch.x.long()
    assert torch.equal(x.to(batch.x), batch.x) and x.min() == 0 and x.max() == 1
    assert x.sum(-1).max() == 1, "never on both sides at once"
    assert x[:, 45:].sum() == 0, "the delay"
    puffs, difference = x.sum((1, 2)).double(), (x[..., 1] - x[..., 0]).sum(1)
    assert puffs.mean().item() == pytest.approx(13.5, abs=5 * puffs.std().item() / math.sqrt(n))
    size = difference.abs().double()
    assert size.mean().item() == pytest.approx(2.9, abs=.05 + 5 * size.std().item() / math.sqrt(n))
    ties = (difference == 0).double().mean().item()
    assert ties == pytest.approx(.109, abs=.0005 + 5 * math.sqrt(.109 * .891 / n))
    label = batch.target[:, -1]
    assert torch.equal(label, torch.where(difference == 0, 0, torch.where(difference < 0, 1, 2)))
    left = (label == 1).double().mean().item()
    assert left == pytest.approx(.445, abs=.0005 + 5 * math.sqrt(.445 * .555 / n))
    rate = x[:, :45].sum(-1).double().mean(0)
    assert (rate - .3).abs().max() < 6 * math.sqrt(.21 / n), "at every step alike"


def test_evidence_is_asked_for_at_the_last_step_only():
    batch = EvidenceAccumulation(n_steps=7, delay_steps=2).batch(3, generator())
    for mask in (batch.mask, batch.score_mask):
        assert mask.tolist() == [[0, 0, 0, 0, 0, 0, 1]] * 3


def test_extremes_of_evidence():
    assert EvidenceAccumulation(n_steps=1, delay_steps=0).batch(2, generator()).mask.tolist() == [[1], [1]]
    assert EvidenceAccumulation(puff_probability=0.0, noise=0).batch(50, generator()).x.abs().sum() == 0
    always = EvidenceAccumulation(puff_probability=1.0, noise=0).batch(50, generator()).x
    assert (always[:, :45].sum(-1) == 1).all()


# --------------------------------------------------------- delayed association

def test_delayed_association_teaches_five_steps_and_scores_one():
    task = DelayedAssociation(noise=0.0)
    batch = task.batch(300, generator())
    assert (task.n_steps, task.n_in, task.n_out) == (15, 10, 2)
    assert batch.mask[17].tolist() == [0] * 10 + [1] * 5
    assert batch.score_mask[17].tolist() == [0] * 14 + [1]
    assert torch.equal(batch.x[:, 0].double(), task.cues[batch.target[:, 0]])
    assert batch.x[:, 1:].abs().max() == 0
    assert abs(batch.target[:, 0].double().mean().item() - .5) < 5 * .5 / math.sqrt(300)


@pytest.mark.parametrize("n_patterns", [2, 3])
def test_the_opposite_association_has_the_same_cues_and_the_classes_reversed(n_patterns):
    tasks = [DelayedAssociation(n_patterns=n_patterns, opposite=opposite) for opposite in (False, True)]
    one, other = (task.batch(60, generator()) for task in tasks)
    assert torch.equal(one.x, other.x) and torch.equal(other.target, n_patterns - 1 - one.target)
    assert torch.equal(one.mask, other.mask) and torch.equal(one.score_mask, other.score_mask)


# ------------------------------------------------------------- interval timing

def test_a_press_is_a_bump_at_the_moment_that_the_cue_names():
    task = IntervalTiming()
    assert (task.n_steps, task.n_in, task.n_out, task.n_patterns) == (30, 10, 1, 4)
    lines = task.lines[..., 0]
    assert lines.argmax(1).tolist() == [6, 12, 18, 24] and torch.equal(lines.amax(1), torch.ones(4).double())
    assert lines[1, 12 - 3] == lines[1, 12 + 3] == pytest.approx(math.exp(-2))
    assert task.error_of_nothing == pytest.approx(0.0886, abs=1e-4)
    assert task.error_without_cue == pytest.approx(0.0659, abs=1e-4)
    batch = task.gallery(generator())
    assert torch.equal(batch.target.double(), task.lines.float().double()) and batch.mask.all()


def test_when_a_press_counts():
    readout = torch.tensor([[0.0, 0.4, 0.5, 0.2, 0.9], [0.0, 0.1, 0.2, 0.3, 0.49]])[..., None]
    assert press_steps(readout).tolist() == [4, 5]
    assert press_steps(torch.stack((readout, 1 - readout))).tolist() == [[4, 5], [0, 0]]
    assert press_steps(IntervalTiming().lines).tolist() == [6, 12, 18, 24]


# ------------------------------------------------------------- sequential MNIST

@pytest.mark.parametrize("pixels", [1, 2, 4, 7, 8, 14, 16, 28, 49, 56, 98, 112, 196, 392, 784])
def test_any_number_of_pixels_that_divides_784(pixels):
    task = SequentialMNIST(pixels_per_step=pixels, blank_steps=2)
    assert (task.n_in, task.n_steps, task.n_out) == (pixels, 784 // pixels + 2, 10)
    batch = task.split_batch("test", 20, 23)
    digits = load_digits()
    assert torch.equal((batch.x[:, :-2].reshape(3, 784) * 255).round().byte(), digits.test_images[20:23])
    assert batch.x[:, -2:].abs().max() == 0, "blank"
    assert batch.target[:, -1].tolist() == digits.test_labels[20:23].tolist()
    assert batch.x.min() == 0 and batch.x.max() <= 1


def test_pixels_are_exact_in_both_precisions():
    exact = load_digits().test_images[:4].double() / 255
    for dtype in (torch.float32, torch.float64):
        x = SequentialMNIST().split_batch("test", 0, 4, dtype=dtype).x
        assert torch.equal(x.reshape(4, 784), (load_digits().test_images[:4].to(dtype) / 255))
        assert (x.reshape(4, 784).double() - exact).abs().max() < torch.finfo(dtype).eps


@pytest.mark.parametrize(("teacher", "taught"), [
    (None, range(39, 40)), ((22, 40), range(22, 40)), ((-18, None), range(22, 40)), ((0, 40), range(40)),
    ([3, -30], range(3, 10)), ((5, 6), range(5, 6))])
def test_the_teachers_window(teacher, taught):
    task = SequentialMNIST(blank_steps=12, teacher=teacher)
    batch = task.batch(3, generator())
    assert batch.mask[2].nonzero().flatten().tolist() == list(taught)
    assert batch.score_mask[2].nonzero().flatten().tolist() == [39]
    assert torch.equal(batch.mask[0], batch.mask[2]) and set(batch.mask.unique().tolist()) <= {0.0, 1.0}


def rows_of(batch) -> set[bytes]:
    return {image.tobytes() for image in (batch.x.reshape(len(batch.x), -1) * 255).round().byte().numpy()}


def test_splits_are_the_stated_digits_and_do_not_overlap():
    task, digits = SequentialMNIST(), load_digits()
    assert [task.split_size(s) for s in ("train", "validation", "test")] == [10_000, 2_000, 10_000]
    assert SequentialMNIST(source="full").split_size("train") == 55_000, "and nothing is fetched to say so"
    stored = {"train": digits.train_images[:10_000], "validation": digits.train_images[10_000:],
              "test": digits.test_images}
    stored = {split: {image.tobytes() for image in images.numpy()} for split, images in stored.items()}
    drawn = {split: rows_of(task.batch(600, generator(), split)) for split in stored}
    for split in stored:
        assert drawn[split] <= stored[split], split
        assert all(not drawn[split] & stored[other] for other in stored if other != split)
    few = SequentialMNIST(n_train=30)
    assert rows_of(few.batch(600, generator())) == {i.tobytes() for i in digits.train_images[:30].numpy()}
    assert few.split_size("validation") == 2_000


def test_digits_are_drawn_uniformly():
    batch = SequentialMNIST(n_train=20, pixels_per_step=784).batch(8_000, generator(5))
    _, counts = batch.x[:, 0].unique(dim=0, return_counts=True)
    assert len(counts) == 20 and ((counts - 400).abs() < 5 * math.sqrt(400)).all()


def test_a_whole_split_in_stored_order():
    task, digits = SequentialMNIST(), load_digits()
    parts = [task.split_batch("test", start, start + 3_000) for start in range(0, 10_000, 3_000)]
    assert [len(part.x) for part in parts] == [3_000, 3_000, 3_000, 1_000]
    assert torch.equal(torch.cat([part.target[:, -1] for part in parts]), digits.test_labels)
    assert torch.equal(task.split_batch("validation").target[:, 0], digits.train_labels[10_000:])
    assert len(SequentialMNIST(n_train=70).split_batch("train").x) == 70
    both = task.split_batch("test", 3, 8, generator=make_generators((0, 1), "test"))
    assert both.x.shape == (2, 5, 28, 28) and both.target.shape == both.mask.shape == (2, 5, 28)
    assert torch.equal(both.x[0], both.x[1])
    noisy = SequentialMNIST(noise=.1).split_batch("test", 3, 8, generator=make_generators((0, 1), "test"))
    assert not torch.equal(noisy.x[0], noisy.x[1]) and (noisy.x - both.x).abs().max() < 1


def test_targets_and_masks_take_no_memory_per_step():
    batch = SequentialMNIST(pixels_per_step=1).batch(7, make_generators((0, 1, 2), "train"))
    assert batch.target.shape == (3, 7, 784)
    assert batch.target.untyped_storage().nbytes() == 3 * 7 * 8
    assert batch.mask.untyped_storage().nbytes() <= 2 * 784 * 8


def test_pictures_of_ones_own():
    task = SequentialMNIST(pixels_per_step=56, blank_steps=1)
    square = torch.rand(3, 28, 28, generator=generator())
    batch = task.trials(square, [4, 0, 9])
    assert torch.equal(batch.x[:, :14].reshape(3, 28, 28), square)
    assert batch.target[:, 2].tolist() == [4, 0, 9]
    batch.x.zero_()
    assert square.max() > 0, "a copy"
    images = load_digits().test_images[:3]
    assert torch.equal(task.trials(images, [7, 2, 1]).x, task.split_batch("test", 0, 3).x)
    nan = square.clone()
    nan[1, 2, 3] = math.nan
    for bad, labels, message in [
            (images, [1, 2, 10], "labels run from 1 to 10; use integers 0 to 9"),
            (images, [-1, 2, 3], "labels run from -1 to 3"),
            (images, [1, 2], r"labels is torch.int64 of shape \(2,\) for 3 images"),
            (images, [1.0, 2.0, 3.0], "labels is torch.float32"),
            (images[:0], [], r"images has the shape \(0, 784\)"),
            (images[:, :700], [1, 2, 3], r"images has the shape \(3, 700\); use \(n, 784\)"),
            (images.int(), [1, 2, 3], "images is torch.int32; use torch.uint8"),
            (images.float(), [1, 2, 3], "from 0 to 255; scale them to the range 0 to 1"),
            (nan, [1, 2, 3], "scale them to the range 0 to 1")]:
        with pytest.raises(ValueError, match=message):
            task.trials(bad, torch.tensor(labels) if labels else torch.empty(0, dtype=torch.int64))


# ------------------------------------------------- the tasks of predicted feedback

def test_a_graded_cue_says_which_line():
    task = GradedLines()
    batch = task.gallery(generator())
    assert torch.allclose(batch.x[:, 0, 0], torch.tensor([-.3, -.2, -.1, 0, .1, .2, .3]))
    assert not batch.x[:, 1:].any()
    ends = batch.target[:, -1]
    assert torch.allclose(ends.norm(dim=-1), torch.tensor([10., 10, 10, 0, 10, 10, 10]))
    assert torch.allclose(ends[0], torch.tensor([0., 10])) and torch.allclose(ends.sum(0), torch.zeros(2), atol=1e-5)
    steps = batch.target.diff(dim=1)
    assert torch.allclose(steps, steps[:, :1].expand_as(steps), atol=1e-6), "an even pace"
    assert task.error_of_nothing == pytest.approx(task.error_without_cue)
    assert task.error_of_nothing == pytest.approx(6 / 7 * 100 / 2 * sum((k / 9)**2 for k in range(10)) / 10)


@pytest.mark.parametrize(("task", "taught"), [
    (GradedLines(), [0, 2, 4, 6, 8]), (GradedLines(sparse=1), list(range(10))), (GradedLines(sparse=20), [0]),
    (SequentialDrawing(), [0, 4, 8, 12, 16, 20, 24])])
def test_the_teacher_speaks_now_and_then_and_all_is_scored(task, taught):
    batch = task.batch(3, generator())
    assert [t for t in range(task.n_steps) if batch.mask[:, t].all()] == taught
    assert batch.mask.sum() == 3 * len(taught) and batch.score_mask.all()


def test_noise_of_a_graded_cue_begins_after_it():
    batch = GradedLines(noise=.1).batch(4000, generator(3))
    assert set(batch.x[:, 0, 0].mul(10).round().int().tolist()) == set(range(-3, 4))
    assert torch.equal(batch.x[:, 0], GradedLines().batch(4000, generator(3)).x[:, 0])
    assert (batch.x[:, 1:].std(0) - .1).abs().max() < .005


def test_what_is_drawn_belongs_to_the_digit_that_is_seen():
    task, reading = SequentialDrawing(), SequentialMNIST()
    batch, read = task.batch(200, generator(5)), reading.batch(200, generator(5))
    assert torch.equal(batch.x, read.x)
    angle = 2 * math.pi * read.target[:, -1] / 10
    assert torch.allclose(batch.target[:, -1], 10 * torch.stack((angle.sin(), angle.cos()), -1), atol=1e-5)
    images, labels = load_digits().test_images[:4], load_digits().test_labels[:4]
    assert torch.equal(task.trials(images, labels).target, task.lines.float()[labels])
    assert task.split_size("validation") == 2000


def test_lines_of_free_magnitude_end_at_ten_points_of_a_grid():
    ends = SequentialDrawing(fixed_magnitude=False).lines[:, -1]
    assert len(torch.unique(ends, dim=0)) == 10
    assert (torch.isclose(ends.abs(), torch.tensor(10.).double())
            | torch.isclose(ends.abs(), torch.tensor(10 / 3).double())).all()
    assert torch.equal(ends, SequentialDrawing(fixed_magnitude=False, sparse=3).lines[:, -1])


def test_digits_to_draw_are_the_templates_of_their_paper():
    lines = SequentialDrawing("digits").lines
    own = DigitDrawing(n_steps=28, n_patterns=10).lines
    assert [digit for digit in range(10) if not torch.equal(lines[digit], own[digit])] == [1, 4, 9]
    assert lines[1, [0, -1]].tolist() == [[.25, .75], [.5, 0.]]
    assert lines[4, [0, -1]].tolist() == [[0., 1.], [.5, 0.]]
    assert lines[9, [0, -1]].tolist() == [[0., .5], [1., 0.]]
    assert lines.min() == 0 and lines.max() == 1


# ---------------------------------------------------------------- bad settings

@pytest.mark.parametrize(("make", "message"), [
    (lambda: SequentialMNIST(pixels_per_step=30), "pixels_per_step=30 does not divide the 784 .* use 28 or"),
    (lambda: SequentialMNIST(pixels_per_step=0), "pixels_per_step is 0; use a whole number from 1 to 784"),
    (lambda: SequentialMNIST(pixels_per_step=28.0), "pixels_per_step is 28.0; use a whole number"),
    (lambda: SequentialMNIST(blank_steps=-1), "blank_steps is -1; use a whole number of at least 0"),
    (lambda: SequentialMNIST(teacher=(20, 30)), r"teacher stop is 30; .* to 28 \(the trial has 28 steps\)"),
    (lambda: SequentialMNIST(teacher=(-40, None)), "teacher start is -40"),
    (lambda: SequentialMNIST(teacher=(20, 20)), r"teacher=\(20, 20\) holds none of the trial's 28 steps"),
    (lambda: SequentialMNIST(teacher=(28, None)), r"teacher=\(28, None\) holds none"),
    (lambda: SequentialMNIST(teacher=(1.5, 4)), "teacher start is 1.5; use a whole number"),
    (lambda: SequentialMNIST(teacher=(1, 2, 3)), r"has 3 entries; use \(start, stop\)"),
    (lambda: SequentialMNIST(source="web"), "source is 'web'; use one of shipped, full"),
    (lambda: SequentialMNIST(n_train=10_001), "n_train is 10001; use a whole number from 1 to 10000"),
    (lambda: SequentialMNIST(n_train=0), "n_train is 0"),
    (lambda: SequentialMNIST().split_batch("test", 10_000), "start is 10000; use a whole number from 0 to 9999"),
    (lambda: SequentialMNIST().split_batch("test", 5, 5), "stop is 5; use a whole number of at least 6"),
    (lambda: SequentialMNIST().split_batch("dev"), "unknown split 'dev'"),
    (lambda: SequentialMNIST(noise=.3).split_batch("test", 0, 5), "noise=0.3 but no generator .*; pass"),
    (lambda: LineDrawing(n_patterns=0), "n_patterns is 0; use a whole number of at least 1"),
    (lambda: LineDrawing(n_patterns=True), "n_patterns is True"),
    (lambda: LineDrawing(n_patterns=9, n_in=3), "9 patterns need 9 .* n_in=3 .* have 8; use n_in=4 or more"),
    (lambda: LineDrawing(n_in=0), "n_in is 0"),
    (lambda: LineDrawing(n_in=50), "n_in is 50; use a whole number from 1 to 20"),
    (lambda: LineDrawing(n_steps=0), "n_steps is 0"),
    (lambda: LineDrawing(arc=1.01), "arc is 1.01; use a finite number from 0 to 1"),
    (lambda: LineDrawing(arc=-.1), "arc is -0.1"),
    (lambda: LineDrawing(arc=math.nan), "arc is nan"),
    (lambda: LineDrawing().trials([0, 6], generator()), "pattern 6 .* the patterns 0 to 5"),
    (lambda: LineDrawing().trials([-1], generator()), "pattern -1 was asked for"),
    (lambda: LineDrawing().trials([], generator()), r"patterns is \[\]; use a list of one or more integers"),
    (lambda: LineDrawing().trials([.5], generator()), r"patterns is \[0.5\]"),
    (lambda: DigitDrawing(n_patterns=11), "n_patterns is 11; use a whole number from 1 to 10"),
    (lambda: EvidenceAccumulation(n_steps=5), r"delay_steps is 5; .* 0 to 4 \(the trial has n_steps=5"),
    (lambda: EvidenceAccumulation(puff_probability=1.2), "puff_probability is 1.2; .* from 0 to 1"),
    (lambda: DelayedAssociation(teacher_steps=16), r"teacher_steps is 16; .* to 15 \(.* n_steps=15"),
    (lambda: DelayedAssociation(n_patterns=0), "n_patterns is 0"),
    (lambda: IntervalTiming((6, 30)), "an interval is 30 steps but the trial has n_steps=30; use 1 to 29"),
    (lambda: IntervalTiming(()), "n_patterns is 0"),
    (lambda: IntervalTiming(width=0), "width is 0"),
    (lambda: GradedLines(sparse=0), "sparse is 0; use a whole number of at least 1"),
    (lambda: GradedLines(n_steps=1), "n_steps is 1; use a whole number of at least 2"),
    (lambda: GradedLines(radius=-1), "radius is -1"),
    (lambda: SequentialDrawing("circles"), "shape is 'circles'; use one of 'lines', 'digits'"),
    (lambda: SequentialDrawing(sparse=1.5), "sparse is 1.5"),
    (lambda: SequentialDrawing(n_train=10_001), "n_train is 10001; use a whole number from 1 to 10000"),
])
def test_bad_settings_get_one_sentence_with_both_values_and_the_fix(make, message):
    with pytest.raises(ValueError, match=message) as error:
        make()
    assert "\n" not in str(error.value)
