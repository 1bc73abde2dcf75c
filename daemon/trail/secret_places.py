"""Which values are secret by where they stand: beside a telling name, in a program's environment, in some answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from daemon.trail.secrets import is_secret_name

_PATH_PARTS = 32
_PAIR_NAMES = ("name", "key", "parameterKey", "parameterName", "optionName", "Name", "Key", "ParameterKey")
_PAIR_VALUES = frozenset({"value", "values", "parameterValue", "optionValue", "Value", "Values", "ParameterValue"})
_ENVIRONMENTS = frozenset(
    {"variables", "environmentvariables", "environmentvariablesoverride", "runtimeenvironmentvariables", "envvars"}
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_SET_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*=")
_LOOKED_AT = 500
_BARE_ANSWER = "responseElements.value"  # whose it is, a path alone does not tell
_ANSWERS = dict.fromkeys(("CreateApiKey", "GetApiKey", "UpdateApiKey"), frozenset({"value"}))


def secrets_of_event(record: Mapping[str, Any]) -> frozenset[str]:
    """Names that hold a secret in this kind of event, though they say nothing of one."""
    name = record.get("eventName")
    return _ANSWERS.get(name, frozenset()) if isinstance(name, str) else frozenset()


def secrets_below(path: str) -> frozenset[str]:
    """The same for a part of a record of which only the path is known."""
    return frozenset({"value"}) if path == _BARE_ANSWER.partition(".")[0] else frozenset()


def secret_values(holder: Mapping[Any, Any]) -> frozenset[str]:
    """The keys of a {name: DB_PASSWORD, value: …}, or of a parameter that says it is secure; else none."""
    names: Iterable[Any] = (holder.get(key) for key in _PAIR_NAMES)
    is_secret = (
        holder.get("type") == "SecureString"
        or holder.get("isValueSecret") is True
        or str(holder.get("namespace")).endswith(":application:environment")  # Elastic Beanstalk
        or any(isinstance(name, str) and is_secret_name(name) for name in names)
    )
    return _PAIR_VALUES if is_secret else frozenset()


def is_environment(name: str, value: Any) -> bool:
    """Whether this is the environment of a program, in which secrets stand under any name: all of it counts as one.

    `environment` may also describe a machine; variables are told by the capitals of one of them, or stand in pairs.
    """
    folded = _folded(name)
    if folded not in _ENVIRONMENTS and folded != "environment":
        return False
    if isinstance(value, Mapping):
        return folded in _ENVIRONMENTS or _are_variables(value)
    if isinstance(value, str):  # JSON in a text, as CodePipeline writes it
        return folded in _ENVIRONMENTS and folded != "variables"
    return isinstance(value, list | tuple) and any(map(_is_set, value[:_LOOKED_AT]))


def is_secret_path(path: str, value: Any) -> bool:
    """The same for one value under its dotted path."""
    parts = path.split(".")[:_PATH_PARTS]
    if path == _BARE_ANSWER or any(map(is_secret_name, parts)) or is_environment(parts[-1], value):
        return True
    above = {_folded(part) for part in parts[:-1]}
    is_variable = bool(_VARIABLE.fullmatch(parts[-1])) or parts[-1] in _PAIR_VALUES
    return bool(above & _ENVIRONMENTS) or ("environment" in above and is_variable)


def _are_variables(value: Mapping[Any, Any]) -> bool:
    return any(_VARIABLE.fullmatch(str(name)) for name in islice(value, _LOOKED_AT))


def _is_set(member: Any) -> bool:
    return isinstance(member, Mapping) or (isinstance(member, str) and _SET_VARIABLE.match(member) is not None)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()
