from __future__ import annotations

from dataclasses import replace

from daemon.model import Base, Correlation
from daemon.trail.secrets import MASK
from daemon.trail.shown_group import shown_group
from tests.doubles.correlating import correlation

NAMES = ("who", "requestParameters.password", "derived.principal")


def over(*keys: tuple[str, ...]) -> Correlation:
    bases = tuple(Base(rule_id=f"base-{n}", reference=f"base_{n}", keys=of) for n, of in enumerate(keys))
    return replace(correlation(group_by=NAMES), bases=bases)


def test_a_secret_is_masked_also_where_an_alias_stands_for_it() -> None:
    of = over(NAMES, ("requestParameters.masterUserPassword", *NAMES[1:]))
    values = ("hunter2hunter2", "opensesame9", "alice")
    group = tuple(zip(NAMES, values, strict=True))
    assert shown_group(of, group) == tuple(zip(NAMES, (MASK, MASK, "alice"), strict=True))


def test_what_is_no_secret_is_shown_as_it_is() -> None:
    group = (("who", "alice"), ("requestParameters.password", "HIDDEN_DUE_TO_SECURITY_REASONS"), (NAMES[2], ""))
    assert shown_group(over(NAMES), group) == group
