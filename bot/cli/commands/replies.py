"""`replies list|add|edit|remove|import`: words that a team says often."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App
from bot.core.addresses import Channel

app = App()

_Reply = Annotated[str, typer.Argument(metavar="SHORTCUT", help=_("What is typed after the slash; or its id."))]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List the saved replies, by shortcut."))
def list_replies(
    *,
    search: Annotated[str, typer.Option(metavar="WORDS", help=_("Only those that have these words."))] = "",
    category: Annotated[list[str] | None, typer.Option(help=_("Only those of this category, or of several."))] = None,
    channel: Annotated[
        list[Channel] | None, typer.Option(help=_("Only those that are offered there, or on one of several."))
    ] = None,
    offered: Annotated[
        bool | None, typer.Option("--offered/--not-offered", help=_("Only those that are, or not."))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at most."))] = 2_000,
    as_json: _AsJson = False,
) -> None:
    """List templates."""
    from bot.cli import replies

    replies.list_replies(
        search=search, categories=category or [], channels=channel or [], offered=offered, limit=limit, as_json=as_json
    )


@app.command("add", help=_("Save a reply."))
def add(
    shortcut: Annotated[str, typer.Argument(metavar="SHORTCUT", help=_("What is typed after a slash: hours."))],
    content: Annotated[
        str, typer.Argument(metavar="TEXT", help=_("What it says, with variables such as {{ contact.first_name }}."))
    ],
    *,
    name: Annotated[
        str | None, typer.Option(help=_("As it is found; its shortcut, unless this says otherwise."))
    ] = None,
    category: Annotated[str, typer.Option(help=_("Under which it stands with others."))] = "",
    channel: Annotated[Channel | None, typer.Option(help=_("Where alone it is offered."))] = None,
    offered: Annotated[bool, typer.Option("--offered/--not-offered", help=_("Whether it is offered."))] = True,
    as_json: _AsJson = False,
) -> None:
    """Add a template."""
    from bot.cli import replies

    replies.add(shortcut, content, name=name, category=category, channel=channel, offered=offered, as_json=as_json)


@app.command("edit", help=_("Change a saved reply: what is not named stays."))
def edit(  # noqa: PLR0913 - each is an option
    reply: _Reply,
    *,
    shortcut: Annotated[str | None, typer.Option(help=_("What is typed after a slash from now on."))] = None,
    content: Annotated[str | None, typer.Option(metavar="TEXT", help=_("What it says from now on."))] = None,
    name: Annotated[str | None, typer.Option(help=_("As it is found from now on."))] = None,
    category: Annotated[str | None, typer.Option(help=_("Under which it stands; empty for none."))] = None,
    channel: Annotated[Channel | None, typer.Option(help=_("Where alone it is offered."))] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help=_("Offer it on all channels."))] = False,
    offered: Annotated[bool | None, typer.Option("--offered/--not-offered", help=_("Whether it is offered."))] = None,
    as_json: _AsJson = False,
) -> None:
    """Change a template."""
    from bot.cli import replies

    replies.edit(
        reply,
        {"shortcut": shortcut, "content": content, "name": name, "category": category, "is_active": offered},
        channel=channel,
        everywhere=everywhere,
        as_json=as_json,
    )


@app.command("remove", help=_("Delete saved replies."))
def remove(
    shortcuts: Annotated[list[str], typer.Argument(metavar="SHORTCUT…", help=_("Their shortcuts, or their ids."))],
    *,
    as_json: _AsJson = False,
) -> None:
    """Delete templates."""
    from bot.cli import replies

    replies.remove(shortcuts, as_json=as_json)


@app.command(
    "import", help=_("Take saved replies over, as `replies list --json` prints them; without --apply it is a dry run.")
)
def import_replies(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A JSON file; known shortcuts are changed."))],
    *,
    apply: Annotated[bool, typer.Option("--apply", help=_("Write it; without this nothing is."))] = False,
    as_json: _AsJson = False,
) -> None:
    """Import templates."""
    from bot.cli import replies

    replies.import_replies(file, apply=apply, as_json=as_json)
