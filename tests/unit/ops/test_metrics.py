"""The names of the metrics are a contract: the page that lists them and the registry agree."""

from __future__ import annotations

import re
from pathlib import Path

from daemon.ops.metrics import Metrics, StoreGauges


def test_the_metrics_page_lists_exactly_what_is_exposed() -> None:
    metrics = Metrics(version="1")
    one = {"x": 1.0}
    metrics.watch_store(
        lambda: StoreGauges(
            shards={"x": 1},
            pending={"x": 1},
            quarantined={"x": 1},
            oldest_pending=one,
            outbox_pending={"x": 1},
            outbox_oldest=one,
            created=1.0,
            bytes=1,
        )
    )
    exposed = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in metrics.registry.collect()
        if family.name.startswith("trailwarden_")
    }

    documented = set(re.findall(r"^\| `(trailwarden_\w+)`", Path("docs/metrics.md").read_text(), re.MULTILINE))
    assert exposed == documented
