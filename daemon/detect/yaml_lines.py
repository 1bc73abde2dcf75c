"""Bytes of a rule file in, YAML documents out that know the line of everything in them.

Apart because pySigma parses values only: here the node tree is kept beside them, and what YAML passes over in
silence (keys that stand twice) is found. Never crashes on hostile input: depth and aliases are bounded first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from sigma.exceptions import SigmaError
from sigma.rule.base import check_alias_expansion

from daemon.errors import Problem

MAX_DEPTH = 60  # libyaml's composer recurses in C: some ten thousand levels would end the process
MAX_EVENTS = 200_000

Steps = Sequence[str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document of a file: its value, and the nodes it was made from."""

    path: str
    value: Any
    node: yaml.Node

    def node_at(self, steps: Steps) -> yaml.Node:
        """The node at a path of keys and indexes; where the path leads nowhere, the deepest that exists."""
        node = self.node
        for step in steps:
            child = _child(node, step)
            if child is None:
                return node
            node = child[1]
        return node

    def line_of(self, steps: Steps) -> int:
        """The line (from 1) where a key or list item begins; of the deepest that exists."""
        node, line = self.node, _line(self.node)
        for step in steps:
            child = _child(node, step)
            if child is None:
                break
            line, node = _line(child[0]), child[1]
        return line

    def problem(self, steps: Steps, what: str, fix: str = "", *, is_warning: bool = False) -> Problem:
        """A problem at a path of this document."""
        return self.problem_on(self.line_of(steps), what, fix, is_warning=is_warning)

    def problem_on(self, line: int, what: str, fix: str = "", *, is_warning: bool = False) -> Problem:
        """A problem on a line of this document's file."""
        return Problem(where=f"{self.path}:{line}", what=what, fix=fix, is_warning=is_warning)


class _OutOfBoundsError(yaml.YAMLError):
    """The file is nested too deep or too large; `line` says where that showed."""

    def __init__(self, what: str, event: yaml.Event) -> None:
        super().__init__(what)
        self.line = event.start_mark.line + 1 if event.start_mark else 1


def parse_documents(path: str, content: bytes) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Parse a file: its documents without the empty ones, and what YAML itself has against it.

    A document in which a key stands twice is given besides that problem, so that its other faults are told too.
    """
    try:
        _check_bounds(content)
        documents, problems = _load(path, content)
    except yaml.YAMLError as fault:
        return (), (_broken(path, fault),)
    except (ValueError, OverflowError, RecursionError) as fault:
        return (), (_unreadable_value(path, content, fault),)
    if not documents and not problems:
        return (), (Problem(where=f"{path}:1", what="the file is empty", fix="write a rule into it, or remove it"),)
    return tuple(documents), tuple(problems)


def _check_bounds(content: bytes) -> None:
    depth = 0
    for number, event in enumerate(yaml.parse(content, Loader=yaml.CSafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _OutOfBoundsError(f"nested more than {MAX_DEPTH} levels deep", event)
        if number > MAX_EVENTS:
            raise _OutOfBoundsError("too large for a rule file", event)


def _load(path: str, content: bytes) -> tuple[list[Document], list[Problem]]:
    loader = yaml.CSafeLoader(content)
    documents: list[Document] = []
    problems: list[Problem] = []
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            problems += _doubled_keys(path, node)
            value = loader.construct_document(node)
            if value is None:
                continue
            document = Document(path=path, value=value, node=node)
            try:
                check_alias_expansion(value)
            except SigmaError as fault:
                problems.append(document.problem((), str(fault), "write the values out instead of using aliases"))
            else:
                documents.append(document)
    finally:
        loader.dispose()
    return documents, problems


def _doubled_keys(path: str, root: yaml.Node) -> Iterator[Problem]:
    for node in walk(root):
        if not isinstance(node, yaml.MappingNode):
            continue
        names = [(key.tag, key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for (tag, name), count in Counter(names).items():
            if count == 1 or tag == "tag:yaml.org,2002:merge":
                continue
            lines = [_line(key) for key, _ in node.value if (key.tag, key.value) == (tag, name)]
            yield Problem(
                where=f"{path}:{lines[-1]}",
                what=f"the key '{name}' stands twice in one mapping (first on line {lines[0]}): only the last counts",
                fix="join the values in one list, or use a second selection",
            )


def walk(root: yaml.Node) -> Iterator[yaml.Node]:
    """Every node once, parents first, however often aliases repeat it."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in reversed(node.value) for part in reversed(pair))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that names a step (key, or the item itself) and the node it leads to."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _broken(path: str, fault: yaml.YAMLError) -> Problem:
    if isinstance(fault, yaml.MarkedYAMLError) and (mark := fault.problem_mark or fault.context_mark):
        what = ", ".join(part for part in (fault.context, fault.problem) if part)
        return Problem(where=f"{path}:{mark.line + 1}", what=f"broken YAML: {what}", fix=_yaml_fix(what))
    what = str(fault).splitlines()[0]
    if isinstance(fault, _OutOfBoundsError):
        return Problem(where=f"{path}:{fault.line}", what=what, fix="a rule file holds rules: split or simplify it")
    return Problem(where=f"{path}:1", what=f"broken YAML: {what}", fix="save the file as UTF-8 text")


def _yaml_fix(what: str) -> str:
    if "'\\t'" in what or "cannot start any token" in what:
        return "indent with spaces only, and quote values that begin with a special character"
    if "mapping values are not allowed" in what:
        return "quote a value that holds a colon, and check the indentation"
    if "constructor for the tag" in what:
        return "quote the value"
    if "alias" in what:
        return "quote a value that begins with *"
    return "check the indentation and the quotes near this line"


def _unreadable_value(path: str, content: bytes, fault: Exception) -> Problem:
    """A scalar that looks like a number or date and is none, found by constructing each alone."""
    for root in yaml.compose_all(content, Loader=yaml.CSafeLoader):
        for node in walk(root):
            if isinstance(node, yaml.ScalarNode) and (why := _construct_fault(node)):
                what = f"'{node.value[:40]}' cannot be read as {_kind(node)}: {why}"
                return Problem(
                    where=f"{path}:{_line(node)}", what=what, fix="correct it, or quote it to keep it a text"
                )
    return Problem(where=f"{path}:1", what=f"broken YAML: {fault}", fix="simplify the file")


def _construct_fault(node: yaml.ScalarNode) -> str:
    try:
        yaml.SafeLoader("").construct_document(node)
    except (yaml.YAMLError, ValueError, OverflowError) as fault:
        return str(fault).partition(";")[0]
    return ""


def _kind(node: yaml.ScalarNode) -> str:
    return {"int": "a number", "float": "a number", "timestamp": "a date"}.get(str(node.tag).rpartition(":")[2], "YAML")
