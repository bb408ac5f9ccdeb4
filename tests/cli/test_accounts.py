"""The command `accounts`, as a person uses it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import pause, slow_down
from bot.core.actors import SYSTEM
from bot.core.clock import utc_now
from tests.cli.conftest import Recado
from tests.support import rows, standins
from tests.support.accounts import SECRET_KEY
from tests.support.standins import StandIns, standing_in

NUMBER = "800000000000009"
ID = f"whatsapp:{NUMBER}"
SECRETS = ("the-apps-secret-9", "the-verify-token-9")


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    async with standing_in() as made:
        yield made


@pytest.fixture
def ready(shell: pytest.MonkeyPatch, database_url: str) -> pytest.MonkeyPatch:
    """A shell with a database, a key and a public address."""
    shell.setenv("DATABASE_URL", database_url)
    shell.setenv("BOT_SECRET_KEY", SECRET_KEY)
    shell.setenv("BOT_PUBLIC_URL", "https://bot.example.com")
    return shell


def values(providers: StandIns, **changed: str) -> list[str]:
    given = {
        "api_url": f"{providers.url}/v24.0",
        "phone_number_id": NUMBER,
        "access_token": standins.ACCESS_TOKEN,
        "app_secret": SECRETS[0],
        "verify_token": SECRETS[1],
        **changed,
    }
    return [part for key, value in given.items() if value for part in ("--set", f"{key}={value}")]


async def added(recado: Recado, providers: StandIns, *more: str, **changed: str) -> None:
    result = await recado("accounts", "add", "whatsapp", *values(providers, **changed), *more)
    assert result.code == 0, result.err


async def listed(recado: Recado) -> list[dict[str, Any]]:
    result = await recado("accounts", "list", "--json")
    assert result.code == 0, result.err
    found: list[dict[str, Any]] = json.loads(result.out)
    return found


async def test_an_added_account_is_told_with_its_webhook_and_listed(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    del ready
    options = ("--name", "Shop", "--rate", "12")
    result = await recado("accounts", "add", "whatsapp", *values(providers), *options)
    assert result.code == 0
    assert result.out == (
        f"{ID} is added.\nGive WhatsApp this webhook URL: https://bot.example.com/webhooks/whatsapp/{NUMBER}\n"
    )

    assert await listed(recado) == [
        {
            "id": ID,
            "name": "Shop",
            "provider": "whatsapp",
            "source": "stored",
            "rate": 12.0,
            "slowed": 1.0,
            "paused": False,
            "paused_reason": "",
            "queued": 0,
            "oldest": None,
            "tested": False,
            "refused_at": None,
            "fault": "",
        }
    ]
    assert (await recado("accounts", "list")).out == f"{ID}\tShop\tstored\t12\tuntested\t\n"


async def test_values_may_come_from_files(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns, tmp_path: Path
) -> None:
    del ready
    (tmp_path / "token.txt").write_text(f"{standins.ACCESS_TOKEN}\n", encoding="utf-8")
    await added(recado, providers, access_token=f"@{tmp_path / 'token.txt'}")
    result = await recado("accounts", "test", ID)
    assert (result.code, result.out) == (
        0,
        f"✓ WhatsApp {NUMBER}: Its signatures can be checked.\n✓ WhatsApp {NUMBER}: It knows the credentials.\n",
    )


async def test_an_account_that_is_added_again_gets_the_new_credentials_and_keeps_its_name(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    del ready
    await added(recado, providers, "--name", "Shop", access_token="wrong-token")
    result = await recado("accounts", "test", ID)
    assert result.code == 1
    assert f"✗ WhatsApp {NUMBER}: It refuses the credentials (401). The access token is wrong" in result.out
    assert "recado accounts add whatsapp" in result.out
    await recado("accounts", "pause", ID, "--reason", "Wrong token.")

    result = await recado("accounts", "add", "whatsapp", *values(providers))
    assert f"{ID} has new credentials.\n" in result.out
    assert f"`recado accounts resume {ID}`" in result.out
    assert (await recado("accounts", "test", ID)).code == 0
    (account,) = await listed(recado)
    assert (account["name"], account["paused"]) == ("Shop", True)


async def test_values_for_several_senders_add_an_account_each(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    ready.setenv("BOT_PUBLIC_URL", "")
    result = await recado("accounts", "add", "whatsapp", *values(providers, phone_number_id="1,2"))
    assert "whatsapp:1 is added." in result.out
    assert "Its webhook URL is /webhooks/whatsapp/2 after the address that BOT_PUBLIC_URL will name." in result.out
    assert [each["id"] for each in await listed(recado)] == ["whatsapp:1", "whatsapp:2"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["pigeons"], 2, "there is no provider pigeons. Choose one of whatsapp,"),
        (["whatsapp", "--set", "hush"], 2, "--set takes KEY=VALUE. Keys are api_url, phone_number_id,"),
        (["whatsapp", "--set", "colour=hush"], 2, "WhatsApp has no colour. Keys are api_url, phone_number_id,"),
        (["whatsapp", "--set", "api_url=hush"], 2, "api_url is not an address"),
        (["whatsapp", "--rate", "0"], 2, "--rate is not a number above 0"),
        (["whatsapp"], 1, "these values do not say which account they are for. Check them"),
        (["whatsapp", "--set", "phone_number_id=1"], 1, "is missing. Give it: `recado accounts add whatsapp --set"),
        (["whatsapp", "--set", "access_token=@nowhere.txt"], 1, "nowhere.txt: No such file or directory"),
    ],
)
async def test_what_is_wrong_with_a_new_account_is_told_and_no_value_is_shown(
    recado: Recado, ready: pytest.MonkeyPatch, arguments: list[str], code: int, told: str
) -> None:
    del ready
    result = await recado("accounts", "add", *arguments)
    assert result.code == code
    assert told in result.err
    assert "hush" not in result.err
    assert await listed(recado) == []


async def test_a_file_that_is_no_text_is_told(recado: Recado, ready: pytest.MonkeyPatch, tmp_path: Path) -> None:
    del ready
    (tmp_path / "token.bin").write_bytes(b"\xff\xfe\x00")
    result = await recado("accounts", "add", "whatsapp", "--set", "access_token=@token.bin")
    assert (result.code, result.err) == (1, "Error: token.bin is not UTF-8 text. Check the path.\n")


async def test_without_a_key_nothing_is_added(recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns) -> None:
    ready.delenv("BOT_SECRET_KEY")
    result = await recado("accounts", "add", "whatsapp", *values(providers))
    assert result.code == 1
    assert result.err.startswith("Error: BOT_SECRET_KEY is not set, so secrets cannot be encrypted.")
    assert "token_urlsafe" in result.err
    assert await listed(recado) == []


async def test_an_account_of_the_settings_is_changed_and_removed_there(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    for name, value in providers.settings().items():
        if name.startswith("WHATSAPP_"):
            ready.setenv(name, value)
    ready.setenv("WHATSAPP_PHONE_NUMBER_ID", NUMBER)
    (account,) = await listed(recado)
    assert (account["id"], account["source"], account["rate"]) == (ID, "settings", 80.0)

    result = await recado("accounts", "add", "whatsapp", *values(providers))
    assert (result.code, f"{ID} is configured by the settings" in result.err) == (1, True)
    result = await recado("accounts", "remove", ID)
    assert result.code == 1
    assert "Delete WHATSAPP_API_URL, WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_ACCESS_TOKEN" in result.err
    result = await recado("accounts", "test", ID)
    assert (result.code, result.out.count("✓ WhatsApp:")) == (0, 2)

    assert (await recado("accounts", "pause", ID)).out == f"{ID} is paused; what is queued waits.\n"
    assert (await recado("accounts", "pause", ID)).out == f"{ID} is paused already.\n"
    (account,) = await listed(recado)
    assert (account["paused"], account["paused_reason"]) == (True, "Paused by hand.")
    assert (await recado("accounts", "resume", ID)).out == f"{ID} sends again.\n"
    assert (await recado("accounts", "resume", ID)).out == f"{ID} is not paused.\n"


@pytest.mark.parametrize("command", ["test", "pause", "resume", "remove"])
@pytest.mark.parametrize("account_id", ["whatsapp:1", "simulator", "nobody"])
async def test_an_account_that_is_not_there_is_told(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str, command: str, account_id: str
) -> None:
    shell.setenv("DATABASE_URL", sqlite_url)
    result = await recado("accounts", command, account_id)
    expected = f"Error: there is no account {account_id}. See `recado accounts list`.\n"
    assert (result.code, result.err) == (1, expected)


async def test_the_list_tells_the_queue_the_pause_and_the_slowness(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns, engine: AsyncEngine
) -> None:
    del ready
    await added(recado, providers, "--rate", "20")
    async with engine.begin() as connection:
        person = await rows.add_person(connection)
        for _ in range(2):
            await rows.add_outbound(connection, person, account=ID)
        await pause(connection, ID, "Its token\nhas expired.", SYSTEM)
        await slow_down(connection, ID, utc_now())
    (account,) = await listed(recado)
    assert (account["queued"], account["slowed"]) == (2, pytest.approx(0.5, abs=0.05))
    assert account["oldest"] is not None
    line = (await recado("accounts", "list")).out
    assert "of 20\tpaused: Its token has expired.\t2 since 20" in line


async def test_an_account_with_a_queue_is_removed_by_force_alone(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns, engine: AsyncEngine
) -> None:
    del ready
    await added(recado, providers)
    async with engine.begin() as connection:
        person = await rows.add_person(connection)
        waiting = await rows.add_outbound(connection, person, account=ID)
        sent = await rows.add_outbound(connection, person, account=ID, status="sent")
    result = await recado("accounts", "remove", ID)
    assert result.code == 1
    assert result.err == (
        f"Error: messages wait to be sent through {ID}: 1. Let them be sent first, or fail them with --force.\n"
    )

    result = await recado("accounts", "remove", ID, "--force")
    assert result.out == f"{ID} is removed.\nMessages that will not be sent: 1.\n"
    assert await listed(recado) == []
    failed = await rows.columns(engine, waiting)
    assert (failed["status"], failed["error"]) == ("failed", "account_removed")
    assert failed["error_reason"] == "Its account was removed before it was sent."
    assert (await rows.columns(engine, sent))["status"] == "sent"

    await added(recado, providers)
    assert [each["id"] for each in await listed(recado)] == [ID]


async def test_a_queue_that_its_account_left_behind_is_listed_and_given_up_by_force(
    recado: Recado, ready: pytest.MonkeyPatch, engine: AsyncEngine
) -> None:
    del ready
    async with engine.begin() as connection:
        await rows.add_account(connection, ID, rate=80)
        await rows.add_outbound(connection, await rows.add_person(connection), account=ID)
    (account,) = await listed(recado)
    assert (account["source"], account["queued"]) == ("removed", 1)
    assert "has no credentials any more" in (await recado("accounts", "list")).out
    assert (await recado("accounts", "remove", ID, "--force")).code == 0
    assert (await recado("accounts", "list")).out == "There are no accounts: docs/accounts.md tells how to add one.\n"


async def test_keys_are_rotated_by_a_command_that_may_be_repeated(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    await added(recado, providers)
    newest = "the-newest-key-0123456789-0123456789"
    ready.setenv("BOT_SECRET_KEY", f"{newest},{SECRET_KEY}")
    said = "Encrypted anew with the newest key: {}.\nEncrypted with it already: {}.\n"
    assert (await recado("accounts", "rotate")).out == said.format(1, 0)
    assert (await recado("accounts", "rotate")).out == said.format(0, 1)

    ready.setenv("BOT_SECRET_KEY", newest)
    assert (await recado("accounts", "test", ID)).code == 0


async def test_an_account_that_no_key_opens_is_told_everywhere_and_can_be_added_again(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    await added(recado, providers)
    ready.setenv("BOT_SECRET_KEY", "another-key-0123456789-0123456789-ab")
    (account,) = await listed(recado)
    assert account["fault"] == f"the credentials of {ID} cannot be decrypted"
    assert account["fault"] in (await recado("accounts", "list")).out
    for command in ("test", "rotate"):
        result = await recado("accounts", command, *([ID] if command == "test" else []))
        assert result.code == 1
        assert "BOT_SECRET_KEY" in result.err
    result = await recado("doctor", "whatsapp")
    assert f"✗ {ID}: the credentials of {ID} cannot be decrypted." in result.out
    assert (await recado("accounts", "pause", ID)).code == 0

    await added(recado, providers)
    assert (await recado("accounts", "test", ID)).code == 0


async def test_the_doctor_looks_at_stored_accounts_and_tells_which_are_paused(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    ready.setenv("BOT_PUBLIC_URL", "http://127.0.0.1:1")
    await added(recado, providers, access_token="wrong-token")
    await recado("accounts", "pause", ID, "--reason", "Its token has expired.")
    result = await recado("doctor", "whatsapp")
    assert f"✓ WhatsApp {NUMBER}: Its signatures can be checked.\n" in result.out
    assert f"✗ WhatsApp {NUMBER}: It refuses the credentials (401). The access token is wrong" in result.out
    assert f"! {ID}: It is paused: Its token has expired." in result.out
    assert "Not connected" not in result.out


async def test_on_a_terminal_what_is_missing_is_asked_for_and_secrets_are_not_shown(
    recado: Recado, ready: pytest.MonkeyPatch, providers: StandIns
) -> None:
    typed = iter([f" {NUMBER} ", standins.ACCESS_TOKEN, *SECRETS])
    asked = []

    def types(question: str, **options: object) -> str:
        asked.append((question, options["hide_input"]))
        return next(typed)

    ready.setattr("sys.stdin.isatty", lambda: True)
    ready.setattr("typer.prompt", types)
    result = await recado("accounts", "add", "whatsapp", "--set", f"api_url={providers.url}/v24.0")
    assert result.code == 0, result.err
    assert [question.rpartition("(")[2] for question, _hidden in asked] == [
        "phone_number_id)",
        "access_token)",
        "app_secret)",
        "verify_token)",
    ]
    assert [hidden for _question, hidden in asked] == [False, True, True, True]
    assert (await recado("accounts", "test", ID)).code == 0
