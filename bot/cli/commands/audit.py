"""`audit list|export`: who did what."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App

app = App()

_User = Annotated[str | None, typer.Option(help=_("Only what this user did: an id or an e-mail address."))]
_Action = Annotated[str | None, typer.Option(help=_("Only this, such as user.role."))]
_Resource = Annotated[str | None, typer.Option(help=_("Only what was done to this kind of thing, such as account."))]
_Id = Annotated[str | None, typer.Option("--id", help=_("Only what was done to the one with this id."))]
_Since = Annotated[str | None, typer.Option(help=_("Only what was done since: 2026-01-31, or 12h, 7d ago."))]
_Until = Annotated[str | None, typer.Option(help=_("Only what was done before: 2026-01-31, or 12h, 7d ago."))]


@app.command("list", help=_("List what was done, newest first."))
def list_lines(  # noqa: PLR0913 - each is an option
    *,
    user: _User = None,
    action: _Action = None,
    resource: _Resource = None,
    resource_id: _Id = None,
    since: _Since = None,
    until: _Until = None,
    after: Annotated[
        str | None, typer.Option(metavar="LINE", help=_("Go on behind this one: the last one's id."))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """List lines."""
    from bot.cli import audit

    audit.list_lines(
        user=user,
        action=action,
        resource=resource,
        resource_id=resource_id,
        since=since,
        until=until,
        after=after,
        limit=limit,
        as_json=as_json,
    )


@app.command("export", help=_("Write all of it as CSV, or with --json one JSON object a line, newest first."))
def export(
    *,
    user: _User = None,
    action: _Action = None,
    resource: _Resource = None,
    resource_id: _Id = None,
    since: _Since = None,
    until: _Until = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("JSON instead, one object a line."))] = False,
) -> None:
    """Export lines."""
    from bot.cli import audit

    audit.export(
        user=user, action=action, resource=resource, resource_id=resource_id, since=since, until=until, as_json=as_json
    )
