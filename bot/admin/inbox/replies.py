"""Saved replies, offered where one writes."""

from aiohttp import web

from bot.core.text import clean
from bot.inbox.service import NotThereError, ReplyTemplateFilter, fill_reply_template, reply_templates
from bot.web.access import signed_in
from bot.web.frame import fragment
from bot.web.keys import READER

_MOST = 8
_LONGEST = 64


async def offer(request: web.Request) -> web.StreamResponse:
    """Those that fit the words `q` and the `channel`; or the one that `id` names, filled in for who is written to."""
    asked = (clean(request.query.get(name, ""), _LONGEST)[0] for name in ("q", "id", "channel"))
    words, template_id, channel = asked
    contact_id, me = request.match_info["id"], signed_in(request).user_id
    async with request.app[READER].reading() as connection:
        if not template_id:
            channels = (channel,) if channel else ()
            wanted = ReplyTemplateFilter(words=words, channels=channels, active=True)
            found = await reply_templates(connection, wanted, _MOST)
            return await fragment(request, "admin/inbox/replies.html", found=found, text=None)
        try:
            filled = await fill_reply_template(connection, template_id, contact_id, me)
        except NotThereError as error:
            raise web.HTTPNotFound(text="there is no such template or contact\n") from error
    return await fragment(request, "admin/inbox/replies.html", found=(), text=filled.text)
