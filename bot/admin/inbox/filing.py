"""Files beside a reply: taken in, shown, taken away again, and what becomes of each by each way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.words import FILES as KINDS
from bot.admin.inbox.ways import WayCard, Ways
from bot.channels.service import SIMULATOR
from bot.conversations.shown.files import Linker
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.messages import MediaKind
from bot.core.text import cut, one_line
from bot.inbox.service import MOST_FILES, DraftFile, add_draft_file, draft_files
from bot.messages.media.service import (
    StoredFile,
    are_enclosed,
    files_shown,
    is_refused,
    link_of_media,
    media_of,
    own_kind,
    shown_as,
    store_file,
)
from bot.messages.media.views import STORE
from bot.providers.kit.mime import Attachment
from bot.web.access import signed_in
from bot.web.forms import sentence_of
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE, LINK_KEYS, SETTINGS
from bot.web.pages import language
from bot.web.posted import posted_by

MOST_UPLOAD = 32 * 1024 * 1024
"""Bytes of a post with files."""
_MOST_CHOSEN = MOST_UPLOAD - 1024 * 1024
"""Bytes of files that are chosen at once: what is typed beside them is posted with them."""
_MOST_NAME = 80
_MOST_TOLD = 40
"""Characters of a name within a sentence: beside it stands all of it."""


@dataclass(frozen=True, slots=True)
class FileCard:
    """A file beside a reply.

    Attributes:
        id: names it.
        name: how it is called.
        size: bytes.
        kind: what it is by itself.
        link: where it is shown from.
    """

    id: str
    name: str
    size: int
    kind: MediaKind
    link: str


@dataclass(frozen=True, slots=True)
class Filing:
    """All of them.

    Attributes:
        cards: in the order in which they came.
        told: by the value of a way, what becomes of them there, where that is not what one expects.
        why_not: why no file can be sent; empty where they can.
        most: how many there may be.
        most_bytes: how large those may be together that are chosen at once.
    """

    cards: Sequence[FileCard] = ()
    told: Sequence[tuple[str, str]] = ()
    why_not: str = ""
    most: int = MOST_FILES
    most_bytes: int = _MOST_CHOSEN


async def read_filing(request: web.Request, connection: AsyncConnection, contact_id: str, ways: Ways) -> Filing:
    """The files beside what whoever looks writes."""
    _, found = language(request), await draft_files(connection, contact_id, signed_in(request).user_id)
    return Filing(
        cards=[card_of(request, each) for each in found],
        told=[(way.value, said) for way in ways.cards for said in _told(way, [each.file for each in found], _)],
        why_not=_why_not(request, ways, _),
    )


def card_of(request: web.Request, file: DraftFile) -> FileCard:
    """A file as it is shown."""
    linker = Linker(request.app[CLOCK](), request.app[LINK_KEYS])
    media = media_of(file.file, {})
    link = link_of_media(media, "", linker.now, linker.keys)
    name = one_line(file.file.filename) or language(request)(KINDS[own_kind(file.file)])
    return FileCard(file.id, name, file.file.size, own_kind(file.file), link)


class NotTakenError(Exception):
    """A file that was posted is not taken.

    Attributes:
        name: how it is called; may be empty.
        error: why not.
    """

    def __init__(self, name: str, error: BotError) -> None:
        super().__init__(name)
        self.name = name
        self.error = error

    def words(self, request: web.Request) -> str:
        """Why not, for whoever posted it."""
        _ = language(request)
        name = cut(one_line(self.name), _MOST_NAME) or _("A file")
        return f"{name}: {sentence_of(self.error, _)}"


async def take_in(request: web.Request, contact_id: str) -> list[str]:
    """Put the files that were posted beside what somebody writes; returns their ids.

    Raises NotTakenError where one is not taken; those before it are there.
    """
    form = posted_by(request).form
    # A field in which nothing was chosen comes as a file without a name.
    given = [each for each in (() if form is None else form.attachments()) if each.name or each.content]
    ids: list[str] = []
    for each in given:
        try:
            ids.append(await _take(request, contact_id, each))
        except BotError as error:
            raise NotTakenError(each.name, error) from error
    return ids


async def _take(request: web.Request, contact_id: str, given: Attachment) -> str:
    app, user_id = request.app, signed_in(request).user_id
    file = await store_file(app[STORE], given.content, given.name, given.type, app[SETTINGS].media_max)
    async with app[ENGINE].begin() as connection:
        return await add_draft_file(connection, contact_id, user_id, file, app[CLOCK]())


def _told(way: WayCard, files: Sequence[StoredFile], _: Translator) -> Iterator[str]:
    """What becomes of files by a way, where that is not what one expects."""
    shown = files_shown(way.account, way.channel)
    if way.channel is Channel.EMAIL and are_enclosed(way.account, files):
        return
    if files and not shown:
        yield _("By {way} goes a link to each file, which is good for a week.", way=way.name)
        return
    for each in files:
        name = cut(one_line(each.filename), _MOST_TOLD) or _(KINDS[own_kind(each)])
        kind = shown_as(each, shown)
        if is_refused(each, shown):
            yield _("{file} is too large for {way}, or of no kind that it takes.", file=name, way=way.name)
        elif kind is None:
            yield _("By {way} goes a link to {file}, which is good for a week.", way=way.name, file=name)
        elif kind is not own_kind(each):
            yield _("By {way} {file} goes as a document.", way=way.name, file=name)


def _why_not(request: web.Request, ways: Ways, _: Translator) -> str:
    settings = request.app[SETTINGS]
    if all(each.account == SIMULATOR for each in ways.cards) or (settings.public_url and settings.secret_key):
        return ""
    return _("No file can be sent: the operator sets BOT_PUBLIC_URL and BOT_SECRET_KEY, by which providers fetch them.")
