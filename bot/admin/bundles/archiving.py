"""Taking a bundle out of service."""

from aiohttp import web

from bot.admin.answers import done, reason
from bot.admin.bundles.links import named, path_of
from bot.conversations.shown.running import MOST_RUNNING
from bot.core.errors import BotError
from bot.flows.service import Shown
from bot.flows.service import archive as archive_bundle
from bot.users.views.known import actor_of
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by


def ends(request: web.Request, bundle: Shown, running: int) -> str:
    """What archiving a bundle means, with how many people are in its flows."""
    _ = language(request)
    triggers = _.plural(
        "{count} trigger answers nobody from the next message on.",
        "{count} triggers answer nobody from the next message on.",
        len(bundle.document.get("triggers", ())),
    )
    said = [triggers]
    if running > MOST_RUNNING:
        said.append(
            _("More than {count} people are in the middle of its flows and go on to their end.", count=MOST_RUNNING)
        )
    elif running:
        said.append(
            _.plural(
                "{count} person is in the middle of its flows and goes on to the end.",
                "{count} people are in the middle of its flows and go on to their end.",
                running,
            )
        )
    return " ".join([*said, _("Its versions stay, and any of them can be published again.")])


async def archive(request: web.Request) -> web.StreamResponse:
    """Archive the bundle whose name was typed; undone by publishing the version again."""
    _, name, path = language(request), named(request), path_of(named(request))
    if posted_by(request).last("confirm").strip() != name:
        return done(request, path, _("Nothing was archived: the name that was typed is not {name}.", name=name))
    try:
        async with request.app[ENGINE].begin() as connection:
            version = await archive_bundle(connection, name, by=actor_of(request), now=request.app[CLOCK]())
    except BotError as error:
        return done(request, path, reason(request, error))
    undo = f"{path_of(name, version)}/publish"
    return done(request, path, _("{name} is archived", name=name), undo=undo, fields=(("over", "0"),))
