"""`doctor`: what is set up, what is not, and how to mend it."""

from typing import Annotated

import typer

from bot.cli.common import _


def command(
    provider: Annotated[str | None, typer.Argument(help=_("Only this provider, e.g. whatsapp."))] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """Check everything a message passes on its way."""
    from bot.cli import doctor

    doctor.command(provider, as_json=as_json)
