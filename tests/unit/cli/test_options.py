from __future__ import annotations

from typing import get_args

from daemon.cli.options import ConfigOption


def test_the_help_of_the_configuration_names_every_place_where_one_is_looked_for() -> None:
    option = get_args(ConfigOption)[1]
    for place in ("$TRAILWARDEN_CONFIG", "./config.yaml", "/etc/trailwarden/config.yaml"):
        assert place in option.help
