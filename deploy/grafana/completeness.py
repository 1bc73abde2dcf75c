"""The rows on whether anything is missing: proof by digests, silence, who lists; and what comes by queues."""

from __future__ import annotations

from deploy.grafana.panels import age, at_least_0, graph, quantile, rate_by, series, tile
from deploy.grafana.rows import Row

_SILENCES = "source_silent|account_silent|account_missing"


def completeness() -> Row:
    """Whether all of the trail is seen, and what proves it."""
    silences = f'trailwarden_notices_total{{job=~"$job", reason=~"{_SILENCES}"}}'
    return "Is it complete?", (
        tile(
            "Since the last proof",
            at_least_0(age("last_proof_timestamp_seconds")),
            unit="s",
            legend="{{source}}",
            steps=((None, "green"), (7200, "yellow"), (14400, "red")),
            why="The last round in which digests were verified without fault. Not yet: the trail may have none.",
        ),
        tile(
            "Findings of digests in a day",
            at_least_0(f"sum by (kind) (increase({series('digest_findings_total')}[1d])) > 0"),
            unit="short",
            legend="{{kind}}",
            steps=((None, "green"), (1, "red")),
            why="Each is an alert too: log files deleted or changed, digests forged or missing, broken chains.",
        ),
        tile(
            "Log files that a digest misses",
            at_least_0(series("digest_files_missing")),
            unit="short",
            legend="{{source}}",
            steps=((None, "green"), (1, "yellow")),
            why="Named by a digest and not in the bucket; after an hour that is a finding.",
        ),
        tile(
            "Told as silent in a day",
            at_least_0(f"sum by (reason) (increase({silences}[1d])) > 0"),
            unit="short",
            legend="{{reason}}",
            steps=((None, "green"), (1, "yellow")),
            why="Notices of sources and accounts without log files: `trailwarden sources` shows every shard.",
        ),
        graph(
            "Log files an hour, by what digests say",
            {"{{source}} {{outcome}}": f"sum by (source, outcome) (increase({series('digest_files_total')}[1h]))"},
            unit="short",
            why="proved: AWS wrote just this, and it was evaluated.",
        ),
        graph(
            "Daemons, and those that list",
            {
                "daemons": f"count({series('build_info')})",
                "list {{source}}": f"count by (source) ({series('last_poll_success_timestamp_seconds')})",
            },
            unit="short",
            why="Of several replicas one lists each source. None for minutes: new log files are not seen.",
        ),
    )


def queues() -> Row:
    """Whether queues are read, and what they bring."""
    return "Queues", (
        tile(
            "Since a queue was last asked",
            at_least_0(age("queue_last_receive_timestamp_seconds")),
            unit="s",
            legend="{{queue}}",
            steps=((None, "green"), (300, "yellow"), (900, "red")),
            why="It is not asked while more than 1,000 log files wait. Polling goes on beside it.",
        ),
        tile(
            "Events that no log file confirms",
            at_least_0(series("queue_events_unconfirmed")),
            unit="short",
            legend="{{queue}}",
            steps=((None, "green"), (1, "red")),
            why="They came by a queue, and are overdue since a day or less: forged, or not recorded by the trail.",
        ),
        graph(
            "Messages a second",
            {"{{queue}} {{outcome}}": rate_by("queue_messages_total", "queue", "outcome")},
            unit="ops",
            why="refused: left for the queue's dead-letter policy.",
        ),
        graph(
            "From message sent to recorded",
            {
                "{{queue}} median": at_least_0(quantile(0.5, "queue_lag_seconds", "queue")),
                "{{queue}} 95%": at_least_0(quantile(0.95, "queue_lag_seconds", "queue")),
            },
            unit="s",
            why="Minutes: the daemon does not keep up.",
            span=8,
        ),
        graph(
            "Not taken",
            {"{{queue}} {{reason}}": rate_by("queue_parts_passed_over_total", "queue", "reason")},
            unit="ops",
            why="Files, events and messages, by the reasons of docs/queues.md.",
            span=8,
        ),
        graph(
            "Faults of queues",
            {
                "{{queue}} {{reason}}": rate_by("queue_errors_total", "queue", "reason"),
                "{{queue}} not deleted: {{reason}}": rate_by("queue_undeleted_total", "queue", "reason"),
            },
            unit="ops",
            why="Of asking them, and of deleting what was worked on.",
            span=8,
        ),
    )
