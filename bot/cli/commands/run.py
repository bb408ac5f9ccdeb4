"""`run`: serves webhooks and pages, and delivers the outbox."""

from typing import Annotated

import typer

from bot.cli.common import _


def command(
    host: Annotated[str | None, typer.Option(help=_("The address to serve on (BOT_HOST)."))] = None,
    port: Annotated[int | None, typer.Option(help=_("The port to serve on (BOT_PORT)."), min=0, max=65535)] = None,
    public_url: Annotated[
        str | None, typer.Option(help=_("The address by which providers reach this server (BOT_PUBLIC_URL)."))
    ] = None,
    workers: Annotated[int, typer.Option(help=_("How many serving processes (PostgreSQL only)."), min=1, max=64)] = 1,
) -> None:
    """Serve."""
    from bot.cli import run

    run.command(host, port, public_url, workers)
