"""Turns pydantic's findings into sentences that name path, fault and fix, and adds what spans several sections."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from daemon.config.models import Config
from daemon.errors import Problem

_FAULTS = {
    "missing": ("is missing", "add it"),
    "too_short": ("is empty", "give at least one"),
    "string_type": ("is no text", "write a text"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "model_type": ("is no section", "write its keys below it, or take it out"),
    "model_attributes_type": ("is no section", "write its keys below it, or take it out"),
    "dict_type": ("is no section", "write its keys below it, or take it out"),
    "tuple_type": ("is no list", "write it as [one, another]"),
}
_FORMS = {
    "accounts": "an account id has twelve digits",
    "role_arn": "such as arn:aws:iam::111122223333:role/trail-reader",
    "endpoint_url": "begin it with https://",
    "api_url": "begin it with https://",
    "name": "use lower-case letters, digits, - and _",
}
_Loc = tuple[int | str, ...]


def explain(fault: ValidationError, *, where: str) -> list[Problem]:
    """Every finding of a validation as a problem. No value of the file is repeated: it may be a secret."""
    errors = fault.errors(include_input=False)
    above = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    return [
        _one(error["type"], error["loc"], error["msg"], where)
        for error in errors
        # A list whose only item is faulty counts as empty: that is no fault of its own.
        if not (error["type"] == "too_short" and error["loc"] in above)
    ]


def _one(kind: str, loc: _Loc, message: str, where: str) -> Problem:
    path = _path(loc)
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(loc[-1]), _known_keys(loc[:-1]), n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(_known_keys(loc[:-1])))}"
        return Problem(where=f"{where}: {path}", what="unknown key", fix=fix)
    if kind == "union_tag_not_found":
        return Problem(where=f"{where}: {path}", what="type is missing", fix="write type: console or type: slack")
    if kind == "value_error":
        return Problem(where=f"{where}: {path}", what=message.removeprefix("Value error, "))
    what, fix = _FAULTS.get(kind, (message[:1].lower() + message[1:], _form(loc)))
    return Problem(where=f"{where}: {path}", what=what, fix=fix)


def _form(loc: _Loc) -> str:
    names = [step for step in loc if isinstance(step, str)]
    return _FORMS.get(names[-1], "") if names else ""


def _path(loc: Iterable[int | str]) -> str:
    """`("sources", 0, "url")` as `sources[0].url`, without the tags that pydantic puts in for unions."""
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not (text.startswith("destinations") and step in ("console", "slack")):
            text += f".{step}" if text else step
    return text


def _known_keys(loc: Sequence[int | str]) -> list[str]:
    """The keys that the section at `loc` knows, found by walking the models' annotations."""
    kinds: list[Any] = [Config]
    for step in loc:
        if isinstance(step, str) and (fields := _fields(kinds)) and step in fields:
            kinds = _models_in(fields[step])
        elif isinstance(step, str):
            kinds = [kind for kind in kinds if step in str(kind.model_fields.get("type"))] or kinds
    return list(_fields(kinds))


def _fields(kinds: Iterable[Any]) -> dict[str, Any]:
    return {name: field.annotation for kind in kinds for name, field in kind.model_fields.items()}


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (tuple, list, dict, Union, types.UnionType, Annotated):
        return [model for inner in get_args(annotation) for model in _models_in(inner)]
    return []


def cross_check(config: Config, *, where: str, is_sending: bool) -> list[Problem]:
    """What no section can see alone: names that clash or lead nowhere, a destination without its credential."""
    names = [destination.name for destination in config.destinations]
    problems = [
        Problem(where=f"{where}: destinations", what=f"the name {name!r} stands twice", fix="give each its own")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    # A pasted …/AWSLogs/… means the trail above it.
    urls = [source.url.partition("/AWSLogs")[0] for source in config.sources]
    problems += [
        Problem(where=f"{where}: sources", what=f"{url} stands twice", fix="keep one of them")
        for url in sorted({url for url in urls if urls.count(url) > 1})
    ]
    problems += [
        Problem(
            where=f"{where}: notices[{n}]", what=f"no destination is called {name!r}", fix=f"known: {', '.join(names)}"
        )
        for n, name in enumerate(config.notices)
        if name not in names
    ]
    if is_sending and any(source.is_remote for source in config.sources):
        problems += [_no_credential(name, where) for name in config.without_credential]
    return problems


def _no_credential(name: str, where: str) -> Problem:
    fix = "set SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE), or switch the destination off with enabled: false"
    return Problem(where=f"{where}: destination {name}", what="it is enabled and has no token", fix=fix)
