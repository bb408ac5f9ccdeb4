"""The templates that an account's provider lists, as its page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.accounts.words import CATEGORIES, TEMPLATE_STATES, Standing
from bot.channels.service import ConfiguredAccount, TemplateCard, can_list, templates_of
from bot.core.text import one_line
from bot.web.i18n import Translator

_MOST_SHOWN = 200
_NEW = timedelta(days=1)
"""For how long one is called new."""


@dataclass(frozen=True, slots=True)
class ShownTemplate:
    """A template as the page shows it.

    Attributes:
        name: at the provider.
        language: as the provider spells it.
        category: in words, marked for translation.
        standing: how it stands, and with which colour.
        quality: as the provider tells it; may be empty.
        is_new: it was not there until lately.
        why: why nobody can choose it though it is approved; may be empty.
        words: what it says.
        parameters: how many blanks it has.
        changed_at: when it last became otherwise.
    """

    name: str
    language: str
    category: str
    standing: Standing
    quality: str
    is_new: bool
    why: str
    words: str
    parameters: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ShownTemplates:
    """All of an account's.

    Attributes:
        rows: the first of them, those that can be sent before the others.
        more: how many are left out.
        sendable: how many somebody can choose.
        listed_at: when they were last listed; None for never.
        error: why they were not, the last time; empty where they were.
        next_at: when it is asked again; None where nobody asks.
        can_list: whether the provider can be asked.
    """

    rows: Sequence[ShownTemplate]
    more: int
    sendable: int
    listed_at: datetime | None
    error: str
    next_at: datetime | None
    can_list: bool


async def templates_shown(
    connection: AsyncConnection, account: ConfiguredAccount | None, now: datetime, _: Translator
) -> ShownTemplates | None:
    """What the page shows of them; None for an account whose provider has none."""
    if account is None or account.provider.templates is None:
        return None
    cards, row = await templates_of(connection, account.id)
    sendable = [each for each in cards if _is_sendable(each)]
    ordered = sendable + [each for each in cards if not _is_sendable(each)]
    return ShownTemplates(
        rows=[_shown(each, now, _) for each in ordered[:_MOST_SHOWN]],
        more=max(0, len(ordered) - _MOST_SHOWN),
        sendable=len(sendable),
        listed_at=None if row is None else row.listed_at,
        error="" if row is None or row.error is None else one_line(_(row.error)),
        next_at=None if row is None else row.next_at,
        can_list=can_list(account),
    )


def _is_sendable(card: TemplateCard) -> bool:
    return card.gone_at is None and card.template.is_sendable


def _shown(card: TemplateCard, now: datetime, _: Translator) -> ShownTemplate:
    template = card.template
    words = (template.header, template.body, template.footer, *(f"[{each.label}]" for each in template.buttons))
    return ShownTemplate(
        name=one_line(template.name),
        language=one_line(template.language),
        category=_named(CATEGORIES, template.category),
        standing=_standing(card),
        quality=template.quality,
        is_new=card.created_at > now - _NEW and card.gone_at is None,
        why=_("It has a part that is not filled in here: {part}.", part=template.unknown) if template.unknown else "",
        words="\n".join(filter(None, words)),
        parameters=len(template.blanks),
        changed_at=card.changed_at,
    )


def _standing(card: TemplateCard) -> Standing:
    if card.gone_at is not None:
        return TEMPLATE_STATES["GONE"]
    status = card.template.status
    return TEMPLATE_STATES.get(status, Standing(status.capitalize() or "?"))


def _named(words: Mapping[str, str], key: str) -> str:
    return words.get(key, key.capitalize())
