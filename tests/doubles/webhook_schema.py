"""The schema of what a webhook is sent, as it is published."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types of its own

from tests.e2e.harness import REPOSITORY

_SCHEMA = json.loads((REPOSITORY / "docs" / "webhook.schema.json").read_text(encoding="utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA)


def check_schema() -> None:
    """Raises where it is no schema."""
    jsonschema.Draft202012Validator.check_schema(_SCHEMA)


def check_payload(told: Any) -> None:
    """Raises for what does not follow it."""
    _VALIDATOR.validate(told)
