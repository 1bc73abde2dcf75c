"""Finds the configuration and opens the state store, for the commands that look at them beside a daemon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from daemon.config import Config, find_config, load_config
from daemon.model import Plan
from daemon.record.store import Access, Store
from daemon.service.clock import utc_now
from daemon.service.routing import make_plans
from daemon.service.state import open_state

Environment = Mapping[str, str]


def open_config(config: Path | None, environment: Environment, *, is_sending: bool = False) -> Config:
    """The configuration in force; unless it `is_sending`, destinations may lack their tokens. Raises ConfigError."""
    return load_config(find_config(config, environment), environment, is_sending=is_sending)


def looking(config: Path | None, *, environment: Environment) -> Store:
    """The state store to look into, beside a daemon that runs. Raises ConfigError, StoreError."""
    return open_state(open_config(config, environment).state, now=utc_now(), access=Access.READ)


def changing(config: Path | None, *, environment: Environment) -> Store:
    """The state store to change, beside a daemon that runs. Raises ConfigError, StoreError."""
    return open_state(open_config(config, environment).state, now=utc_now(), access=Access.SHARE)


@contextmanager
def answering(config: Path | None, *, environment: Environment) -> Iterator[tuple[Store, tuple[Plan, ...]]]:
    """The state store to answer alerts in, beside a daemon that runs, and who is told of it.

    A destination counts also where only the daemon has its token. Raises ConfigError, StoreError.
    """
    loaded = open_config(config, environment)
    plans = make_plans(loaded, [each for each in loaded.destinations if each.enabled])
    with open_state(loaded.state, now=utc_now(), access=Access.SHARE) as store:
        yield store, plans
