"""`trailwarden alerts ack|verdict|mute|confirm|unmute|mutes`: what the buttons in Slack do, on the command line."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.options import ConfigOption, Format, FormatOption, LimitOption
from daemon.model import AnswerKind, MuteScope

answers = typer.Typer()


class Verdict(StrEnum):
    """Whether what an alert tells was to be expected."""

    EXPECTED = "expected"
    NOT_EXPECTED = "not-expected"


IdsArgument = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of alerts, or how they begin.")]
MuteArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the mute; `alerts mutes` lists them.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who says so; else the user of the system.")]
_KINDS = {Verdict.EXPECTED: AnswerKind.EXPECTED, Verdict.NOT_EXPECTED: AnswerKind.NOT_EXPECTED}


@answers.command("ack")
def alerts_ack(ids: IdsArgument, config: ConfigOption = None, by: ByOption = None) -> None:
    """Acknowledge alerts: somebody has seen them."""
    _answer(ids, AnswerKind.ACKNOWLEDGE, config=config, by=by)


@answers.command("verdict")
def alerts_verdict(
    verdict: Annotated[Verdict, typer.Argument(help="Was it to be expected?")],
    ids: IdsArgument,
    config: ConfigOption = None,
    by: ByOption = None,
) -> None:
    """Say whether alerts were to be expected; counted by rule."""
    _answer(ids, _KINDS[verdict], config=config, by=by)


@answers.command("mute")
def alerts_mute(
    alert_id: Annotated[str, typer.Argument(metavar="ID", help="The alert whose rule is to be muted.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; people will ask.")],
    duration: Annotated[str, typer.Option("--for", metavar="DURATION", help="1h to 30d.")],
    scope: Annotated[MuteScope, typer.Option("--scope", help="For whom.")] = MuteScope.IDENTITY,
    critical: Annotated[bool, typer.Option("--critical", help="Also what is critical.")] = False,
    config: ConfigOption = None,
    by: ByOption = None,
) -> None:
    """Mute an alert's rule for its identity, its account, or all; the last needs a second person."""
    from daemon.commands.answers import mute_alert, person_of
    from daemon.config.values import parse_duration
    from daemon.model import MuteRequest
    from daemon.service.clock import utc_now

    try:
        request = MuteRequest(
            scope=scope, duration=parse_duration(duration), reason=reason.strip(), with_critical=critical
        )
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from fault
    from daemon.commands.opening import answering

    with answering(config, environment=os.environ) as (store, plans):
        code = mute_alert(store, alert_id, request, by=person_of(by), plans=plans, now=utc_now())
    raise typer.Exit(code)


@answers.command("confirm")
def alerts_confirm(mute_id: MuteArgument, config: ConfigOption = None, by: ByOption = None) -> None:
    """Confirm a mute for everybody, as the second person."""
    _answer_mute(mute_id, AnswerKind.CONFIRM_MUTE, config=config, by=by)


@answers.command("unmute")
def alerts_unmute(mute_id: MuteArgument, config: ConfigOption = None, by: ByOption = None) -> None:
    """End a mute before its time."""
    _answer_mute(mute_id, AnswerKind.UNMUTE, config=config, by=by)


@answers.command("mutes")
def alerts_mutes(
    config: ConfigOption = None,
    with_over: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: LimitOption = 200,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List the mutes that hold or wait for a second person, and how many events each has muted."""
    from daemon.commands.answers import list_mutes
    from daemon.commands.opening import looking
    from daemon.service.clock import utc_now

    with looking(config, environment=os.environ) as store:
        is_json = output_format is Format.JSON
        code = list_mutes(store, with_over=with_over, limit=limit, now=utc_now(), as_json=is_json)
    raise typer.Exit(code)


def _answer(ids: list[str], kind: AnswerKind, *, config: Path | None, by: str | None) -> None:
    from daemon.commands.answers import answer_alerts, person_of
    from daemon.commands.opening import answering
    from daemon.service.clock import utc_now

    with answering(config, environment=os.environ) as (store, plans):
        code = answer_alerts(store, ids, kind, by=person_of(by), plans=plans, now=utc_now())
    raise typer.Exit(code)


def _answer_mute(mute_id: int, kind: AnswerKind, *, config: Path | None, by: str | None) -> None:
    from daemon.commands.answers import answer_mute, person_of
    from daemon.commands.opening import answering
    from daemon.service.clock import utc_now

    with answering(config, environment=os.environ) as (store, plans):
        code = answer_mute(store, mute_id, kind, by=person_of(by), plans=plans, now=utc_now())
    raise typer.Exit(code)
