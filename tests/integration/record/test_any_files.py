"""Whatever the order of arrival, however often, in whichever files, over any restarts: the same comes of events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.config import RulesConfig
from daemon.detect.correlate import correlate
from daemon.detect.reload import Reload
from daemon.detect.rulebook import RuleBook
from daemon.detect.ruleset import RuleSet
from daemon.pipeline import process
from daemon.record.store import Store, open_store
from tests.doubles.state_values import NOON, log_object

RULES = """
title: A denied call
id: 00000000-0000-4000-8000-000000000001
name: denied
logsource: {product: aws, service: cloudtrail}
detection: {selection: {errorCode: AccessDenied}, condition: selection}
---
title: A key made
id: 00000000-0000-4000-8000-000000000002
name: key_made
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: CreateAccessKey}, condition: selection}
---
title: A group deleted
id: 00000000-0000-4000-8000-000000000003
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: DeleteGroup}, condition: selection}
---
title: Many denied calls
id: 00000000-0000-4000-8000-000000000011
name: many_denied
correlation:
  {type: event_count, rules: [denied], group-by: [userIdentity.arn], timespan: 5m, condition: {gte: 3}, generate: true}
---
title: Denied calls of several services
id: 00000000-0000-4000-8000-000000000012
correlation:
  type: value_count
  rules: [denied]
  group-by: [userIdentity.arn]
  timespan: 10m
  condition: {field: eventSource, gte: 2}
---
title: A key after denied calls
id: 00000000-0000-4000-8000-000000000013
correlation: {type: temporal_ordered, rules: [many_denied, key_made], group-by: [userIdentity.arn], timespan: 10m}
---
title: Just one denied call
id: 00000000-0000-4000-8000-000000000014
name: just_one
correlation:
  {type: event_count, rules: [denied], group-by: [userIdentity.arn], timespan: 5m, condition: {eq: 1}, generate: true}
---
title: Many denied calls, twice
id: 00000000-0000-4000-8000-000000000015
correlation: {type: event_count, rules: [many_denied], group-by: [userIdentity.arn], timespan: 30m, condition: {gte: 2}}
---
title: Just one denied call, twice
id: 00000000-0000-4000-8000-000000000016
correlation: {type: event_count, rules: [just_one], group-by: [userIdentity.arn], timespan: 20m, condition: {gte: 2}}
---
title: Just one denied call and many
id: 00000000-0000-4000-8000-000000000017
correlation:
  type: temporal
  rules: [just_one, many_denied]
  group-by: [userIdentity.arn]
  timespan: 20m
  condition: just_one and not many_denied
"""


def rules() -> Reload:
    """The rules above, linked."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "rules.yml").write_text(RULES)
        told = RuleBook(RulesConfig(paths=[folder])).reload(now=NOON)
    assert told.is_successful, [str(problem) for problem in told.problems]
    return told


IN_FORCE = rules()
RULESET = RuleSet(IN_FORCE.rules, digest=IN_FORCE.digest, correlations=IN_FORCE.correlations)


def an_event(number: int, minute: int, name: str, who: str, code: str | None) -> dict[str, Any]:
    return {
        "eventID": f"event-{number:02}",
        "eventTime": f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}",
        "eventName": name,
        "eventSource": "iam.amazonaws.com" if number % 2 else "s3.amazonaws.com",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::111122223333:user/{who}"},
        **({"errorCode": code} if code else {}),
    }


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = st.sampled_from(["CreateAccessKey", "DeleteGroup", "ListBuckets"])
    people, codes = st.sampled_from(["alice", "bob"]), st.sampled_from(["AccessDenied", "AccessDenied", None])
    size = draw(st.integers(1, 14))
    return [an_event(n, draw(st.integers(0, 40)), draw(names), draw(people), draw(codes)) for n in range(size)]


def take(store: Store, events: Sequence[dict[str, Any]], *, minute: int) -> None:
    """One log file, as the daemon takes it."""
    content = json.dumps({"Records": list(events)}).encode()
    result = process(log_object(), content, ruleset=RULESET, max_bytes=2**20).result
    store.recorder.complete(
        [result],
        plans=(),
        ruleset_digest="",
        now=NOON + timedelta(minutes=minute),
        correlations=RULESET.correlations,
    )


def told(store: Store) -> tuple[list[tuple[str, str]], list[tuple[str, object, tuple[str, ...]]]]:
    """Matches by rule and event, and bursts by correlation, group and the events that made them."""
    matches = sorted((match.rule_id, match.event_id) for match in store.iter_matches())
    return matches, sorted((f.completed.rule_id, f.group, f.events) for f in store.iter_firings(RULESET.correlations))


@pytest.mark.no_cover  # slow enough without it
@given(stream=streams(), data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30)
def test_any_order_in_any_files_over_any_restarts_comes_to_the_same(
    stream: list[dict[str, Any]], data: st.DataObject
) -> None:
    arriving = data.draw(st.permutations(stream)) + data.draw(st.lists(st.sampled_from(stream), max_size=4))
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'state.db'}"
        store = open_store(url, now=NOON)
        file: list[dict[str, Any]] = []
        for number, event in enumerate(arriving):
            file.append(event)
            if number + 1 == len(arriving) or data.draw(st.booleans()):
                take(store, file, minute=41 + number)
                file = []
            if data.draw(st.integers(0, 5)) == 0:
                store.close()
                store = open_store(url, now=NOON)
        take(store, file, minute=41 + len(arriving))
        take(store, [], minute=24 * 60)  # by now every window has settled
        matches, firings = told(store)
        store.close()
    fired = correlate(IN_FORCE.rules, IN_FORCE.correlations, stream)
    heard = {correlation.id for correlation in IN_FORCE.correlations if not correlation.is_silent}
    assert firings == sorted(
        (each.correlation_id, each.group, each.events) for each in fired if each.correlation_id in heard
    )
    loud = {rule.id: rule for rule in IN_FORCE.rules if not rule.is_silent}
    hits = RuleSet(list(loud.values())).evaluate(json.dumps({"Records": stream}).encode()).hits
    assert matches == sorted((hit.rule.id, str(hit.record["eventID"])) for hit in hits)
