"""Where what was found goes when it is sent to a file: it is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from daemon.errors import ConfigError, Problem, TrailwardenError


def check_output(path: Path, *, option: str = "--output") -> None:
    """Find out before hours of work that the file cannot be written. Raises ConfigError."""
    place = Path(os.path.realpath(path))
    folder = place.parent
    if place.is_dir():
        raise _unusable(f"{option} {path}", "is a folder", "name a file")
    if not folder.is_dir():
        raise _unusable(f"{option} {path}", "its folder does not exist", f"create {folder}")
    if place.exists() and not os.access(place, os.W_OK):
        raise _unusable(f"{option} {path}", "cannot be written", "check its permissions")
    if not (os.access(folder, os.W_OK | os.X_OK) or _is_written_to(place)):
        raise _unusable(f"{option} {path}", "its folder cannot be written", "check its permissions")


def _is_written_to(place: Path) -> bool:
    """Whether it is a pipe or device, which is not replaced but written to."""
    return place.exists() and not place.is_file()


def _unusable(where: str, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(where=where, what=what, fix=fix)])


def write_file(pieces: Iterable[bytes], path: Path) -> None:
    """Write beside the file and put it in place at the end: an interruption leaves the old one.

    A pipe or device is written to as it is. Raises TrailwardenError.
    """
    place = Path(os.path.realpath(path))  # a link stays, and what it leads to is written
    try:
        if _is_written_to(place):
            with open(place, "wb") as file:
                file.writelines(pieces)
        else:
            _replace(place, pieces)
    except OSError as fault:
        raise TrailwardenError(f"{path}: cannot be written: {fault.strerror}") from fault


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    handle, beside = tempfile.mkstemp(prefix=".trailwarden-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), _mode(path))
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _mode(path: Path) -> int:
    """The old file's permissions, or those that a new file gets here."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
