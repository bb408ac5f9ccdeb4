"""Every command that changes something leaves its line in the audit, and the line tells no secret and no word."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.cli.conftest import Recado
from tests.support import rows
from tests.support.accounts import SECRET_KEY
from tests.support.due import put, row

BUNDLE = """\
bundle: shop
locale: en
templates: {hi: {content: Hello!}}
triggers: [{type: equals, pattern: hi, template: hi}]
"""
VALUES = ("phone_number_id=1000", "access_token=hush-hush", "app_secret=hush-too", "verify_token=hush-three")


async def test_what_commands_change_is_in_the_audit(
    recado: Recado, shell: pytest.MonkeyPatch, engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    shell.setenv("DATABASE_URL", database_url)
    shell.setenv("BOT_SECRET_KEY", SECRET_KEY)
    shell.setenv("LOGNAME", "maria")
    (tmp_path / "shop.yaml").write_text(BUNDLE)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        ana = await rows.add_person(connection)
        await rows.add_inbound(connection, ana, "hello?")
    await put(engine, "a", of="a")
    job = str((await row(engine, "a"))["id"])
    given = [part for value in VALUES for part in ("--set", value)]

    for arguments in (
        ("accounts", "add", "whatsapp", "--name", "Shop", *given),
        ("accounts", "add", "whatsapp", *given),
        ("accounts", "pause", "whatsapp:1000", "--reason", "Being moved."),
        ("accounts", "pause", "whatsapp:1000"),
        ("accounts", "resume", "whatsapp:1000"),
        ("accounts", "remove", "whatsapp:1000"),
        ("flows", "load", "shop.yaml"),
        ("flows", "load", "shop.yaml"),
        ("flows", "archive", "shop"),
        ("contacts", "set", ana.id, "--name", "Ana Souza", "--attribute", "plan=gold"),
        ("contacts", "tag", ana.id, "vip"),
        ("contacts", "untag", ana.id, "vip"),
        ("send", ana.id, "The words themselves."),
        ("contacts", "resume", ana.id),
        ("jobs", "cancel", job),
        ("jobs", "retry", job),
    ):
        result = await recado(*arguments)
        assert result.code == 0, (arguments, result.err)

    lines: list[dict[str, Any]] = json.loads((await recado("audit", "list", "--json")).out)[::-1]
    assert {each["actor"] for each in lines} == {"maria (terminal)"}
    assert [(each["action"], each["resource_id"]) for each in lines] == [
        ("account.add", "whatsapp:1000"),
        ("account.credentials", "whatsapp:1000"),
        ("account.pause", "whatsapp:1000"),
        ("account.resume", "whatsapp:1000"),
        ("account.remove", "whatsapp:1000"),
        ("bundle.publish", "shop"),
        ("bundle.archive", "shop"),
        ("contact.set", ana.id),
        ("contact.tag", ana.id),
        ("contact.untag", ana.id),
        ("message.send", ana.id),
        ("contact.resume", ana.id),
        ("job.cancel", job),
        ("job.retry", job),
    ]
    told = json.dumps(lines)
    assert not [each for each in ("hush", "words themselves", "Ana Souza", "gold") if each in told]
