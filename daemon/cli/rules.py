"""`trailwarden rules ...`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.options import ConfigOption, Format, FormatOption, PathsArgument, group

rules = group("The rules in force: list, lint, test, explain them.")


@rules.command("list")
def rules_list(config: ConfigOption = None, output_format: FormatOption = Format.TABLE) -> None:
    """List every rule: in force, last good version, refused, passed over, disabled."""
    from daemon.commands.configured_rules import list_rules

    raise typer.Exit(list_rules(config, as_json=output_format is Format.JSON, environment=os.environ))


@rules.command("lint")
def rules_lint(
    paths: PathsArgument = None,
    config: ConfigOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as faults.")] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Print every fault of rule files, as file:line: what, and what to do."""
    from daemon.commands.configured_rules import lint_rules

    is_json = output_format is Format.JSON
    raise typer.Exit(lint_rules(config, paths or [], is_strict=strict, as_json=is_json, environment=os.environ))


@rules.command("test")
def rules_test(
    paths: PathsArgument = None,
    config: ConfigOption = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the results as JUnit XML too, for CI.")] = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Run the tests that stand inside rule files; 1 when one fails or a file cannot be used."""
    from daemon.commands.configured_rules import try_rules

    is_json = output_format is Format.JSON
    raise typer.Exit(try_rules(config, paths or [], as_json=is_json, junit=junit, environment=os.environ))


@rules.command("explain")
def rules_explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id, name, title or file, or how one begins.")],
    event: Annotated[
        str, typer.Option("--event", help="A file of events (JSON, also gzip), - for standard input, or an event's id.")
    ],
    number: Annotated[int | None, typer.Option("--number", min=1, help="Which of the file's events.")] = None,
    rule_paths: Annotated[
        list[str] | None, typer.Option("--rules", help="Rule files or folders, or builtin:core.")
    ] = None,
    config: ConfigOption = None,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Show what each part of a rule saw in an event; 0: the rule holds, 1: it does not, 2: there is no answer."""
    from daemon.commands.explain.command import Asked, explain_rule

    is_json = output_format is Format.JSON
    asked = Asked(rule=rule, event=event, rule_paths=rule_paths or (), number=number, as_json=is_json)
    raise typer.Exit(explain_rule(asked, config, environment=os.environ))


@rules.command("schema")
def rules_schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    from daemon.commands.rules import schema

    raise typer.Exit(schema())
