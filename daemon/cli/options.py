"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How lists are printed."""

    TABLE = "table"
    JSON = "json"


class ReplayFormat(StrEnum):
    """How replay prints what it found."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "-c",
        "--config",
        help="The configuration file; else $TRAILWARDEN_CONFIG, ./config.yaml or /etc/trailwarden/config.yaml.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="A table for people, or JSON for programs.")]
PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH]...", help="Rule files, folders or builtin:core; else those of the configuration."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="How many at most, newest first.")]


def group(text: str) -> typer.Typer:
    """A group of commands, such as `rules`."""
    return typer.Typer(help=text, no_args_is_help=True)
