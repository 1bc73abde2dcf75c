"""Where the matches go: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from daemon.errors import ConfigError, Problem


def check_output(path: Path) -> None:
    """Find out before hours of reading that the file cannot be written. Raises ConfigError."""
    folder = path.absolute().parent
    if path.is_dir():
        raise _unusable(path, "is a folder", "name a file")
    if not folder.is_dir():
        raise _unusable(path, "its folder does not exist", f"create {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(path, "its folder cannot be written", "check its permissions")


def _unusable(path: Path, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(where=f"--output {path}", what=what, fix=fix)])


def write_file(pieces: Iterable[bytes], path: Path) -> None:
    """Write beside the file and put it in place at the end; an interruption leaves the old one. Raises OSError."""
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
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


def write_out(pieces: Iterable[bytes]) -> None:
    """To standard output. A reader that has had enough (`| head`) is no fault."""
    out = sys.stdout.buffer
    try:
        out.writelines(pieces)
        out.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())  # what is still buffered goes there when the interpreter ends
        os.close(nowhere)
