"""`doctor` asks a mail server whether it knows user and password, and sends nothing."""

import json

import pytest

from tests.cli.conftest import Recado
from tests.support.mail_server import PASSWORD, USER, Postbox, known, mail_server

SETTINGS = {
    "MIME_SECRET": "mime-secret-for-tests",
    "MIME_FROM": "oi@example.org",
    "MIME_SMTP_HOST": "127.0.0.1",
    "MIME_SMTP_USER": USER,
    "MIME_SMTP_PASSWORD": PASSWORD,
}


async def found(recado: Recado, shell: pytest.MonkeyPatch, database_url: str, port: int, **changed: str) -> str:
    """What is said of the credentials."""
    for name, value in {**SETTINGS, "DATABASE_URL": database_url, "MIME_SMTP_PORT": str(port), **changed}.items():
        shell.setenv(name, value)
    result = await recado("doctor", "mime", "--json")
    said = [each for each in json.loads(result.out) if each["subject"] == "Your own mail server"]
    assert PASSWORD not in result.out
    return str(said[-1]["message"])


@pytest.mark.parametrize(
    ("password", "message"),
    [(PASSWORD, "It knows the credentials."), ("wrong", "It refuses the credentials (535).")],
)
async def test_user_and_password_are_tried(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str, password: str, message: str
) -> None:
    postbox = Postbox()
    async with mail_server(postbox, authenticator=known, auth_require_tls=False) as port:
        assert await found(recado, shell, sqlite_url, port, MIME_SMTP_PASSWORD=password) == message
    assert postbox.mails == []


async def test_a_server_that_takes_no_log_in_is_told_of(
    recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    async with mail_server(Postbox(), authenticator=known) as port:
        assert "does not let anyone log in" in await found(recado, shell, sqlite_url, port)


async def test_a_port_that_is_none_is_named(recado: Recado, shell: pytest.MonkeyPatch, sqlite_url: str) -> None:
    assert "MIME_SMTP_PORT" in await found(recado, shell, sqlite_url, 0)
