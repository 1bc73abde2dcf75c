"""The committed dashboard is what build.py writes, and freshness stands at its top."""

from __future__ import annotations

import json

from deploy.grafana.build import TARGET, build


def test_the_committed_dashboard_is_what_its_source_builds() -> None:
    assert TARGET.read_text(encoding="utf-8") == build(), "run: python -m deploy.grafana.build"


def test_the_first_thing_to_see_is_how_long_ago_the_trail_was_polled() -> None:
    board = json.loads(build())
    tiles = [panel for panel in board["panels"] if panel["type"] != "row"]
    first = min(tiles, key=lambda panel: (panel["gridPos"]["y"], panel["gridPos"]["x"]))
    assert first["title"] == "Since the last complete poll"


def test_each_panel_says_why_it_is_there_and_names_no_data_source_of_its_own() -> None:
    for panel in json.loads(build())["panels"]:
        if panel["type"] != "row":
            assert panel["description"], panel["title"]
            assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
