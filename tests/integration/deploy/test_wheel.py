"""The wheel holds everything that the program needs: the built-in rules and the migrations among it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.harness import REPOSITORY, environment

CONFIG = """
sources: [{url: "file:bucket"}]
destinations: [{name: terminal, type: console}]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as an installation lays it out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("trailwarden-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def installed(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program of the wheel, far from the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "daemon", *arguments],
        cwd=cwd,
        env=environment({"PYTHONPATH": str(site)}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_built_in_rules_are_in_the_wheel(site: Path, tmp_path: Path) -> None:
    shipped = {path.name for path in (REPOSITORY / "rules/core").glob("*.yml")}
    done = installed(site, tmp_path, "rules", "test", "builtin:core")

    assert {path.name for path in (site / "daemon/builtin/core").glob("*.yml")} == shipped
    assert done.returncode == 0, done.stderr
    assert " passed, 0 failed" in done.stdout


def test_the_state_can_be_made_from_the_wheel(site: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    shutil.copytree(REPOSITORY / "examples/bucket", tmp_path / "bucket")
    done = installed(site, tmp_path, "run", "--once")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data/trailwarden.db").exists()


def test_nothing_but_the_program_is_in_the_wheel(site: Path) -> None:
    assert {path.name.split("-")[0] for path in site.iterdir()} == {"daemon", "trailwarden"}
