"""A YAML file in, a tree of texts out. Apart, because it is where a file may be hostile, huge or no YAML at all.

Scalars stay texts until pydantic gives them their type, so that `012345678901` is an account and never octal.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from daemon.errors import ConfigError, Problem

MOST_BYTES = 2**20
_PLAIN = ("null", "str", "seq", "map")
_TAG = "tag:yaml.org,2002:"
_TWICE = "stands twice"  # a tag that no file can hold, for the space in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """In the place of a value: its key stands more than once, last in this line."""

    line: int


class _TextLoader(yaml.SafeLoader):
    """YAML in which only null has a type of its own, and a key that stands twice is found out."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Where keys are still as they were written: a merge would bring more of the same name."""
        node = super().compose_mapping_node(anchor)
        node.value = _each_once(node.value)
        return node


def _each_once(pairs: list[tuple[yaml.Node, yaml.Node]]) -> list[tuple[yaml.Node, yaml.Node]]:
    """The pairs of a mapping, with one for all that share a key."""
    once: dict[object, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in pairs:
        name = key.value if isinstance(key, yaml.ScalarNode) else key  # the constructor refuses the latter
        if name in once and key.tag == f"{_TAG}merge":
            raise yaml.composer.ComposerError(
                None, None, "the key << stands twice; write <<: [*one, *another]", key.start_mark
            )
        once[name] = key, yaml.ScalarNode(_TWICE, "", key.start_mark, key.end_mark) if name in once else value
    return list(once.values())


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in (f"{_TAG}null", f"{_TAG}merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# Without those of !!int, !!timestamp and the like, which break on odd texts in ways of their own.
_TextLoader.yaml_constructors = {
    tag: construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag in {f"{_TAG}{plain}" for plain in _PLAIN}
} | {_TWICE: lambda _, node: Twice(line=node.start_mark.line + 1)}


def parse(path: Path) -> dict[str, Any]:
    """The sections of the file, with Twice for what stands twice; one without a value counts as left out.

    Raises ConfigError for what is no such file.
    """
    try:
        tree = yaml.load(_read(path), Loader=_TextLoader)  # noqa: S506 — a SafeLoader
    except yaml.MarkedYAMLError as fault:
        line = f":{fault.problem_mark.line + 1}" if fault.problem_mark else ""
        raise ConfigError([Problem(where=f"{path}{line}", what=f"broken YAML: {fault.problem}")]) from fault
    except RecursionError as fault:
        raise unusable(path, "broken YAML: it is nested too deeply", "") from fault
    except yaml.YAMLError as fault:
        raise unusable(path, f"broken YAML: {fault}", "") from fault
    if not isinstance(tree, dict):
        raise unusable(path, "is not a mapping of sections", "start from config.example.yaml")
    return {name: section for name, section in tree.items() if section is not None}


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)  # it may be a device without end
        text = content.decode("utf-8")
    except FileNotFoundError as fault:
        raise unusable(path, "no such file", "check the path given by -c or $TRAILWARDEN_CONFIG") from fault
    except OSError as fault:
        fix = "check its permissions" if isinstance(fault, PermissionError) else ""
        raise unusable(path, f"cannot be read: {fault.strerror}", fix) from fault
    except UnicodeDecodeError as fault:
        raise unusable(path, f"cannot be read: {fault}", "save it as UTF-8") from fault
    if len(content) > MOST_BYTES:
        raise unusable(path, f"is larger than {MOST_BYTES // 1024} KiB", "is it the right file?")
    return text


def unusable(path: Path, what: str, fix: str) -> ConfigError:
    """The error that says why the whole file is of no use."""
    return ConfigError([Problem(where=str(path), what=what, fix=fix)])
