"""What a header may call its columns, in two languages."""

import pytest

from bot.contacts.importing.columns import Kind, Type, read_columns
from bot.core.errors import BotError
from tests.support.tables import for_each


def test_columns_are_known_in_both_languages_however_they_are_written() -> None:
    header = ["NOME ", "Celular", "E-mail", "idioma", "Fuso", "Etiquetas", "Consentimento", "", "id"]
    found = read_columns(header)
    assert [each and each.kind for each in found] == [
        Kind.NAME,
        Kind.PHONE,
        Kind.EMAIL,
        Kind.LOCALE,
        Kind.TIMEZONE,
        Kind.TAGS,
        Kind.CONSENT,
        None,
        Kind.ID,
    ]
    assert [each.kind for each in read_columns(["name", "whatsapp", "tags", "time-zone"]) if each] == [
        Kind.NAME,
        Kind.PHONE,
        Kind.TAGS,
        Kind.TIMEZONE,
    ]


def test_an_attribute_is_named_as_templates_name_it_and_may_state_its_type() -> None:
    found = read_columns(["phone", "contact.plan", "Contact.visits:number", "contact.since:Data", "contact.zip:texto"])
    assert [(each.name, each.type) for each in found[1:] if each] == [
        ("plan", Type.GUESSED),
        ("visits", Type.NUMBER),
        ("since", Type.DATE),
        ("zip", Type.TEXT),
    ]


def test_a_consent_may_be_of_one_channel() -> None:
    found = read_columns(["email", "consent.email", "marketing.WhatsApp", "marketing"])
    assert [(each.kind, each.name) for each in found[1:] if each] == [
        (Kind.CONSENT, "email"),
        (Kind.MARKETING, "whatsapp"),
        (Kind.MARKETING, ""),
    ]


@for_each(
    ("header", "told"),
    [
        (["phone", "emial"], r"no column emial; did you mean email\?.*contact\.emial"),
        (["telefonee"], r"did you mean telefone\?"),
        (["phone", "shoe size"], r"no column shoe size\. Call it contact\.shoe size"),
        (["name", "tags"], r"no column has a phone or an e-mail address\. The first row names the columns"),
        (["Ana", "+5511987654321"], "no column Ana"),
        (["phone", "celular"], "phone and celular are the same column"),
        (["phone", "contact.plan:money"], r"money in the column contact\.plan:money is no type"),
        (["phone", "contact.2nd"], "2nd cannot be the name of an attribute"),
        (["phone", "contact.tags"], "tags is no attribute"),
        (["phone", "consent.pigeon"], r"no column consent\.pigeon"),
        (["phone.sms"], r"no column phone\.sms"),
        (["phone", f"contact.plan:{' ' * 255}text"], r"no column contact\.plan:"),
    ],
)
def test_a_header_that_says_something_else_is_refused_with_a_sentence(header: list[str], told: str) -> None:
    with pytest.raises(BotError, match=told):
        read_columns(header)
