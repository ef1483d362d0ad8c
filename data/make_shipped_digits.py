"""Make the digits that ship with this project from the whole MNIST set.

    python data/make_shipped_digits.py [FOLDER]

FOLDER holds the four original files; without it they come from the user's
cache (fetched if need be). The files are written beside this script, and the
checksums that belong into ccdyn/data.py and data/README.md are printed.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from ccdyn.data import FULL_FILES, SHIPPED_FILES, load_full, read_folder

SEED = 2024


def stratified_order(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Indices of ``n`` random examples, each class in its share, so that any slice is stratified.

    The m examples of a class fall one into each m-th part of the interval
    0-1, at a random place in it; their order along the interval is the answer.
    """
    random = np.random.RandomState(seed)  # its stream never changes between NumPy versions
    classes, counts = np.unique(labels, return_counts=True)
    shares = counts * n / len(labels)
    take = np.floor(shares).astype(int)
    take[np.argsort(take - shares, kind="stable")[:n - take.sum()]] += 1  # largest remainders
    chosen = [random.permutation(np.flatnonzero(labels == c))[:m] for c, m in zip(classes, take)]
    places = [(np.arange(m) + random.uniform(size=m)) / m for m in take]
    return np.concatenate(chosen)[np.argsort(np.concatenate(places), kind="stable")]


def main(folder: str | None) -> None:
    full = read_folder(Path(folder), FULL_FILES, "give the originals' folder") if folder else load_full()
    train_labels = full.train_labels.numpy()
    order = stratified_order(train_labels, SHIPPED_FILES[0].shape[0], SEED)
    arrays = (full.train_images.numpy()[order], train_labels[order],
              full.test_images.numpy(), full.test_labels.numpy())
    for file, array in zip(SHIPPED_FILES, arrays, strict=True):
        data = file.header + array.astype(np.uint8).tobytes()
        path = Path(__file__).parent / file.name
        path.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))
        print(f"{hashlib.sha256(data).hexdigest()}  {path.stat().st_size:>9,} bytes  {file.name}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
