"""The names and labels of the metrics are a contract: dashboards and alert rules of others are built on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from daemon.ops.metrics import Metrics, StoreGauges
from tests.doubles.conditions import field, rule

CONTRACT = {
    "counter": """
        objects_total{source,outcome} object_bytes_total{source} events_total{source,outcome}
        skipped_keys_total{source,reason} poll_errors_total{source,reason} aws_requests_total{operation}
        list_requests_total{source,purpose}
        matches_total{rule_id} rule_errors_total{rule_id} alerts_total{level} suppressed_total{reason}
        deliveries_total{destination,outcome} delivery_retries_total{destination,reason}
        rule_reloads_total{outcome} notices_total{reason} presses_total{outcome}
        fallbacks_total{destination} escalations_total{destination}
        queue_messages_total{queue,outcome} queue_parts_passed_over_total{queue,reason}
        queue_objects_total{queue,outcome} queue_events_total{queue} queue_errors_total{queue,reason}
        queue_undeleted_total{queue,reason}
        digests_total{source,outcome} digest_files_total{source,outcome} digest_findings_total{kind}
    """,
    "gauge": """
        build_info{version} rule_info{rule_id,title,level} rules_loaded{state} rules_last_reload_successful
        shards{source} objects_pending{source} objects_quarantined{source} oldest_pending_timestamp_seconds{source}
        last_poll_success_timestamp_seconds{source} newest_event_timestamp_seconds{source}
        outbox_pending{destination} outbox_oldest_timestamp_seconds{destination}
        destination_enabled{destination} destination_paused{destination}
        state_created_timestamp_seconds state_bytes queue_last_receive_timestamp_seconds{queue}
        last_proof_timestamp_seconds{source} digest_files_missing{source}
        poll_every_seconds{source} queue_events_unconfirmed{queue}
        socket_connected{destination} verdicts{rule_id,verdict} mutes{state}
    """,
    "histogram": """
        delivery_lag_seconds{source} alert_latency_seconds{destination} object_seconds poll_seconds{source}
        send_seconds{destination} queue_lag_seconds{queue}
    """,
}
BEYOND = {
    ("counter", "state_read_errors_total", frozenset[str]()),
    ("counter", "worker_restarts_total", frozenset({"reason"})),
}
Described = tuple[str, str, frozenset[str]]  # kind, name, labels


def promised() -> set[Described]:
    return {
        (kind, name, frozenset(filter(None, labels.split(","))))
        for kind, text in CONTRACT.items()
        for name, labels in re.findall(r"(\w+)(?:\{([\w,]+)\})?", text)
    }


@pytest.fixture
def exposed() -> set[Described]:
    """What a scrape shows once everything has happened."""
    metrics, one = Metrics(version="1"), {"x": 1}
    metrics.begin(notice_reasons=["quarantine"])
    metrics.begin_source("x", purposes=["poll"])
    metrics.begin_destination("x", is_enabled=True, retry_reasons=["rate_limited"])
    metrics.set_rules([rule(field("eventName", "x"))], states={"loaded": 1}, is_ok=True)
    metrics.aws_requests.labels("ListObjectsV2").inc()
    metrics.newest_event.labels("x").set(1)
    metrics.poll_every.labels("x").set(300)
    metrics.presses.labels("done").inc()
    metrics.socket_connected.labels("x").set(1)
    metrics.queues.begin("x", part_reasons=["set_up"], error_reasons=["state"])
    for histogram in (
        metrics.delivery_lag,
        metrics.alert_latency,
        metrics.poll_seconds,
        metrics.send_seconds,
        metrics.queues.lag,
    ):
        histogram.labels("x").observe(1)
    metrics.watch_store(
        lambda: StoreGauges(
            shards=one,
            verdicts={("x", "expected"): 1},
            mutes=one,
            pending=one,
            quarantined=one,
            oldest_pending=one,
            outbox_pending=one,
            outbox_oldest=one,
            unconfirmed=one,
            created=1.0,
            bytes=1,
        )
    )
    ours = [family for family in metrics.registry.collect() if family.name.startswith("trailwarden_")]
    assert [family.name for family in ours if not family.samples] == []
    return {
        (
            family.type,
            family.name.removeprefix("trailwarden_") + ("_total" if family.type == "counter" else ""),
            frozenset(label for sample in family.samples for label in sample.labels) - {"le"},
        )
        for family in ours
    }


def test_what_is_exposed_is_what_was_promised_and_two_counters_more(exposed: set[Described]) -> None:
    assert exposed == promised() | BEYOND


def test_the_metrics_page_lists_exactly_what_is_exposed(exposed: set[Described]) -> None:
    page = Path("docs/metrics.md").read_text(encoding="utf-8")
    documented = set()
    for kind, table in re.findall(r"^\| (counter|gauge|histogram) \|.*\n((?:\|.*\n)+)", page, re.MULTILINE):
        for name, labels in re.findall(r"^\| `trailwarden_(\w+)` \|([^|]*)\|", table, re.MULTILINE):
            documented.add((kind, name, frozenset(labels.replace(",", " ").split())))
    assert documented == exposed
