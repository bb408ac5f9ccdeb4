"""No secret of an account is in the database, in a log or in what a command says, whatever becomes of it."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from tests.cli.conftest import Recado
from tests.support import posts
from tests.support.accounts import SECRET_KEY
from tests.support.rows import columns
from tests.support.served import Served, serving
from tests.support.waiting import eventually

NUMBER = "800000000000009"
ID = f"whatsapp:{NUMBER}"
NEWEST = "the-newest-key-0123456789-0123456789"
ACCESS_TOKEN = "an-access-token-that-is-refused"
APP_SECRET = "the-apps-secret-of-number-9"
VERIFY_TOKEN = "the-verify-token-of-number-9"
SECRETS = (ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN, SECRET_KEY, NEWEST)


async def _refused(bot: Served) -> str:
    """Someone writes to the account, and its provider refuses the answer; gives why."""
    post = posts.signed_whatsapp(posts.whatsapp_message("hi", number=NUMBER), secret=APP_SECRET)
    assert (await bot.post("whatsapp", post)).status == 200
    assert (await bot.post("whatsapp", (post[0], post[1] + b" "))).status == 401
    (answer,) = await bot.messages("outbound")

    async def tried() -> bool:
        return (await columns(bot.engine, answer.id))["error"] is not None

    await eventually(tried)
    return str((await columns(bot.engine, answer.id))["error_reason"])


def _bytes(folder: Path) -> bytes:
    """The database, with what is not yet in its main file."""
    return b"".join(path.read_bytes() for path in folder.glob("bot.db*"))


@pytest.mark.usefixtures("shell")
async def test_secrets_are_nowhere_in_the_clear(
    recado: Recado,
    monkeypatch: pytest.MonkeyPatch,
    sqlite_url: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("BOT_SECRET_KEY", SECRET_KEY)
    said: list[str] = []

    async def run(*arguments: str) -> None:
        result = await recado(*arguments)
        said.append(result.out + result.err)

    with capture_logs() as logs:
        async with serving(sqlite_url, BOT_SECRET_KEY=f"{NEWEST},{SECRET_KEY}") as bot:
            given = {
                "api_url": f"{bot.providers.url}/v24.0",
                "phone_number_id": NUMBER,
                "access_token": ACCESS_TOKEN,
                "app_secret": APP_SECRET,
                "verify_token": VERIFY_TOKEN,
            }
            values = [part for key, value in given.items() for part in ("--set", f"{key}={value}")]
            await run("accounts", "add", "whatsapp", *values)

            async def known() -> bool:
                return (await bot.ask("GET", f"/webhooks/whatsapp/{NUMBER}")).status != 404

            await eventually(known)
            monkeypatch.setenv("BOT_SECRET_KEY", f"{NEWEST},{SECRET_KEY}")
            for arguments in (
                ("accounts", "list"),
                ("accounts", "list", "--json"),
                ("accounts", "test", ID),
                ("accounts", "rotate"),
                ("accounts", "test", ID),
                ("doctor", "whatsapp", "--json"),
                ("accounts", "add", "whatsapp", *values, "--set", f"colour={ACCESS_TOKEN}"),
                ("accounts", "add", "whatsapp", "--set", ACCESS_TOKEN),
            ):
                await run(*arguments)
            said.append(await _refused(bot))
            said.append((await bot.ask("GET", "/metrics", headers=bot.operator)).text)
        monkeypatch.setenv("BOT_SECRET_KEY", "another-key-0123456789-0123456789-ab")
        for arguments in (("accounts", "list"), ("accounts", "test", ID), ("accounts", "rotate"), ("doctor",)):
            await run(*arguments)

    shown = "\n".join([*said, str(logs), caplog.text, *capsys.readouterr()])
    assert "It refuses the credentials (401)." in shown
    assert "cannot be decrypted" in shown
    assert [secret for secret in SECRETS if secret in shown] == []
    database = _bytes(Path(str(make_url(sqlite_url).database)).parent)
    assert NUMBER.encode() in database
    assert [secret for secret in SECRETS if secret.encode() in database] == []
