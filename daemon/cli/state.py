"""`trailwarden alerts ...`, `objects ...`, `deliveries ...`, `sources ...`: what the state holds; and `state ...`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daemon.cli.options import ConfigOption, Format, FormatOption, LimitOption, group
from daemon.model import DeliveryState, Level, ObjectState

alerts = group("The alerts in the state store.")
objects = group("The log files in the ledger.")
deliveries = group("The messages owed and sent.")
state = group("The state as a whole.")
sources = typer.Typer(help="The shards of the trails: an account's kind of log in a region.")


@alerts.command("list")
def alerts_list(
    config: ConfigOption = None,
    limit: LimitOption = 50,
    min_level: Annotated[Level, typer.Option(help="Only this level and above.")] = Level.INFORMATIONAL,
    notices: Annotated[bool, typer.Option("--notices", help="Also what the daemon said of itself.")] = False,
    muted: Annotated[bool, typer.Option("--muted", help="Only what nobody was told of because of a mute.")] = False,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List the newest alerts."""
    from daemon.commands.alerts import list_alerts
    from daemon.commands.opening import looking
    from daemon.service.clock import utc_now

    with looking(config, environment=os.environ) as store:
        is_json = output_format is Format.JSON
        which = {"with_notices": notices, "only_muted": muted}
        code = list_alerts(store, now=utc_now(), limit=limit, min_level=min_level, as_json=is_json, **which)
    raise typer.Exit(code)


@alerts.command("show")
def alerts_show(alert_id: str, config: ConfigOption = None, output_format: FormatOption = Format.TABLE) -> None:
    """Show everything that is kept of one alert."""
    from daemon.commands.alerts import show_alert
    from daemon.commands.opening import looking
    from daemon.service.clock import utc_now

    with looking(config, environment=os.environ) as store:
        code = show_alert(store, alert_id, now=utc_now(), as_json=output_format is Format.JSON)
    raise typer.Exit(code)


@alerts.command("summary")
def alerts_summary(
    config: ConfigOption = None,
    since: Annotated[str, typer.Option("--since", help="How far to look back (24h), or a time.")] = "24h",
    output_format: FormatOption = Format.TABLE,
) -> None:
    """Print what a daily digest would tell now: alerts, noisy rules, mutes, and how everything stands."""
    from daemon.commands.opening import open_config
    from daemon.commands.summary import since_when, summarise
    from daemon.record.store import Access
    from daemon.service.clock import utc_now
    from daemon.service.state import open_state

    now = utc_now()
    try:
        begin = since_when(since, now=now)
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from fault
    loaded = open_config(config, os.environ)
    with open_state(loaded.state, now=now, access=Access.READ) as store:
        code = summarise(store, loaded, since=begin, now=now, as_json=output_format is Format.JSON)
    raise typer.Exit(code)


@objects.command("list")
def objects_list(
    config: ConfigOption = None,
    state: Annotated[list[ObjectState] | None, typer.Option(help="Only these; else all that is not done.")] = None,
    limit: LimitOption = 50,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List log files of the ledger: what waits and what was set aside, unless states are named."""
    from daemon.commands.objects import list_objects
    from daemon.commands.opening import looking

    with looking(config, environment=os.environ) as store:
        code = list_objects(store, states=state or (), limit=limit, as_json=output_format is Format.JSON)
    raise typer.Exit(code)


@objects.command("retry")
def objects_retry(
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="Keys, URLs or file names.")] = None,
    config: ConfigOption = None,
    all_quarantined: Annotated[bool, typer.Option("--all-quarantined", help="All that were set aside.")] = False,
) -> None:
    """Have log files read and evaluated again; also beside a running daemon."""
    from daemon.commands.objects import retry_objects
    from daemon.commands.opening import changing
    from daemon.service.clock import utc_now

    with changing(config, environment=os.environ) as store:
        code = retry_objects(store, keys or [], all_quarantined=all_quarantined, now=utc_now())
    raise typer.Exit(code)


@deliveries.command("list")
def deliveries_list(
    config: ConfigOption = None,
    state: Annotated[DeliveryState | None, typer.Option(help="Only these.")] = None,
    limit: LimitOption = 50,
    output_format: FormatOption = Format.TABLE,
) -> None:
    """List the newest messages, owed and sent."""
    from daemon.commands.deliveries import list_deliveries
    from daemon.commands.opening import looking

    with looking(config, environment=os.environ) as store:
        code = list_deliveries(store, state=state, limit=limit, as_json=output_format is Format.JSON)
    raise typer.Exit(code)


@deliveries.command("retry")
def deliveries_retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers that the list shows.")] = None,
    config: ConfigOption = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="All that were given up.")] = False,
) -> None:
    """Put dead messages back to be sent; also beside a running daemon."""
    from daemon.commands.deliveries import retry_deliveries
    from daemon.commands.opening import changing
    from daemon.service.clock import utc_now

    with changing(config, environment=os.environ) as store:
        code = retry_deliveries(store, ids or [], all_dead=all_dead, now=utc_now())
    raise typer.Exit(code)


@sources.callback(invoke_without_command=True)
def sources_default(
    context: typer.Context, config: ConfigOption = None, output_format: FormatOption = Format.TABLE
) -> None:
    """List every shard; the same as `sources list`."""
    if context.invoked_subcommand is None:
        _list_sources(config, output_format)


@sources.command("list")
def sources_list(config: ConfigOption = None, output_format: FormatOption = Format.TABLE) -> None:
    """List every shard with what was heard of it last; what needs attention comes first."""
    _list_sources(config, output_format)


def _list_sources(config: Path | None, output_format: Format) -> None:
    from daemon.commands.opening import open_config
    from daemon.commands.sources import list_sources
    from daemon.record.store import Access
    from daemon.service.clock import utc_now
    from daemon.service.state import open_state

    loaded, now = open_config(config, os.environ), utc_now()
    with open_state(loaded.state, now=now, access=Access.READ) as store:
        code = list_sources(store, loaded, now=now, as_json=output_format is Format.JSON)
    raise typer.Exit(code)


@state.command("backup")
def state_backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; nothing is overwritten.")],
    config: ConfigOption = None,
) -> None:
    """Copy a state in SQLite to a new file and check the copy; also beside a running daemon."""
    from daemon.commands.opening import open_config
    from daemon.commands.state import back_up_state

    raise typer.Exit(back_up_state(open_config(config, os.environ).state, target))


@state.command("restore")
def state_restore(
    backup: Annotated[Path, typer.Argument(metavar="FILE", help="What `state backup` has written.")],
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of a state in SQLite, which is kept beside it; no daemon may run."""
    from daemon.commands.opening import open_config
    from daemon.commands.state import restore_state
    from daemon.service.clock import utc_now

    raise typer.Exit(restore_state(open_config(config, os.environ).state, backup, now=utc_now()))
