"""Correlations in event time: what happened when in one group goes in, and when the condition held comes out. Pure."""

from daemon.windows.bursts import Span, bursts_of, reconcile
from daemon.windows.chain import group_above, values_above
from daemon.windows.describe import describe_correlation
from daemon.windows.kinds import fires_at_once, is_never_contradicted, least_occurrences
from daemon.windows.occurrences import Occurrence
from daemon.windows.sweep import firing_points, timespan_us
from daemon.windows.values import counts_values, shortened, values_of

__all__ = [
    "Occurrence",
    "Span",
    "bursts_of",
    "counts_values",
    "describe_correlation",
    "fires_at_once",
    "firing_points",
    "group_above",
    "is_never_contradicted",
    "least_occurrences",
    "reconcile",
    "shortened",
    "timespan_us",
    "values_above",
    "values_of",
]
