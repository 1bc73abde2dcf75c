"""The parts of a Sigma correlation: its type, its condition, and the rules that it is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.condition import Comparison


class CorrelationType(StrEnum):
    """The types of the standard."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"
    VALUE_MEDIAN = "value_median"

    @property
    def is_temporal(self) -> bool:
        """Whether it asks which rules matched, and not how often or with which values."""
        return self in (CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A rule or correlation that a correlation is about. `reference` is its name or id as the author wrote it.

    `keys` are the fields of its events (of a correlation: names in its `group_by`) whose values make the group, one
    for each name in the correlation's own `group_by`.
    """

    rule_id: str
    reference: str
    keys: tuple[str, ...]
    is_correlation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The number that a window comes to stands in this relation to `value`."""

    comparison: Comparison
    value: int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """All of these hold. The number is that of events, of distinct values, of different rules, or of the values.

    `fields` hold the values; several are counted as one combination. `percentile` is there for that type alone.
    """

    bounds: tuple[Bound, ...]
    fields: tuple[str, ...] = ()
    percentile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurs:
    """The base of this number matched within the window."""

    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Every item holds."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Some item holds."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneOf:
    """The item does not hold."""

    item: Expression


Expression = Occurs | AllOf | AnyOf | NoneOf
CorrelationCondition = Bounds | Occurs | AllOf | AnyOf | NoneOf
