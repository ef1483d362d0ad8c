"""Handwritten digits as a network meets them: one row of pixels at every step, time running down."""

from __future__ import annotations

from matplotlib.figure import Figure

from ccdyn.plots.style import BLACK, GREY, PURPLE, make_figure, styled
from ccdyn.tasks.batch import Batch
from ccdyn.tasks.seqmnist import SequentialMNIST


@styled
def digits(task: SequentialMNIST, batch: Batch | None = None, n: int = 5) -> Figure:
    """A few trials of sequential MNIST: each row of a picture is what comes in at one step.

    Below the dashed line nothing comes in any more. The bar beside each digit
    marks the steps at which the teacher names it, the dot the step whose
    answer counts.

    Args:
        task: how many steps have a picture, and how many are blank.
        batch: the trials to draw, x (batch, time, n_in) without replicas;
            None takes the first digits of the test set.
        n: how many to draw.

    Raises:
        ValueError: a batch with a replica axis.
    """
    if batch is None:
        batch = task.split_batch("test", 0, n)
    if batch.x.ndim != 3:
        raise ValueError(f"batch.x has shape {tuple(batch.x.shape)} but this picture needs "
                         "(batch, time, n_in); take one replica of it")
    n = min(n, len(batch.x))
    n_steps = batch.x.shape[1]
    seen = n_steps - task.blank_steps
    figure, panels = make_figure(1.3 + 1.7 * n, 0.7 + 1.5 * n_steps / seen, 1, n, squeeze=False, sharey=True)
    for i, axes in enumerate(panels[0]):
        axes.imshow(batch.x[i].numpy(force=True), cmap="Greys", vmin=0, vmax=1, extent=(0, 1, n_steps, 0),
                    interpolation="nearest")
        axes.set_aspect("auto")
        axes.set_box_aspect(n_steps / seen)
        axes.spines[:].set_visible(True)
        taught = batch.mask[i].nonzero().flatten().tolist()
        axes.plot([1.09] * 2, [taught[0], taught[-1] + 1], color=PURPLE, linewidth=5, solid_capstyle="butt",
                  clip_on=False)
        axes.plot(1.09, n_steps - 0.5, color=BLACK, marker="o", markersize=5, clip_on=False, zorder=5)
        if task.blank_steps:
            axes.axhline(seen, color=GREY, linestyle=(0, (4, 2)), linewidth=1.2)
            axes.text(0.5, (seen + n_steps) / 2, "blank", ha="center", va="center", color=GREY, fontsize=11)
        axes.set_title(f"a {int(batch.target[i, -1])}", loc="center")
        axes.set_xlim(0, 1)
        axes.set_xticks([])
        axes.tick_params(left=i == 0)
    panels[0, 0].set_ylabel("step")
    panels[0, 0].set_yticks(sorted({0, seen, n_steps}))
    panels[0, -1].text(1.16, n_steps - 0.5, "answer", va="center")
    if taught[0] < 0.8 * n_steps:  # else there is no room for the word
        panels[0, -1].text(1.16, (taught[0] + 0.9 * n_steps) / 2, "taught", color=PURPLE, va="center")
    return figure
