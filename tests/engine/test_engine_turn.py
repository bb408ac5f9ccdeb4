"""One message: what comes before what, and what is said when nothing matches."""

from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine.conversation import ContactView, Conversation, Event, Turn
from bot.engine.turn import turn
from bot.engine.words import ENGLISH
from tests.support.conversations import (
    MORNING,
    Person,
    bundle,
    collect,
    definitions,
    flow,
    person,
    template,
    trigger,
)
from tests.support.tables import for_each

WORDY = bundle(welcome="Welcome!", fallback="Say pizza.", unsupported="Only text, please.")


def newcomer(**fields: object) -> Person:
    return person(trigger("pizza", "an answer"), contact=ContactView(is_new=True), bundles=[WORDY], **fields)


def test_someone_new_is_welcomed_when_nothing_else_matched() -> None:
    ana = newcomer()
    assert ana.says("hm") == ["Welcome!"]
    assert ana.codes == ["no_trigger", "welcome", "said"]
    assert ana.says("hm") == ["Say pizza."]


def test_someone_new_whose_first_message_matches_is_answered_instead() -> None:
    assert newcomer().says("pizza") == ["an answer"]


def test_the_fallback_is_said_at_most_once_in_ten_minutes() -> None:
    ana = person(bundles=[WORDY])
    assert ana.says("hm") == ["Say pizza."]
    ana.waits(minutes=9, seconds=59)
    assert ana.says("hm") == []
    assert ana.found("fallback_recent") == {"seconds": 1}
    ana.waits(seconds=1)
    assert ana.says("hm") == ["Say pizza."]


def test_the_first_bundle_that_has_the_words_says_them() -> None:
    ana = person(bundles=[bundle("new"), bundle("middle", fallback="middle"), bundle("old", fallback="old")])
    assert ana.says("hm") == ["middle"]
    assert ana.found("fallback") == {"bundle": "middle"}


def test_without_such_words_the_bot_is_silent_and_says_so_in_the_trace() -> None:
    ana = person(contact=ContactView(is_new=True))
    assert ana.says("hm") == []
    assert ana.codes == ["no_trigger", "silent"]


@for_each("kind", [MessageKind.MEDIA, MessageKind.LOCATION, MessageKind.OTHER, MessageKind.TEXT])
def test_a_message_without_text_is_answered_with_the_unsupported_words(kind: MessageKind) -> None:
    ana = newcomer()
    assert ana.says("  ", kind=kind) == ["Only text, please."]
    assert ana.found("unsupported") == {"kind": kind}


def test_without_unsupported_words_welcome_and_fallback_fill_in() -> None:
    rules = bundle(welcome="Welcome!", fallback="Say pizza.")
    ana = person(contact=ContactView(is_new=True), bundles=[rules])
    assert ana.says("", kind=MessageKind.MEDIA) == ["Welcome!"]
    assert ana.says("", kind=MessageKind.MEDIA) == ["Say pizza."]


def test_no_trigger_sees_a_message_without_text() -> None:
    ana = person(trigger(".*", "anything", kind="regex"), trigger(".*", "at once", kind="regex", interrupt=True))
    assert ana.says("", kind=MessageKind.MEDIA) == []
    assert ana.says("", kind=MessageKind.TEXT) == []


def test_media_with_a_caption_is_its_caption() -> None:
    assert newcomer().says("pizza", kind=MessageKind.MEDIA) == ["an answer"]


@for_each(
    ("bundles", "words"),
    [
        ([bundle("other", unsupported="other")], "own"),
        ([bundle("other")], "own"),
    ],
)
def test_within_a_flow_a_message_without_text_is_no_attempt(bundles: list[object], words: str) -> None:
    rules = bundle(unsupported="own")
    ana = person(trigger("pizza", flow(collect("size", attempts=1), rules=rules)), bundles=bundles)
    ana.says("pizza")
    before = ana.instance
    assert ana.says("", kind=MessageKind.MEDIA) == [words]
    assert ana.instance == before


def test_within_a_flow_without_such_words_the_shipped_ones_are_said() -> None:
    ana = person(trigger("pizza", flow(collect("size"))))
    ana.says("pizza")
    assert ana.says("", kind=MessageKind.MEDIA) == [ENGLISH.unsupported]


@for_each("text", ["pizza", "stop", ""])
def test_a_reaction_runs_no_turn(text: str) -> None:
    ana = newcomer()
    before = ana.conversation
    assert ana.says(text, kind=MessageKind.REACTION) == []
    assert ana.codes == ["reaction", "silent"]
    assert ana.last.conversation == before


def test_no_machine_answers_a_machine() -> None:
    ana = newcomer()
    assert ana.says("pizza", automatic="auto-submitted") == []
    assert ana.found("automatic") == {"why": "auto-submitted"}
    assert ana.consents == []


class TestLocale:
    """The contact's locale, else its language, else the bundle's."""

    hello = template("Oi", key="hello", locales={"en": ["Hi"], "en-GB": ["Hullo"], "pt": ["Olá"], "es": ["Hola"]})

    @for_each(
        ("locale", "words", "row"),
        [
            ("", "Oi", "hello"),
            ("pt-BR", "Oi", "hello"),
            ("pt-PT", "Olá", "hello:pt"),
            ("en", "Hi", "hello:en"),
            ("en-US", "Hi", "hello:en"),
            ("en-GB", "Hullo", "hello:en-GB"),
            ("fr-FR", "Oi", "hello"),
        ],
    )
    def test_it_decides_the_words(self, locale: str, words: str, row: str) -> None:
        ana = person(trigger("oi", self.hello), contact=ContactView(locale=locale))
        assert ana.says("oi") == [words]
        assert ana.sends[0].template_id == row


class TestVariants:
    """Chosen by a hash of the seed, the template's key and the position."""

    event = Event(MessageKind.TEXT, Channel.WHATSAPP, "oi")
    said = definitions(trigger("oi", template(*"abcdefgh", key="hello")))

    def words(self, seed: str) -> object:
        result = turn(self.said, Conversation(ContactView()), self.event, now=MORNING, seed=seed, instance_id="i")
        assert isinstance(result, Turn)
        return result.effects

    def test_a_replay_says_the_same_words(self) -> None:
        assert self.words("account\n+5511\nwamid.1") == self.words("account\n+5511\nwamid.1")

    def test_different_messages_get_different_ones(self) -> None:
        assert len({repr(self.words(str(number))) for number in range(100)}) == 8


def test_a_text_that_is_too_long_is_cut_and_traced() -> None:
    ana = person(trigger("x", template("{{ message.text }}" * 3), kind="contains"))
    [words] = ana.says("x" * 9_000)
    assert len(words) == 10_000
    assert "text_cut" in ana.codes


def test_a_missing_variable_is_traced_with_its_default() -> None:
    ana = person(trigger("oi", template("Oi {{ contact.name }}!", key="hello", defaults={"contact.name": "você"})))
    assert ana.says("oi") == ["Oi você!"]
    assert ana.found("variable_missing") == {"template": "hello", "name": "contact.name", "default": "você"}
