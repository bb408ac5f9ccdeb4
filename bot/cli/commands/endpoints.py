"""`endpoints list|add|test|deliveries|resend|roll|pause|resume|disable|enable|delete`: programs that are told."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.endpoints.kinds import DeliveryStatus, EventKind

app = App()

_Id = Annotated[str, typer.Argument(metavar="ID", help=_("As `endpoints list` shows it."))]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List the endpoints, how they stand and what waits."))
def list_endpoints(*, as_json: _AsJson = False) -> None:
    """List endpoints."""
    from bot.cli import endpoints

    endpoints.list_endpoints(as_json=as_json)


@app.command("add", help=_("Add an endpoint; its secret is printed once."))
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help=_("Where the program takes requests: https."))],
    *,
    kind: Annotated[
        list[EventKind] | None, typer.Option(help=_("Of what it is told; several times for several, of all otherwise."))
    ] = None,
    description: Annotated[str, typer.Option(help=_("What it is for."))] = "",
    as_json: _AsJson = False,
) -> None:
    """Add an endpoint."""
    from bot.cli import endpoints

    endpoints.add(url, kinds=kind or list(EventKind), description=description, as_json=as_json)


@app.command("test", help=_("Send an endpoint a test event, and tell what it answers."))
def try_endpoint(id_: _Id, *, as_json: _AsJson = False) -> None:
    """Test one."""
    from bot.cli import endpoints

    endpoints.try_endpoint(id_, as_json=as_json)


@app.command("deliveries", help=_("List what an endpoint was told, the newest first."))
def list_deliveries(
    id_: _Id,
    *,
    status: Annotated[DeliveryStatus | None, typer.Option(help=_("Only those of this status."))] = None,
    kind: Annotated[EventKind | None, typer.Option(help=_("Only those of this kind of event."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: _AsJson = False,
) -> None:
    """List deliveries."""
    from bot.cli import endpoints

    endpoints.list_deliveries(id_, status=status, kind=kind, limit=limit, as_json=as_json)


@app.command("resend", help=_("Deliver once more what arrived or was given up."))
def resend(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help=_("As `endpoints deliveries` shows them."))
    ] = None,
    *,
    failed_of: Annotated[
        str | None, typer.Option("--failed-of", metavar="ID", help=_("All that was given up for this endpoint."))
    ] = None,
) -> None:
    """Resend."""
    from bot.cli import endpoints

    endpoints.resend(ids or [], failed_of=failed_of)


@app.command("roll", help=_("Give an endpoint another secret, printed once; the one before signs as well for a day."))
def roll(id_: _Id, *, as_json: _AsJson = False) -> None:
    """Give one another secret."""
    from bot.cli import endpoints

    endpoints.roll(id_, as_json=as_json)


@app.command("pause", help=_("Let what happens wait for an endpoint until `endpoints resume`."))
def pause(id_: _Id, *, as_json: _AsJson = False) -> None:
    """Pause one."""
    from bot.cli import endpoints

    endpoints.pause(id_, as_json=as_json)


@app.command("disable", help=_("Tell an endpoint of nothing any more; what waits for it is kept."))
def disable(id_: _Id, *, as_json: _AsJson = False) -> None:
    """Disable one."""
    from bot.cli import endpoints

    endpoints.disable(id_, as_json=as_json)


@app.command("resume", help=_("Tell an endpoint that is paused of what happens, and at once of what waits."))
@app.command("enable", help=_("Tell an endpoint of what happens, and at once of what waits."))
def enable(id_: _Id, *, as_json: _AsJson = False) -> None:
    """Enable one."""
    from bot.cli import endpoints

    endpoints.enable(id_, as_json=as_json)


@app.command("delete", help=_("Delete an endpoint, with what waits for it."))
def delete(id_: _Id, *, as_json: _AsJson = False) -> None:
    """Delete one."""
    from bot.cli import endpoints

    endpoints.delete(id_, as_json=as_json)
