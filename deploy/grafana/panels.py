"""The few kinds of panel the dashboard is made of, so that build.py reads as a list of questions and queries."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as dashboard_model

DATASOURCE = dashboard_model.DataSourceRef(type_val="prometheus", uid="${datasource}")
Steps = tuple[tuple[float | None, str], ...]  # from this value on (None: from the least), this colour


def series(name: str, **labels: str) -> str:
    """A selector of one metric of the daemons that the dashboard's `job` variable picks."""
    matchers = ['job=~"$job"', *(f'{label}="{value}"' for label, value in labels.items())]
    return f"trailwarden_{name}{{{', '.join(matchers)}}}"


def age(name: str, *, none_when: str = "") -> str:
    """Seconds since a timestamp metric; 0 for what `none_when` counts, where it is absent because nothing waits."""
    aged = f"time() - {series(name)}"
    return f"({aged}) or 0 * {series(none_when)}" if none_when else aged


def rate_by(name: str, *by: str, **labels: str) -> str:
    """What a counter moves a second; a flat 0 where it has no series yet, as a reason that never occurred has none."""
    return f"sum by ({', '.join(by)}) (rate({series(name, **labels)}[$__rate_interval])) or on () vector(0)"


def at_least_0(expr: str) -> str:
    """A flat 0 where there is nothing: a daemon without queues has no series of them."""
    return f"{expr} or on () vector(0)"


def quantile(of: float, name: str, *by: str) -> str:
    """A quantile of a histogram."""
    labels = ", ".join(("le", *by))
    return f"histogram_quantile({of}, sum by ({labels}) (rate({series(f'{name}_bucket')}[$__rate_interval])))"


def _query(expr: str, legend: str, ref: str, *, is_instant: bool) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(DATASOURCE).expr(expr).legend_format(legend).ref_id(ref)
    return query.instant() if is_instant else query.range()


def _never() -> dashboard_model.RangeMap:
    """An age of decades is a timestamp still at 0: it has not happened since the daemon started."""
    text = dashboard_model.ValueMappingResult(text="not yet", color="yellow")
    return dashboard_model.RangeMap(
        options=dashboard_model.DashboardRangeMapOptions(from_val=1e9, to=None, result=text)
    )


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    made = [dashboard_model.Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(dashboard_model.ThresholdsMode.ABSOLUTE).steps(made)


def tile(
    title: str, expr: str, *, unit: str, why: str, legend: str = "", steps: Steps = ((None, "blue"),)
) -> stat.Panel:
    """One number (or one a legend) as it is now, coloured by `steps`."""
    latest = common.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel()
        .title(title)
        .description(why)
        .datasource(DATASOURCE)
        .with_target(_query(expr, legend, "A", is_instant=True))
        .unit(unit)
        .mappings([_never()] if unit == "s" else [])
        .reduce_options(latest)
        .thresholds(_thresholds(steps))
        .color_mode(common_model.BigValueColorMode.BACKGROUND)
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .span(6)
        .height(5)
    )


def graph(title: str, queries: Mapping[str, str], *, unit: str, why: str, span: int = 12) -> timeseries.Panel:
    """Lines over time; `queries` gives each legend its query."""
    panel = (
        timeseries.Panel().title(title).description(why).datasource(DATASOURCE).unit(unit).min(0).span(span).height(8)
    )
    for ref, (legend, expr) in zip("ABCDEF", queries.items(), strict=False):
        panel = panel.with_target(_query(expr, legend, ref, is_instant=False))
    return panel
