"""What stands beside a conversation: labels, notes, how far each has read, drafts, who is there, reply templates."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.models import Contact
from bot.conversations.service import merge
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.db.hub import Hub, hint
from bot.inbox import service as inbox
from bot.inbox.own.files import forget_files
from bot.inbox.service import (
    MOST_FILES,
    AskedTemplate,
    ConversationFilter,
    ConversationList,
    DraftMode,
    NoteType,
    NotThereError,
    PresenceStatus,
    ReplyTemplateFilter,
)
from bot.messages.media.service import StoredFile
from tests.support.inbox import RUI, Agent, Office, office_on


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def test_labels_are_one_however_they_are_spelled_and_go_with_what_is_deleted(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    async with office.bot.engine.begin() as connection:
        refund = await inbox.add_label(connection, " Refund ", "red", bia.by, office.now)
        vip = await inbox.add_label(connection, "VIP", "blue", bia.by, office.now)
        for name, colour in (("REFUND", "red"), (" ", "red"), ("x" * 65, "red"), ("new", "ultraviolet")):
            with pytest.raises(BotError):
                await inbox.add_label(connection, name, colour, bia.by, office.now)
        with pytest.raises(BotError):
            await inbox.change_label(connection, vip.id, "refund", "red", bia.by, office.now)
        changed = await inbox.change_label(connection, vip.id, "Vip", "pink", bia.by, office.now)
        assert await inbox.change_label(connection, vip.id, "Vip", "pink", bia.by, office.now) == changed
        done = await inbox.label(connection, [ana, "nobody"], vip.id, bia.by, office.now, has=True)
        again = await inbox.label(connection, [ana], vip.id, bia.by, office.now, has=True)
        await inbox.label(connection, [ana], refund.id, bia.by, office.now, has=True)
        found = await inbox.conversations(connection, [ana], bia.id, office.now)
        taken = await inbox.label(connection, [ana], refund.id, bia.by, office.now, has=False)

    assert (done.done, list(done.refused), again.already, taken.done) == ({ana}, ["nobody"], {ana}, {ana})
    assert [(each.name, each.colour) for each in found[ana].labels] == [("Refund", "red"), ("Vip", "pink")]
    async with office.bot.engine.begin() as connection:
        await inbox.delete_label(connection, vip.id, bia.by, office.now)
        assert [each.name for each in await inbox.labels(connection)] == ["Refund"]
        assert (await inbox.conversations(connection, [ana], bia.id, office.now))[ana].labels == ()
        for change in (
            inbox.delete_label(connection, vip.id, bia.by, office.now),
            inbox.change_label(connection, vip.id, "x", "red", bia.by, office.now),
            inbox.label(connection, [ana], vip.id, bia.by, office.now, has=True),
        ):
            with pytest.raises(NotThereError):
                await change
    assert [each[0] for each in await office.told("label")] == [
        "label.add",
        "label.add",
        "label.change",
        "label.delete",
    ]
    assert [each[0] for each in await office.told()] == [*["conversation.label"] * 2, "conversation.unlabel"]


async def test_the_teams_notes_are_everybodys_and_private_ones_their_authors(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio", "VIEWER")
    ana = await office.writes("are you open")
    team, own = NoteType.PUBLIC, NoteType.PRIVATE
    async with office.bot.engine.begin() as connection:
        told = {caio.id, "nobody"}
        public = await inbox.add_note(connection, ana, "@Caio <b>see</b>", team, bia.by, office.now, mentions=told)
        private = await inbox.add_note(
            connection, ana, "hm", own, bia.by, office.now + timedelta(seconds=1), mentions=told
        )
        for contact_id, words, by, error in (
            ("nobody", "hm", bia.by, NotThereError),
            (ana, " \x00 ", bia.by, BotError),
            (ana, "hm", Actor("a program"), BotError),
        ):
            with pytest.raises(error):
                await inbox.add_note(connection, contact_id, words, team, by, office.now)

    assert (public.author, public.mentions, public.content) == ("Bia", [(caio.id, "Caio")], "@Caio <b>see</b>")
    assert private.mentions == ()
    async with office.bot.engine.begin() as connection:
        assert await inbox.notes(connection, [ana], bia.id, 5) == [private, public]
        assert await inbox.notes(connection, [ana], bia.id, 5, (private.created_at, private.id)) == [public]
        assert await inbox.notes(connection, [ana], caio.id, 5) == [public]
        with pytest.raises(NotThereError):
            await inbox.note(connection, private.id, caio.id)
        for change in (
            inbox.change_note(connection, public.id, "no", caio.by, office.now),
            inbox.delete_note(connection, public.id, caio.by, office.now),
        ):
            with pytest.raises(BotError, match="by who wrote it"):
                await change
        with pytest.raises(NotThereError):
            await inbox.delete_note(connection, private.id, caio.by, office.now)
        mentioned = ConversationFilter(ConversationList.MENTIONED)
        assert await inbox.count_conversations(connection, mentioned, caio.id) == 1
        changed = await inbox.change_note(connection, public.id, "seen", bia.by, office.now + timedelta(hours=1))
        assert (changed.content, changed.mentions, changed.created_at) == ("seen", (), public.created_at)
        assert await inbox.count_conversations(connection, mentioned, caio.id) == 0
        await inbox.delete_note(connection, public.id, bia.by, office.now)
        assert await inbox.notes(connection, [ana], caio.id, 5) == []
    lines = await office.told("note")
    assert [each[0] for each in lines] == ["note.add", "note.add", "note.change", "note.delete"]
    assert lines[1][2] == {"contact": ana, "type": "PRIVATE"}
    assert [text for _direction, text in await office.bot.conversation("+5511999990001")] == [
        "are you open",
        "We open at six.",
    ]


async def test_each_reads_for_themselves_and_never_less_than_before(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    await office.writes("hello?")
    seen = list[int]()
    for agent, seq in ((bia, 1), (bia, 3), (bia, 2), (caio, 1)):
        async with office.bot.engine.begin() as connection:
            await inbox.mark_read(connection, ana, agent.id, seq, office.now)
            seen.append((await inbox.conversations(connection, [ana], agent.id, office.now))[ana].unread)
    async with office.bot.engine.begin() as connection:
        with pytest.raises(NotThereError):
            await inbox.mark_read(connection, "nobody", bia.id, 1, office.now)

    assert seen == [1, 0, 0, 1]


async def test_a_draft_is_kept_for_each_person_and_mode_until_it_is_empty(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    async with office.bot.engine.begin() as connection:
        for agent, mode, words in (
            (bia, DraftMode.REPLY, "Dear"),
            (bia, DraftMode.REPLY, "Dear Ana"),
            (bia, DraftMode.NOTE, "hm"),
            (caio, DraftMode.NOTE, "mine"),
        ):
            await inbox.save_draft(connection, ana, agent.id, mode, words, office.now)
        found = await inbox.drafts(connection, [ana], bia.id)
        await inbox.save_draft(connection, ana, bia.id, DraftMode.REPLY, " ", office.now)
        left = await inbox.drafts(connection, [ana], bia.id)
        with pytest.raises(NotThereError):
            await inbox.save_draft(connection, "nobody", bia.id, DraftMode.NOTE, "hm", office.now)

    assert {mode: each.content for mode, each in found.items()} == {DraftMode.REPLY: "Dear Ana", DraftMode.NOTE: "hm"}
    assert list(left) == [DraftMode.NOTE]


async def test_who_is_in_a_conversation_is_shown_until_they_say_nothing_for_a_while(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)

    async def there() -> dict[str, list[tuple[str, str]]]:
        async with office.bot.engine.connect() as connection:
            found = await inbox.present(connection, [ana, rui], office.now)
        return {contact: [(each.name, each.status) for each in who] for contact, who in found.items()}

    async def arrives(agent_id: str, contact_id: str, status: PresenceStatus) -> None:
        async with office.bot.engine.begin() as connection:
            await inbox.arrive(connection, contact_id, agent_id, status, office.now)

    await arrives(bia.id, ana, PresenceStatus.VIEWING)
    office.bot.clock.advance(seconds=10)
    await arrives(bia.id, ana, PresenceStatus.REPLYING)
    await arrives(caio.id, ana, PresenceStatus.VIEWING)
    assert await there() == {ana: [("Bia", "replying"), ("Caio", "viewing")]}

    await arrives(caio.id, rui, PresenceStatus.VIEWING)
    async with office.bot.engine.begin() as connection:
        # What a page says late that was left.
        await inbox.leave(connection, ana, caio.id)
        with pytest.raises(NotThereError):
            await inbox.arrive(connection, "nobody", bia.id, PresenceStatus.VIEWING, office.now)
    assert await there() == {ana: [("Bia", "replying")], rui: [("Caio", "viewing")]}

    async with office.bot.engine.begin() as connection:
        await inbox.leave(connection, rui, caio.id)
    assert await there() == {ana: [("Bia", "replying")]}
    office.bot.clock.advance(seconds=25)
    assert await there() == {}


async def test_presence_is_told_to_who_else_is_there_and_reading_to_oneself(engine: AsyncEngine) -> None:
    hub = Hub(engine)
    hinting = hub.attach(engine)
    async with office_on(engine) as office:
        bia, caio = await office.agent("Bia"), await office.agent("Caio")
        ana = await office.writes("help")

        async def heard(what: Callable[[AsyncConnection], Awaitable[object]]) -> Mapping[Topic, frozenset[str] | None]:
            with hub.listening() as ear:
                async with hinting.begin() as connection:
                    await what(connection)
                    hint(connection, Topic.JOBS, ["over"])
                return {topic: ids for topic, ids in (await ear.next(10)).ids.items() if topic is not Topic.JOBS}

        def arrives(agent: Agent, status: PresenceStatus) -> Callable[[AsyncConnection], Awaitable[object]]:
            return lambda connection: inbox.arrive(connection, ana, agent.id, status, office.now)

        assert await heard(arrives(bia, PresenceStatus.VIEWING)) == {}
        assert await heard(arrives(caio, PresenceStatus.VIEWING)) == {Topic.PRESENCE: frozenset({ana})}
        assert await heard(arrives(caio, PresenceStatus.VIEWING)) == {}
        assert await heard(arrives(bia, PresenceStatus.REPLYING)) == {Topic.PRESENCE: frozenset({ana})}
        reads = await heard(lambda connection: inbox.mark_read(connection, ana, bia.id, 1, office.now))
        assert reads == {Topic.READS: frozenset({bia.id})}


async def test_reply_templates_are_found_and_filled(office: Office) -> None:
    bia = await office.agent("Bia Souza")
    ana = await office.writes("help")
    async with office.bot.engine.begin() as connection:
        await connection.execute(update(Contact).values(attributes={"plan": "gold"}))
    words = "Oi {{ contact.first_name }} ({{contact.plan}}), aqui é {{agent.first_name}}. {{ contact.email }}"
    hours = AskedTemplate("Opening hours", "/Hours", "We open at six.", category="Shop", channel=Channel.SMS)
    async with office.bot.engine.begin() as connection:
        hello = await inbox.add_reply_template(connection, AskedTemplate("Hello", "hi", words), bia.by, office.now)
        opening = await inbox.add_reply_template(connection, hours, bia.by, office.now)
        for asked in (
            AskedTemplate("Hello", "HI", "x"),
            AskedTemplate(" ", "x", "x"),
            AskedTemplate("x", "two words", "x"),
            AskedTemplate("x", "x", " "),
        ):
            with pytest.raises(BotError):
                await inbox.add_reply_template(connection, asked, bia.by, office.now)
        taken = AskedTemplate("Hello", "hours", "x")
        with pytest.raises(BotError):
            await inbox.change_reply_template(connection, hello.id, taken, bia.by, office.now)

        filled = await inbox.fill_reply_template(connection, hello.id, ana, bia.id)
        for template_id, contact_id in ((hello.id, "nobody"), ("none", ana)):
            with pytest.raises(NotThereError):
                await inbox.fill_reply_template(connection, template_id, contact_id, bia.id)
        assert filled == ("Oi Ana (gold), aqui é Bia. {{ contact.email }}", ("contact.email",))
        assert hello.variables == ["contact.first_name", "contact.plan", "agent.first_name", "contact.email"]

        assert await inbox.change_reply_template(connection, opening.id, hours, bia.by, office.now) == opening
        closed = AskedTemplate("Hours", "hours", "We are closed.", category="Shop", is_active=False)
        await inbox.change_reply_template(connection, opening.id, closed, bia.by, office.now)
        for wanted, shortcuts in (
            (ReplyTemplateFilter(), ["hi", "hours"]),
            (ReplyTemplateFilter(words="CLOSED"), ["hours"]),
            (ReplyTemplateFilter(words="100%"), []),
            (ReplyTemplateFilter(channels=["sms"], active=True), ["hi"]),
            (ReplyTemplateFilter(categories=["Shop"]), ["hours"]),
        ):
            found = await inbox.reply_templates(connection, wanted, 5)
            assert [each.shortcut for each in found] == shortcuts, wanted
            assert await inbox.count_reply_templates(connection, wanted) == len(shortcuts)
        assert [
            each.id for each in await inbox.reply_templates(connection, ReplyTemplateFilter(), 5, ("hi", hello.id))
        ] == [opening.id]
        assert await inbox.reply_categories(connection) == ["Shop"]
        await inbox.delete_reply_template(connection, hello.id, bia.by, office.now)
        with pytest.raises(NotThereError):
            await inbox.delete_reply_template(connection, hello.id, bia.by, office.now)
        assert await inbox.reply_template(connection, hello.id) is None
    lines = [each[0] for each in await office.told("reply_template")]
    assert lines == [f"reply_template.{verb}" for verb in ("add", "add", "change", "delete")]


async def test_files_beside_what_one_writes_are_ones_own_and_known_a_while_after_they_went(office: Office) -> None:
    bia, rui = await office.agent("Bia"), await office.agent("Rui")
    ana = await office.writes("are you open")
    files = [StoredFile(f"{number:064}", "image/png", f"{number}.png", number) for number in range(MOST_FILES)]
    now = office.now
    async with office.bot.engine.begin() as connection:
        ids = [
            await inbox.add_draft_file(connection, ana, bia.id, each, now + timedelta(seconds=each.size))
            for each in files
        ]
        with pytest.raises(BotError, match="at most"):
            await inbox.add_draft_file(connection, ana, bia.id, files[0], now)
        with pytest.raises(NotThereError):
            await inbox.add_draft_file(connection, "nobody", bia.id, files[0], now)
        assert [each.file for each in await inbox.draft_files(connection, ana, bia.id)] == files
        assert await inbox.draft_files(connection, ana, rui.id) == []
        assert await inbox.draft_files(connection, "nobody", bia.id) == []

        dropped = [await inbox.drop_draft_file(connection, ana, who, ids[0]) for who in (rui.id, bia.id, bia.id)]
        chosen = await inbox.files_to_send(connection, ana, bia.id, [ids[3], "x", ids[2], ids[3]])
        await inbox.mark_sent(connection, [each.id for each in chosen], now)
        await inbox.mark_sent(connection, [], now)
        left = await inbox.draft_files(connection, ana, bia.id)
        again = await inbox.files_to_send(connection, ana, bia.id, [ids[3], ids[2]])
        of_another = await inbox.files_to_send(connection, ana, rui.id, [ids[3]])

        day = timedelta(days=1)
        forgotten = [await forget_files(connection, now + after) for after in (day, day * 1.1, day * 31)]

    assert dropped == [False, True, False]
    assert [each.id for each in chosen] == [ids[3], ids[2]]
    assert [each.id for each in left] == [ids[1], *ids[4:]]
    assert (again, of_another) == (chosen, [])
    assert forgotten == [0, 2, MOST_FILES - 3]


async def test_a_file_that_went_twice_comes_back_once_for_each_message_that_is_taken_back(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    file, now = StoredFile("a" * 64, "image/png", "a.png", 1), office.now
    async with office.bot.engine.begin() as connection:
        first, second = [await inbox.add_draft_file(connection, ana, bia.id, file, now) for _ in range(2)]
        await inbox.mark_sent(connection, [first], now)
        await inbox.mark_sent(connection, [second], now + timedelta(seconds=1))
        for back in ([second], [first, second]):
            await inbox.bring_back(connection, ana, bia.id, [file.sha256])
            assert sorted(each.id for each in await inbox.draft_files(connection, ana, bia.id)) == sorted(back)


async def test_files_beside_somebody_who_is_merged_are_beside_who_goes_on(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, other = await office.writes("hello"), await office.writes("hello", RUI)
    file = StoredFile("a" * 64, "image/png", "a.png", 1)
    async with office.bot.engine.begin() as connection:
        await inbox.add_draft_file(connection, other, bia.id, file, office.now)
        await merge(connection, ana, other, bia.by, office.now)
    async with office.bot.engine.begin() as connection:
        (found,) = await inbox.draft_files(connection, ana, bia.id)
        assert found.file == file
        assert await inbox.drop_draft_file(connection, other, bia.id, found.id)
