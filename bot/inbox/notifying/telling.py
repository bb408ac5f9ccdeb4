"""Telling somebody what was put together for them, as far as it is still so and they have not seen it."""

from collections.abc import Mapping, Sequence

from bot.conversations.job_services import JobServices
from bot.core.i18n import N_
from bot.core.notice_kinds import NoticeKind
from bot.core.text import cut, one_line
from bot.inbox import queries as conversations
from bot.inbox.notifying import queries
from bot.inbox.notifying.queries import Pending
from bot.jobs.service import Context
from bot.notices.service import NewNotice, queue_notices
from bot.users import service as users
from bot.web.i18n import Translator, translator

MOST_TOLD = 20
"""Conversations that a mail names; of more it says how many."""
_NAME_CUT = 80
_SAID: Mapping[NoticeKind, str] = {
    NoticeKind.ASSIGNED: N_("{name}: {actor} gave you the conversation"),
    NoticeKind.MENTIONED: N_("{name}: {actor} named you in a note"),
    NoticeKind.REPLIED: N_("{name} wrote to you"),
    NoticeKind.WAITING: N_("{name} waits, and nobody has the conversation"),
}


async def notify(context: Context[JobServices]) -> None:
    """Queue one notice for each of somebody's addresses; none where there is nothing left to tell."""
    connection, user_id = context.connection, context.job.payload["user"]
    pending = await queries.take_pending(connection, user_id)
    choice = await users.notice_choice(connection, user_id)
    held = await conversations.assignees_of_open(connection, {each.contact_id for each in pending})
    told = [each for each in pending if NoticeKind(each.kind) in choice.kinds and _is_news(each, user_id, held)]
    if not told or not await users.who_wants(connection, NoticeKind(told[0].kind), [user_id]):
        return
    _, url = translator(choice.locale), context.services.settings.public_url
    subject = _subject(told, _)
    notices = [
        NewNotice(user_id, each, subject, _mail(told, url, _) if "@" in each else _short(subject, url))
        for each in choice.addresses
    ]
    await queue_notices(connection, notices, context.now)


def _is_news(pending: Pending, user_id: str, held: Mapping[str, str]) -> bool:
    """Whether it is still so, and they have neither looked at the conversation nor read it since."""
    kind, owner = NoticeKind(pending.kind), held.get(pending.contact_id)
    seen = any(each is not None and each >= pending.at for each in (pending.looked_at, pending.read_at))
    if kind is NoticeKind.WAITING:
        return not seen and owner is None and pending.waiting_since is not None
    if kind is NoticeKind.MENTIONED:
        return not seen
    return not seen and owner == user_id and (kind is NoticeKind.ASSIGNED or pending.seq > (pending.read or 0))


def _subject(told: Sequence[Pending], _: Translator) -> str:
    if len(told) == 1:
        return _sentence(told[0], _)
    count = len({each.contact_id for each in told})
    return _.plural("Recado: {count} conversation wants you", "Recado: {count} conversations want you", count)


def _mail(told: Sequence[Pending], url: str, _: Translator) -> str:
    of: dict[str, list[str]] = {}
    for each in told:
        of.setdefault(each.contact_id, []).append(_sentence(each, _))
    parts = [_with_link("\n".join(said), url, each) for each, said in [*of.items()][:MOST_TOLD]]
    if len(of) > MOST_TOLD:
        more = len(of) - MOST_TOLD
        parts.append(_.plural("And {count} more conversation.", "And {count} more conversations.", more))
    parts.append(_("You chose in your account what you are told, and where."))
    return "\n\n".join(parts)


def _short(subject: str, url: str) -> str:
    return f"{subject} {url}/inbox".strip() if url else subject


def _with_link(said: str, url: str, contact_id: str) -> str:
    return f"{said}\n{url}/inbox/{contact_id}" if url else said


def _sentence(pending: Pending, _: Translator) -> str:
    name = pending.name or pending.phone or pending.email or _("Somebody")
    actor = pending.actor or _("A program")
    name, actor = (cut(one_line(each), _NAME_CUT) for each in (name, actor))
    return _(_SAID[NoticeKind(pending.kind)], name=name, actor=actor)
