"""What every lab notebook starts with, and how it shows a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from IPython.display import display

import ccdyn
from ccdyn.panels.panel import image_tag, to_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def begin(version: str) -> None:
    """Check that notebook and package belong together, and take one processor thread.

    One thread per notebook: these networks are small, and a hundred kernels on
    one machine that fight for its cores are many times slower than a hundred
    that share them.

    Args:
        version: of ccdyn, for which the notebook was written.
    """
    torch.set_num_threads(1)
    if version == ccdyn.__version__:
        print(f"ccdyn {version} is ready.")
        return
    print(f"This notebook was written for ccdyn {version} but {ccdyn.__version__} is installed. In Colab, run the %pip "
          "line above in a cell of its own, with --upgrade --force-reinstall --no-deps, and restart the session; "
          "elsewhere, use `git pull` and `make lab`.")


def show(figure: Figure, alt: str, dpi: int = 80) -> None:
    """Show a figure in a notebook with an alternative text that says what can be seen."""
    display({"text/html": image_tag(to_png(figure, dpi), alt, "figure"), "text/plain": alt}, raw=True)
