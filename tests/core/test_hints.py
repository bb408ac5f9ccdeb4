import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.hints import MAX_BYTES, MAX_IDS, Hints, Topic


def _hints(**ids: list[str] | None) -> Hints:
    hints = Hints()
    for topic, some in ids.items():
        hints.add(Topic(topic), some)
    return hints


def _told(hints: Hints) -> dict[str, list[str] | None]:
    return {topic: ids if ids is None else sorted(ids) for topic, ids in hints.ids.items()}


def test_hints_gather_ids_by_topic_until_they_are_many() -> None:
    hints = _hints(messages=["ana"])
    hints.merge(_hints(messages=["bia"], jobs=["one"]))
    assert _told(hints) == {"messages": ["ana", "bia"], "jobs": ["one"]}
    assert hints.only([Topic.JOBS]) == {Topic.JOBS: frozenset({"one"})}

    hints.add(Topic.MESSAGES, map(str, range(MAX_IDS)))
    assert hints.ids[Topic.MESSAGES] is None
    hints.add(Topic.MESSAGES, ["caio"])
    assert hints.ids[Topic.MESSAGES] is None


def test_where_nothing_changed_there_is_nothing_to_ask_for() -> None:
    hints = Hints()
    hints.add(Topic.JOBS, iter(()))

    assert not hints


def test_nothing_is_no_hint_and_everything_is_each_topic() -> None:
    assert not Hints()
    assert Hints.everything().ids == dict.fromkeys(Topic)


@given(st.dictionaries(st.sampled_from(Topic), st.none() | st.sets(st.text(max_size=60), max_size=MAX_IDS)))
def test_a_hint_as_text_says_the_same_or_many_and_is_never_too_long(ids: dict[Topic, set[str] | None]) -> None:
    hints = Hints()
    for topic, some in ids.items():
        hints.add(topic, some)

    text = hints.to_text()

    assert len(text.encode()) <= MAX_BYTES
    read = Hints.from_text(text)
    assert read.ids.keys() == hints.ids.keys()
    assert all(some is None or some == hints.ids[topic] for topic, some in read.ids.items())


def test_what_is_too_long_is_many_where_most_ids_are() -> None:
    hints = _hints(messages=[f"c{number:024}" for number in range(MAX_IDS)], contacts=["x" * 1200])
    assert _told(Hints.from_text(hints.to_text())) == {"messages": None, "contacts": ["x" * 1200]}


@pytest.mark.parametrize("text", ["", "?", "[]", "7", '{"colours":["red"]}', '{"jobs":7}'])
def test_nonsense_and_what_newer_versions_say_is_nothing(text: str) -> None:
    assert not Hints.from_text(text)
