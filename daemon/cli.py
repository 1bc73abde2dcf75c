"""The command line: options, exit codes (0 fine, 1 found something wrong, 2 used wrongly), nothing else.

Each command's module is imported when it is called: `--help` must not cost what the daemon costs.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from daemon.errors import ConfigError, TrailwardenError


class Format(StrEnum):
    """How lists are printed."""

    TABLE = "table"
    JSON = "json"


class ReplayFormat(StrEnum):
    """How replay prints what it found."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"


class ListedState(StrEnum):
    """Which objects to list."""

    PENDING = "pending"
    DONE = "done"
    QUARANTINED = "quarantined"
    GONE = "gone"


ConfigOption = Annotated[
    Path | None,
    typer.Option("-c", "--config", help="The configuration file; else $TRAILWARDEN_CONFIG, else ./config.yaml."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="A table for people, or JSON for programs.")]


def _group(text: str) -> typer.Typer:
    return typer.Typer(help=text, no_args_is_help=True)


app = typer.Typer(
    help="Watches an AWS CloudTrail bucket, evaluates Sigma rules over every event, alerts in Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
rules = _group("The rules in force: list, lint, test them.")
alerts = _group("The alerts in the state store.")
objects = _group("The log files in the ledger.")
deliveries = _group("The messages owed and sent.")
config_group = _group("About the configuration file.")
app.add_typer(rules, name="rules")
app.add_typer(alerts, name="alerts")
app.add_typer(objects, name="objects")
app.add_typer(deliveries, name="deliveries")
app.add_typer(config_group, name="config")


def main() -> None:
    """Run the command line; errors raised on purpose become one clear message and an exit code."""
    try:
        app()
    except ConfigError as error:
        _fail(error, code=2)
    except TrailwardenError as error:
        _fail(error, code=1)


def _fail(error: TrailwardenError, *, code: int) -> None:
    sys.stderr.write("".join(f"trailwarden: {line}\n" for line in str(error).splitlines()))
    raise SystemExit(code)


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 — Typer's signature
    if is_asked:
        from daemon import __version__

        typer.echo(f"trailwarden {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,  # noqa: FBT002 — Typer's way
) -> None:
    """Nothing to do before a command."""


@app.command()
def run(
    config: ConfigOption = None,
    once: Annotated[bool, typer.Option("--once", help="One cycle: poll, evaluate, send what is due, exit.")] = False,  # noqa: FBT002 — Typer's way
) -> None:
    """Watch the sources and alert, until told to stop."""
    from daemon.commands.run import run_daemon

    raise typer.Exit(run_daemon(config, is_once=once, environment=os.environ))


@app.command()
def check(
    config: ConfigOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Only what needs no network.")] = False,  # noqa: FBT002 — Typer's way
) -> None:
    """Check configuration, rules, credentials, bucket, state and Slack, and name every fault at once."""
    from daemon.commands.check import check_all

    raise typer.Exit(check_all(config, is_offline=offline, environment=os.environ))


@app.command()
def replay(
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...", help="s3://…, file:… or a path; trails, folders, files.")
    ],
    config: ConfigOption = None,
    rule_paths: Annotated[
        list[str] | None, typer.Option("--rules", help="Rule files or folders, or builtin:core.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Events at or after: -7d, 2026-01-01, 2026-01-01T00:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Events before.")] = None,
    output_format: Annotated[
        ReplayFormat, typer.Option("--format", help="How to print what was found.")
    ] = ReplayFormat.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Backtest: what would these rules have said about that history?"""
    from daemon.commands.replay import replay as replay_history

    code = replay_history(
        urls,
        config=config,
        rule_paths=rule_paths or [],
        since=since,
        until=until,
        output_format=output_format.value,
        output=output,
        environment=os.environ,
    )
    raise typer.Exit(code)


@app.command("send-test")
def send_test(config: ConfigOption = None) -> None:
    """Send one marked test alert to every enabled destination."""
    from daemon.commands.send_test import send_test_alert

    raise typer.Exit(send_test_alert(config, environment=os.environ))


@config_group.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of the configuration file, for editors."""
    from daemon.commands.schema import print_config_schema

    raise typer.Exit(print_config_schema())


@rules.command("list")
def rules_list(config: ConfigOption = None, output_format: FormatOption = Format.TABLE) -> None:
    """List every rule: in force, last good version, refused, passed over, disabled."""
    from daemon.commands.with_config import list_rules

    raise typer.Exit(list_rules(config, as_json=output_format is Format.JSON, environment=os.environ))


PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...", help="Rule files or folders, or builtin:core; else those of the configuration."
    ),
]


@rules.command("lint")
def rules_lint(
    paths: PathsArgument = None,
    config: ConfigOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as faults.")] = False,  # noqa: FBT002 — Typer's way
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Print every fault of rule files, as file:line: what, and what to do."""
    from daemon.commands.with_config import lint_rules

    is_json = output_format is Format.JSON
    raise typer.Exit(lint_rules(config, paths or [], is_strict=strict, as_json=is_json, environment=os.environ))


@rules.command("test")
def rules_test(
    paths: PathsArgument = None, config: ConfigOption = None, output_format: FormatOption = Format.TABLE
) -> None:
    """Run the tests that stand inside rule files."""
    from daemon.commands.with_config import test_rules

    is_json = output_format is Format.JSON
    raise typer.Exit(test_rules(config, paths or [], as_json=is_json, environment=os.environ))


@rules.command("schema")
def rules_schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    from daemon.commands.rules import schema

    raise typer.Exit(schema())
