"""Rule files at some paths, read and joined for `rules lint`: every fault of each, also of what it refers to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from daemon.detect.claims import Owners, claim
from daemon.detect.folders import BUILTIN, find_rule_files
from daemon.detect.link import link
from daemon.detect.load import LoadedFile, load_file
from daemon.errors import Problem

Variables = Mapping[str, Sequence[str]]


def load_files(paths: Sequence[str], variables: Variables) -> tuple[list[LoadedFile], list[Problem]]:
    """The files, each by itself and none with an id of another, and what keeps paths from being read."""
    found = find_rule_files([path if path.startswith(BUILTIN) else str(Path(path)) for path in paths])
    owners: Owners = {}
    files = [load_file(file.path, file.content, variables=variables) for file in found.files]
    return [claim(file, owners) for file in files], list(found.problems)


def join_files(
    files: Sequence[LoadedFile], beside: Sequence[LoadedFile], *, now: datetime
) -> tuple[list[LoadedFile], list[Problem]]:
    """The files with the faults that show when they are linked, and the doubts.

    They may refer to what stands in the files `beside`, of which nothing is told.
    """
    others = others_of(files, beside)
    every = [*files, *others]
    linked = link([file for file in every if not file.is_broken], now=now, broken=[f for f in every if f.is_broken])
    asked = {file.path for file in files}
    joined = [file.refused(linked.faults[file.path]) if file.path in linked.faults else file for file in files]
    return joined, [doubt for doubt in linked.warnings if doubt.where.rpartition(":")[0] in asked]


def others_of(files: Sequence[LoadedFile], beside: Sequence[LoadedFile]) -> list[LoadedFile]:
    """Those that are not the same files by another way, and have none of their ids."""
    places = {os.path.realpath(file.path) for file in files}
    ids = {rule_id for file in files for rule_id in file.lines}
    return [file for file in beside if os.path.realpath(file.path) not in places and ids.isdisjoint(file.lines)]
