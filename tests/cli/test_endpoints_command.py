"""Endpoints by the command line."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.db.migrate import upgrade
from bot.endpoints.models import EndpointDelivery
from tests.cli.conftest import Recado
from tests.support.accounts import SECRET_KEY
from tests.support.endpoints import Program, a_program, happens, says


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    async with a_program() as made:
        yield made


async def test_a_program_is_added_tried_told_again_and_disabled(
    recado: Recado, shell: pytest.MonkeyPatch, database_url: str, program: Program
) -> None:
    engine = create_engine(database_url)
    await upgrade(engine)
    shell.setenv("DATABASE_URL", database_url)
    shell.setenv("BOT_SECRET_KEY", SECRET_KEY)
    refused = await recado("endpoints", "add", program.url)
    shell.setenv("BOT_ENDPOINTS_PRIVATE", str(program.origin))
    none = await recado("endpoints", "list")
    made = json.loads((await recado("endpoints", "add", program.url, "--kind", "contact.updated", "--json")).out)
    program.secret = made["secret"]
    program.answers.extend([says(200, "hello"), says(410)])

    tested = await recado("endpoints", "test", made["id"])
    gone = await recado("endpoints", "test", made["id"])
    listed = await recado("endpoints", "list")
    enabled = await recado("endpoints", "enable", made["id"])

    assert (refused.code, "only https addresses are told of anything" in refused.err) == (1, True)
    assert "There are no endpoints" in none.out
    assert (tested.code, "It answered 200 after " in tested.out, "hello" in tested.out) == (0, True, True)
    assert (gone.code, gone.out) == (1, "It answered that it is gone (410).\n")
    assert "disabled (gone)\tcontact.updated\t" in listed.out
    assert program.secret not in listed.out
    assert "is told of what happens" in enabled.out

    await happens(engine, made["id"], None, None, now=utc_now())
    async with engine.begin() as connection:
        ended = {"status": "failed", "ended_at": utc_now()}
        await connection.execute(update(EndpointDelivery).where(EndpointDelivery.status == "pending").values(**ended))
    failed = await recado("endpoints", "deliveries", made["id"], "--status", "failed", "--json")
    first = json.loads(failed.out)[0]["id"]
    once = await recado("endpoints", "resend", first)
    rest = await recado("endpoints", "resend", "--failed-of", made["id"])
    neither = await recado("endpoints", "resend")
    shown = await recado("endpoints", "deliveries", made["id"], "--kind", "contact.updated")
    disabled = [await recado("endpoints", "disable", made["id"]) for _ in range(2)]
    nobody = await recado("endpoints", "disable", "nobody")
    await engine.dispose()

    assert (once.out, rest.out) == ("1 event is told once more.\n", "2 events are told once more.\n")
    assert neither.code == 2
    assert [line.split("\t")[4] for line in shown.out.splitlines()] == ["pending"] * 2 + ["failed"] * 2
    assert ["any more" in disabled[0].out, "already" in disabled[1].out] == [True, True]
    assert (nobody.code, "there is no endpoint nobody" in nobody.err) == (1, True)


async def test_one_is_paused_resumed_given_another_secret_and_deleted(
    recado: Recado, shell: pytest.MonkeyPatch, database_url: str, program: Program
) -> None:
    engine = create_engine(database_url)
    await upgrade(engine)
    await engine.dispose()
    shell.setenv("DATABASE_URL", database_url)
    shell.setenv("BOT_SECRET_KEY", SECRET_KEY)
    shell.setenv("BOT_ENDPOINTS_PRIVATE", str(program.origin))
    made = json.loads((await recado("endpoints", "add", program.url, "--json")).out)

    paused = [await recado("endpoints", "pause", made["id"]) for _ in range(2)]
    resumed = [json.loads((await recado("endpoints", "resume", made["id"], "--json")).out) for _ in range(2)]
    rolled = [await recado("endpoints", "roll", made["id"]), await recado("endpoints", "roll", made["id"], "--json")]
    program.secret = json.loads(rolled[1].out)["secret"]
    signed = await recado("endpoints", "test", made["id"])
    deleted = await recado("endpoints", "delete", made["id"])
    missing = [await recado("endpoints", each, made["id"]) for each in ("delete", "roll", "pause", "resume")]

    assert ["What happens waits for" in paused[0].out, "already" in paused[1].out] == [True, True]
    assert resumed == [{"id": made["id"], "changed": each} for each in (True, False)]
    first_secret = rolled[0].out.splitlines()[-1]
    assert (first_secret.startswith("whsec_"), first_secret != program.secret) == (True, True)
    assert (signed.code, deleted.code, "is deleted" in deleted.out) == (0, 0, True)
    assert [each.code for each in missing] == [1] * 4
