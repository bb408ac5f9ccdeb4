"""`why`: step by step, why the bot did or did not answer an inbound message."""

from typing import Annotated

import typer

from bot.cli.common import _


def command(
    message_id: Annotated[str | None, typer.Argument(help=_("The id of an inbound message."))] = None,
    *,
    last: Annotated[bool, typer.Option("--last", help=_("The message that came in last."))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """Tell why."""
    from bot.cli import why

    why.command(message_id, last=last, as_json=as_json)
