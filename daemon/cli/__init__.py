"""The command line: options, exit codes (0 fine, 1 found something wrong, 2 used wrongly), nothing else.

Each command's module is imported when it is called: `--help` must not cost what the daemon costs.
"""

from __future__ import annotations

import os
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.answers import answers
from daemon.cli.leaving import leave
from daemon.cli.options import ConfigOption, Format, FormatOption, ReplayFormat, group
from daemon.cli.rules import rules
from daemon.cli.state import alerts, deliveries, objects, sources, state
from daemon.commands.standard_output import finish_output, unwritable, write_text
from daemon.errors import ConfigError, TrailwardenError
from daemon.ops.collector import relax_collector

app = typer.Typer(
    help="Watches an AWS CloudTrail bucket, evaluates Sigma rules over every event, alerts in Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_group = group("About the configuration file.")
app.add_typer(rules, name="rules")
alerts.add_typer(answers)  # without a name: `alerts ack`, beside `alerts list`
app.add_typer(alerts, name="alerts")
app.add_typer(objects, name="objects")
app.add_typer(deliveries, name="deliveries")
app.add_typer(sources, name="sources")
app.add_typer(state, name="state")
app.add_typer(config_group, name="config")


def main() -> None:
    """Run the command line; errors raised on purpose become one clear message and an exit code."""
    relax_collector()
    try:
        code = _call()
    except ConfigError as error:
        code = _tell(error, code=2)
    except TrailwardenError as error:
        code = _tell(error, code=1)
    try:
        finish_output()
    except TrailwardenError as error:
        code = code or _tell(error, code=1)
    leave(code)


def _call() -> int:
    try:
        app()
    except SystemExit as end:  # the way in which Typer ends
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except OSError as fault:
        if _is_of_help(fault):
            raise unwritable(fault) from fault
        raise
    return 0


def _is_of_help(fault: OSError) -> bool:
    """Whether it broke while Typer or rich printed: nothing else of what they do can give such an error."""
    *_, (frame, _line) = traceback.walk_tb(fault.__traceback__)
    return str(frame.f_globals.get("__name__")).partition(".")[0] in ("typer", "rich")


def _tell(error: TrailwardenError, *, code: int) -> int:
    sys.stderr.write("".join(f"trailwarden: {line}\n" for line in str(error).splitlines()))
    return code


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from daemon import __version__

        write_text(f"trailwarden {__version__}\n")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Nothing to do before a command."""


@app.command()
def run(
    config: ConfigOption = None,
    once: Annotated[bool, typer.Option("--once", help="One cycle: poll, evaluate, send what is due, exit.")] = False,
) -> None:
    """Watch the sources and alert, until told to stop."""
    from daemon.service.signals import stopped_by_signals

    # Before the rest is imported, which takes a second or two: a container's first process would never get a signal
    # that comes before it listens.
    with stopped_by_signals(code_if_held_up=int(once)) as stopping:
        from daemon.commands.run import run_daemon

        code = run_daemon(config, is_once=once, environment=os.environ, stopping=stopping)
    raise typer.Exit(code)


@app.command()
def check(
    config: ConfigOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Only what needs no network.")] = False,
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
    learn: Annotated[
        bool, typer.Option("--learn", help="Teach first-seen rules this history, in the state; nothing else.")
    ] = False,
) -> None:
    """Backtest: what would these rules have said about that history?"""
    from daemon.commands.replay import learn_history
    from daemon.commands.replay import replay as replay_history

    if learn and output is not None:
        raise typer.BadParameter("with --learn there are no matches to write", param_hint="--output")
    call = learn_history if learn else partial(replay_history, output=output)
    code = call(
        urls,
        config=config,
        rule_paths=rule_paths or [],
        since=since,
        until=until,
        output_format=output_format.value,
        environment=os.environ,
    )
    raise typer.Exit(code)


@app.command()
def verify(
    url: Annotated[str, typer.Argument(metavar="URL", help="s3://… or a folder: a trail with its digest files.")],
    config: ConfigOption = None,
    since: Annotated[str | None, typer.Option(help="Digests that ended after: -7d, 2026-01-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Digests that ended before.")] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Prove by CloudTrail's digest files that a trail is whole and unchanged."""
    from daemon.commands.verify import verify as verify_trail

    is_json = output_format is Format.JSON
    code = verify_trail(url, config=config, since=since, until=until, as_json=is_json, environment=os.environ)
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
