"""How programs are told of contacts and messages."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.contacts.service import tag
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.endpoints.service import contact_payloads, message_payloads
from bot.messages.media.models import MediaFile
from tests.support.rows import add_account, add_inbound, add_outbound, add_person

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
BY = Actor("ana (terminal)")


def as_told(payload: Any) -> dict[str, Any]:
    """What a program reads."""
    told: dict[str, Any] = json.loads(payload.model_dump_json())
    return told


async def test_a_contact_is_told_with_what_is_known_of_them(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        person, other = await add_person(connection), await add_person(connection, "+5511999990001")
        known = {"name": "Ana", "attributes": {"plan": "gold", "visits": 3}, "created_at": NOON}
        await connection.execute(update(Contact).where(Contact.id == person.id).values(**known))
        await tag(connection, person.id, "vip, new", BY, NOON, has=True)
        told = await contact_payloads(connection, [person.id, other.id, "gone"])

    assert set(told) == {person.id, other.id}
    assert as_told(told[person.id]) == {
        "id": person.id,
        "name": "Ana",
        "phone": "+5511999990000",
        "email": None,
        "locale": None,
        "timezone": None,
        "attributes": {"plan": "gold", "visits": 3},
        "tags": ["new", "vip"],
        "responder": "bot",
        "waiting_since": None,
        "created_at": "2026-03-09T12:00:00Z",
        "last_inbound_at": None,
    }
    assert told[other.id].attributes == {}
    assert told[other.id].tags == []


async def test_a_message_is_told_as_far_as_it_has_come(engine: AsyncEngine) -> None:
    body = {
        "media": [{"type": "image", "id": "8812", "url": "https://provider.example/8812?secret"}],
        "location": {"latitude": -23.5, "longitude": -46.6},
    }
    sends = {
        "media": [{"type": "document", "url": "https://shop.example/list.pdf", "filename": "list.pdf"}],
        "choices": [{"id": "yes", "label": "Yes"}],
        "template": {"name": "order", "language": "en", "parameters": [], "header": None, "buttons": []},
    }
    async with engine.begin() as connection:
        await add_account(connection)
        person = await add_person(connection)
        heard = await add_inbound(connection, person, "look", body=body, kind="media", created_at=NOON, updated_at=NOON)
        file = {"id": new_id(), "message_id": heard, "position": 0, "state": "stored", "content_type": "image/png"}
        await connection.execute(insert(MediaFile).values(**file, created_at=NOON, updated_at=NOON))
        said = await add_outbound(
            connection, person, "here", body=sends, scheduled_at=NOON, origin="inbox:u1", reply_to_id=heard
        )
        told = await message_payloads(connection, [heard, said])

    inbound = as_told(told[heard])
    assert {key: inbound[key] for key in ("direction", "status", "purpose", "created_at", "scheduled_at")} == {
        "direction": "in",
        "status": "received",
        "purpose": None,
        "created_at": "2026-03-09T12:00:00Z",
        "scheduled_at": None,
    }
    # What a provider gives is not ours to hand on.
    assert inbound["files"] == [
        {"id": file["id"], "type": "image", "content_type": "image/png", "filename": None, "url": None}
    ]
    assert inbound["location"] == {"latitude": -23.5, "longitude": -46.6, "name": None, "address": None}
    outbound = as_told(told[said])
    assert outbound["files"][0]["url"] == "https://shop.example/list.pdf"
    assert (outbound["choices"], outbound["template"]) == ([{"id": "yes", "label": "Yes"}], "order")
    assert (outbound["direction"], outbound["status"], outbound["purpose"]) == ("out", "queued", "service")
    assert (outbound["origin"], outbound["reply_to_id"]) == ("inbox:u1", heard)
    assert outbound["scheduled_at"] == "2026-03-09T12:00:00Z"
