"""`chat`: talk to the bot in the terminal, on the simulator's account, so that nothing reaches a provider."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.core.addresses import Channel


def command(
    sender: Annotated[
        str | None, typer.Option("--as", help=_("Whom to be: a phone, an e-mail address, any name."))
    ] = None,
    channel: Annotated[Channel, typer.Option(help=_("The channel whose formatting to see."))] = Channel.WHATSAPP,
) -> None:
    """Chat."""
    from bot.cli import chat

    chat.command(sender, channel)
