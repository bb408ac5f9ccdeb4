"""Actions within batches: one call for all, each contact's turns in order, and a fault that costs one message."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.app.actions import ACTIONS
from bot.contacts.models import Contact, ContactTag, Tag
from bot.contacts.queries import INSERT_TAGS
from bot.conversations.shown.explain import explain
from bot.core.ids import new_id
from bot.engine.actions import TEXT, ActionCall, ActionResult, ActionSpec, ActionUse, Argument, SystemWord
from bot.engine.conversation import TraceEntry
from bot.engine.templates import compile_text
from bot.flows.service import Action, Heard, table
from bot.web.i18n import translator
from tests.support.bot import Bot, message, running_bot

ANA, RUI, EVA = "+5511999990001", "+5511999990002", "+5511999990003"
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  sorry: {content: "Pardon?"}
  noted: {content: "{{ note.text }} is number {{ note.number }}."}
  full: {content: "No more."}
  ask: {content: "Which plan?"}
  done: {content: "{{ contact.name }}: {{ contact.plan }}, {{ contact.visits }}, {{ contact.tags }}."}
  left: {content: "Bye."}
triggers:
  - type: regex
    pattern: ^note
    action: notes.add
    arguments: {text: "{{ message.text }}"}
    save_as: note
    templates: {done: noted, default: full}
  - {type: equals, pattern: join, flow: join}
  - {type: equals, pattern: who, template: done}
  - {type: equals, pattern: leave, action: contact.untag, arguments: {tags: club}, templates: {done: left}}
flows:
  join:
    steps:
      - {key: plan, type: collect_input, template: ask, save_as: plan}
      - key: keep
        type: action
        action: contact.set
        arguments: {locale: pt-BR, timezone: America/Sao_Paulo, attributes: {plan: "{{ plan }}", visits: 2.5}}
        transitions: {done: tag, default: plan}
      - {key: tag, type: action, action: contact.tag, arguments: {tags: "Club, {{ plan }}"}}
      - {key: done, type: end, template: done}
"""


@dataclass
class Notes:
    """A system that keeps each text that it is told, in rows of its own, and counts them.

    Attributes:
        rounds: the texts of each call of its handler.
    """

    rounds: list[list[str]] = field(default_factory=list)
    count: int = 0

    async def add(
        self, connection: AsyncConnection, calls: Sequence[ActionCall], now: datetime
    ) -> Sequence[ActionResult]:
        """Keep them; what says `boom`, `late` or `lost` fails after it has been written, `odd` gets no answer."""
        texts = [str(each.arguments["text"]) for each in calls]
        self.rounds.append(texts)
        rows = [{"id": new_id(), "name": each, "created_at": now, "updated_at": now} for each in texts]
        await INSERT_TAGS.execute(connection, rows)
        if any("boom" in each for each in texts):
            raise ValueError(texts)
        if any("late" in each for each in texts):
            raise TimeoutError
        if any("lost" in each for each in texts):
            await connection.execute(text("SELECT nothing FROM nowhere"))
        if any("odd" in each for each in texts):
            return []
        results = []
        for each in texts:
            self.count += 1
            results.append(ActionResult("done", {"text": each, "number": self.count}))
        return results

    @property
    def action(self) -> Action:
        """As bundles name it."""
        spec = ActionSpec("notes.add", (Argument("text", TEXT, required=True),), ("done", "full"), ("text", "number"))
        return Action(spec, self.add)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def bot(engine: AsyncEngine, notes: Notes) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE, actions=table(*ACTIONS.values(), notes.action)) as made:
        yield made


async def kept(bot: Bot) -> list[str]:
    """The texts that have been committed."""
    async with bot.engine.connect() as connection:
        return list((await connection.execute(select(Tag.name).order_by(Tag.name))).scalars())


async def test_all_who_ask_for_an_action_at_once_share_one_call(bot: Bot, notes: Notes) -> None:
    await bot.hears(message("note a"), message("hello", phone=EVA), message("note b", phone=RUI))

    assert notes.rounds == [["note a", "note b"]]
    assert [await bot.says(each) for each in (ANA, RUI, EVA)] == [
        ["note a is number 1."],
        ["note b is number 2."],
        ["Pardon?"],
    ]


async def test_what_a_contact_writes_next_waits_for_its_turn(bot: Bot, notes: Notes) -> None:
    await bot.hears(message("note a"), message("note b"), message("hello"), message("note c", phone=RUI))

    assert notes.rounds == [["note a", "note c"], ["note b"]]
    assert await bot.conversation(ANA) == [
        ("inbound", "note a"),
        ("outbound", "note a is number 1."),
        ("inbound", "note b"),
        ("outbound", "note b is number 3."),
        ("inbound", "hello"),
        ("outbound", "Pardon?"),
    ]


async def test_what_actions_change_of_a_contact_is_written_and_said(bot: Bot) -> None:
    for said in ("join", "Gold"):
        await bot.hears(message(said))
    await bot.hears(message("who"), message("leave"), message("who"))

    assert await bot.says() == [
        "Which plan?",
        "Ana: Gold, 2,5, club, gold.",
        "Ana: Gold, 2,5, club, gold.",
        "Bye.",
        "Ana: Gold, 2,5, gold.",
    ]
    async with bot.engine.connect() as connection:
        columns = (Contact.locale, Contact.timezone, Contact.attributes)
        assert (await connection.execute(select(*columns))).one() == (
            "pt-BR",
            "America/Sao_Paulo",
            {"plan": "Gold", "visits": 2.5},
        )
        tags = select(Tag.name).join_from(ContactTag, Tag, Tag.id == ContactTag.tag_id)
        assert (await connection.execute(tags)).scalars().all() == ["gold"]


@pytest.mark.parametrize(
    ("said", "errors"),
    [
        ("note boom", {"ValueError"}),
        ("note odd", {"WrongResultError"}),
        ("note late", {"TimeoutError"}),
        ("note lost", {"OperationalError", "ProgrammingError"}),
    ],
)
async def test_a_handler_that_fails_costs_the_message_it_failed_for_and_no_other(
    bot: Bot, notes: Notes, said: str, errors: set[str]
) -> None:
    await bot.hears(message("note a"), message(said, phone=RUI), message("note c", phone=EVA), message("note d"))

    assert notes.rounds[0] == ["note a", said, "note c"]
    assert await kept(bot) == ["note a", "note c", "note d"], "what it had written is gone"
    assert [len(await bot.says(each)) for each in (ANA, RUI, EVA)] == [2, 0, 1]
    [parked] = await bot.rows(turn_state="parked")
    assert parked.content == said
    assert parked.trace is not None
    (entry,) = parked.trace
    error = entry["data"]["error"]
    assert error in errors
    assert entry == {"code": "parked", "data": {"error": error, "action": "notes.add"}}
    assert explain([TraceEntry(**each) for each in parked.trace or ()], translator("en")) == (
        f"notes.add failed on this message ({error}), so it is put aside for an admin.",
    )
    await bot.hears(message("hello", phone=RUI))
    assert await bot.says(RUI) == ["Pardon?"], "the conversation goes on"


async def test_turns_that_were_put_off_act_and_fail_alike(
    bot: Bot, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
    await bot.hears(message("note a"), message("note boom", phone=RUI), message("note b"))
    assert notes.rounds == []

    while await bot.sweeper.sweep():
        pass

    assert await kept(bot) == ["note a", "note b"]
    assert [len(await bot.says(each)) for each in (ANA, RUI)] == [2, 0]
    assert [each.content for each in await bot.rows(turn_state="parked")] == ["note boom"]


async def test_more_than_a_transactions_savepoints_go_in_several(bot: Bot, notes: Notes) -> None:
    several = [message(f"note {number:02}", phone=f"+55119999911{number:02}") for number in range(70)]

    await bot.hears(message("note boom"), *several)

    assert len(await kept(bot)) == 70
    assert len(notes.rounds) == 72
    assert len(await bot.rows(turn_state="parked")) == 1


async def test_systems_are_asked_once_for_all_words_of_a_batch(
    engine: AsyncEngine, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[tuple[str, str]]] = []
    use = ActionUse("notes.add", notes.action.spec, {"text": "joined"}, "note")
    known = {"festa": SystemWord(use=use, answers={"done": compile_text("You are number {{ note.number }}.")})}

    async def rooms(
        _connection: AsyncConnection, heard: Sequence[Heard], _now: datetime
    ) -> Sequence[SystemWord | None]:
        asked.append([(each.text, each.locale) for each in heard])
        return [known.get(each.text) for each in heard]

    async def others(
        _connection: AsyncConnection, heard: Sequence[Heard], _now: datetime
    ) -> Sequence[SystemWord | None]:
        asked.append([(each.text, each.locale) for each in heard])
        return [None for _ in heard]

    async with running_bot(
        engine, BUNDLE, actions=table(notes.action, *ACTIONS.values()), words=[rooms, others]
    ) as bot:
        await bot.hears(message("FESTA!"), message("hello", phone=RUI), message("festa", phone=EVA))
        assert asked == [[("festa", "pt-BR"), ("hello", "pt-BR"), ("festa", "pt-BR")], [("hello", "pt-BR")]]
        assert [await bot.says(each) for each in (ANA, RUI, EVA)] == [
            ["You are number 1."],
            ["Pardon?"],
            ["You are number 2."],
        ]

        monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
        await bot.hears(message("festa", phone=RUI))
        await bot.sweeper.sweep()
        assert await bot.says(RUI) == ["Pardon?", "You are number 3."]


@pytest.mark.parametrize("error", [ValueError("boom"), TimeoutError(), FileNotFoundError("words")])
async def test_a_system_that_fails_on_a_word_costs_that_message_and_no_other(
    engine: AsyncEngine, error: Exception
) -> None:
    async def rooms(
        _connection: AsyncConnection, heard: Sequence[Heard], _now: datetime
    ) -> Sequence[SystemWord | None]:
        if any(each.text == "boom" for each in heard):
            raise error
        return [None for _ in heard]

    everything = table(Notes().action, *ACTIONS.values())
    async with running_bot(engine, BUNDLE, actions=everything, words=[rooms]) as bot:
        await bot.hears(message("hello"), message("boom", phone=RUI), message("hello", phone=EVA))
        while await bot.sweeper.sweep():
            pass

        assert [await bot.says(each) for each in (ANA, RUI, EVA)] == [["Pardon?"], [], ["Pardon?"]]
        assert [each.content for each in await bot.rows(turn_state="parked")] == ["boom"]
