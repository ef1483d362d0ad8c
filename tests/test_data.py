"""The digits: what ships, what is fetched, and every way in which that can fail."""

from __future__ import annotations

import gzip
import hashlib
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from ccdyn import data
from ccdyn.data import (SHIPPED_FILES, DataError, IdxFile, decode, fetch, load_digits, load_full,
                        shipped_folder)

ROOT = Path(__file__).parents[1]
CLASS_COUNTS = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])  # of the 60,000


# A small set of four files in the place of the 11 MB: the same code reads both.
def _small_set() -> tuple[list[IdxFile], dict[str, bytes], list[np.ndarray]]:
    random = np.random.RandomState(0)
    shapes = {"train-images.gz": (7, 28, 28), "train-labels.gz": (7,),
              "test-images.gz": (5, 28, 28), "test-labels.gz": (5,)}
    files, raw, arrays = [], {}, []
    for name, shape in shapes.items():
        array = random.randint(0, 256 if len(shape) == 3 else 10, shape).astype(np.uint8)
        body = bytes((0, 0, 8, len(shape))) + b"".join(n.to_bytes(4, "big") for n in shape) + array.tobytes()
        files.append(IdxFile(name, shape, hashlib.sha256(body).hexdigest()))
        raw[name] = body
        arrays.append(array)
    return files, raw, arrays


FILES, RAW, ARRAYS = _small_set()
PACKED = {name: gzip.compress(body, mtime=0) for name, body in RAW.items()}
NAME = FILES[0].name


class Server:
    """A web server on this machine. ``files``: name -> bytes to send; ``asked``: the names asked for."""

    def __init__(self, files: dict[str, bytes], announce: int = 0, stall: bool = False) -> None:
        self.files, self.asked = files, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                body = outer.files.get(name)
                if body is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + announce))
                self.end_headers()
                self.wfile.write(body[:len(body) // 2] if stall else body)
                self.wfile.flush()
                if stall:
                    outer.released.wait(30)

            def log_message(self, *_: object) -> None:
                pass

        self.released = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/mnist/"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.released.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("CCDYN_DATA", raising=False)
    servers = []

    def start(files: dict[str, bytes] = PACKED, **options: object) -> Server:
        servers.append(Server(files, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def nobody_listens(monkeypatch) -> str:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


def one_sentence(error: pytest.ExceptionInfo) -> str:
    text = str(error.value)
    assert "\n" not in text and len(text) < 600
    return text


# ---------------------------------------------------------------- what ships

def test_shipped_digits_have_their_shapes_types_and_ranges():
    digits = load_digits()
    assert digits.train_images.shape == (12_000, 784) and digits.test_images.shape == (10_000, 784)
    assert digits.train_images.dtype == digits.test_images.dtype == torch.uint8
    assert digits.train_labels.shape == (12_000,) and digits.test_labels.shape == (10_000,)
    assert digits.train_labels.dtype == digits.test_labels.dtype == torch.int64
    assert digits.train_images.max() == 255 and digits.train_images.min() == 0
    assert digits.train_labels.unique().tolist() == list(range(10))
    # The first ten of the original test set, whatever the copy.
    assert digits.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # One's ink is an upright bar: labels and images belong together.
    ink = digits.train_images.float().mean(1)
    assert ink[digits.train_labels == 1].mean() < .6 * ink[digits.train_labels == 0].mean()
    assert load_digits() is digits, "decoded once per process"


def test_shipped_digits_are_all_different_digits():
    assert len({image.tobytes() for image in load_digits().train_images.numpy()}) == 12_000


def test_shipped_digits_are_stratified_in_every_slice():
    labels, share = load_digits().train_labels.numpy(), CLASS_COUNTS / 60_000
    counts = np.bincount(labels, minlength=10)
    assert np.abs(counts - 12_000 * share).max() < 1
    for start, stop in ((0, 10_000), (10_000, 12_000), (0, 500), (3_217, 5_004), (11_900, 12_000)):
        counts = np.bincount(labels[start:stop], minlength=10)
        assert np.abs(counts - (stop - start) * share).max() <= 2.5, (start, stop)
    # ... and yet in no fixed order.
    assert len(np.unique(labels[:11_990].reshape(-1, 10), axis=0)) > 1_000


def test_shipped_files_are_small_and_their_checksums_are_those_in_the_readme():
    folder = ROOT / "data"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert sum((folder / file.name).stat().st_size for file in SHIPPED_FILES) < 4_000_000
    for file in SHIPPED_FILES:
        packed = (folder / file.name).read_bytes()
        assert packed[4:8] == bytes(4), "no time of packing in the file"
        found = hashlib.sha256(gzip.decompress(packed)).hexdigest()
        assert found == file.sha256
        assert f"| `{file.name}` " in readme and found in readme
    assert "Attribution-Share Alike 3.0" in readme and "LeCun" in readme and "Burges" in readme


def test_stratified_order_takes_shares_and_no_example_twice():
    stratified_order = runpy.run_path(str(ROOT / "data" / "make_shipped_digits.py"))["stratified_order"]
    labels = np.repeat([0, 1, 2], [500, 300, 203])
    order = stratified_order(labels, 100, seed=3)
    assert len(set(order)) == 100
    assert np.bincount(labels[order]).tolist() == [50, 30, 20]
    assert (np.abs(np.bincount(labels[order[40:60]]) - (10, 6, 4)) <= 2).all()
    assert (order == stratified_order(labels, 100, seed=3)).all()
    assert (order != stratified_order(labels, 100, seed=4)).any()


def test_a_wheel_reads_the_digits_inside_the_package(tmp_path):
    shutil.copytree(ROOT / "ccdyn", tmp_path / "ccdyn", ignore=shutil.ignore_patterns("__pycache__"))
    code = ("import ccdyn.data as d; print(d.__file__); print(d.shipped_folder()); "
            "print(len(d.load_digits().train_labels))")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def ask() -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, text=True,
                              capture_output=True)

    (tmp_path / "data").mkdir()  # some other package's folder in site-packages
    lost = ask()
    assert lost.returncode != 0 and "reinstall ccdyn" in lost.stderr.splitlines()[-1]
    shutil.copytree(ROOT / "data", tmp_path / "ccdyn" / "_data")
    package = tmp_path / "ccdyn"
    assert ask().stdout.split() == [str(package / "data.py"), str(package / "_data"), "12000"]


def test_the_place_of_the_shipped_digits(tmp_path):
    package = tmp_path / "ccdyn"
    with pytest.raises(DataError, match="reinstall"):
        shipped_folder(package)
    for folder in (tmp_path / "data", package / "_data"):  # checkout; then the wheel's own wins
        folder.mkdir(parents=True)
        (folder / SHIPPED_FILES[0].name).touch()
        assert shipped_folder(package) == folder


def test_unknown_source():
    with pytest.raises(ValueError, match="'mnist'; use one of shipped, full"):
        load_digits("mnist")


# ------------------------------------------------------------ checks of a file

def test_decode_reads_packed_and_plain_bytes():
    for file, array in zip(FILES, ARRAYS):
        np.testing.assert_array_equal(decode(RAW[file.name], file), array)
        np.testing.assert_array_equal(decode(PACKED[file.name], file), array)
        other_mirror = gzip.compress(RAW[file.name], 1)
        assert other_mirror != PACKED[file.name]
        np.testing.assert_array_equal(decode(other_mirror, file), array)


HTML = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"
ALTERED = RAW[NAME][:1000] + bytes([RAW[NAME][1000] ^ 1]) + RAW[NAME][1001:]
SIX = bytes((0, 0, 8, 3, 0, 0, 0, 6)) + RAW[NAME][8:-784]
DAMAGE = {
    "truncated, packed": (PACKED[NAME][:-500],
                          f"{len(PACKED[NAME]) - 500:,} bytes are truncated or damaged gzip"),
    "damaged, packed": (PACKED[NAME][:600] + b"\0" * 40 + PACKED[NAME][640:], "damaged gzip"),
    "truncated, plain": (RAW[NAME][:-1], "truncated: 5,503 bytes when decompressed instead of 5,504"),
    "truncated, then packed": (gzip.compress(RAW[NAME][:4000]), "truncated: 4,000 bytes"),
    "too long": (RAW[NAME] + b"\0", "too long: 5,505 bytes"),
    "altered": (ALTERED, "altered: SHA-256 "),
    "altered, packed": (gzip.compress(ALTERED), "altered: SHA-256 "),
    "web page": (HTML, "web page, not data"),
    "web page, packed": (gzip.compress(HTML), "web page, not data"),
    "wrong size": (SIX, "starts with the bytes 00 00 08 03 00 00 00 06.* of 7 x 28 x 28 numbers"),
    "not IDX": (b"hello", "starts with the bytes 68 65 6c 6c 6f"),
    "empty": (b"", r"starts with the bytes \(none\)"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_in_each_way_of_reading(kind, serve, tmp_path, monkeypatch):
    body, message = DAMAGE[kind]
    with pytest.raises(DataError, match=message):
        decode(body, FILES[0])
    # from a mirror ...
    server, cache = serve({**PACKED, NAME: body}), tmp_path / "cache"
    with pytest.raises(DataError, match=message) as error:
        load_full(FILES, cache, [server.url])
    text = one_sentence(error)
    assert server.url in text and "set CCDYN_DATA" in text
    assert list(cache.iterdir()) == []
    # ... and from one's own folder, which is only read.
    own = tmp_path / "own"
    own.mkdir()
    for name, good in {**PACKED, NAME: body}.items():
        (own / name).write_bytes(good)
    monkeypatch.setenv("CCDYN_DATA", str(own))
    with pytest.raises(DataError, match=message) as error:
        load_full(FILES, cache, [server.url])
    assert str(own / NAME) in one_sentence(error) and "unset CCDYN_DATA" in str(error.value)
    assert (own / NAME).read_bytes() == body
    assert len(server.asked) == 1


# ------------------------------------------------------------------- fetching

def test_finished_files_are_not_fetched_again(serve, tmp_path, capsys):
    server, cache = serve(), tmp_path / "a" / "cache"
    digits = load_full(FILES, cache, [server.url])
    assert "100%" in capsys.readouterr().err, "a progress bar"
    for got, array in zip(vars(digits).values(), ARRAYS, strict=True):
        np.testing.assert_array_equal(got.numpy(), array.reshape(got.shape))
    assert digits.train_images.shape == (7, 784) and digits.test_labels.dtype == torch.int64
    names = [file.name for file in FILES]
    assert server.asked == names and sorted(path.name for path in cache.iterdir()) == sorted(names)
    load_full(FILES, cache, [server.url])
    assert server.asked == names
    (cache / names[2]).unlink()
    load_full(FILES, cache, [server.url])
    assert server.asked == [*names, names[2]], "only the missing one"


def test_a_file_damaged_in_the_cache_is_fetched_again(serve, tmp_path):
    server = serve()
    (tmp_path / NAME).write_bytes(PACKED[NAME][:100])
    np.testing.assert_array_equal(fetch(FILES[0], tmp_path, [server.url]), ARRAYS[0])
    assert (tmp_path / NAME).read_bytes() == PACKED[NAME]


def test_a_failed_repair_leaves_the_file_that_was_there(serve, tmp_path):
    (tmp_path / NAME).write_bytes(b"old")
    with pytest.raises(DataError, match="404 Not Found"):
        fetch(FILES[0], tmp_path, [serve({}).url])
    assert (tmp_path / NAME).read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_mirrors_are_tried_in_turn(serve, nobody_listens, tmp_path):
    missing, page, good, never = serve({}), serve({NAME: HTML}), serve(), serve()
    mirrors = [nobody_listens, missing.url, page.url, good.url.rstrip("/"), never.url]
    np.testing.assert_array_equal(fetch(FILES[0], tmp_path, mirrors), ARRAYS[0])
    assert [missing.asked, page.asked, good.asked, never.asked] == [[NAME], [NAME], [NAME], []]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_mirror_that_packs_differently_or_not_at_all_serves_too(serve, tmp_path):
    for i, body in enumerate((RAW[NAME], gzip.compress(RAW[NAME], 1))):
        cache = tmp_path / str(i)
        fetch(FILES[0], cache, [serve({NAME: body}).url])
        np.testing.assert_array_equal(fetch(FILES[0], cache, []), ARRAYS[0])


def test_every_mirror_has_its_reason(serve, nobody_listens, tmp_path):
    missing, broken = serve({}), serve(announce=1000)
    with pytest.raises(DataError) as error:
        fetch(FILES[0], tmp_path, [nobody_listens, missing.url, broken.url])
    text = one_sentence(error)
    assert f"{nobody_listens}: no connection" in text
    assert f"{missing.url}: the server answered 404 Not Found" in text
    assert f"{broken.url}: the connection broke off: the file is truncated" in text
    assert "check the network" in text and "set CCDYN_DATA" in text
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written(serve, tmp_path):
    server = serve()
    (tmp_path / "file").write_text("not a folder")
    places = [tmp_path / "file", tmp_path / "file" / "below"]
    if sys.platform == "linux":
        places.append(Path("/proc/ccdyn"))  # refused to root, too
    for place in places:
        with pytest.raises(DataError, match="cannot be stored in ") as error:
            fetch(FILES[0], place, [server.url])
        assert str(place) in one_sentence(error) and "make that folder writable" in str(error.value)
    assert server.asked == []
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_name_that_is_taken_by_a_folder(serve, tmp_path):
    (tmp_path / NAME / "something").mkdir(parents=True)
    with pytest.raises(DataError, match="cannot be stored in "):
        fetch(FILES[0], tmp_path, [serve().url])
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one child process")
def test_an_interrupted_download_leaves_nothing(serve, tmp_path):
    server = serve(stall=True)
    code = ("import sys; from pathlib import Path; from ccdyn.data import IdxFile, fetch; "
            "fetch(IdxFile(sys.argv[1], (7, 28, 28), ''), Path(sys.argv[2]), [sys.argv[3]])")
    child = subprocess.Popen([sys.executable, "-c", code, NAME, str(tmp_path), server.url], cwd=ROOT,
                             env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
                             # Tests that run in the background may have been told to ignore Ctrl-C.
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        deadline = time.monotonic() + 60
        while not any(tmp_path.glob(f"download-*/{NAME}")) and time.monotonic() < deadline:
            assert child.poll() is None, child.stderr.read()
            time.sleep(.02)
        time.sleep(.2)
        assert any(tmp_path.iterdir()), "interrupted in the middle"
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=120)
    finally:
        child.kill()
        child.wait()
    assert "KeyboardInterrupt" in errors
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------- a folder of one's own

def test_a_folder_of_ones_own_packed_or_not(serve, tmp_path, monkeypatch):
    server = serve()
    for file in FILES[:2]:
        (tmp_path / file.name).write_bytes(PACKED[file.name])
    for file in FILES[2:]:
        (tmp_path / file.name.removesuffix(".gz")).write_bytes(RAW[file.name])
    before = sorted(tmp_path.iterdir())
    monkeypatch.setenv("CCDYN_DATA", str(tmp_path))
    digits = load_full(FILES, tmp_path / "cache", [server.url])
    np.testing.assert_array_equal(digits.test_images.numpy(), ARRAYS[2].reshape(5, 784))
    assert server.asked == [] and sorted(tmp_path.iterdir()) == before


def test_a_folder_without_the_files(tmp_path, monkeypatch):
    for folder in (tmp_path, tmp_path / "none"):
        monkeypatch.setenv("CCDYN_DATA", str(folder))
        with pytest.raises(DataError, match="train-images-idx3-ubyte.gz is not in ") as error:
            load_digits("full")
        assert str(folder) in one_sentence(error) and "unset CCDYN_DATA" in str(error.value)


def test_another_data_set_in_the_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CCDYN_DATA", str(tmp_path))
    shipped = gzip.decompress((ROOT / "data" / SHIPPED_FILES[0].name).read_bytes())
    (tmp_path / "train-images-idx3-ubyte").write_bytes(data.FULL_FILES[0].header + shipped[16:] * 5)
    with pytest.raises(DataError, match="altered: SHA-256 .* instead of ba891046e650"):
        load_digits("full")
