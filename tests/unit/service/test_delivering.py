"""What a try to send moves: counters by its outcome, the latency of what was sent, the watchdog."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.model import Dead, Pause, Retry, SendOutcome, Sent
from daemon.notify.lane import Attempt
from daemon.ops.health import Health
from daemon.ops.metrics import Metrics
from daemon.service.delivering import lane_hooks, loop_name, retry_reasons
from tests.doubles.daemons import make_place


@pytest.mark.parametrize(
    ("outcome", "moved"),
    [
        (Sent(), 'deliveries_total{destination="security",outcome="sent"} 1.0'),
        (Dead(reason="no_text"), 'deliveries_total{destination="security",outcome="dead"} 1.0'),
        (Retry(reason="server_error"), 'delivery_retries_total{destination="security",reason="server_error"} 1.0'),
        (
            Pause(reason="invalid_auth", hint="x"),
            'delivery_retries_total{destination="security",reason="invalid_auth"} 1.0',
        ),
    ],
    ids=["sent", "dead", "retry", "pause"],
)
def test_each_outcome_is_counted_and_known_before_it_happens(tmp_path: Path, outcome: SendOutcome, moved: str) -> None:
    metrics = Metrics(version="1")
    metrics.begin_destination("security", is_enabled=True, retry_reasons=retry_reasons("slack"))
    assert moved.replace("} 1.0", "} 0.0") in metrics.render().decode()

    with make_place(tmp_path).daemon() as daemon:
        hooks = lane_hooks(metrics, daemon.shared.notices, Health(monotonic=lambda: 0.0))
    hooks.on_attempt(Attempt(destination="security", outcome=outcome, seconds=0.1, latencies=(timedelta(seconds=-3),)))
    hooks.on_pause("security", True)

    text = metrics.render().decode()
    assert moved in text
    assert ('alert_latency_seconds_sum{destination="security"} 0.0' in text) is isinstance(outcome, Sent)
    assert 'destination_paused{destination="security"} 1.0' in text


def test_many_slow_sends_in_one_turn_are_no_silence(tmp_path: Path) -> None:
    now_s = [0.0]
    health = Health(monotonic=lambda: now_s[0])
    health.watch(loop_name("security"), tolerance=timedelta(minutes=5))
    with make_place(tmp_path).daemon() as daemon:
        hooks = lane_hooks(Metrics(version="1"), daemon.shared.notices, health)
    for _ in range(50):
        now_s[0] += 14
        hooks.on_attempt(Attempt(destination="security", outcome=Sent(), seconds=14.0))

    assert health.ailments() == []
