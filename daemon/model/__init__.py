"""The central types: frozen values that every layer speaks in. Pure, and free of any library."""

from daemon.model.alerts import NOTICE_PREFIX, Alert, AlertState, Notice, RuleFacts, Sample
from daemon.model.deliveries import (
    OFTEN,
    REFUSED_ALONE,
    Dead,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Pause,
    Plan,
    Retry,
    SendOutcome,
    Sent,
)
from daemon.model.events import Actor, Event
from daemon.model.matches import GroupKey, Match, ObjectResult
from daemon.model.objects import LogObject, ObjectState, Shard
from daemon.model.rules import Level, Mode, Rule, RuleOptions

__all__ = [
    "NOTICE_PREFIX",
    "OFTEN",
    "REFUSED_ALONE",
    "Actor",
    "Alert",
    "AlertState",
    "Dead",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Event",
    "GroupKey",
    "Level",
    "LogObject",
    "Match",
    "Mode",
    "Notice",
    "ObjectResult",
    "ObjectState",
    "Pause",
    "Plan",
    "Retry",
    "Rule",
    "RuleFacts",
    "RuleOptions",
    "Sample",
    "SendOutcome",
    "Sent",
    "Shard",
]
