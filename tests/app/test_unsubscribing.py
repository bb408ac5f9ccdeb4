"""One click takes a person off (RFC 8058); looking at the link does not."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData
from pydantic import SecretStr
from sqlalchemy import select

from bot.contacts.models import Consent
from bot.contacts.unsubscribing import Unsubscribing, unsubscribe_url
from bot.core.addresses import AddressKind, Channel
from bot.core.ids import new_id
from bot.core.purposes import ConsentPurpose
from tests.support import rows
from tests.support.bridge import bridge_to
from tests.support.rows import Person
from tests.support.served import PUBLIC_URL, Served, serving, signed

SECRET = "the operator's key"
CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """A fresh database: SQLite, where a test does not ask for both."""
    given: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return given


on_both_databases = pytest.mark.parametrize("url", ["sqlite_url", "postgres_url"], indirect=True)
"""For what is read and written; the pages themselves know no database."""


@pytest.fixture
async def bot(url: str) -> AsyncIterator[Served]:
    """A server with a key."""
    async with serving(url, BOT_SECRET_KEY=f"{SECRET},an older one") as served:
        yield served


@pytest.fixture
async def ana(bot: Served) -> Person:
    """Somebody who gets mails."""
    async with bot.engine.begin() as connection:
        return await rows.add_person(connection, "ana.silva@example.com", AddressKind.EMAIL)


def link(
    address_id: str,
    *,
    secret: str = SECRET,
    channel: Channel = Channel.EMAIL,
    purpose: ConsentPurpose = ConsentPurpose.ALL,
) -> str:
    asked = Unsubscribing(address_id, channel, purpose)
    return "/u/" + unsubscribe_url("https://x", asked, [SecretStr(secret)]).rpartition("/")[2]


async def marketing(bot: Served) -> list[tuple[bool, bool | None]]:
    async with bot.engine.connect() as connection:
        rows = await connection.execute(select(Consent.opted_in, Consent.marketing_opted_in))
        return [(row.opted_in, row.marketing_opted_in) for row in rows]


@on_both_databases
async def test_a_campaigns_link_takes_the_address_off_marketing_alone(bot: Served, ana: Person) -> None:
    address = link(ana.address_id, purpose=ConsentPurpose.MARKETING)
    asked = await bot.ask("GET", address)
    assert "Shall we send no more promotions to a…@example.com?" in asked.text
    assert "No more messages at all" in asked.text

    done = await bot.ask("POST", address, data=CLICK)

    assert "We send no more promotions to a…@example.com." in done.text
    assert await marketing(bot) == [(True, False)]


@on_both_databases
@pytest.mark.parametrize(
    ("purpose", "other", "expected"), [("marketing", "all", (False, False)), ("all", "marketing", (True, False))]
)
async def test_the_page_offers_the_other_as_well(
    bot: Served, ana: Person, purpose: str, other: str, expected: tuple[bool, bool]
) -> None:
    address = link(ana.address_id, purpose=ConsentPurpose(purpose))
    assert f'name="purpose" value="{other}"' in (await bot.ask("GET", address)).text

    assert (await bot.ask("POST", address, data={**CLICK, "purpose": other})).status == 200

    assert await marketing(bot) == [expected]


async def test_a_purpose_that_nobody_knows_is_the_links_own(bot: Served, ana: Person) -> None:
    await bot.ask("POST", link(ana.address_id), data={**CLICK, "purpose": "everything"})

    assert await marketing(bot) == [(False, False)]


async def consents(bot: Served) -> list[tuple[str, bool, str]]:
    async with bot.engine.connect() as connection:
        statement = select(Consent.channel, Consent.opted_in, Consent.reason)
        return [(row.channel, row.opted_in, row.reason) for row in await connection.execute(statement)]


@on_both_databases
async def test_one_click_in_a_mail_program_takes_the_address_off(bot: Served, ana: Person) -> None:
    answer = await bot.ask("POST", link(ana.address_id), data=CLICK, allow_redirects=False)

    assert answer.status == 200
    assert "We send no more e-mails to a…@example.com." in answer.text
    assert await consents(bot) == [("email", False, "unsubscribed")]


async def test_the_click_may_come_as_multipart(bot: Served, ana: Person) -> None:
    form: Any = FormData(CLICK, default_to_multipart=True)

    assert (await bot.ask("POST", link(ana.address_id), data=form)).status == 200

    assert await consents(bot) == [("email", False, "unsubscribed")]


async def test_looking_at_the_link_changes_nothing(bot: Served, ana: Person) -> None:
    answer = await bot.ask("GET", link(ana.address_id))

    assert answer.status == 200
    assert "Shall we send no more e-mails to a…@example.com?" in answer.text
    assert '<button type="submit">Unsubscribe</button>' in answer.text
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert await consents(bot) == []


@on_both_databases
async def test_clicking_twice_is_clicking_once(bot: Served, ana: Person) -> None:
    for _ in range(2):
        assert (await bot.ask("POST", link(ana.address_id), data=CLICK)).status == 200

    assert await consents(bot) == [("email", False, "unsubscribed")]


async def test_the_page_speaks_the_readers_language(bot: Served, ana: Person) -> None:
    answer = await bot.ask("GET", link(ana.address_id), headers={"Accept-Language": "pt-BR"})

    assert '<html lang="pt-BR">' in answer.text


async def test_a_post_that_is_no_click_changes_nothing(bot: Served, ana: Person) -> None:
    for body in ({}, {"List-Unsubscribe": "no"}, b"\xff", "x=" + "y" * 200):
        assert (await bot.ask("POST", link(ana.address_id), data=body)).status == 400, body

    assert await consents(bot) == []


async def test_a_body_that_claims_to_be_a_form_and_is_not_changes_nothing(bot: Served, ana: Person) -> None:
    named = b"--b\r\nContent-Disposition: form-data; name=x\r\n"
    for content_type, body in (
        ("multipart/form-data; boundary=b", b"nothing of the kind"),
        ("multipart/form-data; boundary=b", b"--b\r\nX\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", named + b"Content-Transfer-Encoding: nope\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", named + b"Content-Type: text/plain; charset=nope\r\n\r\nx\r\n--b--\r\n"),
        ("text/plain", b"List-Unsubscribe=One-Click"),
    ):
        answer = await bot.ask("POST", link(ana.address_id), data=body, headers={"Content-Type": content_type})
        assert answer.status == 400, body

    assert await consents(bot) == []


async def test_a_body_of_any_size_is_not_read(bot: Served, ana: Person) -> None:
    answer = await bot.ask("POST", link(ana.address_id), data={**CLICK, "more": "x" * 100_000})

    assert answer.status == 413
    assert await consents(bot) == []


async def test_a_link_that_was_not_made_here_is_not_there(bot: Served, ana: Person) -> None:
    for path in (link(ana.address_id, secret="another key"), "/u/x.y"):
        assert (await bot.ask("GET", path)).status == 404, path
        assert (await bot.ask("POST", path, data=CLICK)).status == 404, path

    assert await consents(bot) == []


async def test_a_link_that_was_cut_short_is_told_so_with_another_way(bot: Served) -> None:
    said = await bot.ask("GET", "/u/x.y", headers={"Accept-Language": "pt-BR"})

    assert '<html lang="pt-BR"' in said.text
    assert "O link não está inteiro" in said.text
    assert "responda à mensagem com PARAR" in said.text


async def test_while_the_database_is_away_the_page_says_that_nothing_is_done_yet(postgres_url: str) -> None:
    async with bridge_to(postgres_url) as bridge, serving(bridge.url, BOT_SECRET_KEY=SECRET) as bot:
        await bridge.close()
        for answer in (await bot.ask("GET", link(new_id())), await bot.ask("POST", link(new_id()), data=CLICK)):
            assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
            assert "Not done yet" in answer.text


async def test_a_link_of_an_older_key_still_works(bot: Served, ana: Person) -> None:
    assert (await bot.ask("POST", link(ana.address_id, secret="an older one"), data=CLICK)).status == 200

    assert await consents(bot) == [("email", False, "unsubscribed")]


async def test_who_is_not_known_any_more_is_off_already(bot: Served) -> None:
    for answer in (await bot.ask("GET", link(new_id())), await bot.ask("POST", link(new_id()), data=CLICK)):
        assert answer.status == 200
        assert "this address" in answer.text


async def test_only_the_channel_of_the_link_is_meant(bot: Served, ana: Person) -> None:
    answer = await bot.ask("POST", link(ana.address_id, channel=Channel.SMS), data=CLICK)

    assert "We send no more messages to" in answer.text
    assert await consents(bot) == [("sms", False, "unsubscribed")]


@on_both_databases
async def test_an_answer_by_mail_leaves_with_a_link_that_works(bot: Served) -> None:
    await bot.post("mailgun", signed("mailgun", "hi"))
    await bot.until_sent(1, "mailgun")

    sent = bot.providers.sends("mailgun")[0].payload
    assert sent["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = sent["h:List-Unsubscribe"].strip("<>")
    assert url.startswith(f"{PUBLIC_URL}/u/")
    assert (await bot.ask("POST", url.removeprefix(PUBLIC_URL), data=CLICK)).status == 200
    assert await consents(bot) == [("email", False, "unsubscribed")]
