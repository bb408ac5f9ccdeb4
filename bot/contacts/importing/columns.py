"""What the columns of a sheet are, as their header calls them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from bot.contacts.rules import attribute_of
from bot.core.addresses import Channel
from bot.core.did_you_mean import near
from bot.core.errors import BotError
from bot.core.i18n import N_

PREFIX = "contact."
"""Before the name of an attribute, as templates have it."""
CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
"""Where people of a sheet are reached."""


class Kind(StrEnum):
    """What a column is."""

    ID = "id"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    LOCALE = "locale"
    TIMEZONE = "timezone"
    TAGS = "tags"
    CONSENT = "consent"
    """Whether they agree to messages; of one channel after a dot."""
    MARKETING = "marketing"
    """The same of marketing."""
    ATTRIBUTE = "attribute"
    NOTE = "note"
    """What we wrote of a faulty row: passed over."""


class Type(StrEnum):
    """What the cells of an attribute's column are; stated after a colon."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    GUESSED = ""
    """As somebody types it: a number, true or false, else text."""


class Column(NamedTuple):
    """A column.

    Attributes:
        kind: what it is.
        name: of an attribute; a channel for consents, empty for all; else empty.
        type: of an attribute.
        header: as it is written.
    """

    kind: Kind
    name: str = ""
    type: Type = Type.GUESSED
    header: str = ""


Columns = Sequence[Column | None]
"""In their order; None for one without a header, whose cells are empty."""

_WORDS: Mapping[str, Kind] = MappingProxyType(
    {
        word: kind
        for kind, words in {
            Kind.ID: ("id",),
            Kind.NAME: ("name", "nome"),
            Kind.PHONE: ("phone", "telefone", "celular", "whatsapp"),
            Kind.EMAIL: ("email",),
            Kind.LOCALE: ("locale", "idioma"),
            Kind.TIMEZONE: ("timezone", "fuso"),
            Kind.TAGS: ("tags", "etiquetas"),
            Kind.CONSENT: ("consent", "consentimento"),
            Kind.MARKETING: ("marketing",),
            Kind.NOTE: ("line", "linha", "fault", "erro"),
        }.items()
        for word in words
    }
)
_TYPES: Mapping[str, Type] = MappingProxyType(
    {
        **{each.value: each for each in Type},
        "texto": Type.TEXT,
        "numero": Type.NUMBER,
        "booleano": Type.BOOLEAN,
        "data": Type.DATE,
    }
)
_BLANKS = re.compile(r"[-_\s]+")
_LONGEST = 255
"""Characters of a header; the blanks around it do not count."""
_ONE_EACH = N_("Leave one of the two.")


def read_columns(header: Sequence[str]) -> Columns:
    """What the columns are; raises BotError for a header that says something else, says it twice, or names no address.

    >>> [each.kind.value for each in read_columns(["Nome", "Telefone"]) if each]
    ['name', 'phone']
    """
    columns = [_column(each.strip()) if each.strip() else None for each in header]
    known: dict[tuple[str, ...], Column] = {}
    for each in filter(None, columns):
        key = (each.kind, each.name, each.type)
        if key in known and each.kind is not Kind.NOTE:
            other = known[key].header
            raise BotError(N_("{one} and {other} are the same column"), mend=_ONE_EACH, one=other, other=each.header)
        known[key] = each
    if not {Kind.PHONE, Kind.EMAIL, Kind.ID} & {each.kind for each in known.values()}:
        mend = N_("The first row names the columns: phone or telefone, email or e-mail, name or nome.")
        raise BotError(N_("no column has a phone or an e-mail address"), mend=mend)
    return columns


def plain(word: str) -> str:
    """A word as it is compared: without accents, blanks and hyphens, in small letters.

    >>> plain(" E-Mail "), plain("Não")
    ('email', 'nao')
    """
    letters = unicodedata.normalize("NFKD", word)
    return _BLANKS.sub("", "".join(each for each in letters if not unicodedata.combining(each))).casefold()


def _column(header: str) -> Column:
    if len(header) > _LONGEST:
        raise _unknown(header)
    if header.casefold().startswith(PREFIX):
        return _attribute(header)
    word, dot, channel = header.partition(".")
    kind = _WORDS.get(plain(word))
    if kind is None or (dot and (kind not in {Kind.CONSENT, Kind.MARKETING} or plain(channel) not in CHANNELS)):
        raise _unknown(header)
    return Column(kind, plain(channel), header=header)


def _attribute(header: str) -> Column:
    name, _, type_ = header[len(PREFIX) :].partition(":")
    if plain(type_) not in _TYPES:
        raise BotError(
            N_("{type} in the column {header} is no type"),
            mend=N_("Types are text, number, boolean and date."),
            type=type_,
            header=header,
        )
    attribute_of(name.strip(), "")
    return Column(Kind.ATTRIBUTE, name.strip(), _TYPES[plain(type_)], header)


def _unknown(header: str) -> BotError:
    meant = near(plain(header), _WORDS).get("near")
    shown = header[:64]
    if meant is None:
        mend = N_("Call it contact.{header} to keep it with them, or take the column out.")
        return BotError(N_("there is no column {header}"), mend=mend, header=shown)
    mend = N_("Call it {meant}, or contact.{header} to keep it with them.")
    return BotError(N_("there is no column {header}; did you mean {meant}?"), mend=mend, header=shown, meant=meant)
