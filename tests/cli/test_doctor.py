import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.cli.conftest import Recado
from tests.support.openid import identifying

TOKEN = "right-token"


@pytest.fixture
async def graph() -> AsyncIterator[TestServer]:
    """A stand-in for Meta's Graph API that knows one token, and for our own public address."""

    async def know(request: web.Request) -> web.Response:
        right = request.headers.get("Authorization") == f"Bearer {TOKEN}"
        return web.json_response({"id": "1000"} if right else {"error": {"code": 190}}, status=200 if right else 401)

    async def live(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/health/live", live)
    app.router.add_get("/{path:.*}", know)
    server = TestServer(app)
    async with server:
        yield server


@pytest.fixture
async def connected(
    recado: Recado, shell: pytest.MonkeyPatch, graph: TestServer, sqlite_url: str, tmp_path: Path
) -> pytest.MonkeyPatch:
    """A shell in which WhatsApp is configured, and the public address is, and a bundle is live."""
    base = str(graph.make_url("")).rstrip("/")
    for name, value in {
        "DATABASE_URL": sqlite_url,
        "BOT_PUBLIC_URL": base,
        "BOT_SECRET_KEY": "k" * 32,
        "WHATSAPP_API_URL": base,
        "WHATSAPP_PHONE_NUMBER_ID": "1000",
        "WHATSAPP_ACCESS_TOKEN": TOKEN,
        "WHATSAPP_APP_SECRET": "app-secret",
        "WHATSAPP_VERIFY_TOKEN": "verify",
    }.items():
        shell.setenv(name, value)
    (tmp_path / "shop.yaml").write_text("bundle: shop\n", encoding="utf-8")
    assert (await recado("flows", "load", "shop.yaml")).code == 0
    return shell


async def _faults(recado: Recado) -> list[dict[str, Any]]:
    result = await recado("doctor", "whatsapp", "--json")
    faults = [each for each in json.loads(result.out) if each["verdict"] == "fault"]
    assert result.code == (1 if faults else 0)
    assert all(each["mend"] for each in faults)
    return faults


async def test_where_everything_is_well_nothing_is_at_fault(recado: Recado, connected: pytest.MonkeyPatch) -> None:
    del connected
    result = await recado("doctor", "whatsapp")
    assert result.code == 0
    assert result.out.count("✓") == 9
    assert "✗" not in result.out


async def test_a_fresh_install_has_notes_but_no_faults(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    shell.setenv("DATABASE_URL", sqlite_url)
    result = await recado("doctor")
    assert result.code == 0
    assert "! Not connected: WhatsApp, 360dialog, Twilio, " in result.out
    assert result.out.count("!") == 4

    alone = await recado("doctor", "whatsapp")
    assert "! WhatsApp: Not connected." in alone.out
    assert "docs/providers/whatsapp.md" in alone.out


async def test_a_database_without_tables_is_a_fault(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "bot.db").touch()
    result = await recado("doctor")
    assert result.code == 1
    assert "✗ Database: the database has no tables yet.\n  Run `recado migrate`.\n" in result.out


async def test_a_password_is_never_shown(recado: Recado, shell: pytest.MonkeyPatch, postgres_url: str) -> None:
    shell.setenv("DATABASE_URL", postgres_url.replace("postgres:", "postgres:hush-hush", 1))
    result = await recado("doctor")
    assert "hush-hush" not in result.out + result.err


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("WHATSAPP_ACCESS_TOKEN", "wrong-token", "It refuses the credentials (401)."),
        ("WHATSAPP_ACCESS_TOKEN", "", "WHATSAPP_ACCESS_TOKEN is not set."),
        ("WHATSAPP_APP_SECRET", "", "WHATSAPP_APP_SECRET is not set."),
        ("WHATSAPP_VERIFY_TOKEN", "", "WHATSAPP_VERIFY_TOKEN is not set."),
        ("WHATSAPP_PHONE_NUMBER_ID", "", "Only a part of its settings is there."),
        ("WHATSAPP_API_URL", "http://127.0.0.1:1", "the connection was refused"),
        ("BOT_PUBLIC_URL", "http://127.0.0.1:1", "the connection was refused"),
        ("BOT_PUBLIC_URL", "http://bot.example.com", "BOT_PUBLIC_URL is not https"),
        ("BOT_PUBLIC_URL", "", "BOT_PUBLIC_URL is not set"),
        ("BOT_SECRET_KEY", "short", "fewer than 32 characters"),
        ("BOT_INSECURE_WEBHOOKS", "1", "takes webhooks that nobody signed"),
    ],
)
async def test_each_fault_is_told_with_its_mend(
    recado: Recado, connected: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    connected.setenv(name, value)
    faults = await _faults(recado)
    if name == "BOT_PUBLIC_URL" or value:
        assert len(faults) == 1
    assert told in faults[0]["message"]


async def test_a_public_address_where_someone_else_answers_is_a_fault(
    recado: Recado, connected: pytest.MonkeyPatch, graph: TestServer
) -> None:
    connected.setenv("BOT_PUBLIC_URL", str(graph.make_url("/elsewhere")))
    [fault] = await _faults(recado)
    assert "/elsewhere/health/live answers 401." in fault["message"]


async def test_an_unknown_provider_is_wrong_usage(recado: Recado) -> None:
    result = await recado("doctor", "pigeons")
    assert result.code == 2
    assert result.err.startswith("Error: there is no provider pigeons. Choose one of whatsapp,")


@pytest.mark.parametrize("url", ["graph.facebook.com", "https://", "http://[::1"])
async def test_where_messages_are_sent_must_be_an_address(
    recado: Recado, connected: pytest.MonkeyPatch, url: str
) -> None:
    connected.setenv("WHATSAPP_API_URL", url)
    result = await recado("doctor", "whatsapp")
    assert (result.code, result.out) == (1, "")
    assert result.err == "Error: WHATSAPP_API_URL is not an address. Write WHATSAPP_API_URL as https://host/path.\n"


async def test_settings_that_are_all_there_but_name_no_account_are_to_be_compared(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    for name, value in {
        "DATABASE_URL": sqlite_url,
        "TELEGRAM_BOT_TOKEN": "no-token",
        "TELEGRAM_WEBHOOK_SECRET": "secret",
    }.items():
        shell.setenv(name, value)
    result = await recado("doctor", "telegram")
    assert result.code == 1
    assert "✗ Telegram: Its settings do not say which account they are for.\n" in result.out
    assert "Compare TELEGRAM_BOT_TOKEN, TELEGRAM_WEBHOOK_SECRET with docs/providers/telegram.md.\n" in result.out


async def test_what_few_accounts_have_is_not_called_missing(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    for name, value in {"DATABASE_URL": sqlite_url, "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token"}.items():
        shell.setenv(name, value)
    result = await recado("doctor", "twilio")
    assert "Set TWILIO_FROM, TWILIO_WHATSAPP_FROM; docs/providers/twilio.md" in result.out


async def test_providers_at_which_people_sign_in_are_asked_about_themselves(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    async with identifying() as there:
        for name, value in {"DATABASE_URL": sqlite_url, **there.settings()}.items():
            shell.setenv(name, value)
        well = await recado("doctor")
        there.document = {"issuer": "https://other.example"}
        another = await recado("doctor")
        shell.delenv("BOT_OIDC_CLIENT_SECRET")
        part = await recado("doctor")
        started = await recado("run", "--port", "0")

    assert well.code == 0
    assert "✓ Signing in with Shop ID: It answers." in well.out
    assert "must be http://127.0.0.1:8080/sign-in/with/oidc/back" in " ".join(well.out.split())
    assert another.code == 1
    assert "it calls itself https://other.example" in " ".join(another.out.split())
    assert "Compare BOT_OIDC_ISSUER" in another.out
    assert part.code == 1
    assert "BOT_OIDC_CLIENT_SECRET is not" in " ".join(part.out.split())
    assert started.code == 1
    assert "BOT_OIDC_CLIENT_SECRET is not" in " ".join((started.out + started.err).split())
