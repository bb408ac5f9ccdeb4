"""What the docs and the document show as examples does what it says, against a real server."""

import asyncio
import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import HTTPError

import pytest

from bot.api.document import python
from bot.api.operations import Operation
from bot.api.resources import RESOURCES, messages
from bot.messages.outbox.verdicts import REASONS
from bot.users.rules import LEAST_ROLE
from tests.support.programs import Program, Served

CLIENT = Path(__file__).parent.parent.parent / "docs" / "examples" / "recado_client.py"


@pytest.fixture
def client() -> Iterator[ModuleType]:
    """The client, as somebody imports it who has copied it."""
    spec = util.spec_from_file_location("recado_client", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["recado_client"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["recado_client"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_client_pages_asks_once_and_says_what_is_wrong(served: Served, client: ModuleType) -> None:
    program = await served.program(rate_limit=100_000)
    shop = client.Recado(str(served.doors.base), program.token)

    def work() -> dict[str, Any]:
        made = [shop.post("/contacts", {"email": f"p{each}@example.com"}, key=f"k{each}")["id"] for each in range(7)]
        again = shop.post("/contacts", {"email": "p0@example.com"}, key="k0")["id"]
        listed = [each["id"] for each in shop.pages("/contacts", limit=3)]
        told = {}
        for name, path in {"unknown": "/contacts/c1", "query": "/contacts?limit=0"}.items():
            try:
                shop.get(path)
            except client.Problem as problem:
                told[name] = (problem.status, problem.kind)
        return {"made": made, "again": again, "listed": listed, "told": told}

    found = await asyncio.to_thread(work)

    assert found["again"] == found["made"][0]
    assert sorted(found["listed"]) == sorted(found["made"])
    assert found["told"] == {"unknown": (404, "not_found"), "query": (400, "invalid_query")}
    assert len(CLIENT.read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_busy_server_is_asked_again(
    served: Served, client: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(client.time, "sleep", waited.append)
    slow = await served.program(rate_limit=1)
    shop = client.Recado(str(served.doors.base), slow.token)

    def work() -> str:
        shop.get("/contacts")
        try:
            shop.get("/contacts")
        except client.Problem as problem:
            return str(problem.kind)
        return ""

    assert await asyncio.to_thread(work) == "too_many"
    assert len(waited) == client.TRIES - 1
    assert all(50 <= each <= 61 for each in waited)


def test_the_guide_says_what_to_do_about_each_code() -> None:
    guide = (CLIENT.parent.parent / "api.md").read_text(encoding="utf-8")
    [send] = [each for resource in RESOURCES for each in resource.operations if each.name == "send_message"]
    codes = re.findall(r"`(\w+)`", send.description)

    assert len(codes) == 15
    assert [each for each in (*codes, *REASONS) if f"`{each}`" not in guide] == []


NOT_JUST_SO = {
    "create_contact_consent": (422, "refused"),
    "send_message": (422, "refused"),
    "reply_to_conversation": (422, "refused"),
    "preview_contact_merge": (404, "not_found"),
    "create_contact_merge": (409, "conflict"),
    "label_conversation": (404, "not_found"),
    "label_conversations": (404, "not_found"),
    "unlabel_conversation": (404, "not_found"),
    "unlabel_conversations": (404, "not_found"),
}
"""Examples that are right and are refused all the same, by a shop that has no account, and nobody of whom they tell."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_each_example_of_the_document_is_taken(
    served: Served, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECADO_TOKEN", shop.token)
    contact = (await shop.post("/contacts", {"phone": "+351912345678"})).body["id"]
    known = {"contact_id": contact}

    for operation in (each for resource in RESOURCES for each in resource.operations):
        told = await asyncio.to_thread(run, operation, str(served.doors.base.origin()), known)
        if operation.name in NOT_JUST_SO:
            assert told == NOT_JUST_SO[operation.name], operation.name
        elif set(operation.example.get("path", {})) - known.keys():
            # Its example names something that is not there.
            assert told[0] in {200, 201, 204, 404, 409}, (operation.name, told)
        else:
            assert told[0] in {200, 201, 204}, (operation.name, told)


def run(operation: Operation, origin: str, known: Mapping[str, str]) -> tuple[int, str]:
    """Run the example in Python, about things that there are; gives the status, and the kind of problem."""
    code = python(operation, origin)
    for name, placeholder in operation.example.get("path", {}).items():
        code = code.replace(placeholder, known.get(name, placeholder))
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, operation.name, "exec"), {})  # noqa: S102 - the example itself
    except HTTPError as error:
        return error.code, str(json.loads(error.read()).get("type", "")).rpartition("#")[2]
    assert printed.getvalue().strip()
    return 200, ""


def test_the_guides_name_every_code_and_every_scope_with_its_role() -> None:
    guides = CLIENT.parent.parent
    sources = Path(messages.__file__).parent.glob("*.py")
    codes = {code for each in sources for code in re.findall(r'code="(\w+)"', each.read_text(encoding="utf-8"))}
    told = (guides / "api.md").read_text(encoding="utf-8")
    rows = [each for each in (guides / "users.md").read_text(encoding="utf-8").splitlines() if each.startswith("| `")]

    assert len(codes) > 10
    assert sorted(each for each in codes if f"`{each}`" not in told) == []
    roles = {
        scope: row.rpartition("| ")[2].removesuffix(" |") for row in rows for scope in re.findall(r"`(\w+\.\w+)`", row)
    }
    assert roles == {scope.value: role.value for scope, role in LEAST_ROLE.items()}
