"""The sections of the configuration as pydantic models. The contract they follow is docs/configuration.md.

What concerns several keys is in cross.py: a model's own validator would be silent until each key is right.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from daemon.config.daily import DailyDigestConfig
from daemon.config.destinations import DestinationConfig
from daemon.config.routes import BacklogConfig, RouteConfig
from daemon.config.section import AccountId, OptionalSecret, OptionalText, Section, Texts
from daemon.config.surroundings import Accounts, GeoipConfig, OrganizationConfig
from daemon.config.values import Duration, Listen, QuietFor, Size, Start
from daemon.model import Level, Mode

_MOST_WORKERS = 128
Kind = Literal["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity"]
_POSTGRES = re.compile(
    r"(?P<scheme>postgresql(\+psycopg)?)://((?P<user>[^:/@]*)(:(?P<password>.*))?@)?(?P<rest>[^@]*)", re.DOTALL
)
_BUCKET = re.compile(r"[a-zA-Z0-9._-]{3,255}|arn:[a-z0-9-]+:s3:[a-z0-9-]+:\d{12}:accesspoint/[a-z0-9.-]+")


def _base(info: ValidationInfo) -> Path:
    """The folder that relative paths are relative to: the configuration file's own."""
    return Path((info.context or {}).get("base", "."))


class SilenceConfig(Section):
    """When an account or region that has nothing new counts as silent, and which accounts there should be."""

    after: QuietFor = "auto"
    learn: Duration = timedelta(days=14)
    accounts: tuple[AccountId, ...] | None = Field(default=None, min_length=1)
    organization: bool = False

    @field_validator("learn")
    @classmethod
    def _weeks(cls, learn: timedelta) -> timedelta:
        if not timedelta(weeks=1) <= learn <= timedelta(weeks=7):
            raise ValueError("what is usual goes by the hour of the week: learn for 1w to 7w")
        return learn


class SweepConfig(Section):
    """How often each shard is listed far back for files that came late, and how far."""

    every: Duration = timedelta(hours=6)
    horizon: Duration = timedelta(days=35)

    @model_validator(mode="after")
    def _in_bounds(self) -> SweepConfig:
        if not timedelta(hours=1) <= self.every <= timedelta(days=7):
            raise ValueError("sweep.every is 1h to 7d")
        if not timedelta(days=1) <= self.horizon <= timedelta(days=400):
            raise ValueError("sweep.horizon is 1d to 400d; CloudTrail delivers again for up to 30d")
        return self


def _silence_off(value: Any) -> Any:
    return {"after": "off"} if value == "off" else value


class SourceConfig(Section):
    """One trail to watch: a bucket or a folder laid out like one."""

    url: str
    poll_every: Duration = timedelta(minutes=5)
    lookback: Duration = timedelta(hours=1)
    start: Start = "auto"
    kinds: tuple[Kind, ...] = Field(default=("CloudTrail",), min_length=1)
    accounts: tuple[AccountId, ...] | None = Field(default=None, min_length=1)
    regions: tuple[str, ...] | None = Field(default=None, min_length=1)
    role_arn: OptionalText = Field(default=None, pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")
    external_id: OptionalSecret = None
    region: OptionalText = None
    endpoint_url: OptionalText = Field(default=None, pattern=r"^https?://")
    requester_pays: bool = False
    max_object_bytes: Size = 2**30
    sweep: SweepConfig = SweepConfig()
    silence: Annotated[SilenceConfig, BeforeValidator(_silence_off)] = SilenceConfig()
    queue_url: OptionalText = Field(default=None, pattern=r"^https?://[^/?#]+/(\d{12}/)[A-Za-z0-9_-]{1,80}(\.fifo)?$")
    inline_events: bool = False
    confirm_after: Duration = timedelta(hours=6)
    digest: Literal["auto", "require", "off"] = "auto"
    digest_after: Duration = timedelta(hours=6)

    @field_validator("confirm_after")
    @classmethod
    def _later_than_log_files(cls, after: timedelta) -> timedelta:
        if not timedelta(minutes=30) <= after <= timedelta(days=14):
            raise ValueError("log files come within minutes, now and then hours late: wait for 30m to 14d")
        return after

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str, info: ValidationInfo) -> str:
        if url.startswith("file:"):
            path = url.removeprefix("file:")
            path = path.removeprefix("//") if path.startswith("///") else path
            if not path or path.startswith("//"):
                raise ValueError("a file: source names a folder: file:examples/bucket or file:/var/trail")
            return f"file:{(_base(info) / path).resolve()}"
        bucket = url.removeprefix("s3://").split("/")[0] if url.startswith("s3://") else ""
        if url.startswith("s3://arn:"):
            bucket = "/".join(url.removeprefix("s3://").split("/")[:2])
        if not _BUCKET.fullmatch(bucket):
            raise ValueError("a source is s3://bucket[/prefix] or file:path")
        return url.rstrip("/")

    @property
    def is_listened_to(self) -> bool:
        """Whether its silence is told: of a folder, which may be a copy of old files, only when that is asked for."""
        return self.silence.after != "off" and (self.is_remote or "silence" in self.model_fields_set)

    @property
    def is_remote(self) -> bool:
        """Whether it lies in AWS, where a missing destination would be found out too late."""
        return not self.url.startswith("file:")


class MatchConfig(Section):
    """Which rules an override is for: exactly one of these."""

    id: str | None = None
    tag: str | None = None
    path: str | None = None


class OverrideConfig(Section):
    """What to change about rules that are not yours to edit."""

    match: MatchConfig
    level: Level | None = None
    mode: Mode | None = None
    group_by: Texts | None = None
    summary: str | None = None
    runbook: str | None = None


class RulesConfig(Section):
    """Where rules come from and how they are tuned."""

    paths: Texts = ("builtin:core",)
    reload_every: Duration = timedelta(seconds=30)
    disable: Texts = ()
    overrides: tuple[OverrideConfig, ...] = ()
    variables: dict[str, Texts] = Field(default_factory=dict)
    min_loaded: int = Field(default=1, ge=0)

    @field_validator("paths")
    @classmethod
    def _absolute(cls, paths: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        base = _base(info)
        return tuple(path if path.startswith("builtin:") else str((base / path).resolve()) for path in paths)


class StateConfig(Section):
    """Where the daemon remembers, and for how long."""

    url: str = Field(default="sqlite:///data/trailwarden.db", validate_default=True)  # never with a password
    password: OptionalSecret = None
    keep_objects: Duration = timedelta(days=3)
    keep_alerts: Duration = timedelta(days=400)

    @model_validator(mode="before")
    @classmethod
    def _part_password(cls, values: Any) -> Any:
        """The password of a URL goes where it is never shown; one that is given by itself goes before it."""
        url = values.get("url") if isinstance(values, dict) else None
        if not isinstance(url, str) or (parts := _POSTGRES.fullmatch(url)) is None or parts["password"] is None:
            return values
        bare = f"{parts['scheme']}://{parts['user']}@{parts['rest']}"
        return {**values, "url": bare, "password": values.get("password") or unquote(parts["password"])}

    def reveal_password(self) -> str:
        """PostgreSQL's password now; one from a file follows that file."""
        return self.password.reveal() if self.password else ""

    @field_validator("url")
    @classmethod
    def _absolute(cls, url: str, info: ValidationInfo) -> str:
        if url.startswith("sqlite:///"):
            path = url.removeprefix("sqlite:///")
            if not path or path == ":memory:":
                raise ValueError("state must outlive the process: name a file, sqlite:///data/trailwarden.db")
            return f"sqlite:///{(_base(info) / path).resolve()}"
        if (parts := _POSTGRES.fullmatch(url)) is None:
            raise ValueError(
                "state is sqlite:///path/to/file.db (four slashes for an absolute path),"
                " or postgresql+psycopg://user:password@host/database"
            )
        if not re.match(r"[^?]*/[^?/]", parts["rest"]) or "password=" in parts["rest"]:
            raise ValueError("PostgreSQL is named as postgresql+psycopg://user:password@host/database")
        return url


class HttpConfig(Section):
    """Where /metrics, /healthz and /readyz are served."""

    listen: Listen = ("127.0.0.1", 8099)


class LogConfig(Section):
    """The daemon's own log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"


class Config(Section):
    """The whole file."""

    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    rules: RulesConfig = RulesConfig()
    # Validated like a written one, since that is what makes its path absolute.
    state: StateConfig = Field(default_factory=lambda: cast(StateConfig, {}), validate_default=True)
    destinations: tuple[DestinationConfig, ...] = ()
    routes: tuple[RouteConfig, ...] = ()
    notices: Texts = ()
    daily_digest: DailyDigestConfig = DailyDigestConfig()
    backlog: BacklogConfig = BacklogConfig()
    accounts: Accounts = Field(default_factory=dict)
    organization: OrganizationConfig = OrganizationConfig()
    geoip: GeoipConfig = GeoipConfig()
    http: HttpConfig = HttpConfig()
    log: LogConfig = LogConfig()
    workers: int | Literal["auto"] = 1

    @field_validator("workers", mode="before")
    @classmethod
    def _some_processes(cls, value: object) -> int | str:
        text = str(value)
        if text == "auto":
            return text
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= _MOST_WORKERS:
            raise ValueError(f"write 1 to {_MOST_WORKERS} processes, or auto for one a processor")
        return int(text)

    @property
    def without_credential(self) -> tuple[str, ...]:
        """Enabled destinations that cannot send for want of a credential; allowed only with `file:` sources."""
        return tuple(each.name for each in self.destinations if each.lacks_credential)
