"""`trailwarden config schema`: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations

from daemon.commands.tables import print_json
from daemon.config import Config


def print_config_schema() -> int:
    """Print it on standard output."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}
    print_json(schema)
    return 0
