"""`trailwarden rules ...`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from daemon.cli.options import ConfigOption, Format, FormatOption, PathsArgument, group

rules = group("The rules in force: list, lint, test them.")


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
    paths: PathsArgument = None, config: ConfigOption = None, output_format: FormatOption = Format.TABLE
) -> None:
    """Run the tests that stand inside rule files."""
    from daemon.commands.configured_rules import test_rules

    is_json = output_format is Format.JSON
    raise typer.Exit(test_rules(config, paths or [], as_json=is_json, environment=os.environ))


@rules.command("schema")
def rules_schema() -> None:
    """Print the JSON Schema of rule files, for editors."""
    from daemon.commands.rules import schema

    raise typer.Exit(schema())
