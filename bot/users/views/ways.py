"""The ways to providers, as pages offer them; and where those lead back to."""

from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web

from bot.users.openid.service import LIVES, Asked, IdentityProvider, back_at
from bot.users.views.known import IDENTITIES, with_next
from bot.web.access import SIGN_IN
from bot.web.cookies import give_cookie
from bot.web.guard import is_local
from bot.web.i18n import N_
from bot.web.keys import SETTINGS
from bot.web.pages import language

WITH = "with/{provider:[a-z]{1,16}}"
"""What the path of a way ends with."""
STATE = "openid"
"""The cookie of who was sent to a provider."""


class Way(NamedTuple):
    """A link that leads to a provider.

    Attributes:
        label: what it says.
        href: where it leads.
    """

    label: str
    href: str


def ways(request: web.Request, before: str = SIGN_IN, after: str = "/") -> Sequence[Way]:
    """To all of them, by a path that begins with `before`; they lead on to `after`."""
    providers = request.app[IDENTITIES].providers.values()
    return [Way(label_of(request, each), with_next(f"{before}/with/{each.key}", after)) for each in providers]


def label_of(request: web.Request, provider: IdentityProvider) -> str:
    """What a link to a provider says."""
    return language(request)(N_("Continue with {name}"), name=provider.name)


def provider_of(request: web.Request) -> IdentityProvider:
    """The provider that the path names; raises HTTPNotFound."""
    provider = request.app[IDENTITIES].providers.get(request.match_info["provider"])
    if provider is None:
        raise web.HTTPNotFound(text="nobody signs in there\n")
    return provider


def back(request: web.Request, provider: IdentityProvider) -> str:
    """Our URL to which it leads back, as its operator has registered it.

    At this computer it is the one by which it was reached: the browser has the cookie for that one alone.
    """
    public_url = "" if is_local(request) else request.app[SETTINGS].public_url
    return back_at(public_url or str(request.url.origin()), provider)


def give_state(request: web.Request, answer: web.StreamResponse, asked: Asked) -> None:
    """Let the browser show, when it comes back, that it was sent."""
    give_cookie(request, answer, STATE, asked.state, int(LIVES.total_seconds()))
