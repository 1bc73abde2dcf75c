"""The JSON Schema of rule files, for editors that complete and check YAML while one writes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from daemon.condition import Comparison
from daemon.detect.correlation_options import CorrelationOptionsModel
from daemon.detect.filters import FilterOptionsModel
from daemon.detect.header import STATUSES
from daemon.detect.option_faults import KEY
from daemon.detect.options import OptionsModel
from daemon.model import CorrelationType, Level

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_NAMES = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "uniqueItems": True}]}
_DATE = {
    "anyOf": [{"type": "string", "pattern": r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}$"}, {"type": "string", "format": "date"}]
}


def rule_schema() -> dict[str, Any]:
    """The schema as a JSON value (draft 2020-12): one document is a rule, a correlation or a filter."""
    kinds = {"rule": _rule(), "correlation": _correlation(), "filter": _filter()}
    models: dict[str, type[BaseModel]] = {
        "rule": OptionsModel,
        "correlation": CorrelationOptionsModel,
        "filter": FilterOptionsModel,
    }
    definitions: dict[str, Any] = {}
    for kind, model in models.items():
        options, parts = _options(model)
        definitions |= {**parts, f"{kind}_options": options, kind: kinds[kind]}
        kinds[kind]["properties"][KEY] = {"$ref": f"#/$defs/{kind}_options"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trailwarden rule (Sigma)",
        "type": "object",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds],
        "$defs": definitions,
    }


def _options(model: type[BaseModel]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a model, and of the models inside it by their names."""
    options = model.model_json_schema(ref_template="#/$defs/{model}")
    return options, options.pop("$defs", {})


def _rule() -> dict[str, Any]:
    properties = {**_header(), "logsource": _logsource(), "detection": _detection(), "fields": _TEXTS}
    return _document(["title", "id", "logsource", "detection"], properties, never=("correlation", "filter"))


def _correlation() -> dict[str, Any]:
    section = {
        "type": "object",
        "required": ["type", "timespan"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": [str(kind) for kind in CorrelationType]},
            "rules": {**_NAMES, "description": "names or ids of rules, or of other correlations"},
            "group-by": {**_NAMES, "description": "events count together that are equal in these fields, or aliases"},
            "timespan": {"type": "string", "pattern": r"^\d+[smhdwMy]$", "examples": ["15m"]},
            "condition": {"anyOf": [_TEXT, _bounds()]},
            "aliases": {
                "type": "object",
                "additionalProperties": {"type": "object", "minProperties": 1, "additionalProperties": _TEXT},
                "description": "a name for group-by: the field that it stands for in each rule",
            },
            "generate": {"type": "boolean", "description": "its rules alert by themselves too"},
        },
    }
    properties = {**_header(), "correlation": section, "generate": {"type": "boolean"}}
    return _document(["title", "correlation"], properties, never=("detection", "filter"))


def _filter() -> dict[str, Any]:
    section = _selections()
    section["required"] = ["rules", "condition"]
    section["properties"] |= {
        "rules": {**_NAMES, "description": "names or ids of rules, or: any"},
        "condition": {**_TEXT, "description": "must hold besides the rule's; an exception reads: not selection"},
    }
    properties = {**_header(), "logsource": _logsource(), "filter": section}
    return _document(["title", "logsource", "filter"], properties, never=("detection", "correlation"))


def _document(required: list[str], properties: dict[str, Any], *, never: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": {**properties, **dict.fromkeys(never, False)},
    }


def _header() -> dict[str, Any]:
    return {
        "title": {**_TEXT, "maxLength": 256, "description": "heads every alert"},
        "id": {"type": "string", "format": "uuid", "description": "never changes, and belongs to this rule alone"},
        "name": {**_TEXT, "description": "by which correlations and filters refer to it"},
        "status": {"enum": list(STATUSES)},
        "description": {"type": "string", "description": "what somebody on call should know"},
        "references": _TEXTS,
        "author": {"type": "string"},
        "date": _DATE,
        "modified": _DATE,
        "tags": {"type": "array", "items": {"type": "string", "pattern": r"^[^.]+\..+$"}},
        "falsepositives": _TEXTS,
        "level": {"enum": [str(level) for level in Level]},
    }


def _logsource() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"product": {"const": "aws"}, "service": {"const": "cloudtrail"}},
        "required": ["product", "service"],
    }


def _bounds() -> dict[str, Any]:
    signs = [str(comparison) for comparison in Comparison]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{sign: {"type": "number"} for sign in signs},
            "field": {**_NAMES, "description": "whose values count"},
            "percentile": {"type": "number", "minimum": 0, "maximum": 100},
        },
        "anyOf": [{"required": [sign]} for sign in signs],
    }


def _detection() -> dict[str, Any]:
    section = _selections()
    several = {"type": "array", "items": _TEXT, "minItems": 1}
    section["properties"]["condition"] = {"anyOf": [_TEXT, several]}
    return section


def _selections() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["condition"],
        "minProperties": 2,
        "properties": {"timeframe": False},
        "additionalProperties": {
            "anyOf": [{"type": "object", "minProperties": 1}, {"type": "array", "minItems": 1}, _TEXT]
        },
    }
