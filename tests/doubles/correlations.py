"""Correlations put together by hand, for tests of what comes after they are loaded."""

from __future__ import annotations

from datetime import timedelta

from daemon.condition import Comparison
from daemon.model import Correlation, Level, RuleHead, RuleOptions
from daemon.model.correlations import Base, Bound, Bounds, CorrelationType


def correlation(
    *bases: RuleHead,
    name: str = "correlation",
    group_by: tuple[str, ...] = (),
    keys: tuple[tuple[str, ...], ...] | None = None,
) -> Correlation:
    """Three events within ten minutes; `keys` are each base's own names for those in `group_by`."""
    own = keys or tuple(group_by for _ in bases)
    return Correlation(
        id=name,
        title=name,
        level=Level.HIGH,
        status="test",
        tags=(),
        description="",
        false_positives=(),
        references=(),
        options=RuleOptions(),
        path=f"{name}.yml",
        digest=name,
        type=CorrelationType.EVENT_COUNT,
        bases=tuple(
            Base(rule_id=base.id, reference=base.title, keys=each) for base, each in zip(bases, own, strict=True)
        ),
        group_by=group_by,
        timespan=timedelta(minutes=10),
        condition=Bounds(bounds=(Bound(comparison=Comparison.GTE, value=3),)),
    )
