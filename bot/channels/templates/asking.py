"""Asking a provider which templates it lists for an account: it may take a while, so never within a transaction."""

import asyncio
from http import HTTPStatus

import aiohttp

from bot.channels.account import ConfiguredAccount
from bot.channels.probing import answer_of, asking
from bot.core.errors import NotConfiguredError, UnparsableError
from bot.core.i18n import N_
from bot.core.listed_templates import ListedTemplate
from bot.providers.base import Refused

MOST_SECONDS = 60.0
"""For all parts of one listing; a claim's lease must be longer."""
_MOST_PARTS = 200
_MAX_ANSWER = 8 * 1024 * 1024

Listed = tuple[ListedTemplate, ...]

_SILENT = N_("Its provider did not answer.")
_TOO_LONG = N_("Its provider did not give all of them in time.")
_UNREADABLE = N_("Its provider's answer could not be read.")
_ENDLESS = N_("Its provider lists more than can be kept.")


def can_list(account: ConfiguredAccount) -> bool:
    """Whether its provider can be asked: it lists templates, and the credentials say whose."""
    ask = account.provider.templates
    try:
        return ask is not None and ask("", account.credentials) is not None
    except NotConfiguredError:
        return False


async def ask_for_templates(account: ConfiguredAccount, seconds: float = MOST_SECONDS) -> Listed | Refused:
    """All templates that its provider lists, or why there are none after so many seconds; raises nothing."""
    try:
        async with asyncio.timeout(seconds), asking() as session:
            return await _all_parts(account, session)
    except TimeoutError:
        return Refused("timeout", _TOO_LONG, retryable=True)
    except (aiohttp.ClientError, OSError, ValueError):
        return Refused("no_answer", _SILENT, retryable=True)


async def _all_parts(account: ConfiguredAccount, session: aiohttp.ClientSession) -> Listed | Refused:
    ask, read = account.provider.templates, account.provider.templates_found
    found: list[ListedTemplate] = []
    cursor, seen = "", set[str]()
    for _ in range(_MOST_PARTS):
        request = None if ask is None else ask(cursor, account.credentials)
        if request is None or read is None:
            return tuple(found)
        response = await answer_of(session, request, _MAX_ANSWER)
        try:
            page = read(response, account.credentials)
        except UnparsableError:
            return Refused(f"http_{HTTPStatus.OK}", _UNREADABLE, retryable=True)
        if isinstance(page, Refused):
            return page
        found += page.templates
        if not page.cursor or page.cursor in seen:
            return tuple(found)
        cursor = page.cursor
        seen.add(cursor)
    return Refused("too_many", _ENDLESS)
