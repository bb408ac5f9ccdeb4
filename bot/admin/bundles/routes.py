"""Where bundles are found."""

from aiohttp import web

from bot.admin.bundles import archiving, changing, shelf, texts
from bot.admin.bundles.judging import MOST
from bot.admin.bundles.links import PATH
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_

# No name of a bundle begins with a dash; and PostgreSQL refuses to be asked for a NUL.
_ONE = f"{PATH}/{{name:[^/{{}}\\x00-][^/{{}}\\x00]{{0,63}}}}"
_VERSION = f"{_ONE}/versions/{{version:[1-9][0-9]{{0,8}}}}"


def setup(app: web.Application) -> None:
    """Add the routes, and the entry to the navigation."""
    read, publish = Permission.BUNDLES_READ, Permission.BUNDLES_PUBLISH
    routes = Routes(app)
    routes.get(PATH, shelf.show_all, read)
    routes.get(f"{PATH}/-/new", changing.new, publish)
    routes.post(f"{PATH}/-/check", changing.check, publish, most=MOST)
    routes.post(f"{PATH}/-/publish", changing.publish, publish, most=MOST)
    routes.get(_ONE, texts.newest, read)
    routes.get(f"{_ONE}/edit", changing.edit, publish)
    routes.get(f"{_ONE}/versions", shelf.versions, read)
    routes.get(f"{_ONE}/compare", texts.compare, read)
    routes.post(f"{_ONE}/archive", archiving.archive, publish)
    routes.get(_VERSION, texts.version, read)
    routes.get(f"{_VERSION}/source", texts.source, read)
    routes.get(f"{_VERSION}/publish", changing.ask_again, publish)
    routes.post(f"{_VERSION}/publish", changing.again, publish)
    add_entries(app, Entry(PATH, N_("Bundles"), "package", read, key="b", part=Part.SETTINGS))
