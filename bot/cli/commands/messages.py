"""`messages list`: what was said, oldest first."""

from typing import Annotated

import typer

from bot.cli.choices import TurnLeft
from bot.cli.common import _
from bot.cli.spoken import App
from bot.core.purposes import Lane

app = App()


@app.callback()
def _group() -> None:
    """Makes `list` a command of a group, although it is the only one."""


@app.command("list", help=_("List the newest messages, oldest first."))
def list_messages(
    *,
    contact: Annotated[str | None, typer.Option(help=_("An id, a phone or an e-mail address."))] = None,
    state: Annotated[TurnLeft | None, typer.Option(help=_("Only those whose turn is pending or parked."))] = None,
    error: Annotated[
        str | None, typer.Option(help=_("Only those that failed by this code, such as outcome_unknown."))
    ] = None,
    lane: Annotated[
        Lane | None, typer.Option(help=_("Only what leaves in that lane: answers, notices, or campaigns."))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON."))] = False,
) -> None:
    """List messages."""
    from bot.cli import messages

    messages.list_messages(contact=contact, state=state, error=error, lane=lane, limit=limit, as_json=as_json)
