"""The lists of packages agree, a wheel holds the digits, the citation is complete."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ccdyn

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def python(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *arguments], cwd=cwd, text=True, capture_output=True, timeout=300,
                          env={**os.environ, **variables})


def requirements(*extras: str) -> dict[str, Requirement]:
    optional = PROJECT["project"]["optional-dependencies"]
    lines = PROJECT["project"]["dependencies"] + [line for extra in extras for line in optional[extra]]
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def locked() -> dict[str, Requirement]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert len({pin.name for pin in pins}) == len(pins)
    return {pin.name: pin for pin in pins}


def test_conda_has_the_bounds_of_pyproject():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert listed[-1] == {"pip": ["-e ."]}
    conda = {requirement.name: requirement.specifier for requirement in map(Requirement, listed[:-1])}
    conda["torch"] = conda.pop("pytorch")  # conda's name for it
    assert conda.pop("python") == PROJECT["project"]["requires-python"]
    conda.pop("pip")
    assert conda == {name: wanted.specifier for name, wanted in requirements("lab", "tables").items()}


def test_bounds_are_lower_bounds_and_jupyterlab_is_never_pulled_in():
    for wanted in requirements("lab", "tables", "test").values():
        assert [bound.operator for bound in wanted.specifier] == [">="], wanted
    assert not requirements().keys() & {"jupyterlab", "notebook", "pandas", "xarray", "pytest"}


def test_the_lock_is_exact_and_meets_the_bounds():
    pins = locked()
    for pin in pins.values():
        assert [bound.operator for bound in pin.specifier] == ["=="], pin
    backend = {wanted.name: wanted for wanted in map(Requirement, PROJECT["build-system"]["requires"])}
    for name, wanted in {**requirements("lab", "tables", "test"), **backend}.items():
        version = next(iter(pins[name].specifier)).version
        assert wanted.specifier.contains(version), f"the lock has {pins[name]}, pyproject.toml wants {wanted}"


def test_the_lock_has_all_that_its_packages_need():
    pins, missing = locked(), set()
    waiting = {(name, "") for name, pin in pins.items() if pin.marker is None or pin.marker.evaluate()}
    seen = set()
    while waiting:
        seen.add(package := waiting.pop())
        for need in map(Requirement, importlib.metadata.requires(package[0]) or []):
            if need.marker is None or need.marker.evaluate({"extra": package[1]}):
                name = canonicalize_name(need.name)
                if name not in pins:
                    missing.add(f"{name} (for {package[0]})")
                else:
                    waiting |= {(name, extra) for extra in {"", *need.extras}} - seen
    # A CUDA build of torch brings its own libraries, each in one exact version.
    assert {need for need in missing if not need.endswith("(for torch)")} == set()


def test_a_wheel_has_the_digits_the_trained_networks_and_the_scripts(tmp_path):
    built = python("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir",
                   str(tmp_path / "wheel"), ".", cwd=ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheel").iterdir()
    assert wheel.name == f"ccdyn-{ccdyn.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 6e6      # 3.5 MB of it digits, 1.4 MB trained networks
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert {path.name for path in site.iterdir()} == {"ccdyn", f"ccdyn-{ccdyn.__version__}.dist-info"}
    for script in ("ccdyn/panels/canvas.js", "ccdyn/panels/strip.js"):
        assert (site / script).read_bytes() == (ROOT / script).read_bytes()
    code = ("import ccdyn; from ccdyn.data import load_digits; d = load_digits(); ccdyn.load_trained('evidence'); "
            "print(ccdyn.__file__, *d.train_images.shape, *d.test_images.shape, sep='\\n')")
    done = python("-c", code, cwd=tmp_path, PYTHONPATH=str(site))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == [str(site / "ccdyn/__init__.py"), "12000", "784", "10000", "784"]


def test_citation():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"message", "title", "authors"} <= citation.keys() and citation["cff-version"] == "1.2.0"
    assert citation["repository-code"] == PROJECT["project"]["urls"]["Repository"]
    assert citation["version"] == ccdyn.__version__
    assert citation["license"] == "MIT" and citation["authors"] == [{"name": "The ccdyn authors"}]
    papers = {paper["authors"][0]["family-names"]: paper for paper in citation["references"]}
    assert papers.keys() == {"Pemberton", "Boven", "Bellec"}
    for paper in papers.values():
        assert paper["type"] == "article" and paper["title"] and re.fullmatch(r"10\.\d{4,}/\S+", paper["doi"])
    assert f"\n## [{ccdyn.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
