"""`webhooks list|show|replay`: what providers posted that was not understood, and reading it again after an upgrade."""

from typing import Annotated

import typer

from bot.cli.choices import KeptFor
from bot.cli.common import _
from bot.cli.spoken import App

app = App()

_Provider = Annotated[str | None, typer.Option(help=_("Only those of this provider."))]
_Kind = Annotated[KeptFor | None, typer.Option(help=_("Only those kept for this reason."))]
_Since = Annotated[str | None, typer.Option(help=_("Only those that came since: 2026-01-31, or 12h, 7d ago."))]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List the posts that are kept raw, newest first."))
def list_posts(
    *,
    provider: _Provider = None,
    kind: _Kind = None,
    since: _Since = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 50,
    as_json: _AsJson = False,
) -> None:
    """List posts."""
    from bot.cli import webhooks

    webhooks.list_posts(provider=provider, kind=kind, since=since, limit=limit, as_json=as_json)


@app.command("show", help=_("Print a post as it came, with what was made of it."))
def show_post(
    id_: Annotated[str, typer.Argument(metavar="ID", help=_("Its id."))], *, as_json: _AsJson = False
) -> None:
    """Show one post."""
    from bot.cli import webhooks

    webhooks.show_post(id_, as_json=as_json)


@app.command("replay", help=_("Read posts again with what this version understands, each once."))
def replay_posts(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help=_("Their ids."))] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help=_("All that were not understood yet."))] = False,
    provider: _Provider = None,
    kind: _Kind = None,
    since: _Since = None,
    as_json: _AsJson = False,
) -> None:
    """Replay posts."""
    from bot.cli import webhooks

    webhooks.replay_posts(ids, every=every, provider=provider, kind=kind, since=since, as_json=as_json)
