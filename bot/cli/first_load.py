"""The first start in a folder that has bundles of one's own beside the demos: which of them go live."""

from collections.abc import Collection, Sequence

import typer

from bot.app.action_specs import SPECS
from bot.cli.common import _, print_line
from bot.cli.database import opened
from bot.db.migrate import upgrade
from bot.flows.folder import FLOWS
from bot.flows.watching import Choose, load_initial
from bot.messages.media.store import FolderStore, media_folder
from bot.settings import Settings


async def load_first(settings: Settings, choose: Choose) -> None:
    """Load the folder into an embedded database in which nothing is published yet."""
    async with opened(settings, create=True) as engine:
        await upgrade(engine)
        await load_initial(engine, FLOWS, FolderStore(media_folder(settings)), choose=choose, specs=SPECS)


def ask_which(own: Sequence[str], demos: Sequence[str]) -> Collection[str]:
    """Ask the person at the terminal."""
    print_line(_("There are bundles of your own beside what comes with Recado. Which are to answer?"))
    choices = [list(own), list(demos), [*own, *demos]]
    for number, names in enumerate(choices, start=1):
        print_line(f"  {number}  {', '.join(names)}")
    answer = 0
    while not 1 <= answer <= len(choices):
        answer = typer.prompt(_("Number"), type=int, default=1)
    return choices[answer - 1]
