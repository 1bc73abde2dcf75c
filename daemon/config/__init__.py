"""The configuration: one YAML file in, frozen sections out, every fault named at once."""

from daemon.config.draft import Draft
from daemon.config.load import draft_config, find_config, load_config
from daemon.config.models import (
    Config,
    ConsoleConfig,
    DestinationConfig,
    HttpConfig,
    LogConfig,
    OverrideConfig,
    RulesConfig,
    SlackConfig,
    SourceConfig,
    StateConfig,
)
from daemon.config.surroundings import AccountConfig, GeoipConfig, OrganizationConfig
from daemon.config.values import Secret

__all__ = [
    "AccountConfig",
    "Config",
    "ConsoleConfig",
    "DestinationConfig",
    "Draft",
    "GeoipConfig",
    "HttpConfig",
    "LogConfig",
    "OrganizationConfig",
    "OverrideConfig",
    "RulesConfig",
    "Secret",
    "SlackConfig",
    "SourceConfig",
    "StateConfig",
    "draft_config",
    "find_config",
    "load_config",
]
