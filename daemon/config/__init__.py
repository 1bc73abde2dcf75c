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
from daemon.config.values import Secret

__all__ = [
    "Config",
    "ConsoleConfig",
    "DestinationConfig",
    "Draft",
    "HttpConfig",
    "LogConfig",
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
