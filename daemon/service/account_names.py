"""What accounts are called: as the configuration says, else as AWS Organizations said within the day.

Whoever tells an alert only looks into memory; AWS is asked by a job of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from daemon.config import Config, OrganizationConfig
from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Level, Notice
from daemon.ports import Clock
from daemon.sources.aws import AwsAccess
from daemon.sources.organization import account_names
from daemon.trail.naming import with_names

_KEPT = timedelta(days=1)
_AGAIN = timedelta(hours=1)


def organization_names(config: OrganizationConfig) -> Mapping[str, str]:
    """Ask AWS Organizations. Raises SourceUnavailable."""
    external_id = config.external_id.reveal if config.external_id else None
    return account_names(AwsAccess(role_arn=config.role_arn, external_id=external_id, region=config.region))


class AccountNames:
    """In memory: after a restart AWS is asked again. One thread refreshes, any may read."""

    def __init__(self, config: Config, *, ask: Callable[[OrganizationConfig], Mapping[str, str]], clock: Clock) -> None:
        self._organization = config.organization
        self._configured = {account: each.name for account, each in config.accounts.items()}
        self._ask = ask
        self._clock = clock
        self._due_at: datetime | None = None
        self._refused: EnvironmentReason | None = None
        self._known: Mapping[str, str] = self._configured

    @property
    def known(self) -> Mapping[str, str]:
        """Names by id; what the configuration says goes first."""
        return self._known

    def put_into(self, text: str) -> str:
        """The text with the names of accounts beside their ids."""
        return with_names(text, self._known)

    def refresh(self, *, tell: Callable[[Notice], object]) -> None:
        """Ask AWS again if a day has gone by, or an hour since it refused; each kind of refusal is told once."""
        now = self._clock()
        if not self._organization.names or (self._due_at is not None and now < self._due_at <= now + _KEPT):
            return
        try:
            asked = self._ask(self._organization)
        except SourceUnavailable as fault:
            self._due_at = now + _AGAIN
            if fault.reason is not self._refused:
                self._refused = fault.reason
                tell(_refused(fault))
            return
        self._due_at, self._refused = now + _KEPT, None
        self._known = {**asked, **self._configured}


def _refused(fault: SourceUnavailable) -> Notice:
    text = (
        f"{fault}. Alerts go on, with the ids of accounts, and with the names that are known already. Only the "
        "organisation's management account, or one delegated for Organizations, may ask: name a role there under "
        "`organization.role_arn`, or write the names under `accounts` and take `organization.names` out."
    )
    title = "The names of accounts cannot be asked for"
    return Notice(reason=fault.reason.value, title=title, text=text, level=Level.LOW, about="names of accounts")
