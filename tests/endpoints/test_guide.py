"""What docs/endpoints.md tells is so: its program takes what we send, and refuses what we did not."""

import importlib.util
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from bot.core.clock import utc_now
from bot.endpoints.kinds import TEST, AttemptError, EventKind
from bot.endpoints.rules import WAITS
from bot.endpoints.service import Asked, add_endpoint, try_endpoint
from tests.support.endpoints import ALL, BY, terms

DOCS = Path(__file__).parents[2] / "docs"


def the_example() -> Any:
    spec = importlib.util.spec_from_file_location("receive_events", DOCS / "examples" / "receive_events.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_guides_program_takes_what_we_send_once_and_refuses_others(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    file = tmp_path / "events.db"
    server = TestServer(the_example().make_app("whsec_" + "A" * 44, str(file)))
    await server.start_server()
    url = server.make_url("/recado")
    origin = URL(url).origin()
    async with engine.begin() as connection:
        asked = Asked(str(url), ALL)
        endpoint, secret = await add_endpoint(connection, terms(origin), asked, BY, utc_now())
    refused = await try_endpoint(engine, terms(origin), endpoint.id, BY)
    await server.close()

    server = TestServer(the_example().make_app(secret, str(file)), port=origin.port)
    await server.start_server()
    taken = await try_endpoint(engine, terms(origin), endpoint.id, BY)
    async with ClientSession() as session, session.post(url, data=json.dumps({"type": "made up"})) as answer:
        forged = answer.status
    await server.close()

    assert (refused.last and refused.last.status, taken.last and taken.last.status, forged) == (401, 204, 401)
    kept = sqlite3.connect(file)
    assert kept.execute("SELECT id, type FROM events").fetchall() == [(taken.event_id, TEST)]
    kept.close()


def test_the_guide_names_every_kind_and_the_waits() -> None:
    guide = (DOCS / "endpoints.md").read_text(encoding="utf-8")
    assert [each for each in (*EventKind, TEST, *AttemptError) if f"`{each}`" not in guide] == []
    assert [round(each.total_seconds()) for each in WAITS] == [
        5,
        60,
        300,
        1800,
        *(3600 * each for each in (2, 4, 5, 6, 7)),
    ]
    assert re.search(r"5 seconds, 1, 5 and 30 minutes, and 2, 4, 5, 6 and 7 hours", guide)
