"""What people who run the bot meet at the terminal: settings, commands, the first minutes."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prompt_toolkit.application import create_app_session, get_app
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.app.server import make_app
from bot.cli.completion import completed
from bot.cli.env_example import setting_names
from bot.cli.misspelt import Misspelt, misspelt
from bot.cli.program import as_called, called
from bot.cli.typed_lines import typed_lines
from bot.contacts.service import Sender, identify
from bot.core.addresses import Address, AddressKind
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.flows.checking import read_folder
from bot.settings import Settings
from tests.cli.conftest import Recado, recado, shell
from tests.cli.test_doctor import connected, graph
from tests.support.tables import for_each

__all__ = ["connected", "graph", "recado", "shell"]

TOUR = """\
bundle: shop
triggers:
  - {type: equals, pattern: help, flow: person}
  - {type: equals, pattern: hi, template: hello}
templates:
  hello: {content: Hello there}
  calling: {content: Somebody will write to you}
flows:
  person:
    steps:
      - {key: call, type: end, template: calling, handoff: true}
"""


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    """A terminal on which keys are pressed."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


async def _all(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


@pytest.mark.parametrize("leaving", ["\x03", "\x04"])
async def test_A06_ctrl_c_and_ctrl_d_leave_the_chat_at_once(keyboard: PipeInput, leaving: str) -> None:
    keyboard.send_text(f"hi\r{leaving}")
    assert await asyncio.wait_for(_all(typed_lines()), 10) == ["hi"]


async def test_A06_arrow_up_brings_back_what_was_typed(keyboard: PipeInput) -> None:
    lines = typed_lines()
    keyboard.send_text("hi\r")
    assert await anext(lines) == "hi"
    again = asyncio.ensure_future(anext(lines))
    while get_app().current_buffer.text != "hi":
        # What was typed before is fetched in the background, once the prompt stands.
        keyboard.send_text("\x1b[A")
        await asyncio.sleep(0.01)
    keyboard.send_text("\r")
    assert await again == "hi"


async def test_A06_a_hand_off_is_told_with_the_way_out_which_works(
    recado: Recado, shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "shop.yaml").write_text(TOUR, encoding="utf-8")
    shell.setattr(sys, "stdin", io.StringIO("help\nhi\n/restart\nhi\n/help\n"))

    said = (await recado("chat")).out.splitlines()

    assert said[:5] == [
        "Somebody will write to you",
        "(a person has the conversation, so the bot is silent; /restart ends that)",
        "The next message begins anew.",
        "Hello there",
        "  /why      tells why the bot answered the last message so, or did not",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["messages", "list"],
        ["contacts", "list"],
        ["flows", "list"],
        ["accounts", "list"],
        ["why", "--last"],
        ["send", "ana", "hi"],
        ["doctor"],
    ],
)
async def test_A07_reading_where_there_is_no_database_makes_none(
    recado: Recado, tmp_path: Path, arguments: list[str]
) -> None:
    result = await recado(*arguments)
    assert result.code in {1, 3}
    assert "there is no database bot.db here" in result.out + result.err
    assert not (tmp_path / "bot.db").exists()


@for_each(
    ("argv0", "program"),
    [
        ("bot.py", "python bot.py"),
        ("./bot.py", "python bot.py"),
        ("/srv/bot/.venv/bin/recado", "recado"),
        ("/srv/bot/cli/main.py", "python -m bot.cli.main"),
    ],
)
def test_A07_mends_name_the_program_as_it_was_called(argv0: str, program: str) -> None:
    assert called(argv0) == program
    assert as_called("Run `python bot.py migrate`, or `bot.py run`.", program) == (
        f"Run `{program} migrate`, or `{program} run`."
    )


async def test_A07_a_database_that_refuses_is_named_without_its_password(
    recado: Recado, shell: pytest.MonkeyPatch
) -> None:
    shell.setenv("DATABASE_URL", "postgresql://ana:hush@127.0.0.1:1/shop")
    result = await recado("contacts", "list")
    assert result.code == 3
    assert "the connection was refused (the database shop on 127.0.0.1:1)" in result.err
    assert "hush" not in result.err


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [("watsapp", "whatsapp"), ("twillio", "twilio"), ("360dialg", "dialog360"), ("Meilgun", "mailgun")],
)
async def test_A07_a_misspelt_provider_is_guessed(recado: Recado, spelled: str, meant: str) -> None:
    result = await recado("doctor", spelled)
    assert (result.code, result.err) == (2, f"Error: there is no provider {spelled}. Did you mean {meant}?\n")


async def test_A07_check_load_and_send_answer_in_json(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(TOUR, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("bundle: bad\nwelcome: nothing\n", encoding="utf-8")
    await recado("migrate")

    checked = await recado("flows", "check", "bad.yaml", "--json")
    loaded = await recado("flows", "load", "shop.yaml", "--json")

    assert checked.code == 1
    [fault] = json.loads(checked.out)["faults"]
    assert (fault["file"], fault["line"], fault["code"]) == ("bad.yaml", 2, "R01")
    assert json.loads(loaded.out) == [{"name": "shop", "version": 1, "changed": True}]


@pytest.mark.parametrize("name", ["run", "chat", "flows", "send", "accounts", "doctor"])
async def test_A07_help_shows_examples(recado: Recado, name: str) -> None:
    assert f"Examples:\n  recado {name}" in (await recado(name, "--help")).out.replace("    recado", "  recado")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
async def test_A07_a_shell_is_given_its_completion(recado: Recado, shell_name: str) -> None:
    result = await recado("completion", shell_name)
    assert result.code == 0
    assert "_RECADO_COMPLETE" in result.out


async def test_A07_commands_of_a_group_are_completed(recado: Recado, shell: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shell.setenv("_RECADO_COMPLETE", "complete_bash")
    shell.setenv("COMP_WORDS", "recado flows ch")
    shell.setenv("COMP_CWORD", "2")
    shell.setattr(sys, "argv", [str(tmp_path / "recado")])
    assert (await recado()).out.split() == ["check"]


def test_A07_an_open_quote_does_not_stop_completion() -> None:
    assert completed({"_RECADO_COMPLETE": "complete_bash", "COMP_WORDS": 'recado send "ana'}) == ["send", '"ana']
    assert completed({}) == ()


@for_each(
    ("given", "meant"),
    [
        ("BOT_PUBLIC_ULR", "BOT_PUBLIC_URL"),
        ("BOT_SECRETKEY", "BOT_SECRET_KEY"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("WATSAPP_ACCESS_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
        ("TWILLIO_AUTH_TOKEN_FILE", "TWILIO_AUTH_TOKEN"),
        ("bot_public_url", "BOT_PUBLIC_URL"),
        ("BOT_NOTHING_OF_THE_KIND", ""),
    ],
)
def test_A05_a_misspelt_setting_is_named_with_the_one_that_was_meant(given: str, meant: str) -> None:
    assert list(misspelt([given, "HOME", "PATH", "LANG"], setting_names())) == [Misspelt(given, meant)]


def test_A05_what_is_set_rightly_or_is_not_ours_is_not_named() -> None:
    known = setting_names()
    ours = [*known, *(f"{name}_FILE" for name in known), "PORT"]
    theirs = ["HOME", "PATH", "USER", "HOSTNAME", "AWS_ACCESS_KEY_ID", "PGHOST", "VIRTUAL_ENV", "SSH_AUTH_SOCK"]
    assert list(misspelt([*ours, *theirs], known)) == []


async def test_A05_doctor_names_a_misspelt_setting(recado: Recado, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("BOT_PUBLIC_ULR", "https://bot.example.com")
    assert (
        "! Settings: BOT_PUBLIC_ULR is no setting, so nobody reads it.\n  Did you mean BOT_PUBLIC_URL?"
        in (await recado("doctor")).out
    )


async def test_A05_an_account_is_untested_until_its_provider_knows_it_and_again_with_another_token(
    recado: Recado, connected: pytest.MonkeyPatch
) -> None:
    async def state() -> str:
        [listed] = json.loads((await recado("accounts", "list", "--json")).out)
        return "connected" if listed["tested"] else "untested"

    assert await state() == "untested"
    connected.setenv("WHATSAPP_ACCESS_TOKEN", "wrong")
    assert (await recado("doctor", "whatsapp")).code == 1
    assert await state() == "untested"
    connected.setenv("WHATSAPP_ACCESS_TOKEN", "right-token")
    await recado("doctor", "whatsapp")
    assert await state() == "connected"
    connected.setenv("WHATSAPP_ACCESS_TOKEN", "another-one")
    assert await state() == "untested"


async def test_A04_doctor_says_that_a_bot_without_bundles_has_nothing_to_say(
    recado: Recado, connected: pytest.MonkeyPatch, postgres_url: str
) -> None:
    connected.setenv("DATABASE_URL", postgres_url)
    result = await recado("doctor", "whatsapp")
    assert result.code == 1
    assert (
        "✗ Bundles: None is published, so the bot has nothing to say.\n"
        "  Load your bundles: `recado flows load flows/`.\n" in result.out
    )


def test_A10_the_readme_begins_with_the_clone_and_each_first_run_has_one_demo_and_its_bundles() -> None:
    root = Path(__file__).parents[2]
    readme = (root / "README.md").read_text(encoding="utf-8")
    compose = (root / "compose.yaml").read_text(encoding="utf-8")
    assert readme.index("git clone") < readme.index("python bot.py run")
    assert [source.file for source in read_folder(root / "flows")] == [str(root / "flows" / "pizzaria.yaml")]
    assert "[flows, load, flows/]" in compose
    assert "./flows:/app/flows:ro" in compose


async def test_A04_the_simulator_says_that_a_bot_without_bundles_has_nothing_to_say(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app(Settings.read({"DATABASE_URL": postgres_url}), token="t" * 32)
    headers = {"Authorization": f"Bearer {'t' * 32}", "Recado-Person": "+5511912345678"}
    async with TestClient(TestServer(app), headers=headers) as client:
        told = await (await client.get("/simulator/messages?channel=sms")).json()
        page = await (await client.get("/simulator")).text()
    assert told["speechless"] is True
    assert "recado flows load flows/" in page


async def test_A09_a_made_up_person_is_spoken_to_in_the_language_of_their_number(
    postgres_url: str,
) -> None:
    american, brazilian = (
        Address(AddressKind.SIMULATOR, f"sms:{number}") for number in ("+12125550123", "+5511912345678")
    )
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        people = await identify(connection, [Sender((each,)) for each in (american, brazilian)], utc_now())
    await engine.dispose()
    assert {address.value: contact.locale for address, contact in people.items()} == {
        "sms:+12125550123": "en-US",
        "sms:+5511912345678": "pt-BR",
    }
