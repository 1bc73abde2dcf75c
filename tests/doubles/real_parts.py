"""Where the programs are that no Python package brings (`.ci/parts` installs them), or why a test goes without."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

_FIX = "run .ci/parts as root"


def parts_folder() -> Path:
    """The cache that `.ci/parts` fills: $TRAILWARDEN_PARTS, else ~/.cache/trailwarden-parts."""
    return Path(os.environ.get("TRAILWARDEN_PARTS") or Path.home() / ".cache" / "trailwarden-parts")


def find(program: str) -> str | None:
    """The path of a program in PATH, /usr/sbin or the parts folder."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/sbin", str(parts_folder() / "bin")]
    return shutil.which(program, path=os.pathsep.join(places))


def require(program: str) -> str:
    """The path of a program; without it the test is skipped, or fails where TRAILWARDEN_REAL_PARTS=required."""
    return find(program) or without(f"{program} is not installed: {_FIX}")


def require_root() -> None:
    """Some parts need to mount and to change user."""
    if os.geteuid() != 0:
        without("needs root: building and mounting an image does")


def without(reason: str) -> NoReturn:
    """Go without a real part: skip with the reason, or fail where every part is promised to be there."""
    if os.environ.get("TRAILWARDEN_REAL_PARTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
