"""Whether a topic is there and anybody listens, without publishing: what `check` asks."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from daemon.errors import Problem
from daemon.model import Pause
from daemon.notify.diagnose import Diagnosis
from daemon.notify.sns import SnsClient
from daemon.notify.sns_faults import DENIED, outcome_of_fault

_ASKED = "sns:GetTopicAttributes"


def diagnose_topic(where: str, *, topic_arn: str, open_client: Callable[[], SnsClient]) -> Diagnosis:
    """Ask SNS about the topic. To publish needs no right to ask, so a refusal of that is a doubt. Never raises."""
    try:
        found = open_client().get_topic_attributes(TopicArn=topic_arn).get("Attributes") or {}
    except (ClientError, BotoCoreError, ResponseParserError, OSError, ValueError) as fault:
        outcome = outcome_of_fault(fault)
        if isinstance(outcome, Pause) and outcome.reason == DENIED:
            doubt = f"{where}: {_ASKED} is not allowed, so whether it takes alerts only send-test will tell"
            return Diagnosis(doubts=(doubt,))
        if isinstance(outcome, Pause):
            problem = Problem(where=where, what=f"{topic_arn}: {outcome.reason.replace('_', ' ')}", fix=outcome.hint)
            return Diagnosis(problems=(problem,))
        return Diagnosis(doubts=(f"{where}: {topic_arn} could not be looked at ({type(fault).__name__})",))
    confirmed = str(found.get("SubscriptionsConfirmed", "0"))
    fact = f"{where}: {topic_arn} has {confirmed} confirmed subscription{'' if confirmed == '1' else 's'}"
    if confirmed == "0":
        return Diagnosis(doubts=(f"{fact}: nobody would read an alert",))
    return Diagnosis(facts=(fact,))
