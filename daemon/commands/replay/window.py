"""`--since` and `--until` as a window of event time."""

from __future__ import annotations

from datetime import datetime

from daemon.errors import ConfigError, Problem
from daemon.sources.inputs.window import Window, parse_moment


def asked_window(since: str | None, until: str | None, *, now: datetime) -> Window:
    """The window. Raises ConfigError that names each fault."""
    moments: dict[str, datetime] = {}
    problems: list[Problem] = []
    for name, text in (("since", since), ("until", until)):
        try:
            if text is not None:
                moments[name] = parse_moment(text, now=now)
        except ValueError as fault:
            problems.append(Problem(where=f"--{name}", what=str(fault)))
    window = Window(since=moments.get("since"), until=moments.get("until"))
    if window.since and window.until and window.since >= window.until:
        problems.append(Problem(where="--until", what="is not after --since", fix="nothing could ever match"))
    if problems:
        raise ConfigError(problems)
    return window
