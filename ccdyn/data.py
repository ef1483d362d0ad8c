"""The handwritten digits: MNIST of LeCun, Cortes & Burges.

``load_digits("shipped")`` reads the part that comes with this project: 12,000
training digits (every class in its share) and all 10,000 test digits, from
``ccdyn/_data`` of an installed wheel or from ``data/`` of a checkout.
``load_digits("full")`` reads all 70,000, from the folder that the environment
variable ``CCDYN_DATA`` names or else from the user's cache, where they are
fetched once.

Files are in the IDX format: two zero bytes, a type byte (8 = uint8), the
number of axes, one big-endian 32-bit length per axis, then the bytes. They
are checked by the SHA-256 of their *decompressed* bytes, because two mirrors
may compress the same file differently. Nothing is ever unpickled.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

N_PIXELS = 28 * 28
N_CLASSES = 10
SOURCES = ("shipped", "full")
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/",
           "https://storage.googleapis.com/cvdf-datasets/mnist/")


class DataError(RuntimeError):
    """Digits could not be found, fetched or trusted; the message says what was found, and the fix."""


@dataclass(frozen=True)
class IdxFile:
    """One file of uint8 numbers: its name, its shape, and the SHA-256 of its decompressed bytes."""

    name: str
    shape: tuple[int, ...]
    sha256: str

    @property
    def header(self) -> bytes:
        """The first bytes of such a file."""
        return bytes((0, 0, 8, len(self.shape))) + b"".join(n.to_bytes(4, "big") for n in self.shape)


# Always in this order: training images, training labels, test images, test labels.
_TEST_FILES = (
    IdxFile("t10k-images-idx3-ubyte.gz", (10_000, 28, 28),
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    IdxFile("t10k-labels-idx1-ubyte.gz", (10_000,),
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"))
FULL_FILES = (
    IdxFile("train-images-idx3-ubyte.gz", (60_000, 28, 28),
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    IdxFile("train-labels-idx1-ubyte.gz", (60_000,),
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    *_TEST_FILES)
SHIPPED_FILES = (
    IdxFile("train12k-images-idx3-ubyte.gz", (12_000, 28, 28),
            "0bd8840313ffd58f4886b1f01ad7bd6e650a71a3a0e179b50a6c9482c3b763e0"),
    IdxFile("train12k-labels-idx1-ubyte.gz", (12_000,),
            "ca7bc9803cea7e2761e7fc7591fa123b26de414a67304009dd9eb302d0629e51"),
    *_TEST_FILES)


@dataclass(frozen=True, eq=False)
class Digits:
    """Images and their labels. They may be shared with other readers: do not write into them.

    Attributes:
        train_images: uint8 (n_train, 784), 0 paper to 255 ink, row after row.
        train_labels: int64 (n_train,), 0 to 9.
        test_images: uint8 (n_test, 784).
        test_labels: int64 (n_test,).
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor


def load_digits(source: str = "shipped") -> Digits:
    """Read the digits, once per process.

    Args:
        source: "shipped" for the 12,000 + 10,000 digits that come with the
            project, "full" for all 60,000 + 10,000 (11 MB, fetched on the
            first call unless ``CCDYN_DATA`` names a folder that has them).

    Raises:
        ValueError: unknown source.
        DataError: a file is missing, damaged, cannot be fetched or stored.

    >>> load_digits().train_images.shape
    torch.Size([12000, 784])
    """
    if source not in SOURCES:
        raise ValueError(f"unknown source of digits {source!r}; use one of {', '.join(SOURCES)}")
    return _load(source, os.environ.get("CCDYN_DATA") if source == "full" else None)


@cache
def _load(source: str, folder: str | None) -> Digits:
    # ``folder`` is here so that a changed CCDYN_DATA is noticed.
    if source == "shipped":
        return read_folder(shipped_folder(), SHIPPED_FILES,
                           fix="reinstall ccdyn, or restore its data folder")
    return load_full()


def shipped_folder(package: Path = Path(__file__).parent) -> Path:
    """Where the shipped digits are: ``_data`` in the package (wheel) or ``data`` beside it (checkout)."""
    places = (package / "_data", package.parent / "data")
    for place in places:
        if os.path.isfile(place / SHIPPED_FILES[0].name):
            return place
    raise DataError(f"the digits that come with ccdyn are neither in {places[0]} nor in {places[1]}; "
                    "reinstall ccdyn, or restore the data folder of the checkout")


def load_full(files: Sequence[IdxFile] = FULL_FILES, folder: Path | None = None,
              mirrors: Sequence[str] = MIRRORS) -> Digits:
    """The whole set: from the folder ``CCDYN_DATA`` if that is set, else from the cache ``folder``.

    With ``CCDYN_DATA`` the four original files are read, gzip'd or not, and
    nothing is written. Otherwise files that are missing in ``folder`` (by
    default the user's cache folder for "ccdyn") or damaged are fetched first.
    """
    own = os.environ.get("CCDYN_DATA")
    if own:
        return read_folder(Path(own).expanduser(), files,
                           fix="put the original file there, or unset CCDYN_DATA to have it fetched")
    if folder is None:
        import pooch
        folder = pooch.os_cache("ccdyn")
    return _digits([fetch(file, Path(folder), mirrors) for file in files])


def read_folder(folder: Path, files: Sequence[IdxFile], fix: str) -> Digits:
    """Read and check the four ``files``, gzip'd or not, from ``folder``; ``fix`` ends every error message."""
    arrays = []
    for file in files:
        paths = [folder / file.name, folder / file.name.removesuffix(".gz")]
        path = next(filter(os.path.isfile, paths), None)
        if path is None:
            raise DataError(f"{file.name} is not in {folder}, with or without .gz; {fix}")
        try:
            arrays.append(decode(path.read_bytes(), file))
        except (DataError, OSError) as error:
            raise DataError(f"{path} cannot be used: {_reason(error)}; {fix}") from error
    return _digits(arrays)


def decode(data: bytes, file: IdxFile) -> np.ndarray:
    """The numbers in ``data``, gzip'd or not, after checking that they are those of ``file``."""
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"its {len(data):,} bytes are truncated or damaged gzip data") from error
    header, size = file.header, len(file.header) + prod(file.shape)
    if data[:512].lstrip()[:1] == b"<":
        raise DataError("it is a web page, not data (a login page or a proxy may have answered)")
    if data[:len(header)] != header:
        raise DataError(f"it starts with the bytes {data[:len(header)].hex(' ') or '(none)'}, but an IDX "
                        f"file of {' x '.join(map(str, file.shape))} numbers starts with {header.hex(' ')}")
    if len(data) != size:
        raise DataError(f"it is {'truncated' if len(data) < size else 'too long'}: "
                        f"{len(data):,} bytes when decompressed instead of {size:,}")
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise DataError(f"its content was altered: SHA-256 {found[:12]}... instead of {file.sha256[:12]}...")
    return np.frombuffer(data, np.uint8, offset=len(header)).reshape(file.shape)


def fetch(file: IdxFile, folder: Path, mirrors: Sequence[str] = MIRRORS) -> np.ndarray:
    """The numbers of ``file`` from ``folder``, where it is stored first if it is not yet there.

    The mirrors are tried in turn. A download goes to a temporary folder inside
    ``folder`` and takes its final name only after it has passed every check, so
    an interruption (Ctrl-C included) leaves nothing half written.

    Raises:
        DataError: no mirror gave the right file, or ``folder`` cannot be written.
    """
    path = folder / file.name
    try:
        if path.is_file():
            return decode(path.read_bytes(), file)
    except (DataError, OSError):
        pass  # damaged since it was stored: fetch it again
    failures = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="download-") as temporary:
            part = Path(temporary) / file.name
            for mirror in mirrors:
                try:
                    _download(mirror.rstrip("/") + "/" + file.name, part)
                    array = decode(part.read_bytes(), file)
                except DataError as error:
                    failures.append(f"{mirror}: {error}")
                    continue
                os.replace(part, path)
                return array
    except OSError as error:
        raise DataError(f"{file.name} cannot be stored in {folder}: {_reason(error)}; make that folder "
                        "writable, or set CCDYN_DATA to a folder with the four files") from error
    raise DataError(f"{file.name} could not be fetched ({'; '.join(failures)}); check the network "
                    "connection, or set CCDYN_DATA to a folder with the four files")


def _download(url: str, path: Path) -> None:
    """Fetch ``url`` into ``path`` with a progress bar; what the network does wrong is a DataError."""
    import pooch
    import requests

    try:
        pooch.HTTPDownloader(progressbar=True, chunk_size=2**16)(url, str(path), None)
    except requests.HTTPError as error:
        answer = error.response
        raise DataError(f"the server answered {answer.status_code} {answer.reason}") from error
    except requests.Timeout as error:
        raise DataError("the server did not answer in time") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise DataError("the connection broke off: the file is truncated") from error
    except requests.RequestException as error:
        raise DataError(f"no connection ({type(error).__name__})") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _digits(arrays: Sequence[np.ndarray]) -> Digits:
    # ``astype`` copies: a tensor must not look into read-only bytes.
    images, labels, test_images, test_labels = arrays
    return Digits(torch.from_numpy(images.reshape(-1, N_PIXELS).astype(np.uint8)),
                  torch.from_numpy(labels.astype(np.int64)),
                  torch.from_numpy(test_images.reshape(-1, N_PIXELS).astype(np.uint8)),
                  torch.from_numpy(test_labels.astype(np.int64)))
