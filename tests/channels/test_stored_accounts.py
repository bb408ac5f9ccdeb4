"""The accounts of the settings and those of the database, together."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.channels import queries, store
from bot.channels.models import Account
from bot.channels.service import SIMULATOR, Accounts, pause
from bot.channels.vault import Vault
from bot.core.actors import SYSTEM
from bot.core.errors import NotConfiguredError
from bot.db.engine import create_engine
from bot.settings import Settings
from tests.support.accounts import SECRET_KEY, add_stored
from tests.support.waiting import eventually

OF_SETTINGS = {
    "BOT_SECRET_KEY": SECRET_KEY,
    "WHATSAPP_PHONE_NUMBER_ID": "1000",
    "WHATSAPP_ACCESS_TOKEN": "token",
    "WHATSAPP_APP_SECRET": "app-secret",
    "WHATSAPP_VERIFY_TOKEN": "verify",
}
OTHER = {"phone_number_id": "2000", "access_token": "t2", "app_secret": "s2", "verify_token": "v2"}


def accounts(changed: Mapping[str, str] = {}) -> Accounts:
    return Accounts(Settings.read({**OF_SETTINGS, **changed}))


def ids(known: Accounts) -> set[str]:
    return {each.id for each in known}


async def test_stored_accounts_stand_beside_those_of_the_settings(engine: AsyncEngine) -> None:
    await add_stored(engine, "whatsapp:2000", OTHER, rate=5.0)
    known = accounts()
    assert await known.refresh(engine)
    assert not await known.refresh(engine)

    assert ids(known) == {"whatsapp:1000", "whatsapp:2000"}
    stored = known.get("whatsapp:2000")
    assert stored is not None
    assert (stored.credentials["access_token"], stored.rate, stored.stored, stored.identity) == (
        "t2",
        5.0,
        True,
        "2000",
    )
    assert "whatsapp:2000" in known
    assert SIMULATOR in known
    assert "whatsapp:3000" not in known


async def test_a_value_that_was_not_given_has_its_default_and_a_missing_one_names_its_mend(engine: AsyncEngine) -> None:
    await add_stored(engine, "whatsapp:2000", {"phone_number_id": "2000"})
    known = accounts()
    await known.refresh(engine)
    stored = known.get("whatsapp:2000")
    assert stored is not None
    assert stored.credentials["api_url"].startswith("https://graph.facebook.com")
    with pytest.raises(NotConfiguredError) as caught:
        stored.credentials["access_token"]
    assert caught.value.message == "access_token is missing"
    assert "bot.py accounts add whatsapp --set access_token=" in caught.value.mend


async def test_what_changes_in_the_database_changes_here(engine: AsyncEngine) -> None:
    known = accounts()
    await known.refresh(engine)
    await add_stored(engine, "whatsapp:2000", OTHER)
    assert await known.refresh(engine)

    await add_stored(engine, "whatsapp:2000", {**OTHER, "access_token": "t3"})
    assert await known.refresh(engine)
    stored = known.get("whatsapp:2000")
    assert stored is not None
    assert stored.credentials["access_token"] == "t3"

    async with engine.begin() as connection:
        await queries.forget_account(connection, "whatsapp:2000")
    assert await known.refresh(engine)
    assert ids(known) == {"whatsapp:1000"}


async def test_a_process_keeps_up_by_itself(engine: AsyncEngine) -> None:
    known = accounts()
    task = asyncio.create_task(known.keep_fresh(engine, interval=0.01))
    await add_stored(engine, "whatsapp:2000", OTHER)

    async def there() -> bool:
        return "whatsapp:2000" in known

    await eventually(there)
    task.cancel()


async def test_an_id_that_the_settings_have_too_is_the_settings(engine: AsyncEngine) -> None:
    await add_stored(engine, "whatsapp:1000", {**OTHER, "phone_number_id": "1000"})
    known = accounts()
    await known.refresh(engine)
    account = known.get("whatsapp:1000")
    assert account is not None
    assert (account.stored, account.credentials["access_token"]) == (False, "token")


async def test_accounts_that_share_their_secrets_are_held_against_a_post_once(engine: AsyncEngine) -> None:
    for number in ("2000", "3000"):
        await add_stored(engine, f"whatsapp:{number}", {**OTHER, "phone_number_id": "2000,3000"})
    await add_stored(engine, "whatsapp:4000", {**OTHER, "phone_number_id": "4000"})
    known = accounts()
    await known.refresh(engine)
    tried = known.every_credentials("whatsapp")
    assert tried[0] is known.credentials("whatsapp")
    assert [each["phone_number_id"] for each in tried] == ["1000", "2000,3000", "4000"]
    assert len(known.every_credentials("twilio")) == 1


async def test_an_account_that_no_key_opens_is_reported_once_and_is_not_there(engine: AsyncEngine) -> None:
    await add_stored(engine, "whatsapp:2000", OTHER, key="another-key-0123456789-0123456789-ab")
    known = accounts()
    await known.refresh(engine)
    assert ids(known) == {"whatsapp:1000"}
    assert known.get("whatsapp:2000") is None
    assert "cannot be decrypted" in known.sealed["whatsapp:2000"].message

    with capture_logs() as logs:
        task = asyncio.create_task(known.keep_fresh(engine, interval=0.01))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    (line,) = logs
    assert (line["log_level"], line["account"]) == ("error", "whatsapp:2000")
    assert "BOT_SECRET_KEY" in line["mend"]


async def test_while_the_database_cannot_be_read_the_accounts_stay_as_they_were(tmp_path: Path) -> None:
    empty = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    known = accounts()
    with capture_logs() as logs:
        task = asyncio.create_task(known.keep_fresh(empty, interval=0.01))

        async def told() -> bool:
            return bool(logs)

        await eventually(told)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(task, return_exceptions=True)
    assert [line["event"] for line in logs] == ["stored accounts cannot be read"]
    assert ids(known) == {"whatsapp:1000"}
    await empty.dispose()


async def test_a_provider_that_this_version_does_not_know_is_passed_over(engine: AsyncEngine) -> None:
    await add_stored(engine, "pigeons:1", {"token": "coo"})
    known = accounts()
    await known.refresh(engine)
    assert ids(known) == {"whatsapp:1000"}


async def test_the_rows_of_the_settings_accounts_keep_name_and_pause(engine: AsyncEngine) -> None:
    known = accounts()
    async with engine.begin() as connection:
        await known.store(connection)
        await pause(connection, "whatsapp:1000", "Being moved.", SYSTEM)
        await connection.execute(update(Account).where(Account.id == "whatsapp:1000").values(name="Shop"))
    async with engine.begin() as connection:
        await accounts({"WHATSAPP_RATE": "7"}).store(connection)
        columns = (Account.name, Account.paused, Account.rate, Account.credentials)
        row = (await connection.execute(select(*columns).where(Account.id == "whatsapp:1000"))).one()
    assert tuple(row) == ("Shop", True, 7.0, None)


async def test_rotation_encrypts_everything_with_the_newest_key_and_may_be_repeated(engine: AsyncEngine) -> None:
    lost = "a-key-that-nobody-has-any-more-0123456789"
    newest = SecretStr("the-newest-key-0123456789-0123456789")
    await add_stored(engine, "whatsapp:2000", OTHER)
    await add_stored(engine, "whatsapp:3000", OTHER, key=newest.get_secret_value())
    await add_stored(engine, "whatsapp:4000", OTHER, key=lost)

    vault = Vault([newest, SecretStr(SECRET_KEY)])
    async with engine.begin() as connection:
        assert await store.rotate_accounts(connection, vault) == (1, 1, ("whatsapp:4000",))
    async with engine.begin() as connection:
        assert await store.rotate_accounts(connection, vault) == (0, 2, ("whatsapp:4000",))

    known = accounts({"BOT_SECRET_KEY": newest.get_secret_value()})
    await known.refresh(engine)
    assert ids(known) == {"whatsapp:1000", "whatsapp:2000", "whatsapp:3000"}
