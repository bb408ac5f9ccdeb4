"""`send`: a person's words to a contact, through the outbox like the bot's own."""

from typing import Annotated

import typer

from bot.cli.common import _


def command(
    contact: Annotated[str, typer.Argument(help=_("An id, a phone or an e-mail address."))],
    text: Annotated[str, typer.Argument(help=_("The words to send."))],
    *,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """Queue words for a contact."""
    from bot.cli import send

    send.command(contact, text, as_json=as_json)
