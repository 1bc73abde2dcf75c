"""Where alerts go: a section for each kind of destination. What they mean is told in docs/destinations.md."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from daemon.config.routes import QuietHoursConfig
from daemon.config.section import OptionalSecret, OptionalText, Section
from daemon.config.urls import apprise_fault, header_fault, web_fault
from daemon.config.values import Repeat, Secret
from daemon.model import Level

_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")


def no_secret() -> Secret:
    """None yet; a factory, since a secret is nothing that the schema could show as a default."""
    return Secret("")


def _web_address(url: Secret) -> Secret:
    """A web address, or none yet. No part of it is repeated in an error."""
    if url and (fault := web_fault(url.reveal())):
        raise ValueError(fault)
    return url


def _apprise_address(url: Secret) -> Secret:
    if url and (fault := apprise_fault(url.reveal())):
        raise ValueError(fault)
    return url


def _routing_key(key: Secret) -> Secret:
    if key and not _ROUTING_KEY.fullmatch(key.reveal()):
        raise ValueError("a routing key has 32 letters and digits; it is the Integration Key of Events API v2")
    return key


def _app_token(token: Secret | None) -> Secret | None:
    if token and not token.reveal().strip().startswith("xapp-"):
        raise ValueError("an app token begins with xapp-; it is made under Basic Information, App-Level Tokens")
    return token


def _header_lines(headers: dict[str, Secret]) -> dict[str, Secret]:
    for name, value in headers.items():
        if fault := header_fault(name, value.reveal()):
            raise ValueError(fault)
    return headers


SecretUrl = Annotated[Secret, AfterValidator(_web_address)]
AppriseUrl = Annotated[Secret, AfterValidator(_apprise_address)]
RoutingKey = Annotated[Secret, AfterValidator(_routing_key)]
AppToken = Annotated[OptionalSecret, AfterValidator(_app_token)]
Headers = Annotated[dict[str, Secret], AfterValidator(_header_lines)]


class Destination(Section):
    """What all destinations have. `extra` is the library that must be installed besides, by its extra's name."""

    credential: ClassVar[str] = ""
    credential_fix: ClassVar[str] = ""
    extra: ClassVar[str] = ""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    enabled: bool = True
    min_level: Level = Level.LOW
    quiet_hours: QuietHoursConfig | None = None
    fallback: OptionalText = None

    @property
    def lacks_credential(self) -> bool:
        """Whether it is meant to send and cannot."""
        return self.enabled and bool(self.credential) and not getattr(self, self.credential)


class ConsoleConfig(Destination):
    """Alerts on standard output."""

    type: Literal["console"]
    min_level: Level = Level.INFORMATIONAL
    repeat_interval: Repeat = timedelta(hours=4)


class SlackConfig(Destination):
    """Alerts in a Slack channel, by a bot token with chat:write."""

    credential: ClassVar[str] = "token"
    credential_fix: ClassVar[str] = "set SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE)"

    type: Literal["slack"]
    token: Secret = Field(default_factory=no_secret)
    channel: str = Field(min_length=1)
    details: Literal["matched", "full", "none"] = "matched"
    repeat_interval: Repeat = timedelta(hours=4)
    api_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://")
    app_token: AppToken = None
    may_press: OptionalText = Field(default=None, pattern=r"^S[A-Z0-9]{2,}$")
    audit_channel: OptionalText = None

    @property
    def has_buttons(self) -> bool:
        """Whether alerts can be answered there: by default nobody may press, and then nothing is to be pressed."""
        return bool(self.app_token and self.may_press)


class SlackWebhookConfig(Destination):
    """Alerts in a Slack channel by an incoming webhook: no thread, no update."""

    credential: ClassVar[str] = "url"
    credential_fix: ClassVar[str] = "give the webhook's address as url"

    type: Literal["slack_webhook"]
    url: SecretUrl = Field(default_factory=no_secret)


class WebhookConfig(Destination):
    """Alerts as JSON to an address of your own, signed with `secret` where there is one."""

    credential: ClassVar[str] = "url"
    credential_fix: ClassVar[str] = "give the address as url"

    type: Literal["webhook"]
    url: SecretUrl = Field(default_factory=no_secret)
    secret: OptionalSecret = None
    headers: Headers = Field(default_factory=dict)
    details: Literal["matched", "full", "none"] = "matched"


class SnsConfig(Destination):
    """Alerts to an Amazon SNS topic, as text for people or as the webhook's JSON."""

    type: Literal["sns"]
    topic_arn: str = Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$")
    format: Literal["text", "json"] = "text"
    role_arn: OptionalText = Field(default=None, pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")
    external_id: OptionalSecret = None
    endpoint_url: OptionalText = Field(default=None, pattern=r"^https?://")


class PagerDutyConfig(Destination):
    """Alerts as incidents, by PagerDuty's Events API v2."""

    credential: ClassVar[str] = "routing_key"
    credential_fix: ClassVar[str] = "give the Integration Key of Events API v2 as routing_key"

    type: Literal["pagerduty"]
    routing_key: RoutingKey = Field(default_factory=no_secret)
    min_level: Level = Level.HIGH
    resolve: Literal["answered", "closed"] = "answered"
    api_url: str = Field(default="https://events.pagerduty.com/", pattern=r"^https?://[^\s@?#]+$")


class AppriseConfig(Destination):
    """Alerts to whatever Apprise knows, by one of its addresses."""

    credential: ClassVar[str] = "url"
    credential_fix: ClassVar[str] = "give an address of Apprise's as url"
    extra: ClassVar[str] = "apprise"

    type: Literal["apprise"]
    url: AppriseUrl = Field(default_factory=no_secret)


DestinationConfig = Annotated[
    ConsoleConfig | SlackConfig | SlackWebhookConfig | WebhookConfig | SnsConfig | PagerDutyConfig | AppriseConfig,
    Field(discriminator="type"),
]
TYPES = ("console", "slack", "slack_webhook", "webhook", "sns", "pagerduty", "apprise")
