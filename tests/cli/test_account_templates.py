"""The command `accounts templates`, as a person uses it."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.cli.conftest import Recado
from tests.support import standins
from tests.support.accounts import SECRET_KEY
from tests.support.standins import StandIns, standing_in

ID = "whatsapp:1000"


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    async with standing_in() as made:
        yield made


@pytest.fixture
def ready(shell: pytest.MonkeyPatch, database_url: str, providers: StandIns) -> pytest.MonkeyPatch:
    """A shell whose settings name a WhatsApp account and the business that it belongs to."""
    given = {
        "DATABASE_URL": database_url,
        "BOT_SECRET_KEY": SECRET_KEY,
        "WHATSAPP_API_URL": f"{providers.url}/v24.0",
        "WHATSAPP_PHONE_NUMBER_ID": "1000",
        "WHATSAPP_ACCESS_TOKEN": standins.ACCESS_TOKEN,
        "WHATSAPP_APP_SECRET": "s",
        "WHATSAPP_VERIFY_TOKEN": "v",
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "1022",
    }
    for name, value in given.items():
        shell.setenv(name, value)
    return shell


async def test_templates_are_asked_for_and_listed(recado: Recado, ready: pytest.MonkeyPatch) -> None:
    del ready
    none = await recado("accounts", "templates", ID)
    assert (none.code, none.out) == (0, "None are listed: ask for them with --refresh.\n")

    listed = await recado("accounts", "templates", ID, "--refresh")
    assert listed.code == 0, listed.err
    lines = [line.split("\t")[:5] for line in listed.out.splitlines()]
    assert ["pickup", "pt_BR", "MARKETING", "APPROVED", "5"] in lines
    assert ["summer_cards", "es", "MARKETING", "APPROVED", "CAROUSEL"] in lines

    shown = json.loads((await recado("accounts", "templates", ID, "--json")).out)
    pickup = next(each for each in shown["templates"] if each["name"] == "pickup")
    assert (pickup["is_sendable"], pickup["fields"][0], pickup["gone_at"]) == (True, "header.1", None)
    assert (shown["error"], shown["listed_at"] is None) == ("", False)


async def test_why_they_cannot_be_listed_is_told_and_what_was_listed_stays(
    recado: Recado, ready: pytest.MonkeyPatch
) -> None:
    await recado("accounts", "templates", ID, "--refresh")
    ready.setenv("WHATSAPP_ACCESS_TOKEN", "wrong")
    failed = await recado("accounts", "templates", ID, "--refresh")
    assert failed.code == 3
    assert "The access token is wrong" in failed.err
    kept = await recado("accounts", "templates", ID)
    assert "pickup" in kept.out
    assert "They could not be listed. The access token is wrong" in kept.out

    ready.setenv("WHATSAPP_BUSINESS_ACCOUNT_ID", "")
    unset = await recado("accounts", "templates", ID, "--refresh")
    assert "WHATSAPP_BUSINESS_ACCOUNT_ID" in unset.err
    for more in ([], ["--refresh"]):
        nobody = await recado("accounts", "templates", "whatsapp:2", *more)
        assert "there is no account whatsapp:2" in nobody.err
