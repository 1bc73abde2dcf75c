"""Writes trailwarden.json beside this file, the Grafana dashboard: `python -m deploy.grafana.build`.

Freshness and completeness come first, since a quiet channel is good news only while events are seen, and all of them;
then queues, work, rules, and sending.
"""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as dashboard_model

from deploy.grafana.completeness import completeness, queues
from deploy.grafana.panels import DATASOURCE
from deploy.grafana.rows import alerts, deliveries, errors, freshness, throughput

TARGET = Path(__file__).with_name("trailwarden.json")


def build() -> str:
    """The dashboard as JSON text."""
    board = (
        dashboard.Dashboard("Trailwarden")
        .uid("trailwarden")
        .description("Does Trailwarden see the trail, and do its alerts arrive?")
        .tags(["trailwarden", "security"])
        .refresh("1m")
        .time("now-6h", "now")
        .timezone("browser")
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(
            dashboard.QueryVariable("job")
            .label("Job")
            .datasource(DATASOURCE)
            .query("label_values(trailwarden_build_info, job)")
            .refresh(dashboard_model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .include_all(True)
            .all_value(".*")
            .current(dashboard_model.VariableOption(text="All", value="$__all"))
        )
    )
    for title, panels in (freshness(), completeness(), queues(), throughput(), alerts(), deliveries(), errors()):
        board = board.with_row(dashboard.Row(title))
        for panel in panels:
            board = board.with_panel(panel)
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


if __name__ == "__main__":
    TARGET.write_text(build(), encoding="utf-8")
