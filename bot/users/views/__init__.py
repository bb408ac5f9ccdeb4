"""The pages by which people sign in, and see to their own account."""

from aiohttp import web

from bot.users.views import account, joined, links, openid, security, sessions, sign_in, writing
from bot.users.views.known import DOOR, FACTORS, IDENTITIES, identify, keep_appearance
from bot.web.access import SIGN_IN, SIGNED_IN, Open, Routes

__all__ = ["DOOR", "FACTORS", "IDENTITIES", "identify", "keep_appearance", "setup"]


def setup(app: web.Application) -> None:
    """Add the routes."""
    routes = Routes(app)
    before = Open("nobody is signed in yet")
    routes.get(SIGN_IN, sign_in.ask, before)
    routes.post(SIGN_IN, sign_in.take, before)
    routes.get(sign_in.CODE_PATH, sign_in.ask_code, before)
    routes.post(sign_in.CODE_PATH, sign_in.take_code, before)
    routes.post("/sign-out", sign_in.leave, Open("whose session is over signs out, too; it asks for the form's token"))
    routes.get(links.PATH, links.show, Open("it asks for a link that is good once"))
    routes.post(links.PATH, links.take, Open("it asks for a link that is good once"))
    by_provider = Open("a provider says who they are, to the browser that was sent there")
    routes.get(openid.PATH, openid.begin, before, allow_head=False)
    routes.get(openid.BY_LINK, openid.begin_by_link, before, allow_head=False)
    routes.get(openid.BACK, openid.come_back, by_provider, allow_head=False)
    routes.get(account.PATH, account.show, SIGNED_IN)
    routes.post(account.PATH, account.take, SIGNED_IN)
    routes.get(account.WRITING, writing.show, SIGNED_IN)
    routes.post(account.WRITING, writing.take, SIGNED_IN)
    routes.get(account.SECURITY, security.show, SIGNED_IN)
    routes.post(account.SECURITY, security.change_password, SIGNED_IN)
    routes.post(joined.JOIN, joined.join, SIGNED_IN)
    routes.post(joined.LEAVE, joined.leave, SIGNED_IN)
    routes.get(security.FACTOR, security.show_factor, SIGNED_IN)
    routes.post(security.FACTOR, security.take_factor, SIGNED_IN)
    routes.post(f"{security.FACTOR}/later", security.put_off, SIGNED_IN)
    routes.post(f"{security.FACTOR}/codes", security.renew_codes, SIGNED_IN)
    routes.post(f"{security.FACTOR}/off", security.switch_off, SIGNED_IN)
    routes.get(account.SESSIONS, sessions.show, SIGNED_IN)
    routes.post(f"{account.SESSIONS}/end", sessions.end, SIGNED_IN)
    routes.post(f"{account.SESSIONS}/end-others", sessions.end_others, SIGNED_IN)
