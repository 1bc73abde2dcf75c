"""Reads many rule files in a process of its own, so that log files are evaluated meanwhile.

`load_files` is the daemon's side; run as a program, this module is the other. They speak in pickles over pipes, since
both are this program: the request once, then the files read in small lots, so that taking one in holds nobody up.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

import structlog

from daemon.detect.load import LoadedFile, load_file
from daemon.errors import TrailwardenError

log = structlog.get_logger("trailwarden")

RuleFiles = Sequence[tuple[str, bytes]]  # path and content
Variables = Mapping[str, Sequence[str]]
FEW = 200  # files: read here in less time than a process takes to start, about half a second
_LONGEST_S = 300.0  # 5,000 files take 10 s
_LOT = 50
_WATCH_S = 1.0
_CHILD = (sys.executable, "-P", "-m", "daemon.service.loading")


class LoadingFailed(TrailwardenError):
    """The process that reads the rule files came to no end; what was in force can stay."""


def load_files(
    files: RuleFiles, variables: Variables, *, command: Sequence[str] = _CHILD, longest_s: float = _LONGEST_S
) -> list[LoadedFile]:
    """Each file read, in order. A few are read here and now, many by the `command`; raises LoadingFailed."""
    if len(files) <= FEW:
        return load_here(files, variables)
    # What this process finds to import, the other shall find too.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        child = subprocess.Popen(  # noqa: S603 (our own module)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
    except OSError as fault:  # no process more is allowed: slower, but no reason to go without rules
        log.warning("rule files are read in this process", error=str(fault))
        return load_here(files, variables)
    with child:
        overdue = threading.Timer(longest_s, child.kill)
        overdue.daemon = True
        overdue.start()
        try:
            loaded = _converse(child, files, variables)
        finally:
            overdue.cancel()
            child.kill()
    if len(loaded) != len(files):
        what = f"the process that reads the rule files ended ({child.returncode}) after {len(loaded)} of {len(files)}"
        raise LoadingFailed(f"{what}; it may lack memory. What was in force stays, and it is tried again")
    return loaded


def load_here(files: RuleFiles, variables: Variables) -> list[LoadedFile]:
    """Each file read in this process and thread."""
    return [load_file(path, content, variables=variables) for path, content in files]


def _converse(child: subprocess.Popen[bytes], files: RuleFiles, variables: Variables) -> list[LoadedFile]:
    """What the child gives until it has no more to say, or breaks off."""
    loaded: list[LoadedFile] = []
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 (made as pipes above)
    with suppress(OSError, EOFError, pickle.UnpicklingError):
        with child.stdin:
            pickle.dump((list(files), {name: list(values) for name, values in variables.items()}), child.stdin)
        while len(loaded) < len(files):
            loaded += pickle.load(child.stdout)  # noqa: S301 (our own child's)
    return loaded


def serve(asked: IO[bytes], told: IO[bytes]) -> None:
    """The other side: one request, and what comes of it in lots."""
    files, variables = pickle.load(asked)  # noqa: S301 (our own parent's)
    for start in range(0, len(files), _LOT):
        pickle.dump(load_here(files[start : start + _LOT], variables), told, protocol=5)
        told.flush()


def _leave_with(parent: int) -> None:
    """End this process when the daemon is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as told:
        os.dup2(2, 1)  # what a library may print must not get among the pickles
        serve(sys.stdin.buffer, told)
