from __future__ import annotations

from typing import Any

from daemon.detect.correlate import Fired, correlate
from daemon.model import CorrelationType, Feed, Rule
from tests.doubles.conditions import field, rule_of, text
from tests.doubles.correlating import bounds, correlation


def event(number: int, time: str, name: str = "DeleteGroup", who: str = "alice", **fields: Any) -> dict[str, Any]:
    return {"eventID": f"e{number}", "eventTime": time, "eventName": name, "userAgent": who, **fields}
