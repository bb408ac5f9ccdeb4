"""Files and approved templates that people choose by hand: what becomes of them on each channel."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import Accounts, record_templates
from bot.contacts.models import Contact
from bot.conversations.service import (
    Code,
    Composed,
    FromProvider,
    MailOptions,
    Overtaken,
    Refused,
    SentByHand,
    Words,
    cancel_by_hand,
    change_scheduled,
    compose,
    scheduled,
)
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.consents import ConsentReason
from bot.core.listed_templates import ListedTemplate, TemplateButton
from bot.core.messages import ButtonValue, MediaKind, OutboundMessage
from bot.core.purposes import ConsentPurpose
from bot.messages.media.service import StoredFile
from bot.messages.outbox.claims import claim
from bot.settings import Settings
from tests.support import rows
from tests.support.bot import SETTINGS, Bot, message, running_bot
from tests.support.consents import set_consent

ANA = Actor("ana (terminal)")
BUNDLE = "bundle: shop\nlocale: en\nfallback: sorry\ntemplates:\n  sorry: {content: Pardon?}\n"
DAY = timedelta(hours=24)
PICTURE = StoredFile("a" * 64, "image/png", "table.png", 2000)
SOUND = StoredFile("b" * 64, "audio/ogg", "", 3000)
BILL = StoredFile("c" * 64, "application/pdf", "bill.pdf", 4000)
HUGE = StoredFile("d" * 64, "image/png", "wall.png", 6 * 1024 * 1024)
PICKUP = ListedTemplate(
    "pickup",
    "pt_BR",
    category="UTILITY",
    body="Oi {{1}}, está pronto.",
    buttons=(TemplateButton("URL", "Ver", "https://loja.example/{{1}}"),),
)
PHOTO = ListedTemplate("photo", "en", category="MARKETING", header_file=MediaKind.IMAGE, body="Look")


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def heard(bot: Bot, **fields: Any) -> Any:
    await bot.hears(message("hello", **fields))
    async with bot.engine.connect() as connection:
        return (await connection.execute(select(Contact.__table__))).one()


async def on(bot: Bot, account: str, channel: Channel) -> Any:
    """Somebody who wrote on another account."""
    async with bot.engine.begin() as connection:
        await rows.add_account(connection, account)
        address = "ana@example.org" if channel is Channel.EMAIL else "+5511999990009"
        person = await rows.add_person(connection, address)
        await rows.add_inbound(connection, person, account=account, channel=channel)
    return person


async def sends(bot: Bot, person: Any, text: str = "", **fields: Any) -> SentByHand | Overtaken | Refused:
    say = fields.pop("say", Words(text))
    composed = Composed(contact_id=person.id, say=say, undo={}, **fields)
    async with bot.engine.begin() as connection:
        return await compose(connection, bot.catalogue, composed, ANA, bot.clock.now)


async def claimed(bot: Bot) -> list[OutboundMessage]:
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30), now=bot.clock.now)
    return [each.message for each in batch.claimed]


async def written(bot: Bot, **whose: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The words and files of all that was queued by hand, in order."""
    return [_shown(each) for each in await bot.rows(direction="outbound", **whose) if each.origin]


def _shown(row: Any) -> tuple[str, list[tuple[str, str]]]:
    files = (row.body or {}).get("media", [])
    return row.content, [(each["type"], each.get("filename", "")) for each in files]


async def listed(bot: Bot, *templates: ListedTemplate) -> None:
    account = Accounts(Settings.read(SETTINGS)).get("whatsapp:1000")
    assert account is not None
    async with bot.engine.begin() as connection:
        await record_templates(connection, account, templates, bot.clock.now)


async def test_words_stand_beside_the_first_file_where_they_may_and_the_others_follow(bot: Bot) -> None:
    person = await heard(bot)
    sent = await sends(bot, person, "Your table", files=(PICTURE, SOUND, BILL))

    assert isinstance(sent, SentByHand)
    assert len(sent.message_ids) == 3
    assert await written(bot) == [
        ("Your table", [("image", "table.png")]),
        ("", [("audio", "")]),
        ("", [("document", "bill.pdf")]),
    ]
    parts = [(each.body or {})["part"] for each in await bot.rows(direction="outbound") if each.origin]
    assert parts == [[0, 3], [1, 3], [2, 3]]
    (first,) = await claimed(bot)
    assert first.media is not None
    assert first.media.url == f"stored:aa/{'a' * 62};image/png"


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        ("Listen", (SOUND,), [("Listen", []), ("", [("audio", "")])]),
        ("", (PICTURE,), [("", [("image", "table.png")])]),
        ("x" * 1025, (BILL,), [("x" * 1025, []), ("", [("document", "bill.pdf")])]),
        ("See", (HUGE,), [("See", [("document", "wall.png")])]),
    ],
)
async def test_what_cannot_stand_beside_a_file_goes_before_it(
    bot: Bot, text: str, files: tuple[StoredFile, ...], expected: list[Any]
) -> None:
    person = await heard(bot)
    assert isinstance(await sends(bot, person, text, files=files), SentByHand)
    assert await written(bot) == expected


async def test_a_mail_has_all_files_and_an_sms_a_link_each(bot: Bot) -> None:
    mail = await on(bot, "mailgun:shop.example", Channel.EMAIL)
    assert isinstance(
        await sends(bot, mail, "Here", files=(PICTURE, BILL), mail=MailOptions(subject="Bill")), SentByHand
    )
    assert await written(bot) == [("Here", [("image", "table.png"), ("document", "bill.pdf")])]
    (first,) = await claimed(bot)
    assert (first.media is not None, [each.filename for each in first.more_media]) == (True, ["bill.pdf"])

    person = await on(bot, "plivo:+15550000000", Channel.SMS)
    assert isinstance(await sends(bot, person, "Here", files=(PICTURE, BILL)), SentByHand)
    assert await written(bot, contact_id=person.id) == [
        ("Here", []),
        ("", [("image", "table.png")]),
        ("", [("document", "bill.pdf")]),
    ]


async def test_a_file_that_no_way_leads_to_them_is_refused_and_nothing_is_sent(bot: Bot) -> None:
    person = await on(bot, "twilio:+15550000000", Channel.SMS)
    refused = await sends(bot, person, "Here", files=(PICTURE, HUGE))
    assert refused == Refused(Code.FILE_NOT_TAKEN, "wall.png")
    assert await sends(bot, person, " ") == Refused(Code.NO_WORDS)
    assert await written(bot) == []


async def test_the_same_key_sends_files_once_and_other_files_are_something_else(bot: Bot) -> None:
    person = await heard(bot)
    first = await sends(bot, person, "Look", files=(PICTURE, BILL), key="k")
    again = await sends(bot, person, "Look", files=(PICTURE, BILL), key="k")
    other = await sends(bot, person, "Look", files=(PICTURE,), key="k")

    assert isinstance(first, SentByHand)
    assert again == first._replace(is_repeated=True)
    assert isinstance(other, Refused)
    assert other.code is Code.KEY_USED
    assert len(await written(bot)) == 2


async def test_what_goes_later_keeps_its_files_whatever_becomes_of_its_words_and_is_taken_back_whole(bot: Bot) -> None:
    person = await heard(bot)
    at = bot.clock.now + timedelta(hours=1)
    beside = await sends(bot, person, "Look", files=(PICTURE, BILL), at=at)
    before = await sends(bot, person, "Listen", files=(SOUND,), at=at)
    assert isinstance(beside, SentByHand)
    assert isinstance(before, SentByHand)

    async with bot.engine.begin() as connection:
        changed = [
            await change_scheduled(connection, each.message_id, ANA, bot.clock.now, text=text)
            for each, text in ((beside, "Look here"), (before, "Listen to it"), (before, " "), (before, "x" * 5000))
        ]
        alone = await change_scheduled(connection, beside.message_id, ANA, bot.clock.now, text="")
        texts = [each.text for each in await scheduled(connection, person.id)]
        taken = await cancel_by_hand(connection, before.message_id, ANA, bot.clock.now)

    assert [type(each) for each in changed] == [SentByHand, SentByHand, Refused, Refused]
    assert isinstance(alone, SentByHand)
    assert (texts, taken) == (["", "Listen to it"], True)
    assert await written(bot) == [
        ("", [("image", "table.png")]),
        ("", [("document", "bill.pdf")]),
        ("Listen to it", []),
        ("", [("audio", "")]),
    ]
    assert [each.status for each in await bot.rows(direction="outbound") if each.origin] == ["queued"] * 2 + [
        "failed"
    ] * 2


async def test_files_are_words_of_a_person_and_need_an_open_window(bot: Bot) -> None:
    person = await heard(bot)
    bot.clock.advance(hours=25)
    assert await sends(bot, person, "Look", files=(PICTURE,)) == Refused(Code.WINDOW_CLOSED)


async def test_a_chosen_template_goes_as_it_is_however_long_they_have_been_silent(bot: Bot) -> None:
    person = await heard(bot)
    await listed(bot, PICKUP)
    say = FromProvider("pickup", "pt_BR", {"body.1": "Ana", "button.0": "42"})
    assert isinstance(await sends(bot, person, say=say), SentByHand)
    found = await claimed(bot)
    bot.clock.advance(hours=49)
    assert isinstance(await sends(bot, person, say=say), SentByHand)

    assert await written(bot) == [("Oi Ana, está pronto.", [])] * 2
    (inside,) = found
    assert inside.template is not None
    assert inside.template.parameters == (("", "Ana"),)
    assert inside.template.button_values == (ButtonValue(0, "url", "42"),)


async def test_a_chosen_template_is_refused_where_it_is_not_approved_or_not_filled_in(bot: Bot) -> None:
    person = await heard(bot)
    await listed(bot, PICKUP, PHOTO)
    given = {"body.1": "Ana", "button.0": "42"}
    refused = [
        await sends(bot, person, say=say)
        for say in (
            FromProvider("pickup", "en", given),
            FromProvider("pickup", "pt_BR", {"body.1": "\x00 "}),
            FromProvider("photo", "en"),
            FromProvider("photo", "en", header=SOUND),
            FromProvider("pickup", "pt_BR", given | {"body.1": "x" * 5000}),
        )
    ]
    assert refused == [
        Refused(Code.NOT_APPROVED, "pickup"),
        Refused(Code.MISSING_VARIABLE, "body.1, button.0"),
        Refused(Code.MISSING_VARIABLE, "header"),
        Refused(Code.MISSING_VARIABLE, "header"),
        Refused(Code.TOO_LONG, "whatsapp"),
    ]
    await listed(bot)
    assert await sends(bot, person, say=FromProvider("pickup", "pt_BR", given)) == Refused(Code.NOT_APPROVED, "pickup")
    assert await written(bot) == []


async def test_a_template_of_marketing_does_not_reach_who_refused_it(bot: Bot) -> None:
    person = await heard(bot)
    await listed(bot, PHOTO)
    say = FromProvider("photo", "en", header=PICTURE)
    assert isinstance(await sends(bot, person, say=say), SentByHand)
    assert await written(bot) == [("Look", [("image", "table.png")])]

    address_id = (await bot.rows(direction="inbound"))[0].address_id
    async with bot.engine.begin() as connection:
        await set_consent(
            connection,
            address_id,
            Channel.WHATSAPP,
            opted_in=False,
            reason=ConsentReason.WORD,
            now=bot.clock.now,
            purpose=ConsentPurpose.MARKETING,
        )
    assert await sends(bot, person, say=say) == Refused(Code.NO_CONSENT)
