"""Writes Sigma rules at random about events that it is shown: the same seed and events give the same rules.

Each item is made of a value that stands in some event, so that rules match now and then, under a modifier of any kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from daemon.detect.fields import leaves

Leaf = tuple[str, Any]
_COMMON = ("eventName", "eventSource", "userIdentity.type", "errorCode", "awsRegion", "readOnly", "userAgent")
_UNIQUE = ("requestID", "eventID", "eventTime", "creationDate", "accessKeyId", "principalId")  # seldom asked for
_USUAL = ("s1", "s1", "s1 and s2", "s1 and not s3", "s1 and not 1 of s2*", "all of s*", "s1 and (s2 or not s3)")
_ODD = ("s1 or s2", "(s1 or s2) and s3", "not s1 and s2", "1 of s1* or s2 and s3", "s2 and not (s1 and s3)")
_SHARE_OF_ODD = 0.02  # rules that no literal dismisses


def write_rules(rng: Random, events: Sequence[Mapping[str, Any]], *, count: int) -> list[str]:
    """So many detections, as JSON, which is YAML."""
    names = sorted({event["eventName"] for event in events if isinstance(event.get("eventName"), str)})
    return [_detection(rng, [list(leaves(event)) for event in rng.sample(events, 6)], names) for _ in range(count)]


def _detection(rng: Random, seen: list[list[Leaf]], names: list[str]) -> str:
    is_odd = rng.random() < _SHARE_OF_ODD
    if is_odd and rng.random() < 0.1:
        return json.dumps({"s1": _searches(rng, seen), "condition": "s1"})
    selections = {name: _selection(rng, leaf) for name, leaf in zip(("s1", "s2", "s3"), seen, strict=False)}
    condition = rng.choice(_ODD if is_odd else _USUAL)
    if is_odd:  # read out for a rule that looks at every event, times would make each event one of a kind
        selections = {name: _untimed(items) for name, items in selections.items()}
    else:
        selections["s1"]["eventName"] = rng.sample(names, 3)
    return json.dumps({**selections, "condition": condition})


def _untimed(items: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in items.items() if not key.startswith("eventTime")} or {"eventName": "X*"}


def _selection(rng: Random, seen: list[Leaf]) -> dict[str, Any]:
    common = [leaf for leaf in seen if leaf[0] in _COMMON]
    usual = [leaf for leaf in seen if not leaf[0].endswith(_UNIQUE) or rng.random() < 0.01]
    chosen = rng.sample(usual, rng.randint(0, 2)) + rng.sample(common, min(len(common), rng.randint(1, 2)))
    return dict(rng.choice(_WAYS)(rng, path, value) for path, value in chosen if _is_nameable(path))


def _is_nameable(path: str) -> bool:
    return path.count(".") < 10 and "|" not in path and path == path.strip() and path != ""


def _searches(rng: Random, seen: list[list[Leaf]]) -> list[str]:
    texts = [value for leaf in seen for _, value in leaf if isinstance(value, str) and len(value) > 3]
    return [_plain(text[1:-1]) for text in rng.sample(texts, 2)]


def _plain(text: str) -> str:
    return re.sub(r"([\\*?])", r"\\\1", text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _piece(rng: Random, value: Any) -> str:
    text = _text(value)
    start = rng.randrange(max(1, len(text)))
    return text[start : start + rng.randint(1, 12)] or "x"


def _same(rng: Random, path: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53):
        return path, str(value)
    return path, _plain(value).swapcase() if isinstance(value, str) and rng.random() < 0.3 else _as_it_is(value)


def _as_it_is(value: Any) -> Any:
    return _plain(value) if isinstance(value, str) else value


def _chain(name: str, make: Callable[[Random, Any], Any]) -> Callable[[Random, str, Any], tuple[str, Any]]:
    return lambda rng, path, value: (f"{path}|{name}", make(rng, value))


def _pattern(rng: Random, value: Any) -> str:
    return re.sub(r"([^A-Za-z0-9 _\u0080-\U0010ffff])", r"\\\1", _piece(rng, value).replace("\n", " "))


def _wild(rng: Random, value: Any) -> str:
    text = _text(value)
    return f"{_plain(text[:4])}*{_plain(text[-3:])}" if rng.random() < 0.7 else f"?{_plain(text[1:])}"


_WAYS: tuple[Callable[[Random, str, Any], tuple[str, Any]], ...] = (
    *(_same,) * 6,
    lambda rng, path, value: (path, _wild(rng, value)),
    lambda rng, path, value: (path, [_plain(_text(value)), "other", None][: rng.randint(1, 3)]),
    _chain("contains", lambda rng, value: _plain(_piece(rng, value))),
    _chain("contains|all", lambda rng, value: [_plain(_piece(rng, value)), _plain(_piece(rng, value))]),
    _chain("startswith", lambda rng, value: _plain(_text(value)[:5])),
    _chain("endswith", lambda rng, value: _plain(_text(value)[-4:])),
    _chain("cased", lambda rng, value: _plain(_text(value))),
    _chain("contains|cased", lambda rng, value: _plain(_piece(rng, value).swapcase())),
    _chain("neq", lambda rng, value: _plain(_text(value))),
    _chain("startswith|neq", lambda rng, value: [_plain(_text(value)[:3]), "zz"]),
    _chain("re", _pattern),
    _chain("re|i", _pattern),
    _chain("exists", lambda rng, value: rng.random() < 0.8),
    _chain("windash|contains", lambda rng, value: "-" + re.sub(r"\W", "", _piece(rng, value))),
    _chain("base64offset|contains", lambda rng, value: "ab" + re.sub(r"\W", "", _piece(rng, value))),
    lambda rng, path, value: (path, None),
    lambda rng, path, value: (
        "sourceIPAddress|cidr",
        [f"{rng.randint(1, 223)}.0.0.0/8", "198.51.100.0/25", "2001:db8::/32"],
    ),
    lambda rng, path, value: (f"eventTime|hour|{rng.choice(('lt', 'gte'))}", rng.randint(0, 23)),
    lambda rng, path, value: (f"requestParameters.maxResults|{rng.choice(('gt', 'lte'))}", rng.randint(0, 1000)),
    lambda rng, path, value: (
        f"{path}|fieldref",
        rng.choice(("userIdentity.accountId", "derived.principal", "eventName")),
    ),
    lambda rng, path, value: ("derived.principal|contains", rng.choice(("role", "user/", "Service", "1"))),
)
