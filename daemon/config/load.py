"""From the YAML file to a Config: find it, parse it, fill in variables, and name every fault at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from daemon.config.models import Config
from daemon.config.parse import parse, unusable
from daemon.config.problems import cross_check, explain
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
    tree, problems = _filled_in(path, environment)
    known = {problem.where for problem in problems}
    try:
        config = Config.model_validate(tree, context={"base": path.resolve().parent})
    except ValidationError as fault:
        found = explain(fault, where=str(path))
        # What lacks its variable is wrong for that reason alone.
        raise ConfigError([*problems, *(problem for problem in found if problem.where not in known)]) from None
    problems += cross_check(config, where=str(path), is_sending=is_sending)
    if problems:
        raise ConfigError(problems)
    return config


def _filled_in(path: Path, environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    filling = Filling(environment, where=str(path))
    try:
        return filling.fill(parse(path)), filling.problems
    except TooMuch as fault:
        raise unusable(
            path, "holds more values than a configuration can have", "are there aliases of aliases?"
        ) from fault
    except RecursionError as fault:
        raise unusable(path, "holds itself, or is nested too deeply", "take the alias out") from fault
