"""The configuration: one YAML file in, frozen sections out, every fault named at once."""

from daemon.config.load import find_config, load_config
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
    "HttpConfig",
    "LogConfig",
    "OverrideConfig",
    "RulesConfig",
    "Secret",
    "SlackConfig",
    "SourceConfig",
    "StateConfig",
    "find_config",
    "load_config",
]
