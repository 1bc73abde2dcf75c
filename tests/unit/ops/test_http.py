"""The three pages, over a real socket."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from daemon.detect.load import load_file
from daemon.errors import ConfigError, StoreError
from daemon.ops.http import HttpServer, bind, build_app
from daemon.ops.metrics import Metrics, StoreGauges
from tests.doubles.rule_text import OTHER_ID, RULE_ID, rule_text


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_the_pages_answer_with_what_they_are_told() -> None:
    ailments: list[str] = []
    app = build_app(metrics=lambda: b"m 1\n", ailments=lambda: ailments, missing=lambda: ["waiting: rules loaded"])
    deaths: list[str] = []
    with HttpServer(app, listener=bind(("127.0.0.1", 0)), on_death=deaths.append) as server:
        assert get(server.port, "/metrics") == (200, "m 1\n")
        assert get(server.port, "/healthz") == (200, "ok\n")
        assert get(server.port, "/readyz") == (503, "waiting: rules loaded\n")
        assert get(server.port, "/elsewhere")[0] == 404

        ailments.append("poll has been silent for 900 s")
        assert get(server.port, "/healthz") == (503, "poll has been silent for 900 s\n")
    assert deaths == []


def test_a_port_that_is_taken_is_a_clear_error() -> None:
    with bind(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match="another program may hold the port"):
        bind(("127.0.0.1", taken.getsockname()[1]))


def test_a_name_that_no_host_can_have_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match=r"http\.listen: cannot listen on 127\.\.0\.1:80"):
        bind(("127..0.1", 80))


def test_failures_start_at_zero_and_the_store_is_read_at_scrape_time() -> None:
    metrics = Metrics(version="1.2.3")
    metrics.begin_source("s3://trail")
    metrics.begin_destination("security", is_enabled=True)
    pending = {"s3://trail": 1}
    metrics.watch_store(lambda: StoreGauges(pending=pending, created=5.0, bytes=4096))

    text = metrics.render().decode()
    assert 'trailwarden_build_info{version="1.2.3"} 1.0' in text
    assert 'trailwarden_poll_errors_total{reason="access_denied",source="s3://trail"} 0.0' in text
    assert 'trailwarden_deliveries_total{destination="security",outcome="dead"} 0.0' in text
    assert 'trailwarden_objects_pending{source="s3://trail"} 1.0' in text
    assert "trailwarden_state_created_timestamp_seconds 5.0" in text
    assert "trailwarden_state_bytes 4096.0" in text

    pending["s3://trail"] = 7
    assert 'trailwarden_objects_pending{source="s3://trail"} 7.0' in metrics.render().decode()


def test_what_belongs_to_no_source_starts_at_zero_too() -> None:
    metrics = Metrics(version="1")
    metrics.begin(notice_reasons=["quarantine"])
    metrics.begin_source("s3://trail")

    text = metrics.render().decode()
    assert 'trailwarden_suppressed_total{reason="match_cap"} 0.0' in text
    assert 'trailwarden_rule_reloads_total{outcome="failed"} 0.0' in text
    assert 'trailwarden_notices_total{reason="quarantine"} 0.0' in text
    assert 'trailwarden_skipped_keys_total{reason="not_a_log",source="s3://trail"} 0.0' in text


def test_rules_that_stay_in_force_are_never_absent_from_a_scrape() -> None:
    metrics = Metrics(version="1")
    kept, left = (
        load_file("r.yml", rule_text(rule_id=rule_id), variables={}).rules[0] for rule_id in (RULE_ID, OTHER_ID)
    )
    metrics.set_rules([kept, left], states={"loaded": 2}, is_ok=True)
    before = metrics.rule_info.labels(kept.id, kept.title, kept.level.value)
    metrics.set_rules([kept], states={"loaded": 1}, is_ok=True)

    assert metrics.rule_info.labels(kept.id, kept.title, kept.level.value) is before
    assert f'rule_info{{level="{left.level.value}",rule_id="{left.id}"' not in metrics.render().decode()


def test_a_store_that_cannot_be_read_costs_its_gauges_and_no_scrape() -> None:
    def read() -> StoreGauges:
        raise StoreError("disk full")

    metrics = Metrics(version="1")
    metrics.watch_store(read)

    assert "trailwarden_objects_pending" not in metrics.render().decode()
    assert "trailwarden_state_read_errors_total 1.0" in metrics.render().decode()
