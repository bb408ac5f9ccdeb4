"""`jobs`: what is due, how far it is, cancelled and run again by hand."""

import json
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import utc_now
from bot.web.i18n import translator
from tests.cli.conftest import Recado
from tests.support.due import change, put, row


@pytest.fixture(autouse=True)
def on_the_database(database_url: str, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("DATABASE_URL", database_url)


async def put_job(engine: AsyncEngine, key: str, **values: object) -> str:
    """A job of that key; returns its id."""
    await put(engine, key, of=key)
    if values:
        await change(engine, key, **values)
    return str((await row(engine, key))["id"])


async def test_jobs_are_listed_with_their_progress(recado: Recado, engine: AsyncEngine) -> None:
    until = utc_now() + timedelta(minutes=5)
    await put_job(engine, "waits")
    await put_job(engine, "goes", claimed_by="one", claimed_until=until, done=1200, total=5000)
    await put_job(engine, "counts", done=7)
    await put_job(engine, "dead", status="failed", error="ValueError: no\nluck\x1b[31m")

    result = await recado("jobs", "list")

    assert result.code == 0
    rows = {cells[3]: cells[4:] for cells in (line.split("\t") for line in result.out.splitlines())}
    assert rows == {
        "waits": ["pending", "", ""],
        "goes": ["under way", "1200/5000", ""],
        "counts": ["pending", "7", ""],
        "dead": ["failed", "", "ValueError: no luck\\u001b[31m"],
    }


async def test_statuses_are_said_in_the_readers_language_and_are_codes_in_json(
    recado: Recado, engine: AsyncEngine, shell: pytest.MonkeyPatch
) -> None:
    shell.setattr("bot.cli.jobs._", translator("pt-BR"))
    said = {"pending": "pendente", "done": "concluído", "failed": "falhou", "cancelled": "cancelado"}
    ids = {status: await put_job(engine, status, status=status) for status in said}

    listed = (await recado("jobs", "list")).out.splitlines()

    assert {cells[3]: cells[4] for cells in (line.split("\t") for line in listed)} == said
    assert "Situação\tcancelado" in (await recado("jobs", "show", ids["cancelled"])).out
    assert "é concluído" in (await recado("jobs", "retry", ids["done"])).err
    assert {each["status"] for each in json.loads((await recado("jobs", "list", "--json")).out)} == set(said)


async def test_a_list_is_narrowed_and_may_be_json(recado: Recado, engine: AsyncEngine) -> None:
    await put_job(engine, "a")
    failed = await put_job(engine, "b", status="failed", total=3)

    result = await recado("jobs", "list", "--status", "failed", "--type", "work", "--json")

    (told,) = json.loads(result.out)
    assert (told["id"], told["status"], told["total"], told["payload"]) == (failed, "failed", 3, {"of": "b"})
    assert json.loads((await recado("jobs", "list", "--type", "other", "--json")).out) == []
    assert (await recado("jobs", "list", "--type", "other")).out == "There are no jobs.\n"


async def test_a_job_is_shown_with_all_that_is_known_of_it(recado: Recado, engine: AsyncEngine) -> None:
    id_ = await put_job(engine, "a", done=2, total=3, checkpoint={"after": "c2"}, attempts=1, error="no luck")

    told = dict(line.split("\t") for line in (await recado("jobs", "show", id_)).out.splitlines())

    assert {told[name] for name in ("Job", "Key", "Progress", "Attempts", "Error")} == {id_, "a", "2/3", "1", "no luck"}
    assert (told["Payload"], told["Checkpoint"]) == ('{"of": "a"}', '{"after": "c2"}')
    assert json.loads((await recado("jobs", "show", id_, "--json")).out)["checkpoint"] == {"after": "c2"}


async def test_pending_jobs_are_cancelled_and_the_first_other_one_is_named(recado: Recado, engine: AsyncEngine) -> None:
    pending, done = await put_job(engine, "a"), await put_job(engine, "b", status="done")

    result = await recado("jobs", "cancel", done, pending)

    assert result.code == 1
    assert result.out == f"{pending} is cancelled.\n"
    assert result.err == f"Error: job {done} is done. Only pending jobs can be cancelled.\n"
    assert (await row(engine, "a"))["status"] == "cancelled"
    assert (await row(engine, "b"))["status"] == "done"


async def test_a_job_that_ended_badly_goes_on(recado: Recado, engine: AsyncEngine) -> None:
    failed = await put_job(engine, "a", status="failed", attempts=10, error="no luck", checkpoint={"after": 1})

    assert (await recado("jobs", "retry", failed)).code == 0
    again = await recado("jobs", "retry", failed)

    assert again.err == f"Error: job {failed} is pending. Only failed and cancelled jobs can be run again.\n"
    left = await row(engine, "a")
    assert (left["status"], left["attempts"], left["error"]) == ("pending", 0, None)
    assert left["checkpoint"] == {"after": 1}


@pytest.mark.parametrize("command", ["show", "cancel", "retry"])
async def test_a_job_that_is_not_there_is_named(recado: Recado, command: str) -> None:
    result = await recado("jobs", command, "nobody")

    assert result.code == 1
    assert "there is no job nobody. See `recado jobs list`." in result.err.replace("bot.py", "recado")


async def test_an_unknown_status_is_told_with_those_there_are(recado: Recado) -> None:
    result = await recado("jobs", "list", "--status", "running")
    assert result.code == 2
    assert result.err.splitlines()[-1] == (
        "Error: --status is one of 'pending', 'done', 'failed', 'cancelled', not running."
    )
