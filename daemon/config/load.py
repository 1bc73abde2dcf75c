"""From the YAML file to a Config: find it, parse it, fill in variables, and name every fault at once.

Scalars stay texts until pydantic gives them their type, so that `012345678901` is an account and never octal.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from daemon.config.models import Config
from daemon.config.problems import cross_check, explain
from daemon.config.values import FromFile
from daemon.errors import ConfigError, Problem

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
PLACES = (Path("config.yaml"), Path("/etc/trailwarden/config.yaml"))


class _TextLoader(yaml.SafeLoader):
    """YAML in which only null has a type of its own, and a key may stand once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 — PyYAML's signature
        seen: set[Hashable] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # the constructor below refuses it
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_TextLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def find_config(named: Path | None, environment: Mapping[str, str]) -> Path:
    """The file to use: named, else $TRAILWARDEN_CONFIG, else the usual places. Raises ConfigError."""
    if named is None and environment.get("TRAILWARDEN_CONFIG"):
        named = Path(environment["TRAILWARDEN_CONFIG"])
    if named is not None:
        return named
    for place in PLACES:
        if place.exists():
            return place
    looked = ", ".join(map(str, PLACES))
    fix = "name one with -c, or copy config.example.yaml to config.yaml"
    raise ConfigError([Problem(where="configuration", what=f"no file found at {looked}", fix=fix)])


def load_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Read and check the file. Raises ConfigError holding every fault found."""
    problems: list[Problem] = []
    tree = _fill_in(_parse(path), at="", where=str(path), environment=environment, problems=problems)
    try:
        config = Config.model_validate(tree, context={"base": path.resolve().parent})
    except ValidationError as fault:
        raise ConfigError([*problems, *explain(fault, where=str(path))]) from None
    problems += cross_check(config, where=str(path))
    if problems:
        raise ConfigError(problems)
    return config


def _parse(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506 — a SafeLoader
    except FileNotFoundError as fault:
        raise _unusable(path, "no such file", "check the path given by -c or $TRAILWARDEN_CONFIG") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise _unusable(path, f"cannot be read: {fault}", "") from fault
    except yaml.MarkedYAMLError as fault:
        line = f":{fault.problem_mark.line + 1}" if fault.problem_mark else ""
        raise ConfigError([Problem(where=f"{path}{line}", what=f"broken YAML: {fault.problem}")]) from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise _unusable(path, f"broken YAML: {fault}", "") from fault
    if not isinstance(tree, dict):
        raise _unusable(path, "is not a mapping of sections", "start from config.example.yaml")
    return tree


def _unusable(path: Path, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(where=str(path), what=what, fix=fix)])


def _fill_in(node: Any, *, at: str, where: str, environment: Mapping[str, str], problems: list[Problem]) -> Any:
    """Replace ${VAR} and ${VAR:-default} in every text of the parsed tree; what lacks a value is a problem."""

    def deeper(value: Any, step: str) -> Any:
        return _fill_in(value, at=f"{at}{step}", where=where, environment=environment, problems=problems)

    if isinstance(node, dict):
        return {key: deeper(value, f".{key}") for key, value in node.items()}
    if isinstance(node, list):
        return [deeper(value, f"[{n}]") for n, value in enumerate(node)]
    if not isinstance(node, str):
        return node

    def value_of(found: re.Match[str]) -> str:
        try:
            value = _look_up(found[1], environment)
        except (OSError, UnicodeDecodeError) as fault:
            problems.append(_at(where, at, f"the file in {found[1]}_FILE cannot be read: {fault}", "check its path"))
            return ""
        if value is None and found[2] is None:
            problems.append(
                _at(where, at, f"the variable {found[1]} is not set", f"set it, or write ${{{found[1]}:-}}")
            )
        return value if value is not None else (found[2] or "")

    whole = _VARIABLE.fullmatch(node)
    return value_of(whole) if whole else _VARIABLE.sub(value_of, node)


def _look_up(name: str, environment: Mapping[str, str]) -> str | None:
    """A variable's value; an empty one counts as not set, as it does for a shell's `:-`."""
    if environment.get(name):
        return environment[name]
    if environment.get(f"{name}_FILE"):
        return FromFile.read(Path(environment[f"{name}_FILE"]))
    return None


def _at(where: str, at: str, what: str, fix: str) -> Problem:
    return Problem(where=f"{where}: {at.removeprefix('.')}", what=what, fix=fix)
