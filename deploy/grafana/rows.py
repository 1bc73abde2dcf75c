"""The dashboard's rows: each a question that somebody on call asks, with the panels that answer it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, timeseries

from deploy.grafana.panels import age, at_least_0, graph, quantile, rate_by, series, tile

Row = tuple[str, tuple[stat.Panel | timeseries.Panel, ...]]


def freshness() -> Row:
    """Whether events are seen: a quiet channel is good news only then."""
    return "Is it fresh?", (
        tile(
            "Since the last complete poll",
            age("last_poll_success_timestamp_seconds"),
            unit="s",
            legend="{{source}}",
            steps=((None, "green"), (900, "yellow"), (1800, "red")),
            why="While this grows, new log files are not seen. Beside a queue it is up to poll_every.",
        ),
        tile(
            "Oldest log file waiting",
            age("oldest_pending_timestamp_seconds", none_when="objects_pending"),
            unit="s",
            legend="{{source}}",
            steps=((None, "green"), (900, "yellow"), (3600, "red")),
            why="0 when nothing waits.",
        ),
        tile(
            "Age of the newest event",
            age("newest_event_timestamp_seconds"),
            unit="s",
            legend="{{source}}",
            steps=((None, "green"), (3600, "yellow"), (7200, "red")),
            why="CloudTrail itself delivers within 5 to 15 minutes, now and then hours late.",
        ),
        tile(
            "In quarantine",
            series("objects_quarantined"),
            unit="short",
            legend="{{source}}",
            steps=((None, "green"), (1, "red")),
            why="Log files whose content is broken or hostile: `trailwarden objects list`.",
        ),
    )


def throughput() -> Row:
    """How much is read, and how fast."""
    return "Work", (
        graph(
            "Events a second",
            {"{{source}} {{outcome}}": rate_by("events_total", "source", "outcome")},
            unit="eps",
            why="Records evaluated, and those that could not be decoded.",
        ),
        graph(
            "Log files a second",
            {"{{source}} {{outcome}}": rate_by("objects_total", "source", "outcome")},
            unit="ops",
            why="By what became of them.",
        ),
        graph(
            "Waiting",
            {"{{source}}": series("objects_pending")},
            unit="short",
            why="Log files seen and not yet evaluated.",
            span=8,
        ),
        graph(
            "From event to log file seen",
            {
                "{{source}} median": quantile(0.5, "delivery_lag_seconds", "source"),
                "{{source}} 95%": quantile(0.95, "delivery_lag_seconds", "source"),
            },
            unit="s",
            why="CloudTrail's delivery and our polling together.",
            span=8,
        ),
        graph(
            "Time a log file takes",
            {"median": quantile(0.5, "object_seconds"), "95%": quantile(0.95, "object_seconds")},
            unit="s",
            why="From its bytes to its matches.",
            span=8,
        ),
    )


def alerts() -> Row:
    """What the rules find, and whether they are well."""
    return "Rules and alerts", (
        graph(
            "Alerts opened in an hour",
            {"{{level}}": f"sum by (level) (increase({series('alerts_total')}[1h]))"},
            unit="short",
            why="By the rule's level; later matches of the same rule and group join the open alert.",
        ),
        graph(
            "Matches in an hour, the ten busiest rules",
            {
                "{{title}}": (
                    f"topk(10, sum by (rule_id) (increase({series('matches_total')}[1h])) "
                    f"* on (rule_id) group_left (title) max by (rule_id, title) ({series('rule_info')}))"
                )
            },
            unit="short",
            why="A rule that leads here for days wants a filter, another group_by, or mode: shadow.",
        ),
        tile(
            "Rules",
            series("rules_loaded"),
            unit="short",
            legend="{{state}}",
            why="Rules and rule files by state.",
        ),
        tile(
            "Do all rule files load?",
            series("rules_last_reload_successful"),
            unit="bool_yes_no",
            steps=((None, "red"), (1, "green")),
            why="While one does not, its last good version stays in force: `trailwarden rules lint`.",
        ),
        graph(
            "Rules that break",
            {"{{rule_id}}": rate_by("rule_errors_total", "rule_id")},
            unit="ops",
            why="Evaluations that ended in an error: on those events the rule decided nothing.",
        ),
    )


def deliveries() -> Row:
    """Whether people are told."""
    return "Sending", (
        tile(
            "Oldest alert waiting to be sent",
            age("outbox_oldest_timestamp_seconds", none_when="destination_enabled"),
            unit="s",
            legend="{{destination}}",
            steps=((None, "green"), (300, "yellow"), (900, "red")),
            why="0 when nothing waits.",
        ),
        tile(
            "Paused destinations",
            series("destination_paused"),
            unit="bool_yes_no",
            legend="{{destination}}",
            steps=((None, "green"), (1, "red")),
            why="A paused destination resumes by itself once it takes messages again.",
        ),
        graph(
            "Deliveries a second",
            {"{{destination}} {{outcome}}": rate_by("deliveries_total", "destination", "outcome")},
            unit="ops",
            why="dead: refused for its content, for good.",
        ),
        graph(
            "From event to alert sent",
            {
                "{{destination}} median": quantile(0.5, "alert_latency_seconds", "destination"),
                "{{destination}} 95%": quantile(0.95, "alert_latency_seconds", "destination"),
            },
            unit="s",
            why="The whole way, CloudTrail's part included.",
        ),
        graph(
            "Held back",
            {"{{reason}}": rate_by("suppressed_total", "reason")},
            unit="ops",
            why="Recorded or counted, and not sent one by one.",
        ),
    )


def errors() -> Row:
    """What is wrong around us, and what it costs."""
    return "Errors", (
        graph(
            "Polls",
            {"{{source}} {{reason}}": rate_by("poll_errors_total", "source", "reason")},
            unit="ops",
            why="Faults of the surroundings; each is tried again for ever.",
            span=8,
        ),
        graph(
            "Keys passed over",
            {"{{source}} {{reason}}": rate_by("skipped_keys_total", "source", "reason")},
            unit="ops",
            why="Keys in the bucket that are no log file of the kinds asked for.",
            span=8,
        ),
        graph(
            "Sends to be tried again",
            {"{{destination}} {{reason}}": rate_by("delivery_retries_total", "destination", "reason")},
            unit="ops",
            why="Rate limits, outages, refusals.",
            span=8,
        ),
        graph(
            "Notices",
            {"{{reason}}": rate_by("notices_total", "reason")},
            unit="ops",
            why="What the daemon said of itself in the channel.",
            span=8,
        ),
        graph(
            "Requests to AWS",
            {"{{operation}}": rate_by("aws_requests_total", "operation")},
            unit="reqps",
            why="What the bill grows with: one listing a shard and poll.",
            span=8,
        ),
        graph(
            "LIST requests in a day",
            {
                "{{source}} {{purpose}}": at_least_0(
                    f"sum by (source, purpose) (rate({series('list_requests_total')}[6h])) * 86400"
                )
            },
            unit="short",
            why="By what for; docs/guarantees.md says what to expect. A longer poll_every costs less.",
            span=8,
        ),
        graph(
            "Processes that ended",
            {"{{reason}}": f"sum by (reason) (increase({series('worker_restarts_total')}[1h]))"},
            unit="short",
            why="In an hour, with workers above 1. out_of_memory: give more memory, or fewer workers.",
            span=8,
        ),
        graph(
            "Size of the state",
            {"bytes": series("state_bytes")},
            unit="bytes",
            why="keep_objects and keep_alerts bound it.",
            span=8,
        ),
    )
