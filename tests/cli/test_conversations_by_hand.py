import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.conversations.models import FlowInstance
from bot.core.addresses import AddressKind
from bot.core.clock import utc_now
from bot.flows.models import Bundle, Flow
from bot.messages.models import Message
from bot.web.i18n import translator
from tests.cli.conftest import Recado
from tests.support.rows import Person, add_account, add_consent, add_inbound, add_outbound, add_person, columns


@pytest.fixture
async def ana(engine: AsyncEngine, database_url: str, shell: pytest.MonkeyPatch) -> Person:
    """Someone who wrote once, and got an answer, in the shell's database."""
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        await add_account(connection)
        person = await add_person(connection)
        await add_inbound(connection, person, "pizza\x1b[31m")
        await add_outbound(connection, person, "Qual sabor?")
    return person


@pytest.fixture
async def handed_over(engine: AsyncEngine, ana: Person) -> str:
    """Ana's paused flow instance."""
    now = utc_now()
    async with engine.begin() as connection:
        bundle = {"name": "pizzaria", "version": 3, "document": {}, "digest": "", "source": ""}
        await connection.execute(insert(Bundle).values(id="b", status="published", **bundle))
        await connection.execute(
            insert(Flow).values(id="f", bundle_id="b", name="order", status="published", version=3)
        )
        await connection.execute(
            insert(FlowInstance).values(
                id="i",
                contact_id=ana.id,
                flow_id="f",
                current_step_key="human",
                state_json={"flavour": "Calabresa"},
                last_interaction_at=now,
                paused=True,
                paused_until=now + timedelta(hours=24),
            )
        )
    return "i"


async def test_statuses_of_messages_are_said_in_the_readers_language_and_are_codes_in_json(
    recado: Recado, engine: AsyncEngine, ana: Person, shell: pytest.MonkeyPatch
) -> None:
    for command in ("messages", "why"):
        shell.setattr(f"bot.cli.{command}._", translator("pt-BR"))
    said = {"queued": "na fila", "sent": "enviada", "delivered": "entregue", "read": "lida", "failed": "falhou"}
    async with engine.begin() as connection:
        for status in said:
            await add_outbound(connection, ana, status, status=status, error="boom" if status == "failed" else None)
        asked = [await add_inbound(connection, ana, state, turn_state=state) for state in ("pending", "parked")]
        await add_outbound(connection, ana, "late", status="sent", reply_to_id=asked[1])

    listed = [line.split("\t") for line in (await recado("messages", "list")).out.splitlines()]

    expected = {**said, "failed": "falhou (boom)", "pending": "pendente", "parked": "posta de lado"}
    shown = {cells[5]: cells[4] for cells in listed}
    assert {words: shown[words] for words in expected} == expected
    assert "[enviada]" in (await recado("why", asked[1])).out
    told = json.loads((await recado("messages", "list", "--json")).out)
    assert {each["status"] for each in told} == set(said)


async def test_messages_are_listed_oldest_first_and_cannot_steer_the_terminal(recado: Recado, ana: Person) -> None:
    result = await recado("messages", "list", "--contact", ana.address)
    assert result.code == 0
    words = [line.split("\t")[-1] for line in result.out.splitlines()]
    assert words == [r"pizza\u001b[31m", "Qual sabor?"]


async def test_what_failed_is_listed_by_its_error(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        for error in ("expired", "outcome_unknown"):
            await add_outbound(connection, ana, f"never came: {error}", status="failed", error=error)
        await add_outbound(connection, ana, "backs off", error="outcome_unknown")

    listed = (await recado("messages", "list", "--error", "outcome_unknown")).out.splitlines()

    assert [line.split("\t")[-1] for line in listed] == ["never came: outcome_unknown"]


async def test_what_failed_is_listed_by_its_lane(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        for lane, purpose in (("bulk", "marketing"), ("reply", "service")):
            failed: dict[str, Any] = {"status": "failed", "error": "outcome_unknown", "origin": f"test:{lane}"}
            await add_outbound(connection, ana, f"in {lane}", lane=lane, purpose=purpose, **failed)
        await add_outbound(connection, ana, "not yet", lane="bulk", purpose="marketing")

    listed = await recado("messages", "list", "--error", "outcome_unknown", "--lane", "bulk", "--json")

    told = [[each[name] for name in ("content", "lane", "purpose", "origin")] for each in json.loads(listed.out)]
    assert told == [["in bulk", "bulk", "marketing", "test:bulk"]]
    assert (await recado("messages", "list", "--lane", "notice")).out == "There are no messages.\n"


async def test_what_goes_along_with_words_is_listed_too(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    choices = [{"id": "1", "label": "Spring"}, {"id": "2", "label": "Autumn"}]
    async with engine.begin() as connection:
        await add_inbound(connection, ana, "", kind="media", body={"media": [{"type": "image"}, {"type": "audio"}]})
        await add_outbound(connection, ana, "Which one?", body={"choices": choices})
        await add_outbound(connection, ana, "Here", body={"media": [{"type": "document", "filename": "menu.pdf"}]})
        await add_inbound(connection, ana, "", kind="location", body={"location": {"latitude": 1.0, "longitude": 2.0}})
        await add_outbound(connection, ana, "", body={"location": {"latitude": 1.0, "longitude": 2.0, "name": "Dam"}})
        await add_inbound(connection, ana, "", kind="other")
        await add_inbound(connection, ana, "odd", body={"media": "x", "location": [1]})
    listed = (await recado("messages", "list", "--contact", ana.address)).out.splitlines()
    assert [line.split("\t")[-1] for line in listed][2:] == [
        "[image] [audio]",
        "Which one? [Spring] [Autumn]",
        "Here [document menu.pdf]",
        "[location]",
        "[location Dam]",
        "[other]",
        "odd",
    ]


async def test_messages_are_listed_as_json(recado: Recado, ana: Person) -> None:
    listed = json.loads((await recado("messages", "list", "--json", "--limit", "1")).out)
    assert [(each["contact_id"], each["direction"], each["content"]) for each in listed] == [
        (ana.id, "outbound", "Qual sabor?")
    ]


async def test_parked_messages_are_found_by_their_state(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        parked = await add_inbound(connection, ana, "boom", turn_state="parked", error="engine_fault")
    listed = json.loads((await recado("messages", "list", "--state", "parked", "--json")).out)
    assert [each["id"] for each in listed] == [parked]
    assert "parked (engine_fault)" in (await recado("messages", "list", "--state", "parked")).out


@pytest.mark.parametrize("spelling", ["+5511999990000", "5511999990000", " +5511999990000 "])
async def test_a_contact_is_found_by_phone(recado: Recado, ana: Person, spelling: str) -> None:
    assert json.loads((await recado("contacts", "show", spelling, "--json")).out)["id"] == ana.id


async def test_a_contact_is_found_by_email_in_any_case(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        bia = await add_person(connection, "bia@example.com", AddressKind.EMAIL)
    assert bia.id != ana.id
    assert json.loads((await recado("contacts", "show", "Bia@Example.com", "--json")).out)["id"] == bia.id


async def test_nobody_is_the_inputs_fault(recado: Recado, ana: Person) -> None:
    del ana
    for command in (("contacts", "show"), ("contacts", "resume"), ("messages", "list", "--contact")):
        result = await recado(*command, "+1")
        assert (result.code, result.err) == (1, "Error: there is no contact +1. See `recado contacts list`.\n")


async def test_contacts_are_listed(recado: Recado, ana: Person) -> None:
    assert [each["id"] for each in json.loads((await recado("contacts", "list", "--json")).out)] == [ana.id]
    assert ana.id in (await recado("contacts", "list")).out


async def test_a_contact_is_shown_with_where_they_stand(recado: Recado, ana: Person, handed_over: str) -> None:
    del handed_over
    shown = (await recado("contacts", "show", ana.id)).out
    assert "pizzaria/order v3" in shown
    assert "Calabresa" in shown
    assert "With a person" in shown


async def test_resuming_ends_the_hand_off_once(
    recado: Recado, engine: AsyncEngine, ana: Person, handed_over: str
) -> None:
    assert (await recado("contacts", "resume", ana.address)).code == 0

    async with engine.connect() as connection:
        instance = (await connection.execute(select(FlowInstance.__table__))).one()
    assert instance.id == handed_over
    assert (instance.end_reason, instance.paused) == ("resumed", False)
    assert instance.ended_at is not None
    again = await recado("contacts", "resume", ana.address)
    assert (again.code, again.err) == (
        1,
        "Error: this contact is not with a person. The bot answers them already.\n",
    )


async def test_words_by_hand_queue_behind_what_was_said(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    result = await recado("send", ana.address, "Já vai!")

    assert result.code == 0
    async with engine.connect() as connection:
        sent = (await connection.execute(select(Message.id).where(Message.content == "Já vai!"))).scalar_one()
        assert (await connection.execute(select(Contact.seq))).scalar_one() == 3
    row = await columns(engine, sent)
    assert sent in result.out
    assert (row["seq"], row["status"], row["address"], row["account"]) == (3, "queued", ana.address, "whatsapp:1000")
    assert row["expires_at"] - row["created_at"] == timedelta(hours=24)


async def test_words_by_hand_stay_in_the_mails_thread(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    del ana
    async with engine.begin() as connection:
        bia = await add_person(connection, "bia@example.com", AddressKind.EMAIL)
        headers = {"subject": "Mesa", "message_id": "<1@example.com>", "in_reply_to": "", "references": []}
        await add_inbound(connection, bia, "Oi", body={"email": headers}, thread_id="<1@example.com>")

    assert (await recado("send", "bia@example.com", "Olá")).code == 0

    async with engine.connect() as connection:
        row = (await connection.execute(select(Message.__table__).where(Message.content == "Olá"))).one()
    assert row.body["email"] == {
        "subject": "Re: Mesa",
        "message_id": "",
        "in_reply_to": "<1@example.com>",
        "references": ["<1@example.com>"],
    }
    assert row.thread_id == "<1@example.com>"


async def test_nothing_is_sent_to_who_opted_out(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        await add_consent(connection, ana, opted_in=False)
    result = await recado("send", ana.address, "Volte!")
    assert result.code == 1
    assert result.err.startswith("Error: this contact has opted out on this channel. They come back by writing")


async def test_who_never_wrote_cannot_be_written_to(recado: Recado, engine: AsyncEngine, ana: Person) -> None:
    del ana
    async with engine.begin() as connection:
        await add_person(connection, "+5511888880000")
    result = await recado("send", "+5511888880000", "Oi")
    assert (result.code, "no conversation" in result.err) == (1, True)


async def test_no_words_are_wrong_usage(recado: Recado, ana: Person) -> None:
    assert (await recado("send", ana.address, "  ")).code == 2
