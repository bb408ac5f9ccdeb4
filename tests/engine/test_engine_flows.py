"""Going through a flow."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.core.addresses import Channel
from bot.core.messages import Choice, MessageKind
from bot.engine.conversation import ContactView, EndReason
from bot.engine.definitions import Expect, Step
from bot.engine.flow import MAX_STEPS_PER_TURN
from bot.engine.numbers import NumberRange
from bot.engine.words import ENGLISH
from tests.support.conversations import Person, bundle, collect, definitions, end, flow, person, send, trigger
from tests.support.tables import for_each


def ordering(*steps: Step, rules: Any = None, **fields: Any) -> Person:
    """Someone who has just begun a flow of these steps."""
    order = flow(*steps, rules=rules or bundle())
    ana = person(trigger("pizza", order, id="t1"), bundles=[order.bundle], **fields)
    ana.says("pizza")
    return ana


def state(ana: Person) -> dict[str, Any]:
    """What the last turn's last instance had collected."""
    return dict(ana.last.instances[-1].state)


def test_a_flow_asks_stores_and_ends() -> None:
    ana = ordering(
        collect("flavour", "Which?"), collect("people", "How many?"), end("bye", "{{ flavour }} for {{ people }}.")
    )
    assert [each.text for each in ana.sends] == ["Which?"]
    assert ana.sends[0].instance_id == "i1"
    assert ana.codes == ["trigger_matched", "flow_started", "step_entered", "said"]
    assert ana.says("  Margherita ") == ["How many?"]
    assert ana.says("two") == ["Margherita for two."]
    assert ana.instance is None
    assert state(ana) == {"flavour": "Margherita", "people": "two"}
    assert ana.last.instances[-1].end_reason is EndReason.FINISHED
    assert ana.last.instances[-1].trigger_id == "t1"


def test_every_answer_moves_the_instances_last_interaction() -> None:
    ana = ordering(collect("size", options=("Big",)), collect("people"))
    for answer in ("nonsense", "big"):
        ana.waits(minutes=5)
        ana.says(answer)
        assert ana.instance is not None
        assert ana.instance.last_interaction_at == ana.now


def test_a_step_saves_nothing_without_a_name() -> None:
    ana = ordering(collect("size", save_as=""), end("bye"))
    ana.says("big")
    assert state(ana) == {}
    assert ana.codes[-2:] == ["flow_ended", "silent"]


def test_send_template_says_and_goes_on_to_its_default_or_the_next_step() -> None:
    ana = ordering(send("a", transitions={}, default="c"), send("b"), send("c"), send("d"), end("bye"))
    assert [each.text for each in ana.sends] == ["a.", "c.", "d."]


def test_the_last_step_ends_the_flow_even_if_it_is_no_end_step() -> None:
    ana = ordering(send("only"))
    assert ana.instance is None
    assert ana.last.instances[0].end_reason is EndReason.FINISHED


def test_send_template_with_wait_input_waits_and_stores_nothing() -> None:
    ana = ordering(send("menu", transitions={"Sim": "yes"}, default="no", wait_input=True), send("no"), send("yes"))
    assert [each.text for each in ana.sends] == ["menu."]
    assert ana.says("SIM!") == ["yes."]
    assert state(ana) == {}


@for_each(("answer", "said"), [("sim", "yes."), ("Não!", "no."), ("talvez", "maybe.")])
def test_transitions_compare_as_equals_and_fall_back_on_default(answer: str, said: str) -> None:
    ana = ordering(
        collect("sure", transitions={"Sim": "yes", "nao": "no"}, default="maybe"),
        end("yes", "yes."),
        end("no", "no."),
        end("maybe", "maybe."),
    )
    assert ana.says(answer) == [said]
    assert ana.found("transition")["to"] == said.rstrip(".")


def test_where_no_transition_fits_and_there_is_no_default_the_answer_is_not_accepted() -> None:
    ana = ordering(collect("sure", transitions={"Sim": "yes"}), end("yes", "yes."))
    assert ana.says("talvez") == ["sure?"]
    assert ana.found("answer_refused")["why"] == "transition"
    assert state(ana) == {}
    assert ana.says("sim") == ["yes."]


class TestOptions:
    """Options are offered as choices, and taken by label, button or number."""

    steps = (collect("flavour", options=("Margherita", "Calabresa")), end("bye", "{{ flavour }}"))

    def test_they_go_along_as_choices(self) -> None:
        ana = ordering(*self.steps)
        assert ana.sends[0].choices == (Choice("Margherita", "Margherita"), Choice("Calabresa", "Calabresa"))
        assert ana.sends[0].choices_label == ENGLISH.choose

    @for_each("answer", ["calabresa", "CALABRESA!", "2", "2️⃣", "2)"])
    def test_label_and_number_are_accepted_and_the_label_is_stored(self, answer: str) -> None:
        assert ordering(*self.steps).says(answer) == ["Calabresa"]

    def test_a_button_is_accepted_by_its_id_or_its_title(self) -> None:
        assert ordering(*self.steps).presses("Calabresa", "Calabresa") == ["Calabresa"]
        assert ordering(*self.steps).presses("old-id", "Margherita") == ["Margherita"]

    @for_each("answer", ["3", "0", "pepperoni", "calabresa e margherita"])
    def test_anything_else_is_asked_again(self, answer: str) -> None:
        ana = ordering(*self.steps)
        assert ana.says(answer) == ["flavour?"]
        assert ana.sends[0].choices
        assert ana.found("answer_refused")["why"] == "option"

    def test_a_label_wins_over_another_options_number(self) -> None:
        ana = ordering(collect("n", options=("2", "1")), end("bye", "{{ n }}"))
        assert ana.says("1") == ["1"]

    @for_each("answer", ["Calabresa", "2"])
    @for_each("key", ["calabresa", "2"])
    def test_a_transition_names_the_label_or_the_number_however_it_was_answered(self, key: str, answer: str) -> None:
        ana = ordering(
            collect("flavour", options=("Margherita", "Calabresa"), transitions={key: "spicy"}, default="bye"),
            end("bye", "bye"),
            end("spicy", "spicy"),
        )
        assert ana.says(answer) == ["spicy"]


class TestNumbers:
    """`expect: {number: RANGE}`."""

    @staticmethod
    def asked(pattern: str = "", **fields: Any) -> Person:
        step = collect("n", expect=Expect.NUMBER, expect_range=NumberRange.parse(pattern), **fields)
        return ordering(step, end("bye", "{{ n }}"), end("alone", "alone"))

    @for_each(
        ("answer", "stored", "printed"),
        [
            ("12", 12, "12"),
            ("1.200", 1200, "1200"),
            ("3,0", 3, "3"),
            ("1,50", Decimal("1.50"), "1,50"),
            (str(2**53), 2**53, str(2**53)),
            (str(2**53 + 1), Decimal(2**53 + 1), str(2**53 + 1)),
        ],
    )
    def test_they_are_stored_exactly_and_printed_as_people_write_them(
        self, answer: str, stored: Any, printed: str
    ) -> None:
        ana = self.asked()
        assert ana.says(answer) == [printed]
        assert state(ana) == {"n": stored}
        assert type(state(ana)["n"]) is type(stored)

    @for_each(("answer", "why"), [("21", "range"), ("0", "range"), ("dez", "number"), ("1 a 2", "number")])
    def test_others_are_refused_with_the_reason(self, answer: str, why: str) -> None:
        ana = self.asked("1..20")
        assert ana.says(answer) == ["n?"]
        assert ana.found("answer_refused")["why"] == why

    @for_each("answer", ["1", "01", "1,0", "1️⃣"])
    def test_a_transition_names_the_number_however_it_is_spelled(self, answer: str) -> None:
        assert self.asked(transitions={"1": "alone"}, default="bye").says(answer) == ["alone"]

    def test_a_fraction_is_not_taken_for_the_whole_number(self) -> None:
        assert self.asked(transitions={"5": "alone"}, default="bye").says(",5") == ["0,5"]

    def test_any_number_will_do_without_a_range(self) -> None:
        ana = ordering(collect("n", expect=Expect.NUMBER), end("bye", "{{ n }}"))
        assert ana.says("-7") == ["-7"]


@for_each("address", ["ana@example.com", " Ana.Maria+x@mail.example.com.br ", "josé@exämple.de"])
def test_an_email_address_is_stored_trimmed(address: str) -> None:
    ana = ordering(collect("mail", expect=Expect.EMAIL))
    ana.says(address)
    assert state(ana) == {"mail": address.strip()}


@for_each(
    "address",
    [
        *("ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@exam ple.com", "ana@@example.com"),
        *("ana@example.com, rui@example.com", "<ana@example.com>", "ana@-x.com", "a" * 65 + "@example.com"),
        "ana@" + "a." * 150 + "com",
    ],
)
def test_what_is_no_email_address_is_refused(address: str) -> None:
    ana = ordering(collect("mail", expect=Expect.EMAIL))
    assert ana.says(address) == ["mail?"]
    assert ana.found("answer_refused")["why"] == "email"


@for_each(
    ("locale", "written", "stored"),
    [
        ("", "(11) 98765-4321", "+5511987654321"),
        ("pt", "(11) 98765-4321", "+5511987654321"),
        ("pt-PT", "912 345 678", "+351912345678"),
        ("en", "+44 (0)20 7946 0018", "+442079460018"),
    ],
)
def test_a_phone_number_is_stored_as_e164_by_the_locales_region(locale: str, written: str, stored: str) -> None:
    ana = ordering(collect("phone", expect=Expect.PHONE), contact=ContactView(locale=locale))
    ana.says(written)
    assert state(ana) == {"phone": stored}


@for_each(("locale", "written"), [("", "12345"), ("", "pizza"), ("en", "98765-4321"), ("", "11 98765-4321 " * 4)])
def test_what_is_no_phone_number_is_refused(locale: str, written: str) -> None:
    ana = ordering(collect("phone", expect=Expect.PHONE), contact=ContactView(locale=locale))
    assert ana.says(written) == ["phone?"]
    assert ana.found("answer_refused")["why"] == "phone"


class TestAttempts:
    """Asked again, `attempts` times in all."""

    def test_then_it_goes_to_otherwise(self) -> None:
        ana = ordering(
            collect("size", options=("Big",), attempts=2, otherwise="human"), end("bye"), end("human", "Wait, please.")
        )
        assert ana.says("x") == ["size?"]
        assert ana.found("answer_refused") == {
            "flow": "pizzaria/order",
            "step": "size",
            "why": "option",
            "attempt": 1,
            "attempts": 2,
        }
        assert ana.says("x") == ["Wait, please."]
        assert ana.found("attempts_used_up")["otherwise"] == "human"

    @for_each(("rules", "words"), [(bundle(fallback="Say pizza."), "Say pizza."), (bundle(), ENGLISH.not_understood)])
    def test_without_otherwise_the_instance_ends_with_the_fallback_words(self, rules: Any, words: str) -> None:
        ana = ordering(collect("size", options=("Big",)), rules=rules)
        assert [ana.says("x") for _ in range(3)] == [["size?"], ["size?"], [words]]
        assert ana.last.instances[-1].end_reason is EndReason.REFUSED
        assert ana.sends[0].instance_id == "i1"
        assert ana.instance is None

    def test_the_fallback_is_then_not_said_again_at_once(self) -> None:
        ana = ordering(collect("size", options=("Big",), attempts=1), rules=bundle(fallback="Say pizza."))
        assert ana.says("x") == ["Say pizza."]
        assert ana.says("x") == []
        assert ana.codes == ["no_trigger", "fallback_recent", "silent"]

    def test_they_count_anew_on_each_entry(self) -> None:
        ana = ordering(
            collect("size", options=("Big",), attempts=2),
            collect("sure", transitions={"no": "size"}, default="bye"),
            end("bye"),
        )
        ana.says("x")
        ana.says("big")
        ana.says("no")
        assert ana.says("x") == ["size?"]

    def test_a_waiting_template_asks_again_too(self) -> None:
        ana = ordering(send("menu", transitions={"a": "bye"}, wait_input=True, attempts=2), end("bye"))
        assert ana.says("x") == ["menu."]
        assert ana.says("x") == [ENGLISH.not_understood]


@for_each("word", ["CANCELAR", "sair!", "Menu"])
def test_an_escape_word_ends_the_running_instance_with_a_confirmation(word: str) -> None:
    ana = ordering(collect("size"))
    assert ana.says(word) == [ENGLISH.escaped]
    assert ana.last.instances[-1].end_reason is EndReason.ESCAPED
    assert ana.found("escaped")["step"] == "size"


def test_escape_words_are_those_of_the_persons_and_of_the_bundles_language() -> None:
    def escapes(word: str, rules: Any, locale: str = "") -> bool:
        ana = ordering(collect("size"), end("bye"), rules=rules, contact=ContactView(locale=locale))
        return ana.says(word) == [ENGLISH.escaped]

    assert not escapes("exit", bundle())
    assert escapes("exit", bundle(), "en-GB")
    assert escapes("sair", bundle(), "en-GB")
    assert escapes("exit", bundle(locale="fr"))
    assert not escapes("sair", bundle(locale="fr"))


def test_a_bundle_may_have_escape_words_of_its_own() -> None:
    ana = ordering(collect("size"), collect("more"), end("bye"), rules=bundle(escape_words=frozenset({"chega"})))
    assert ana.says("sair") == ["more?"]
    assert ana.says("Chega!") == [ENGLISH.escaped]


def test_an_escape_word_outside_a_flow_is_a_word_like_any_other() -> None:
    assert person(trigger("menu", "The menu")).says("menu") == ["The menu"]


def test_an_option_that_is_spelled_like_an_escape_word_is_an_answer() -> None:
    ana = ordering(collect("sure", options=("Confirmar", "Cancelar")), end("bye", "{{ sure }}"))
    assert ana.presses("Cancelar", "Cancelar") == ["Cancelar"]


class TestHandOff:
    """`end` with `handoff: true`."""

    @staticmethod
    def handed_over(**rules: Any) -> Person:
        ana = ordering(collect("size"), end("human", "Wait, please.", handoff=True), rules=bundle(**rules))
        ana.says("big")
        return ana

    def test_it_silences_the_bot_until_its_hours_have_passed(self) -> None:
        ana = self.handed_over(fallback="Say pizza.", unsupported="Only text.")
        assert ana.instance is not None
        assert ana.instance.paused
        assert ana.instance.end_reason is None
        ana.waits(hours=23, minutes=59)
        for text in ("pizza", "menu", "anything", ""):
            assert ana.says(text) == []
            assert ana.codes == ["paused", "silent"]
        ana.waits(minutes=1)
        assert ana.says("pizza") == ["size?"]
        ended, begun = ana.last.instances
        assert (ended.end_reason, ended.paused) == (EndReason.HANDOFF_OVER, False)
        assert begun.end_reason is None

    def test_the_bundle_says_how_long(self) -> None:
        ana = self.handed_over(handoff_after=timedelta(hours=1))
        ana.waits(hours=1)
        assert ana.says("pizza") == ["size?"]

    def test_it_silences_interrupting_triggers_too_and_does_not_expire_by_idling(self) -> None:
        ana = self.handed_over(expire_after=timedelta(hours=2))
        ana.published = definitions(*ana.published.triggers, trigger("help", "Help!", interrupt=True))
        ana.waits(hours=3)
        assert ana.says("help") == []
        assert ana.codes == ["paused", "silent"]

    def test_an_opt_out_is_still_taken_and_ends_it(self) -> None:
        ana = self.handed_over()
        assert ana.says("stop") == [ENGLISH.opted_out]
        assert ana.instance is None

    def test_one_without_an_hour_lasts_until_a_person_ends_it_even_if_its_flow_is_gone(self) -> None:
        ana = self.handed_over()
        assert ana.instance is not None
        ana.conversation = ana.conversation._replace(instance=ana.instance._replace(paused_until=None))
        ana.published = definitions()
        ana.waits(days=365)
        assert ana.says("pizza") == []
        assert ana.found("paused") == {"flow": "", "until": None}


def test_an_instance_idle_for_too_long_ends_before_the_message_is_matched() -> None:
    ana = ordering(collect("size"), rules=bundle(expire_after=timedelta(hours=24)))
    ana.waits(hours=24)
    ana.says("", kind=MessageKind.MEDIA)
    assert ana.instance is not None
    ana.waits(seconds=1)
    assert ana.says("pizza") == ["size?"]
    assert [each.end_reason for each in ana.last.instances] == [EndReason.EXPIRED, None]
    assert ana.found("expired") == {
        "flow": "pizzaria/order",
        "step": "size",
        "idle_seconds": 86401,
        "expire_after_seconds": 86400,
    }


def test_an_instance_stays_with_the_version_it_began_with() -> None:
    ana = ordering(collect("size"), end("bye", "Old words."))
    newer = replace(flow(collect("size"), end("bye", "New words.")), id="flow-newer")
    old = ana.published.flows
    ana.published = definitions(trigger("pizza", newer))
    ana.published = replace(ana.published, flows={**ana.published.flows, **old})
    assert ana.says("big") == ["Old words."]


def test_an_instance_whose_flow_is_gone_ends_and_the_message_goes_to_the_triggers() -> None:
    ana = ordering(collect("size"))
    ana.published = definitions(trigger("big", "an answer"))
    assert ana.says("big") == ["an answer"]
    assert [each.end_reason for each in ana.last.instances] == [EndReason.LOST]
    assert ana.found("flow_lost") == {"flow_id": "flow-order"}


@for_each("key", ["gone", "bye"])
def test_an_instance_at_a_step_that_is_gone_or_cannot_wait_ends_likewise(key: str) -> None:
    ana = ordering(collect("size"), end("bye"))
    assert ana.instance is not None
    ana.conversation = ana.conversation._replace(instance=ana.instance._replace(step_key=key))
    assert ana.says("pizza") == ["size?"]
    assert [each.end_reason for each in ana.last.instances] == [EndReason.LOST, None]
    assert ana.codes[0] == "step_lost"


def test_a_transition_to_nowhere_is_traced_and_ends_the_instance() -> None:
    ana = ordering(collect("size", default="gone"))
    assert ana.says("big") == []
    assert ana.last.instances[-1].end_reason is EndReason.LOST
    assert ana.codes[-3:] == ["step_lost", "flow_ended", "silent"]


def test_steps_that_go_round_without_waiting_are_cut() -> None:
    ana = ordering(send("a"), send("b", default="a"))
    assert [each.text for each in ana.sends] == ["a.", "b."]
    assert ana.last.instances[-1].end_reason is EndReason.LOST
    assert ana.found("loop_cut") == {"flow": "pizzaria/order", "step": "a", "steps": 2}


def test_a_turn_enters_a_bounded_number_of_steps() -> None:
    ana = ordering(*(send(f"s{number}") for number in range(MAX_STEPS_PER_TURN + 1)))
    assert len(ana.sends) == MAX_STEPS_PER_TURN
    assert "loop_cut" in ana.codes


@for_each("channel", list(Channel))
def test_templates_know_the_contact_the_message_and_the_state(channel: Channel) -> None:
    everything = "{{ contact.name }} {{ contact.phone }} {{ contact.email }} {{ contact.locale }} {{ size }}: "
    everything += "{{ message.text }} ({{ message.channel }})"
    contact = ContactView(name="Ana", phone="+5511", email="a@b.co", locale="pt-BR")
    ana = ordering(collect("size"), end("bye", everything), contact=contact, channel=channel)
    assert ana.presses("id-9", "Grande") == [f"Ana +5511 a@b.co pt-BR id-9: Grande ({channel})"]


def test_a_step_without_words_of_its_own_waits_silently() -> None:
    silent = replace(collect("size"), template=None)
    ana = ordering(silent, end("bye", "Bye."))
    assert ana.sends == []
    assert ana.says("big") == ["Bye."]
