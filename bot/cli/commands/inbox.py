"""`inbox report`: how much was said, and how long people waited for a person."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.core.addresses import Channel
from bot.inbox.kinds import By

app = App()


@app.callback()
def _group() -> None:
    """Makes `report` a command of a group, although it is the only one."""


@app.command("report", help=_("Count messages and conversations, and tell how long answers and resolutions took."))
def report(
    *,
    since: Annotated[str | None, typer.Option(metavar="DAY", help=_("The first day; else a week is told."))] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help=_("The last day; else today."))] = None,
    by: Annotated[By, typer.Option(help=_("What the figures are told apart by."))] = By.DAY,
    channel: Annotated[Channel | None, typer.Option(help=_("Only this channel."))] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="USER", help=_("Only what this user did: an id or an e-mail address."))
    ] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help=_("Whose days and hours."))] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON; times are in seconds."))] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=_("Print CSV; times are in seconds."))] = False,
) -> None:
    """Tell a report."""
    from bot.cli import inbox

    inbox.report(
        since=since,
        until=until,
        by=by,
        channel=channel,
        agent=agent,
        timezone=timezone,
        as_json=as_json,
        as_csv=as_csv,
    )
