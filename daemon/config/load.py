"""From the YAML file to a Config: find it, parse it, fill in variables, and name every fault at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from daemon.config.draft import Draft, make_draft
from daemon.config.models import Config
from daemon.config.parse import parse, unusable
from daemon.config.variables import Filling, TooMuch
from daemon.errors import ConfigError, Problem

PLACES = (Path("config.yaml"), Path("/etc/trailwarden/config.yaml"))


def find_config(named: Path | None, environment: Mapping[str, str]) -> Path:
    """The file to use: named, else $TRAILWARDEN_CONFIG, else the usual places. Raises ConfigError."""
    if named is None and environment.get("TRAILWARDEN_CONFIG"):
        named = Path(environment["TRAILWARDEN_CONFIG"])
    if named is not None:
        return named
    for place in PLACES:
        if os.path.exists(place):  # unlike Path.exists it raises nothing for a folder that may not be looked into
            return place
    looked = ", ".join(map(str, PLACES))
    fix = "name one with -c, or copy config.example.yaml to config.yaml"
    raise ConfigError([Problem(where="configuration", what=f"no file found at {looked}", fix=fix)])


def load_config(path: Path, environment: Mapping[str, str], *, is_sending: bool = True) -> Config:
    """Read and check the file. Raises ConfigError holding every fault found.

    Unless it `is_sending`, an enabled destination may lack its credential: looking needs none.
    """
    draft = draft_config(path, environment, is_sending=is_sending)
    if draft.problems:
        raise ConfigError(draft.problems)
    return draft.config


def draft_config(path: Path, environment: Mapping[str, str], *, is_sending: bool = True) -> Draft:
    """Read the file and say what is wrong with it, and what can be used of it. Raises ConfigError if nothing can."""
    filling = Filling(environment)
    try:
        tree = filling.fill(parse(path))
    except TooMuch as fault:
        raise unusable(
            path, "holds more values than a configuration can have", "are there aliases of aliases?"
        ) from fault
    except RecursionError as fault:
        raise unusable(path, "holds itself, or is nested too deeply", "take the alias out") from fault
    return make_draft(tree, filling.faults, file=path, is_sending=is_sending)
