"""Remembers for a day which accounts are in the organisation of a source; a refusal is told, and asked again hourly."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.config import SourceConfig
from daemon.errors import SourceUnavailable
from daemon.model import Level, Notice
from daemon.service.shared import Shared, Watched
from daemon.sources.build import access_of
from daemon.sources.organization import active_accounts

_KEPT = timedelta(days=1)
_AGAIN = timedelta(hours=1)


def organization_accounts(config: SourceConfig) -> Collection[str]:
    """Ask AWS Organizations as the source does. Raises SourceUnavailable."""
    return active_accounts(access_of(config))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    accounts: Collection[str] | None
    until: datetime


class Members:
    """In memory: after a restart it is asked again. `ask` raises SourceUnavailable."""

    def __init__(self, shared: Shared, *, ask: Callable[[SourceConfig], Collection[str]]) -> None:
        self._shared = shared
        self._ask = ask
        self._answers: dict[str, _Answer] = {}

    def of(self, watched: Watched) -> Collection[str] | None:
        """The active accounts, as of the last answer; None when there never was one."""
        name, now = watched.source.name, self._shared.clock()
        last = self._answers.get(name)
        if last is not None and timedelta(0) < last.until - now <= _KEPT:
            return last.accounts
        try:
            answer = _Answer(accounts=frozenset(self._ask(watched.config)), until=now + _KEPT)
        except SourceUnavailable as fault:
            self._tell(name, fault)
            answer = _Answer(accounts=last.accounts if last else None, until=now + _AGAIN)
        self._answers[name] = answer
        return answer.accounts

    def _tell(self, name: str, fault: SourceUnavailable) -> None:
        text = (
            f"{fault}. Only the organisation's management account, or one delegated for Organizations, may ask; else "
            "list the accounts under `silence.accounts`, and take `silence.organization` out."
        )
        title = f"The accounts of {name} cannot be asked for"
        notice = Notice(
            reason=fault.reason.value, title=title, text=text, level=Level.MEDIUM, about=f"organisation of {name}"
        )
        self._shared.notices.tell(notice)
