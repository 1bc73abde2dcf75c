"""`trailwarden config schema`: the JSON Schema of the configuration file, for editors."""

from __future__ import annotations

import json
import sys

from daemon.config import Config


def print_config_schema() -> int:
    """Print it on standard output."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}
    sys.stdout.write(json.dumps(schema, indent=2) + "\n")
    return 0
