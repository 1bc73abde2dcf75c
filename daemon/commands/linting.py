"""Rule files at some paths, read for `rules lint` and `rules test`: every fault of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from daemon.detect.claims import Owners, claim
from daemon.detect.folders import BUILTIN, find_rule_files
from daemon.detect.load import LoadedFile, load_file
from daemon.errors import Problem

Variables = Mapping[str, Sequence[str]]


def load_files(paths: Sequence[str], variables: Variables) -> tuple[list[LoadedFile], list[Problem]]:
    """The files, each by itself and none with an id of another, and what keeps paths from being read."""
    found = find_rule_files([path if path.startswith(BUILTIN) else str(Path(path)) for path in paths])
    owners: Owners = {}
    files = [load_file(file.path, file.content, variables=variables) for file in found.files]
    return [claim(file, owners) for file in files], list(found.problems)
