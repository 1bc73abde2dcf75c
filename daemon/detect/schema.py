"""The JSON Schema of rule files, for editors that complete and check YAML while one writes."""

from __future__ import annotations

from typing import Any

from daemon.detect.header import STATUSES
from daemon.detect.option_faults import KEY
from daemon.detect.options import OptionsModel
from daemon.model import Level

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_DATE = {
    "anyOf": [{"type": "string", "pattern": r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}$"}, {"type": "string", "format": "date"}]
}


def rule_schema() -> dict[str, Any]:
    """The schema as a JSON value (draft 2020-12)."""
    options = OptionsModel.model_json_schema(ref_template="#/$defs/{model}")
    definitions = options.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trailwarden rule (Sigma)",
        "type": "object",
        "required": ["title", "id", "logsource", "detection"],
        "properties": {
            "title": {**_TEXT, "maxLength": 256, "description": "heads every alert"},
            "id": {"type": "string", "format": "uuid", "description": "never changes, and belongs to this rule alone"},
            "name": _TEXT,
            "status": {"enum": list(STATUSES)},
            "description": {"type": "string", "description": "what somebody on call should know"},
            "references": _TEXTS,
            "author": {"type": "string"},
            "date": _DATE,
            "modified": _DATE,
            "tags": {"type": "array", "items": {"type": "string", "pattern": r"^[^.]+\..+$"}},
            "logsource": _logsource(),
            "detection": _detection(),
            "fields": _TEXTS,
            "falsepositives": _TEXTS,
            "level": {"enum": [str(level) for level in Level]},
            KEY: {"$ref": "#/$defs/options"},
        },
        "$defs": {**definitions, "options": options},
    }


def _logsource() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"product": {"const": "aws"}, "service": {"const": "cloudtrail"}},
        "required": ["product", "service"],
    }


def _detection() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["condition"],
        "minProperties": 2,
        "properties": {
            "condition": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
            "timeframe": False,
        },
        "additionalProperties": {
            "anyOf": [{"type": "object", "minProperties": 1}, {"type": "array", "minItems": 1}, _TEXT]
        },
    }
