from __future__ import annotations

import gzip
import json
import tracemalloc
from dataclasses import replace

import pytest

from daemon.commands.replay.evaluate import Evaluator
from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import Match
from daemon.pipeline import Found
from tests.doubles.daemons import event
from tests.doubles.rule_text import rule_text
from tests.doubles.state_values import log_object

EVALUATE = Evaluator(ruleset=RuleSet(load_file("rule.yml", rule_text(), variables={}).rules), max_bytes=2**20)


def found_in(content: bytes) -> list[Match]:
    found: list[Found] = []
    EVALUATE(log_object(), content, take=found.append)
    return [each for each in found if isinstance(each, Match)]


def test_a_match_holds_who_and_what_and_not_what_only_an_alert_shows() -> None:
    """Masking a record for an alert that nobody will see costs more than the match itself."""
    (match,) = found_in(gzip.compress(json.dumps({"Records": [event(1)]}).encode()))
    assert (match.event.id, match.event.actor.label) == ("event-0001", "alice")
    assert match.group
    assert (match.fields, match.summary, match.record) == ((), "", {})


def test_an_undecodable_record_is_a_match_without_details_too() -> None:
    (match,) = found_in(b'{"Records":[{"eventName":"StopLogging","userIdentity":{"arn":"a"},"x":truu}]}')
    assert (match.rule, match.event.name, match.record) == (UNDECODABLE, "StopLogging", {})


def test_each_match_is_handed_on_before_the_next_record_is_decoded() -> None:
    """A file may hold any number of matches: whoever waited for its end would hold them all."""
    content = json.dumps({"Records": [event(number) for number in range(1, 4)]}).encode()

    def take(match: Found) -> None:
        raise LookupError(match.event.id)

    with pytest.raises(LookupError, match="event-0001"):
        EVALUATE(log_object(), content, take=take)


def test_no_matched_record_is_held_until_its_file_ends() -> None:
    large = {"requestParameters": {"a": [{"a": "b"}] * 9_000}}
    content = json.dumps({"Records": [event(number) | large for number in range(10)]}, separators=(",", ":")).encode()
    packed = gzip.compress(content)
    tracemalloc.start()
    matches = found_in(packed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(matches) == 10
    assert peak < 10 << 20  # ten decoded records are 23 MB, one is 2.3


def test_several_documents_in_one_file_count_as_one() -> None:
    good = json.dumps({"Records": [event(1)]}).encode()
    matches: list[Found] = []
    obj = replace(log_object(), unique="")
    result = EVALUATE(obj, good + b"\n" + b'{"Records":[7]}' + b"\n" + good, take=matches.append)
    assert (result.events, result.rejects, result.reason) == (2, 1, "undecodable_record")
    assert len(matches) == 3
