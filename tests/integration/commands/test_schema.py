"""`trailwarden config schema`: what editors are told agrees with what the daemon takes."""

from __future__ import annotations

import json

import pytest

from daemon.commands.schema import print_config_schema


def test_the_schema_is_json_and_knows_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_config_schema() == 0

    schema = json.loads(capsys.readouterr().out)
    known = {"sources", "rules", "state", "destinations", "routes", "backlog", "notices", "accounts"}
    assert known | {"organization", "geoip", "daily_digest", "http", "log", "workers"} == set(schema["properties"])
    assert schema["required"] == ["sources"]
    assert schema["additionalProperties"] is False
