"""`labels list|add|rename|colour|merge|remove`: words by which a team tells its conversations apart."""

from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App

app = App()

_Label = Annotated[str, typer.Argument(metavar="LABEL", help=_("Its name, or its id."))]
_Colour = Annotated[
    str, typer.Argument(help=_("gray, red, orange, yellow, green, teal, blue, purple or pink."), metavar="COLOUR")
]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]


@app.command("list", help=_("List the labels, by name, with how many conversations have each."))
def list_labels(*, as_json: _AsJson = False) -> None:
    """List labels."""
    from bot.cli import labels

    labels.list_labels(as_json=as_json)


@app.command("add", help=_("Make a label."))
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("How it is called; at most 64 characters."))],
    *,
    colour: Annotated[
        str | None, typer.Option(help=_("How it looks; as the fewest labels do, unless this says otherwise."))
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Add a label."""
    from bot.cli import labels

    labels.add(name, colour=colour, as_json=as_json)


@app.command("rename", help=_("Call a label otherwise; conversations keep it."))
def rename(
    label: _Label,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("How it is called from now on."))],
    *,
    as_json: _AsJson = False,
) -> None:
    """Rename one."""
    from bot.cli import labels

    labels.change(label, name=name, as_json=as_json)


@app.command("colour", help=_("Give a label another colour."))
def colour(label: _Label, colour: _Colour, *, as_json: _AsJson = False) -> None:
    """Colour one."""
    from bot.cli import labels

    labels.change(label, colour=colour, as_json=as_json)


@app.command("merge", help=_("Let the conversations of a label have another one instead; it is gone then."))
def merge(
    label: _Label,
    into: Annotated[str, typer.Argument(metavar="INTO", help=_("The label that stays: its name, or its id."))],
    *,
    as_json: _AsJson = False,
) -> None:
    """Merge one into another."""
    from bot.cli import labels

    labels.merge(label, into, as_json=as_json)


@app.command("remove", help=_("Delete a label."))
def remove(
    label: _Label,
    *,
    force: Annotated[bool, typer.Option("--force", help=_("Also where conversations have it: they lose it."))] = False,
    as_json: _AsJson = False,
) -> None:
    """Delete one."""
    from bot.cli import labels

    labels.remove(label, force=force, as_json=as_json)
