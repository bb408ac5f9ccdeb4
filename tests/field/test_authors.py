"""What authors of bundles met: rows A01, A03 and C16; A02 has its corpus in test_broken_bundles.py."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.cli.first_load import ask_which
from bot.db.engine import create_engine
from bot.flows.checks.check import Source, check
from bot.flows.faults import Fault
from bot.flows.library import live
from bot.flows.watching import Loaded, load_initial, log_loaded, watch_folder
from bot.messages.media.store import FolderStore
from bot.web.i18n import translator
from tests.support.bundles import published

SEVEN_LINES = """\
bundle: b
welcome: t
fallback: u
templates:
  t: {content: "Hi}
  u: {content: "Sorry, it's \\"closed\\""}
  v: {content: "Bye"}
"""


ROOT = Path(__file__).parents[2]


def faults(text: str) -> tuple[Fault, ...]:
    return check([Source("b.yaml", text.encode())]).faults


def test_A01_a_quote_that_is_not_closed_is_one_fault_at_the_quote() -> None:
    (fault,) = faults(SEVEN_LINES)

    assert fault.sentence() == (
        'b.yaml:5:16 Y17 the quote that opens here is never closed. Write this line as: t: {content: "Hi"}'
    )
    assert fault.sentence(translator("pt-BR")) == (
        'b.yaml:5:16 Y17 a aspa que abre aqui não é fechada. Escreva esta linha assim: t: {content: "Hi"}'
    )


def test_A01_of_a_long_text_only_its_ends_are_quoted() -> None:
    (fault,) = faults(SEVEN_LINES.replace('"Hi}', '"' + "Hi, and welcome!" * 200 + "}"))

    assert (fault.line, fault.code) == (5, "Y17")
    assert len(fault.sentence()) < 350
    assert fault.sentence().endswith('welcome!"}')


def test_A01_two_quotes_that_are_not_closed_are_two_faults() -> None:
    text = SEVEN_LINES.replace('"Bye"', '"Bye')

    assert [(each.line, each.column, each.code) for each in faults(text)] == [(5, 16, "Y17"), (7, 16, "Y17")]


def test_A01_a_quote_far_above_is_found_where_the_next_one_closed_it() -> None:
    lines = "".join(f"  t{number}:\n    content: We open at {number}.\n" for number in range(40))
    text = "bundle: b\nwelcome: a\ntemplates:\n  a:\n    content: 'Hi\n" + lines + "  z:\n    content: 'Bye'\n"

    assert [(each.line, each.column, each.code) for each in faults(text)] == [(5, 14, "Y17")]


ESCAPE = "Name other words under escape_words, or choose another one here."
HEAD = "bundle: b\nwelcome: t\ntemplates: {t: {content: x}, u: {content: y}}\nfallback: u\n"


def notes(text: str) -> list[str]:
    checked = check([Source("b", text.encode())])
    assert checked.faults == ()
    return [each.sentence() for each in checked.notes]


def test_A03_a_trigger_that_opting_out_comes_before_is_noted_with_its_channels() -> None:
    triggers = (
        "triggers:\n- {type: equals, pattern: [stop, cancel], template: t}\n"
        "- {type: equals, pattern: [quit], flow: f}\nflows: {f: {steps: [{key: a, type: end}]}}\n"
    )
    mend = "Choose another word; who is opted out gets the confirmation of that alone."
    everywhere = "whatsapp, sms, email, telegram, messenger, instagram, other"

    assert notes(HEAD + triggers) == [
        f"b:6:28 N06 stop opts people out before this trigger is looked at, on {everywhere}. {mend}",
        f"b:6:34 N06 cancel opts people out before this trigger is looked at, on sms. {mend}",
        f"b:6:34 N07 within a flow, cancel ends it instead of getting this answer. {ESCAPE}",
        f"b:7:28 N06 quit opts people out before this trigger is looked at, on sms. {mend}",
    ]


def test_A03_the_escape_words_are_the_bundles_own_where_it_has_some() -> None:
    flow = "triggers: [{type: equals, pattern: menu, flow: f}]\nflows: {f: {steps: [{key: a, type: end}]}}\n"

    assert [each.split()[1] for each in notes(HEAD + flow)] == ["N07"]
    assert notes(HEAD + "escape_words: [back]\n" + flow) == []


def test_A03_a_trigger_that_another_one_shadows_is_noted_with_an_example() -> None:
    order = "- {type: contains, pattern: order, template: t}\n"
    status = "- {type: contains, pattern: [my status, order status], template: u}\n"

    (told,) = notes(HEAD + "triggers:\n" + order + status)

    assert told == (
        'b:7:41 N08 contains order in line 6 is tried first, and answers "order status".'
        " Move this trigger above it, or give this one a higher priority."
    )
    assert notes(HEAD + "triggers:\n" + status + order) == []
    assert notes(HEAD + "triggers:\n" + order + status.replace("template", "priority: 1, template")) == []
    assert notes(HEAD + "triggers:\n" + order + status.replace("template", "interrupt: true, template")) == []
    assert notes(HEAD + "triggers:\n" + order.replace("template", "active: false, template") + status) == []


def test_A03_numbers_shadow_numbers() -> None:
    any_number = "- {type: number, template: t}\n"
    few = "- {type: number, pattern: 1..5, template: u}\n- {type: number, pattern: '>7', template: t}\n"

    assert [each.split()[:2] for each in notes(HEAD + "triggers:\n" + any_number + few)] == [
        ["b:7:27", "N08"],
        ["b:8:27", "N08"],
    ]
    assert notes(HEAD + "triggers:\n" + few + any_number) == []


def test_A03_what_takes_only_a_part_of_another_does_not_shadow_it() -> None:
    whole = "- {type: equals, pattern: order, template: t}\n"
    part = "- {type: contains, pattern: order, template: u}\n"

    assert notes(HEAD + "triggers:\n" + whole + part) == []
    assert len(notes(HEAD + "triggers:\n" + part + whole)) == 1


def test_A03_a_short_word_inside_of_others_is_noted_with_what_finds_it_alone() -> None:
    (told,) = notes(HEAD + "triggers: [{type: contains, pattern: [hi, order, 'how are'], template: t}]\n")

    assert told == (
        'b:5:39 N09 hi is found inside of other words too, as in "ship".'
        r" For the word alone write type: regex and pattern: '\bhi\b'."
    )
    assert notes(HEAD + r"triggers: [{type: regex, pattern: '\bhi\b', template: t}]" + "\n") == []


def test_A03_names_that_people_would_see_in_their_braces_are_noted() -> None:
    text = (
        "bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: |\n      Hi {name}, {{ contact.name }},\n"
        "      ${contact.name}, [[name]] and <nome>! [soon] { color: red }\n"
    )

    assert notes(text) == [
        "b:6:10 N10 people see {name} as it stands here. To say its value, write {{ contact.name }}.",
        "b:7:7 N10 people see ${contact.name} as it stands here. To say its value, write {{ contact.name }}.",
        "b:7:24 N10 people see [[name]] as it stands here. To say its value, write {{ contact.name }}.",
        "b:7:37 N10 people see <nome> as it stands here. To say its value, write {{ contact.name }}.",
    ]


def test_A03_several_words_in_one_text_are_noted() -> None:
    (told,) = notes(HEAD + "triggers: [{type: equals, pattern: (hi; hello), template: t}]\n")

    assert told == (
        "b:5:36 N11 (hi; hello) is one text, and only a message with its signs matches."
        " For several texts write [hi, hello]."
    )


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(sqlite_url)
    yield made
    await made.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "flows"
    made.mkdir()
    return made


def bundle(name: str) -> str:
    return f"bundle: {name}\nwelcome: t\ntemplates: {{t: {{content: Hi}}}}\n"


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


async def load(engine: AsyncEngine, folder: Path) -> None:
    await load_initial(engine, folder, FolderStore(folder.parent / "media"))


async def answering(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return await live(connection)


async def test_C16_a_bundle_whose_file_left_while_nobody_watched_is_archived_and_the_log_says_so(
    engine: AsyncEngine, folder: Path
) -> None:
    put(folder / "a.yaml", bundle("a"))
    put(folder / "b.yaml", bundle("b"))
    await load(engine, folder)
    await published(engine, bundle("elsewhere"))
    (folder / "a.yaml").unlink()

    with capture_logs() as logs:
        await load(engine, folder)

    assert await answering(engine) == ["b 1", "elsewhere 1"]
    assert [(each["event"], each["bundle"]) for each in logs] == [("bundle archived", "a")]


async def test_C16_a_bundle_that_was_renamed_or_deleted_is_archived_while_the_server_runs(
    engine: AsyncEngine, folder: Path
) -> None:
    put(folder / "a.yaml", bundle("a"))
    put(folder / "b.yaml", bundle("b"))
    await load(engine, folder)
    reports: asyncio.Queue[Loaded] = asyncio.Queue()
    store = FolderStore(folder.parent / "media")
    task = asyncio.create_task(watch_folder(engine, folder, store, reports.put_nowait))
    await asyncio.sleep(0.3)

    put(folder / "a.yaml", bundle("renamed"))
    first, second = await asyncio.wait_for(reports.get(), 8), await asyncio.wait_for(reports.get(), 8)
    (folder / "b.yaml").unlink()
    third = await asyncio.wait_for(reports.get(), 8)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert first.published is not None
    assert (first.published.name, second.archived, third.archived) == ("renamed", "a", "b")
    assert await answering(engine) == ["renamed 1"]


async def test_C16_while_the_new_name_is_at_fault_the_old_bundle_goes_on(engine: AsyncEngine, folder: Path) -> None:
    put(folder / "a.yaml", bundle("a"))
    await load(engine, folder)
    put(folder / "a.yaml", bundle("renamed") + "fallback: nobody\n")

    await load(engine, folder)

    assert await answering(engine) == ["a 1"]


async def test_C16_a_faulty_file_that_kept_its_name_does_not_keep_another_alive(
    engine: AsyncEngine, folder: Path
) -> None:
    put(folder / "a.yaml", bundle("a"))
    put(folder / "b.yaml", bundle("b"))
    await load(engine, folder)
    put(folder / "a.yaml", bundle("a") + "fallback: nobody\n")
    (folder / "b.yaml").unlink()

    await load(engine, folder)

    assert await answering(engine) == ["a 1"]


async def test_C16_what_was_loaded_by_hand_since_stays(engine: AsyncEngine, folder: Path) -> None:
    put(folder / "a.yaml", bundle("a"))
    await load(engine, folder)
    await published(engine, bundle("a").replace("Hi", "Hello"))
    (folder / "a.yaml").unlink()

    await load(engine, folder)

    assert await answering(engine) == ["a 2"]


async def test_C16_a_first_run_takes_ones_own_bundles_and_leaves_the_demos(engine: AsyncEngine, folder: Path) -> None:
    put(folder / "mine.yaml", bundle("mine"))
    put(folder / "pizzaria.yaml", bundle("pizzaria"))

    with capture_logs() as logs:
        await load(engine, folder)

    assert await answering(engine) == ["mine 1"]
    assert [(each["event"], each["bundle"]) for each in logs] == [
        ("bundle published", "mine"),
        ("demo not loaded", "pizzaria"),
    ]


async def test_C16_on_a_terminal_a_first_run_asks_which(
    engine: AsyncEngine, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "mine.yaml", bundle("mine"))
    put(folder / "pizzaria.yaml", bundle("pizzaria"))
    answers = iter([7, 3])
    monkeypatch.setattr("typer.prompt", lambda *_arguments, **_named: next(answers))

    await load_initial(engine, folder, FolderStore(folder.parent / "media"), log_loaded, ask_which)

    assert await answering(engine) == ["mine 1", "pizzaria 1"]
    assert "1  mine\n  2  pizzaria\n  3  mine, pizzaria" in capsys.readouterr().out


async def test_C16_a_demo_alone_is_loaded(engine: AsyncEngine, folder: Path) -> None:
    put(folder / "pizzaria.yaml", bundle("pizzaria"))

    await load(engine, folder)

    assert await answering(engine) == ["pizzaria 1"]


def test_A02_a_text_that_goes_on_at_the_margin_of_a_long_file_is_one_fault_and_never_none() -> None:
    text = (ROOT / "flows" / "pizzaria.yaml").read_text(encoding="utf-8")
    wrapped = text.replace("nesse CEP! Escreva pizza", "nesse CEP!\nEscreva pizza")

    checked = check([Source("pizzaria.yaml", wrapped.encode())])

    place = wrapped[: wrapped.index("\nEscreva pizza")].count("\n") + 2
    assert [(fault.line, fault.column, fault.code) for fault in checked.faults] == [(place, 1, "Y20")]
