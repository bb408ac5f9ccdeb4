"""Labels and reply templates as a team keeps them: what can be one, merging, and many who change them at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.models import Contact
from bot.contacts.service import recent_attributes
from bot.core.errors import BotError
from bot.core.ids import new_id
from bot.inbox import service as inbox
from bot.inbox.labels import changing
from bot.inbox.service import AskedError, AskedTemplate, LabelRow, NotThereError, TakenError
from tests.support.inbox import RUI, Office, office_on
from tests.support.people import BY

AT_ONCE = 4
"""Fewer than the engine has connections."""
ASKED_SECONDS = 0.1
"""By then whoever is slower waits."""
Change = Callable[[AsyncConnection], Awaitable[object]]


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def labelled(office: Office, *names: str) -> Sequence[LabelRow]:
    """Labels of those names."""
    async with office.bot.engine.begin() as connection:
        return [await inbox.add_label(connection, name, "gray", BY, office.now) for name in names]


def adds(office: Office, name: str, colour: str = "red") -> Change:
    """Adds a label."""
    return lambda connection: inbox.add_label(connection, name, colour, BY, office.now)


def adds_template(office: Office, asked: AskedTemplate) -> Change:
    """Adds a template."""
    return lambda connection: inbox.add_reply_template(connection, asked, BY, office.now)


async def refused(office: Office, change: Change) -> BotError:
    """Why a change is refused."""
    with pytest.raises(BotError) as found:
        async with office.bot.engine.begin() as connection:
            await change(connection)
    return found.value


async def at_once(office: Office, changes: Sequence[Change]) -> Sequence[object]:
    """What comes of changes that are asked for at the same instant, each in a transaction of its own."""
    begun = asyncio.Barrier(len(changes))

    async def one(change: Change) -> object:
        async with office.bot.engine.connect() as connection:
            await begun.wait()
            async with connection.begin():
                return await change(connection)

    return await asyncio.gather(*map(one, changes), return_exceptions=True)


async def test_of_many_who_want_one_name_at_the_same_instant_one_has_it_and_the_others_are_told(office: Office) -> None:
    made = await labelled(office, *(f"label {number}" for number in range(AT_ONCE - 2)))

    def renames(label: LabelRow) -> Change:
        return lambda connection: inbox.change_label(connection, label.id, "Refund", "red", BY, office.now)

    outcomes = await at_once(office, [*map(renames, made), *(adds(office, each) for each in ("REFUND", "refund"))])
    failed = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in failed] == [TakenError] * (AT_ONCE - 1)
    assert str(failed[0]).endswith("already. Choose another name, or merge the two.")
    async with office.bot.engine.connect() as connection:
        assert [each.name.casefold() for each in await inbox.labels(connection)].count("refund") == 1
    lines = [each[0] for each in await office.told("label")]
    assert len(lines) == AT_ONCE - 1


async def test_of_many_who_want_one_shortcut_at_the_same_instant_one_has_it(office: Office) -> None:
    async with office.bot.engine.begin() as connection:
        asked = [AskedTemplate(f"Name {number}", f"name-{number}", "Hello") for number in range(AT_ONCE - 1)]
        made = [await inbox.add_reply_template(connection, each, BY, office.now) for each in asked]
    wanted = AskedTemplate("Hello", "/Hello", "Hello")

    def changes(template_id: str) -> Change:
        return lambda connection: inbox.change_reply_template(connection, template_id, wanted, BY, office.now)

    outcomes = await at_once(
        office,
        [*(changes(each.id) for each in made), adds_template(office, wanted)],
    )
    failed = [each for each in outcomes if isinstance(each, BaseException)]
    assert [type(each) for each in failed] == [TakenError] * (AT_ONCE - 1)
    assert str(failed[0]) == "there is a template with the shortcut hello already. Choose another shortcut."
    async with office.bot.engine.connect() as connection:
        found = await inbox.find_reply_template(connection, "/HELLO")
        assert found is not None
        assert await inbox.find_reply_template(connection, found.id) == found
        assert await inbox.find_reply_template(connection, "no such thing") is None


async def test_at_most_so_many_are_made_however_many_are_asked_for_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "MOST_LABELS", 3)

    outcomes = await at_once(office, [adds(office, f"label {number}") for number in range(AT_ONCE)])
    assert sum(isinstance(each, BotError) for each in outcomes) == AT_ONCE - 3
    assert all(isinstance(each, BotError | LabelRow) for each in outcomes)


async def test_merging_labels_takes_their_conversations_along_and_each_has_one_of_them_once(office: Office) -> None:
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    bill, billing = await labelled(office, "Bill", "Billing")
    async with office.bot.engine.begin() as connection:
        await inbox.label(connection, [ana, rui], bill.id, BY, office.now, has=True)
        await inbox.label(connection, [ana], billing.id, BY, office.now, has=True)
        assert await inbox.count_labelled(connection) == {bill.id: 2, billing.id: 1}
        moved = await inbox.merge_labels(connection, bill.id, billing.id, BY, office.now)

    assert moved == 1
    async with office.bot.engine.begin() as connection:
        assert await inbox.count_labelled(connection) == {billing.id: 2}
        found = await inbox.conversations(connection, [ana, rui], "nobody", office.now)
        assert [[each.name for each in found[one].labels] for one in (ana, rui)] == [["Billing"]] * 2
    assert (await office.told("label"))[-1][::2] == (
        "label.merge",
        {"name": "Bill", "into": "Billing", "conversations": 1},
    )
    for change, error in (
        (lambda connection: inbox.merge_labels(connection, bill.id, billing.id, BY, office.now), NotThereError),
        (lambda connection: inbox.merge_labels(connection, billing.id, bill.id, BY, office.now), NotThereError),
        (lambda connection: inbox.merge_labels(connection, billing.id, billing.id, BY, office.now), AskedError),
    ):
        assert isinstance(await refused(office, change), error)


async def test_two_labels_merged_into_each_other_at_the_same_instant_leave_one(office: Office) -> None:
    one, other = await labelled(office, "one", "other")
    outcomes = await at_once(
        office,
        [
            lambda connection: inbox.merge_labels(connection, one.id, other.id, BY, office.now),
            lambda connection: inbox.merge_labels(connection, other.id, one.id, BY, office.now),
        ],
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["NotThereError", "int"]
    async with office.bot.engine.connect() as connection:
        assert len(await inbox.labels(connection)) == 1


async def test_who_holds_a_label_merges_it_though_a_colleague_merges_the_other_way_meanwhile(office: Office) -> None:
    first, second = sorted(await labelled(office, "one", "other"), key=lambda each: each.id)

    async def the_other_way() -> object:
        async with office.bot.engine.begin() as connection:
            return await inbox.merge_labels(connection, first.id, second.id, BY, office.now)

    async with office.bot.engine.begin() as connection:
        # As the API does for a program that says which state it has read.
        await inbox.hold_label(connection, second.id)
        slower = asyncio.ensure_future(the_other_way())
        await asyncio.sleep(ASKED_SECONDS)
        assert not slower.done()
        await inbox.merge_labels(connection, second.id, first.id, BY, office.now)
    with pytest.raises(NotThereError):
        await slower


async def test_a_label_that_is_deleted_while_it_is_called_is_made_anew(office: Office) -> None:
    ana = await office.writes("help")
    (before,) = await labelled(office, "Refund")

    async def called() -> LabelRow:
        async with office.bot.engine.begin() as connection:
            made, outcomes = await inbox.label_by_name(connection, [ana], "refund", BY, office.now)
        assert outcomes.done == {ana}
        return made

    async with office.bot.engine.begin() as connection:
        await inbox.delete_label(connection, before.id, BY, office.now)
        slower = asyncio.ensure_future(called())
        await asyncio.sleep(ASKED_SECONDS)
        assert not slower.done()
    assert ((await slower).name, (await slower).id == before.id) == ("refund", False)


async def test_no_label_is_made_for_somebody_who_is_gone(office: Office) -> None:
    gone = new_id()
    error = await refused(office, lambda connection: inbox.label_by_name(connection, [gone], "Refund", BY, office.now))

    assert isinstance(error, NotThereError)
    ana = await office.writes("help")
    async with office.bot.engine.begin() as connection:
        _made, outcomes = await inbox.label_by_name(connection, [ana, gone], "Refund", BY, office.now)
    assert (outcomes.done, [*outcomes.refused]) == ({ana}, [gone])


async def test_a_label_is_called_into_being_or_found_and_a_new_one_looks_as_the_fewest_do(office: Office) -> None:
    async with office.bot.engine.begin() as connection:
        first = await inbox.label_called(connection, "Refund", BY, office.now)
        again = await inbox.label_called(connection, " REFUND ", BY, office.now)
        second = await inbox.label_called(connection, "VIP", BY, office.now)
        assert await inbox.find_label(connection, "vip") == await inbox.find_label(connection, second.id) == second
        assert await inbox.find_label(connection, "nothing") is None
    assert (again, first.colour, second.colour) == (first, *inbox.COLOURS[:2])


async def test_what_cannot_be_a_label_is_refused_with_the_mend(office: Office) -> None:
    for name, colour, field in (
        ("\u200b\u2060", "red", "name"),
        # Three letters each once case is no matter: more than the key's column has.
        ("\ufb03" * 64, "red", "name"),
        ("x" * 100_000, "red", "name"),
        ("VIP", "ultraviolet" * 20, "colour"),
    ):
        error = await refused(office, adds(office, name, colour))
        assert isinstance(error, AskedError)
        assert (error.field, bool(error.mend), len(str(error)) < 300) == (field, True, True)
    # However an accent is spelled.
    (cafe,) = await labelled(office, "Cafe\u0301")
    error = await refused(office, adds(office, "CAFÉ"))
    assert (cafe.name, type(error)) == ("Café", TakenError)


async def test_a_template_with_a_variable_that_stands_for_nothing_is_refused_with_those_that_do(
    office: Office,
) -> None:
    for content, wrong in (
        ("Oi {{ name }}", "{{ name }}"),
        ("Oi {{ agent.phone }}", "{{ agent.phone }}"),
        ("Oi {{ contact.locale }}", "{{ contact.locale }}"),
        ("Oi {{ contact.name }", "{{"),
        ("Oi {{ a b }} " + "{{" * 9_000, "{{ a b }}"),
    ):
        error = await refused(office, adds_template(office, AskedTemplate("Hello", "hello", content)))
        assert isinstance(error, AskedError)
        assert (error.field, error.values["wrong"], "contact.first_name" in error.mend) == ("content", wrong, True)
    for asked, field in (
        (AskedTemplate("x" * 65, "hello", "Hello"), "name"),
        (AskedTemplate("Hello", "hello", "x" * 100_000), "content"),
        (AskedTemplate("Hello", "hello", "Hello", category="x" * 65), "category"),
        (AskedTemplate("\u200b", "hello", "Hello"), "name"),
        (AskedTemplate("Hello", "olá", "Hello"), "shortcut"),
    ):
        error = await refused(office, adds_template(office, asked))
        assert isinstance(error, AskedError)
        assert error.field == field
    async with office.bot.engine.begin() as connection:
        content = "{{ Contact.Name }} {{ agent.name }} {{ contact.endereço_2 }} { } }"
        made = await inbox.add_reply_template(connection, AskedTemplate("Hi", "hi", content), BY, office.now)
    assert made.variables == ["contact.name", "agent.name", "contact.endereço_2"]


async def test_attributes_that_contacts_have_fill_templates_whatever_their_letters(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    async with office.bot.engine.begin() as connection:
        await connection.execute(update(Contact).values(attributes={"Endereço": "Rua A", "plan": 2.5}))
        asked = AskedTemplate("Hi", "hi", "{{ contact.endereço }} {{ contact.plan }}")
        made = await inbox.add_reply_template(connection, asked, BY, office.now)
        filled = await inbox.fill_reply_template(connection, made.id, ana, bia.id)
        known = await recent_attributes(connection)
    assert filled.text == "Rua A 2.5"
    assert {name: str(value) for name, value in known.items()} == {"Endereço": "Rua A", "plan": "2.5"}
