"""`flows`: checks, publishes, lists, shows and archives bundles."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import _
from bot.cli.spoken import App

app = App()

_Paths = Annotated[list[Path], typer.Argument(help=_("Files, or folders with *.yaml files."), metavar="PATH…")]
_Name = Annotated[str, typer.Argument(help=_("The bundle's name."), metavar="BUNDLE")]
_AsJson = Annotated[bool, typer.Option("--json", help=_("Print JSON."))]
_Sms = Annotated[bool, typer.Option("--sms", help=_("Tell what each variant costs as SMS."))]


@app.command("check", help=_("Tell every fault of the files; exit 1 if there is any."))
def check_files(paths: _Paths, *, sms: _Sms = False, as_json: _AsJson = False) -> None:
    """Check files."""
    from bot.cli import flows

    flows.check_files(paths, sms=sms, as_json=as_json)


@app.command("load", help=_("Check the files, then publish them all at once; a fault publishes nothing."))
def load_files(paths: _Paths, *, as_json: _AsJson = False) -> None:
    """Publish files."""
    from bot.cli import flows

    flows.load_files(paths, as_json=as_json)


@app.command("list", help=_("List the bundles."))
def list_bundles(*, as_json: _AsJson = False) -> None:
    """List bundles."""
    from bot.cli import flows

    flows.list_bundles(as_json=as_json)


@app.command("show", help=_("Print a bundle's newest version as YAML."))
def show_bundle(bundle: _Name, *, as_json: _AsJson = False) -> None:
    """Show a bundle."""
    from bot.cli import flows

    flows.show_bundle(bundle, as_json=as_json)


@app.command("archive", help=_("Take a bundle out of service; flows that are running go on to their end."))
def archive_bundle(bundle: _Name) -> None:
    """Archive a bundle."""
    from bot.cli import flows

    flows.archive_bundle(bundle)
