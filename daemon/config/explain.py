"""Turns pydantic's findings into faults that name place, fault and fix."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from daemon.config.destinations import TYPES
from daemon.config.faults import Fault, Loc
from daemon.config.models import Config

_TYPES = f"write type: {', '.join(TYPES[:-1])} or {TYPES[-1]}"
_FAULTS = {
    "missing": ("is missing", "add it"),
    "too_short": ("is empty", "give at least one"),
    "string_type": ("is no text", "write a text"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "model_type": ("is no section", "write its keys below it, or take it out"),
    "model_attributes_type": ("is no section", "write its keys below it, or take it out"),
    "dict_type": ("is no section", "write its keys below it, or take it out"),
    "tuple_type": ("is no list", "write it as [one, another]"),
    "union_tag_not_found": ("type is missing", _TYPES),
    "union_tag_invalid": ("type is none that is known", _TYPES),
}
_FORMS = {
    "accounts": "an account id has twelve digits",
    "role_arn": "such as arn:aws:iam::111122223333:role/trail-reader",
    "endpoint_url": "begin it with https://",
    "api_url": "begin it with https://",
    "topic_arn": "such as arn:aws:sns:eu-west-1:111122223333:security-alerts",
    "account": "an account id has twelve digits",
    "name": "use lower-case letters, digits, - and _",
}


def explain(error: ValidationError) -> list[Fault]:
    """Every finding of a validation as a fault. No value of the file is repeated: it may be a secret."""
    found = error.errors(include_input=False)
    above = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    return [
        _one(each["type"], each["loc"], each["msg"])
        for each in found
        # A list whose only item is faulty counts as empty: that is no fault of its own.
        if not (each["type"] == "too_short" and each["loc"] in above)
    ]


def _one(kind: str, loc: Loc, message: str) -> Fault:
    at = _without_tag(loc)
    if kind == "extra_forbidden":
        known = _known_keys(loc[:-1])
        close = next(iter(difflib.get_close_matches(str(loc[-1]), known, n=1)), "")
        fix = f"did you mean {close!r}?" if close else f"known here: {', '.join(sorted(known))}"
        return Fault(loc=at, what="unknown key", fix=fix, is_unknown_key=True, meant=close)
    if kind == "invalid_key":
        return Fault(loc=at, what="is no key", fix="write a name before the colon", is_unknown_key=True)
    if kind == "value_error":
        return Fault(loc=at, what=message.removeprefix("Value error, "))
    if kind == "string_pattern_mismatch" and (form := _form(loc)):
        return Fault(loc=at, what="is not of the form that it must have", fix=form)
    what, fix = _FAULTS.get(kind, (message[:1].lower() + message[1:], ""))
    return Fault(loc=at, what=what, fix=fix)


def _form(loc: Loc) -> str:
    names = [step for step in loc if isinstance(step, str)]
    return _FORMS.get(names[-1], "") if names else ""


def _without_tag(loc: Loc) -> Loc:
    """Without the step that pydantic puts in for which kind of destination it is."""
    return loc[:2] + loc[3:] if loc[:1] == ("destinations",) else loc


def _known_keys(loc: Sequence[int | str]) -> list[str]:
    """The keys that the section at `loc` knows, found by walking the models' annotations."""
    kinds: list[Any] = [Config]
    for step in loc:
        if isinstance(step, str) and (fields := _fields(kinds)) and step in fields:
            kinds = _models_in(fields[step])
        elif isinstance(step, str):
            kinds = [kind for kind in kinds if step in _tags(kind)] or kinds
    return list(_fields(kinds))


def _tags(kind: Any) -> tuple[Any, ...]:
    """The values of `type` by which a section is told from its like."""
    field = kind.model_fields.get("type")
    return get_args(field.annotation) if field else ()


def _fields(kinds: Iterable[Any]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for kind in kinds for name, field in kind.model_fields.items()}


def _models_in(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (tuple, list, dict, Union, types.UnionType, Annotated):
        return [model for inner in get_args(annotation) for model in _models_in(inner)]
    return []
