"""Builds the Dockerfile without a container engine: buildah, on a base that debootstrap makes once and keeps."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.doubles.real_parts import parts_folder, require, require_root
from tests.e2e.harness import REPOSITORY

_SUITE = "trixie"  # Python 3.13, as in the Dockerfile's own base
_PACKAGES = "python3,python3-venv,ca-certificates"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image: its files under `root`, and what it says about how to run it (Docker's own words)."""

    root: Path
    config: dict[str, Any]

    @property
    def environment(self) -> list[str]:
        """`NAME=value` lines."""
        return list(self.config["Env"])


@contextmanager
def built() -> Iterator[Image]:
    """The image of the working tree, mounted; everything but the base is gone afterwards."""
    buildah = _Buildah()
    with TemporaryDirectory(prefix="trailwarden-image-") as folder:
        buildah.keep_in(Path(folder))
        _commit_base(buildah)
        _build(buildah)
        container = buildah("from", "--pull-never", "localhost/trailwarden")
        root = Path(buildah("mount", container))
        try:
            described = json.loads(buildah("inspect", "--type", "container", container))
            yield Image(root=root, config=described["Docker"]["config"])
        finally:
            buildah("umount", container)


class _Buildah:
    """Runs buildah with storage of its own, in ways that need no daemon and no user namespaces."""

    def __init__(self) -> None:
        require_root()
        self._program = [require("buildah")]
        require("debootstrap")

    def keep_in(self, folder: Path) -> None:
        """Keep images and containers there: as overlays where the disk can, else as whole copies, which take longer."""
        where = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        overlay = [*self._program, "--storage-driver", "overlay", *where]
        can = subprocess.run([*overlay, "info"], capture_output=True, check=False).returncode == 0
        self._program = overlay if can else [*self._program, "--storage-driver", "vfs", *where]

    def __call__(self, *arguments: str | Path) -> str:
        """What it prints. Raises AssertionError with its complaints."""
        environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        command = [*self._program, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout.strip()


def _commit_base(buildah: _Buildah) -> None:
    container = buildah("from", "scratch")
    root = buildah("mount", container)
    subprocess.run(["cp", "-a", f"{_base()}/.", root], check=True)
    buildah("umount", container)
    buildah("commit", "--quiet", "--rm", container, "localhost/base")


def _build(buildah: _Buildah) -> None:
    trusted = ["--volume", f"{_CERTIFICATES}:{_CERTIFICATES}:ro"] if Path(_CERTIFICATES).exists() else []
    # Docker's own format: OCI's has no HEALTHCHECK. RUN needs the network for pip.
    ways = ["--format", "docker", "--network", "host", "--pull-never", "--layers=false", *trusted]
    buildah("bud", *ways, "--build-arg", "BASE_IMAGE=localhost/base", "--tag", "localhost/trailwarden", REPOSITORY)


def _base() -> Path:
    """A minimal Debian with Python, made when it is not there yet; other test processes wait for it."""
    base = parts_folder() / f"base-{_SUITE}-small"
    base.parent.mkdir(parents=True, exist_ok=True)
    with base.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not base.exists():
            with TemporaryDirectory(dir=base.parent) as work:
                made = Path(work) / "root"
                ways = ["--variant=minbase", f"--include={_PACKAGES}"]
                subprocess.run([require("debootstrap"), *ways, _SUITE, made], check=True, capture_output=True)
                for unneeded in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/locale", "usr/share/doc"):
                    shutil.rmtree(made / unneeded)
                made.rename(base)
    return base
