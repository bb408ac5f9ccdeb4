"""`contacts show` and `contacts set`: what is known of a person, where it came from, and correcting it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts import queries
from bot.contacts.models import Contact
from bot.conversations.models import FlowInstance
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.purposes import ConsentPurpose
from bot.flows.placeholder import NO_FLOW, provide_no_flow
from tests.cli.conftest import Recado
from tests.support.consents import set_consent
from tests.support.rows import Person, add_account, add_inbound, add_outbound, add_person


@pytest.fixture
async def ana(engine: AsyncEngine, database_url: str, shell: pytest.MonkeyPatch) -> Person:
    """Someone who wrote once, in the shell's database."""
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        await add_account(connection)
        return await add_person(connection)


async def known(engine: AsyncEngine) -> tuple[str | None, str | None, str | None]:
    async with engine.connect() as connection:
        return tuple((await connection.execute(select(Contact.name, Contact.locale, Contact.timezone))).one())  # type: ignore[return-value]  # a row of three


async def test_a_contact_is_corrected_and_what_is_not_named_stays(
    recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    spelled = ("--locale", "EN_us", "--timezone", "america/new york", "--name", " Ana ")
    assert (await recado("contacts", "set", ana.address, *spelled)).code == 0
    assert await known(engine) == ("Ana", "en-US", "America/New_York")

    assert (await recado("contacts", "set", ana.address, "--locale", "pt-BR")).code == 0
    assert await known(engine) == ("Ana", "pt-BR", "America/New_York")

    shown = (await recado("contacts", "show", ana.id)).out
    assert "pt-BR" in shown
    assert "America/New_York" in shown


async def test_where_somebody_was_reached_before_is_shown_as_former(
    recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    left_at = datetime(2026, 10, 5, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await queries.insert_former(connection, ana.id, Address(AddressKind.PHONE, "+5511900001111"), left_at)

    shown = (await recado("contacts", "show", ana.id)).out
    listed = json.loads((await recado("contacts", "show", ana.id, "--json")).out)

    assert "+5511900001111 (former, until 2026-10-05" in shown
    assert listed["former_addresses"][0]["value"] == "+5511900001111"
    assert [each["value"] for each in listed["addresses"]] == [ana.address]


@pytest.mark.parametrize("locale", ["es", "zh-TW", "zh-Hant-TW", "sr-Latn-RS"])
async def test_languages_as_they_are_written(recado: Recado, engine: AsyncEngine, ana: Person, locale: str) -> None:
    assert (await recado("contacts", "set", ana.id, "--locale", locale)).code == 0
    assert (await known(engine))[1] == locale


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--locale", "Portuguese", "Portuguese is no language. Write it as pt-BR, en-US or es."),
        ("--locale", "pt-XX", "pt-XX is no language."),
        ("--locale", "pt-BR-x", "pt-BR-x is no language."),
        ("--locale", "", " is no language."),
        ("--timezone", "Sao Paulo", "Sao Paulo is no time zone. Write it as in the tz database"),
        ("--timezone", "../etc/passwd", "../etc/passwd is no time zone."),
        ("--name", "  ", "a name cannot be empty. Write how they are called."),
    ],
)
async def test_what_does_not_exist_is_refused(
    recado: Recado, engine: AsyncEngine, ana: Person, option: str, value: str, said: str
) -> None:
    result = await recado("contacts", "set", ana.id, option, value)

    assert result.code == 1
    assert said in result.err
    assert await known(engine) == (None, None, None)


async def test_nothing_to_set_is_a_slip_of_the_hand(recado: Recado, ana: Person) -> None:
    result = await recado("contacts", "set", ana.id)

    assert (result.code, "--timezone" in result.err) == (2, True)


async def test_what_a_contact_agreed_to_is_shown_with_how_it_came_about(
    recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    steps = [
        (False, ConsentReason.WORD, "parar"),
        (True, ConsentReason.ADMIN, ""),
        (False, ConsentReason.BOUNCE, "550"),
        (True, ConsentReason.BOUNCE, ""),
    ]
    async with engine.begin() as connection:
        for number, (opted_in, reason, detail) in enumerate(steps):
            now = moment + timedelta(days=number)
            await set_consent(connection, ana.address_id, Channel.WHATSAPP, opted_in, reason, now, detail)

    told = (await recado("contacts", "show", ana.id)).out.splitlines()[-4:]
    assert [line.split("\t")[1] for line in told] == [
        "+5511999990000 opted in on whatsapp: they wrote again, although messages had come back",
        "+5511999990000 opted out on whatsapp: the address takes no messages (550)",
        "+5511999990000 opted in on whatsapp: somebody of the team wrote it down",
        "+5511999990000 opted out on whatsapp: they wrote so (parar)",
    ]
    listed = json.loads((await recado("contacts", "show", ana.id, "--json")).out)["consents"]
    assert [each["reason"] for each in listed] == ["bounce", "bounce", "admin", "word"]


async def test_a_contacts_word_about_marketing_is_shown_beside_that_about_all(
    recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    args = (ana.address_id, Channel.WHATSAPP)
    async with engine.begin() as connection:
        await set_consent(connection, *args, True, ConsentReason.ADMIN, moment, purpose=ConsentPurpose.MARKETING)
    assert "+5511999990000 (agreed to marketing on whatsapp)" in (await recado("contacts", "show", ana.id)).out

    async with engine.begin() as connection:
        later = moment + timedelta(days=1)
        await set_consent(connection, *args, False, ConsentReason.MARKETING, later, purpose=ConsentPurpose.MARKETING)

    out = (await recado("contacts", "show", ana.id)).out
    assert "+5511999990000 (no marketing on whatsapp)" in out
    assert [line.split("\t")[1] for line in out.splitlines()[-2:]] == [
        "+5511999990000 wants no marketing on whatsapp: they said so in WhatsApp's settings",
        "+5511999990000 agreed to marketing on whatsapp: somebody of the team wrote it down",
    ]
    listed = json.loads((await recado("contacts", "show", ana.id, "--json")).out)
    (held,) = listed["addresses"][0]["consents"]
    assert (held["purpose"], held["opted_in"], held["reason"]) == ("marketing", False, "marketing")
    assert [each["purpose"] for each in listed["consents"]] == ["marketing", "marketing"]


async def test_a_contact_whom_a_person_answered_elsewhere_is_with_them(
    recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    now = utc_now()
    async with engine.begin() as connection:
        inbound = await add_inbound(connection, ana, "hi")
        written = await add_outbound(
            connection, ana, "I am on it", status="sent", body={"echo": True}, reply_to_id=inbound
        )
        await provide_no_flow(connection, now)
        await provide_no_flow(connection, now)
        await connection.execute(
            insert(FlowInstance).values(
                id="i",
                contact_id=ana.id,
                flow_id=NO_FLOW,
                current_step_key="",
                state_json={},
                asked=0,
                paused=True,
                paused_until=now + timedelta(hours=24),
                last_interaction_at=now,
                created_at=now,
                updated_at=now,
            )
        )

    shown = (await recado("contacts", "show", ana.id)).out
    assert "With a person" in shown
    assert "Flow" not in shown
    assert "sent, by a person" in (await recado("messages", "list")).out
    assert "I am on it  [sent, by a person]" in (await recado("why", inbound)).out
    asked = await recado("why", written)
    assert asked.code == 1
    assert "in the provider's own app" in asked.err
    assert (await recado("contacts", "resume", ana.id)).code == 0


async def test_attributes_and_tags_are_kept_shown_and_taken_away(recado: Recado, ana: Person) -> None:
    kept = (
        "--attribute",
        "plan=gold",
        "--attribute",
        "visits=3",
        "--attribute",
        "vip=true",
        "--attribute",
        "cep=01310",
    )
    assert (await recado("contacts", "set", ana.address, *kept)).code == 0
    assert (await recado("contacts", "tag", ana.address, "VIP, Summer  sale")).code == 0

    shown = (await recado("contacts", "show", ana.id)).out
    listed = json.loads((await recado("contacts", "show", ana.id, "--json")).out)

    assert all(each in shown for each in ("plan", "gold", "true", "summer sale, vip"))
    assert listed["attributes"] == {"plan": "gold", "visits": 3, "vip": True, "cep": "01310"}
    assert listed["tags"] == ["summer sale", "vip"]

    assert (await recado("contacts", "untag", ana.address, "vip, never had")).code == 0
    assert (await recado("contacts", "set", ana.address, "--attribute", "plan=")).code == 0
    listed = json.loads((await recado("contacts", "show", ana.id, "--json")).out)
    assert (listed["attributes"], listed["tags"]) == ({"visits": 3, "vip": True, "cep": "01310"}, ["summer sale"])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("set", "--attribute", "plan"), "gives no value"),
        (("set", "--attribute", "email=a@b.c"), "contacts have it anyhow"),
        (("tag", " , "), "cannot be empty"),
    ],
)
async def test_what_cannot_be_kept_is_refused(recado: Recado, ana: Person, command: tuple[str, ...], said: str) -> None:
    name, *rest = command
    ran = await recado("contacts", name, ana.address, *rest)
    assert ran.code != 0
    assert said in ran.err
