from __future__ import annotations

import gzip
import json

from daemon.commands.replay.evaluate import Evaluator
from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from tests.doubles.daemons import event
from tests.doubles.rule_text import rule_text
from tests.doubles.state_values import log_object

EVALUATE = Evaluator(ruleset=RuleSet(load_file("rule.yml", rule_text(), variables={}).rules), max_bytes=2**20)


def test_a_match_holds_who_and_what_and_not_what_only_an_alert_shows() -> None:
    """Masking a record for an alert that nobody will see costs more than the match itself."""
    (match,) = EVALUATE(log_object(), gzip.compress(json.dumps({"Records": [event(1)]}).encode())).matches
    assert (match.event.id, match.event.actor.label) == ("event-0001", "alice")
    assert match.group
    assert (match.fields, match.summary, match.record) == ((), "", {})
