"""`tokens add|list|revoke`: programs that act for somebody over the API."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.core.permissions import Permission

app = App()

_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("add", help=_("Make a token, which is printed once."))
def add(
    user: Annotated[str, typer.Argument(metavar="USER", help=_("Whose it is: an id or an e-mail address."))],
    *,
    name: Annotated[str, typer.Option(help=_("What it is called, such as the program that has it."))],
    scope: Annotated[
        list[Permission], typer.Option(help=_("What it may do, as far as its user may; several times for several."))
    ],
    expires: Annotated[str | None, typer.Option(help=_("When it ends: 2027-01-31, or 90d from now."))] = None,
    rate_limit: Annotated[
        int | None, typer.Option(metavar="N", help=_("How often it may ask in a minute; 1,200 times otherwise."))
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Add a token."""
    from bot.cli import tokens

    tokens.add(user, name=name, scope=scope, expires=expires, rate_limit=rate_limit, as_json=as_json)


@app.command("list", help=_("List tokens, the newest first."))
def list_tokens(
    user: Annotated[
        str | None, typer.Argument(metavar="[USER]", help=_("Only those of this user: an id or an e-mail address."))
    ] = None,
    *,
    as_json: _AsJson = False,
) -> None:
    """List tokens."""
    from bot.cli import tokens

    tokens.list_tokens(user, as_json=as_json)


@app.command("revoke", help=_("End tokens at once."))
def revoke(ids: Annotated[list[str], typer.Argument(metavar="ID…", help=_("Their ids."))]) -> None:
    """Revoke tokens."""
    from bot.cli import tokens

    tokens.revoke(ids)
