"""The configuration: one YAML file in, frozen sections out, every fault named at once."""

from daemon.config.destinations import (
    AppriseConfig,
    ConsoleConfig,
    DestinationConfig,
    PagerDutyConfig,
    SlackConfig,
    SlackWebhookConfig,
    SnsConfig,
    WebhookConfig,
)
from daemon.config.draft import Draft
from daemon.config.load import draft_config, find_config, load_config
from daemon.config.models import (
    Config,
    HttpConfig,
    LogConfig,
    OverrideConfig,
    RulesConfig,
    SourceConfig,
    StateConfig,
)
from daemon.config.surroundings import AccountConfig, GeoipConfig, OrganizationConfig
from daemon.config.values import Secret

__all__ = [
    "AccountConfig",
    "AppriseConfig",
    "Config",
    "ConsoleConfig",
    "DestinationConfig",
    "Draft",
    "GeoipConfig",
    "HttpConfig",
    "LogConfig",
    "OrganizationConfig",
    "OverrideConfig",
    "PagerDutyConfig",
    "RulesConfig",
    "Secret",
    "SlackConfig",
    "SlackWebhookConfig",
    "SnsConfig",
    "SourceConfig",
    "StateConfig",
    "WebhookConfig",
    "draft_config",
    "find_config",
    "load_config",
]
