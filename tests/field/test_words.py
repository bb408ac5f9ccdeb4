"""How people's words are compared, and their answers read."""
# ruff: noqa: RUF001 - letters and signs that look alike are what these tests are about

import unicodedata
from decimal import Decimal

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_decimal_symbol

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, OutboundMessage
from bot.core.phones import locale_of, whereabouts
from bot.core.regions import languages_of
from bot.engine.conversation import ContactView
from bot.engine.definitions import Expect, Step
from bot.engine.extras import ChoiceText, Extras
from bot.engine.numbers import decimal_sign
from bot.engine.patterns import Candidate, compile_pattern
from bot.engine.templates import compile_text
from bot.engine.text import compare, compare_equal
from bot.engine.words import ENGLISH
from bot.flows.checks.check import Source, check
from bot.messages.parts import parts_of
from bot.providers.base import Credentials
from bot.providers.kit.plain_text import plain
from bot.providers.mail.write import page, words
from bot.providers.table import PROVIDERS
from tests.support.conversations import Person, bundle, collect, end, flow, person, send, template, trigger
from tests.support.sends import built
from tests.support.tables import for_each

APOSTROPHES = "'\u2019\u2018\u201b\u201a\u02bc\u02bb\u2032\u00b4`\uff07\u2039\u203a\u05f3"
QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\uff02\u05f4'
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\u05be"
BLANKS = " \u00a0\u2007\u202f\u2003\u3000\u2009\t\u2800"


@for_each("apostrophe", APOSTROPHES)
def test_C07_a_curly_apostrophe_of_a_telephone_matches(apostrophe: str) -> None:
    said = f"I don{apostrophe}t know"
    options = flow(
        collect("sure", options=("Yes", "I don't know"), transitions={"I don't know": "why"}), end("why", "Ok")
    )
    for asks in (trigger("i don't know", "Fine."), trigger("don't", "Fine.", kind="contains")):
        assert person(asks).says(said) == ["Fine."]
    assert person(trigger(r"don't\s+know", "Fine.", kind="regex")).says(said) == ["Fine."]
    ana = person(trigger("pizza", options))
    ana.says("pizza")
    assert ana.says(said) == ["Ok"]


@for_each("apostrophe", APOSTROPHES)
def test_C07_nor_does_the_authors_own_apostrophe_count(apostrophe: str) -> None:
    for kind in ("equals", "contains", "regex"):
        assert person(trigger(f"i don{apostrophe}t", "Fine.", kind=kind)).says("I don't") == ["Fine."]


@for_each(
    ("one", "others"), [("{}big{} one", QUOTES), ("the {}big{} one", QUOTES), ("e{}mail", DASHES), ("to{}go", BLANKS)]
)
@for_each("kind", ["equals", "contains", "regex"])
def test_C07_quotes_dashes_and_blanks_of_all_kinds_compare_alike(one: str, others: str, kind: str) -> None:
    spelled = [one.format(each, each) for each in others]
    assert {compare(each) for each in spelled} == {compare(spelled[0])}
    for pattern in spelled:
        looks = compile_pattern(kind, pattern)
        assert all(looks.matches(Candidate(f"{said}!", "en")) for said in spelled)


@for_each("unseen", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\ufe0f"])
@for_each("kind", ["equals", "contains", "regex"])
def test_C07_what_nobody_sees_within_a_word_does_not_count(unseen: str, kind: str) -> None:
    assert person(trigger("pizza", "Yes.", kind=kind)).says(f"piz{unseen}za") == ["Yes."]
    assert person(trigger(f"piz{unseen}za", "Yes.", kind=kind)).says("pizza") == ["Yes."]


def test_C07_escape_and_consent_words_are_found_with_any_dash() -> None:
    ana = person(
        trigger("pizza", flow(collect("size"))), bundles=[bundle(escape_words=frozenset({compare_equal("let's stop")}))]
    )
    rules = bundle(escape_words=frozenset({compare_equal("that's it")}))
    ana = person(trigger("pizza", flow(collect("size"), rules=rules)))
    ana.says("pizza")
    ana.says("That\u2019s it")
    assert ana.found("escaped")["word"] == "that's it"
    bea = person()
    bea.says("\u201cSTOP\u201d")
    assert bea.consents == [False]


DIGITS = [each for each in map(chr, range(0x20000)) if unicodedata.decimal(each, None) == 2]


@for_each("two", [*DIGITS, "2\ufe0f\u20e3", "2\u20e3", "\u2461", "\u2777"])
def test_C08_every_digit_of_unicode_chooses_an_option_and_is_a_number(two: str) -> None:
    ana = person(
        trigger("pizza", flow(collect("which", options=("Small", "Big")), collect("people", expect=Expect.NUMBER)))
    )
    ana.says("pizza")
    ana.says(two)
    ana.says(two)
    assert not [each for turn in ana.turns for each in turn.trace if each.code == "answer_refused"]
    assert [each.state for each in ana.last.instances] == [{"which": "Big", "people": 2}]
    assert person(trigger("number 2", "Yes.")).says(f"number {two}") == ["Yes."]


@for_each(
    ("pattern", "said"),
    [
        ("đặt hàng", "dat hang"),
        ("đặt hàng", "ĐẶT HÀNG"),
        ("hayır", "HAYIR"),
        ("hayır", "hayir"),
        ("İstanbul", "istanbul"),
        ("zamówić żółw łódź", "zamowic zolw lodz"),
        ("smørrebrød", "SMORREBROD"),
        ("Ħamrun", "hamrun"),
        ("ŧ", "t"),
        ("ɗan Kano", "dan kano"),
        ("œuf", "OEUF"),
        ("æble", "aeble"),
        ("Straße", "STRASSE"),
        ("þetta", "thetta"),
        ("ещё", "еще"),
        ("п'ять", "п\u02bcять"),
        ("أهلا", "اهلا"),
        ("إلغاء", "الغاء"),
        ("آسف", "اسف"),
        ("ٱلله", "الله"),
        ("مُحَمَّد", "محمد"),
        ("مرحـــبا", "مرحبا"),
        ("قهوة", "قهوه"),
        ("على", "علي"),
        ("ایمیل", "ايميل"),
        ("کتاب", "كتاب"),
        ("می\u200cخواهم", "میخواهم"),
        ("שָׁלוֹם", "שלום"),
        ("ｶﾌｪ", "カフェ"),
    ],
)
@for_each("kind", ["equals", "contains", "regex"])
def test_C09_letters_with_a_stroke_and_marks_that_people_leave_out_fold(pattern: str, said: str, kind: str) -> None:
    assert person(trigger(pattern, "Yes.", kind=kind)).says(said) == ["Yes."]
    assert person(trigger(said, "Yes.", kind=kind)).says(pattern) == ["Yes."]


@for_each(("one", "other"), [("की", "का"), ("が", "か"), ("ผี", "ผา"), ("ب", "ت"), ("ش", "س"), ("л", "п")])
def test_C09_marks_that_make_other_words_stay(one: str, other: str) -> None:
    assert compare(one) != compare(other)


@for_each(
    ("pattern", "said"),
    [
        ("👍", "👍🏽"),
        ("👍🏽", "👍"),
        ("❤", "❤️"),
        ("🤷", "🤷🏽\u200d♀️"),
        ("🤷\u200d♂️", "🤷\u200d♀"),
        ("call me", "call me 🙏"),
        ("oi", "👋🏾 oi!"),
        ("obrigado", "Obrigado 🙏🏽🙏🏽❤️!!"),
        ("pizza", "🍕🍕 pizza 🇧🇷"),
        ("👍", "👍!"),
        ("1", "1️⃣ 👍"),
        ("🇧🇷", "🇧🇷"),
        ("4", "👨\u200d👩\u200d👧 4"),
    ],
)
def test_C10_skin_colours_fold_and_emoji_around_words_are_punctuation(pattern: str, said: str) -> None:
    assert person(trigger(pattern, "Yes.")).says(said) == ["Yes."]


def test_C10_stop_with_folded_hands_opts_out() -> None:
    ana = person()
    ana.says("stop 🙏")
    assert ana.consents == [False]


@for_each("pair", [("👍", "👎"), ("🇧🇷", "🇵🇹"), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"), ("1️⃣", "2️⃣"), ("🏽", "👍"), ("20°", "20€"), ("⭐", "⭐⭐")])
def test_C10_flags_keycaps_and_lone_emoji_stay_apart(pair: tuple[str, str]) -> None:
    assert compare_equal(pair[0]) != compare_equal(pair[1])
    assert all(map(compare_equal, pair))


def test_C10_options_that_differ_in_emoji_alone_are_told_apart_when_pressed() -> None:
    ana = person(trigger("food", flow(collect("heat", options=("Hot 🌶", "Hot 🌶🌶")), collect("more"))))
    ana.says("food")
    ana.presses("Hot 🌶🌶", "Hot 🌶🌶")
    assert ana.instance is not None
    assert ana.instance.state == {"heat": "Hot 🌶🌶"}


@for_each("colour", ["🏻", "🏿"])
def test_C10_a_template_is_not_changed_by_what_comparing_folds(colour: str) -> None:
    assert person(trigger("hi", template(f"👋{colour}"))).says("hi") == [f"👋{colour}"]


CUTS = Extras(
    choices=(
        ChoiceText(compile_text("Corte"), "cut"),
        ChoiceText(compile_text("Barba"), "beard", compile_text("com toalha")),
    )
)
SERVICE = template("O que vai ser?", extras=CUTS)


def asked(*steps: Step) -> Person:
    """Somebody who was just asked the first step's question."""
    ana = person(trigger("oi", flow(*steps)))
    ana.says("oi")
    return ana


def test_C18_buttons_bind_as_options_do() -> None:
    ana = asked(collect("service", SERVICE, attempts=2, otherwise="human"), end("bye"), end("human", "Um momento."))
    assert ana.says("banana") == ["O que vai ser?"]
    assert ana.found("answer_refused")["why"] == "option"
    assert [each.label for each in ana.sends[0].choices] == ["Corte", "Barba"]
    assert ana.says("banana") == ["Um momento."]


@for_each("answer", ["Corte", "corte!", "CUT", "1", "1️⃣", "١", "✂️ corte"])
def test_C18_the_label_is_said_and_the_id_kept_beside_it(answer: str) -> None:
    ana = asked(collect("service", SERVICE), end("bye", "{{ service }} ({{ service.id }})."))
    assert ana.says(answer) == ["Corte (cut)."]
    assert ana.last.instances[-1].state == {"service": "Corte", "service.id": "cut"}


@for_each("key", ["Barba", "barba!", "beard", "2"])
def test_C18_transitions_name_the_label_the_id_or_the_number(key: str) -> None:
    ana = asked(
        collect("service", SERVICE, {key: "beard"}, default="other"), end("other", "Não."), end("beard", "Sim.")
    )
    assert ana.presses("beard", "Barba") == ["Sim."]


def test_C18_free_steps_and_those_that_expect_more_than_text_take_other_answers_too() -> None:
    ana = asked(collect("service", SERVICE, free=True), end("bye", "{{ service }}/{{ service.id }}"))
    assert ana.says("banana") == ["banana/banana"]
    ana = asked(collect("service", options=("Corte",), free=True), end("bye", "{{ service }}"))
    assert ana.says("banana") == ["banana"]
    ana = asked(
        collect("mail", SERVICE, {"corte": "cut"}, default="bye", expect=Expect.EMAIL),
        end("bye", "{{ mail }}"),
        end("cut", "{{ mail.id }}"),
    )
    assert ana.says("ana@example.org") == ["ana@example.org"]
    ana.says("oi")
    assert ana.says("corte") == ["cut"]
    ana = asked(send("service", SERVICE, wait_input=True), end("bye", "Até."))
    assert ana.says("banana") == ["Até."]


def test_C18_a_number_that_a_button_stands_for_is_stored_as_one_and_followed_by_its_label() -> None:
    people = Extras(choices=(ChoiceText(compile_text("A couple"), "2"), ChoiceText(compile_text("A family"), "4")))
    ana = asked(
        collect(
            "people", template("How many?", extras=people), {"a family": "many"}, default="few", expect=Expect.NUMBER
        ),
        end("few"),
        end("many", "{{ people }}, so many."),
    )
    assert ana.presses("4", "A family") == ["4, so many."]


def test_C18_another_answer_forgets_the_id_of_the_one_before() -> None:
    ana = asked(
        collect("service", SERVICE, {"cut": "service"}, default="bye", free=True), end("bye", "{{ service.id }}.")
    )
    ana.says("corte")
    assert ana.says("banana") == ["banana."]


def test_C18_an_instance_that_stored_an_id_before_goes_on() -> None:
    ana = asked(collect("service", SERVICE), collect("when"), end("bye", "{{ service }}/{{ service.id }}"))
    assert ana.instance is not None
    ana.conversation = ana.conversation._replace(
        instance=ana.instance._replace(step_key="when", state={"service": "cut"})
    )
    assert ana.says("hoje") == ["cut/cut"]


BARBER = """
bundle: barber
templates:
  ask: {{content: What?, {choices}, locales: {{pt: {{content: Qual?, buttons: [{{label: Cabelo, id: cut}}]}}}}}}
  bye: {{content: "{{{{ service }}}} {{{{ service.id }}}}"}}
triggers: [{{type: equals, pattern: hi, flow: order}}]
flows:
  order:
    steps:
      - {{key: service, type: collect_input, template: ask, save_as: service, {step} transitions: {{{answer}: bye}}}}
      - {{key: bye, type: end, template: bye}}
"""


def faults(bundle_text: str) -> list[str]:
    """The codes of what `flows check` finds."""
    return [each.code for each in check([Source("b.yaml", bundle_text.encode())]).faults]


@for_each(
    ("answer", "step", "codes"),
    [
        ("corta", "", ["F03"]),
        ("Corte", "", []),
        ("cut", "", []),
        ("cabelo", "", []),
        ("2", "", []),
        ("3", "", ["F03"]),
        ("9", "", ["F03"]),
        ("corta", "free: true,", []),
        ("corta", "expect: number,", ["F03"]),
        ("corte", "expect: number,", []),
        ("7", "expect: number,", []),
    ],
)
def test_C18_the_check_knows_what_buttons_answer(answer: str, step: str, codes: list[str]) -> None:
    choices = "buttons: [{label: Corte, id: cut}, Barba]"
    assert faults(BARBER.format(choices=choices, step=step, answer=answer)) == codes


def test_C18_choices_that_depend_on_a_variable_are_not_known_to_the_check() -> None:
    choices = 'variables: {a: b}, buttons: ["{{ a }}"]'
    assert faults(BARBER.format(choices=choices, step="", answer="corta")) == []


@for_each(
    ("said", "number"),
    [
        ("4,", 4),
        ("R$ 50", 50),
        ("R$1.234,50", Decimal("1234.50")),
        ("US$ 1,234.50", Decimal("1234.50")),
        ("Rs.50", 50),
        ("4 people", 4),
        ("somos 4!", 4),
        ("são 4, por favor", 4),
        ("٤ أشخاص", 4),
        ("४ लोग", 4),
        ("４人", 4),
        ("4️⃣ pessoas 🍕", 4),
        ("2 000 reais", 2000),
        ("١٬٢٣٤٫٥", Decimal("1234.5")),
        ("-4 graus", -4),
        ("covid-19", 19),
        ("50 m²", 50),
        ("50%", 50),
        ("4\u200b", 4),
        ("(4)", 4),
    ],
)
def test_C11_one_number_in_a_text_is_the_number(said: str, number: int | Decimal) -> None:
    ana = asked(collect("people", expect=Expect.NUMBER))
    ana.says(said)
    assert ana.last.instances[-1].state == {"people": number}


@for_each(
    "said",
    [
        *(
            "four",
            "4 ou 5",
            "4-5",
            "10:30",
            "12/05",
            "20h30",
            "1.2.3",
            "4½",
            "½ pizza",
            "10²",
            "2 mil",
            "50k",
            "2 milhões",
        ),
        *("4 e meia", "3万", "2 lakh", "4 and a half", "mais de mil", "9" * 31 + " pessoas", "\u200b"),
    ],
)
def test_C11_no_number_two_or_half_of_one_is_asked_for_again(said: str) -> None:
    ana = asked(collect("people", expect=Expect.NUMBER))
    assert ana.says(said) in (["people?"], [ENGLISH.unsupported])
    assert ana.instance is not None
    assert ana.instance.state == {}


def test_C11_strict_steps_and_triggers_want_the_whole_message() -> None:
    ana = asked(collect("people", expect=Expect.NUMBER, strict=True))
    assert ana.says("4 people") == ["people?"]
    assert ana.says("4") == []
    assert person(trigger("", "A number.", kind="number")).says("4 people") == []
    ana = asked(collect("mail", expect=Expect.EMAIL, strict=True), collect("phone", expect=Expect.PHONE, strict=True))
    assert ana.says("it is ana@example.org") == ["mail?"]
    assert ana.says("ana@example.org") == ["phone?"]


@for_each(
    ("said", "stored"),
    [
        ("meu email é ana@example.org", "ana@example.org"),
        ("email: ana@example.org.", "ana@example.org"),
        ("ana＠example.org", "ana@example.org"),
        ("ana\u200b@example.org", "ana@example.org"),
        ("ana@example.org 👍", "ana@example.org"),
        ("ana@example.org, obrigada", "ana@example.org"),
        ("it is ana@example.org (ana@example.org)", "ana@example.org"),
        ("ana maria@example.org", None),
        ("it is ana@example.org or bea@example.org", None),
        ("it is " + "a" * 500 + "@example.org", None),
    ],
)
def test_C11_one_address_in_a_text_is_the_address(said: str, stored: str | None) -> None:
    ana = asked(collect("mail", expect=Expect.EMAIL))
    ana.says(said)
    assert [each.state for each in ana.last.instances] == [{"mail": stored} if stored else {}]


@for_each(
    ("said", "stored"),
    [
        ("me liga no 11 98765-4321, por favor, depois das 18h, eu saio do trabalho", "+5511987654321"),
        ("١١ ٩٨٧٦٥-٤٣٢١", "+5511987654321"),
        ("me liga no (11) 98765-4321 ou então no outro, 11 91234-5678", None),
        ("x" * 501, None),
    ],
)
def test_C11_one_phone_number_in_a_text_is_the_phone_number(said: str, stored: str | None) -> None:
    ana = asked(collect("phone", expect=Expect.PHONE))
    ana.says(said)
    assert [each.state for each in ana.last.instances] == [{"phone": stored} if stored else {}]


@for_each("said", ["\u200b", "\u3164", "\u2800", "\ufe0f", "\u200e\u00ad \u2060", "\u00a0\ufeff", "\u115f\u1160"])
def test_C11_what_shows_nothing_is_no_answer_and_no_text(said: str) -> None:
    ana = asked(collect("name"))
    assert ana.says(said) == [ENGLISH.unsupported]
    assert ana.instance is not None
    assert (ana.instance.state, ana.instance.asked) == ({}, 1)
    assert person(trigger(".*", "Anything.", kind="regex")).says(said) == []


@for_each(
    ("expect", "codes"),
    [
        ("{number: 1..20, strict: true}", []),
        ("{type: email, strict: true}", []),
        ("{type: number}", []),
        ("{strict: true}", ["S16"]),
        ("{number: 1, type: email}", ["S16"]),
        ("{number: x}", ["P02"]),
        ("{number: 1, strict: maybe}", ["S07"]),
    ],
)
def test_C11_the_check_takes_strict_within_expect(expect: str, codes: list[str]) -> None:
    step = f"expect: {expect},"
    assert faults(BARBER.format(choices="buttons: [Corte]", step=step, answer="default")) == codes


@for_each("channel", list(Channel))
@for_each(
    "said",
    [
        *(
            "Stop. Thank you",
            "please stop",
            "Please, STOP!",
            "stop pls",
            "unsubscribe me",
            "stop sending me messages",
            "opt-out",
        ),
        *(
            "STOP STOP",
            "no thanks, stop",
            "unsubscribe from this list please",
            "stop 🙏 please",
            "\u201cStop\u201d, ok?",
        ),
        *("pare por favor", "Pare de me mandar mensagens", "quero sair da lista", "parar, obrigada", "stop obrigado"),
        *("BAJA", "baja por favor", "Quiero darme de baja", "Arrêt", "me désabonner s’il vous plaît", "ARRÊTEZ svp"),
        *(
            "Stopp!",
            "bitte abmelden",
            "Abmelden, danke",
            "disiscrivimi per favore",
            "uitschrijven aub",
            "schrijf me uit",
        ),
    ],
)
def test_C13_polite_opt_outs_in_seven_languages_count_on_every_channel(said: str, channel: Channel) -> None:
    ana = person(trigger(".", "An answer.", kind="regex"), channel=channel)
    assert ana.says(said) == [ENGLISH.opted_out]
    assert ana.consents == [False]


@for_each("channel", [Channel.WHATSAPP, Channel.SMS])
@for_each(
    "said",
    [
        *("STOP 12345", "don't stop", "don\u2019t stop", "please don't stop", "bus stop", "stop by at 5", "non-stop"),
        *(
            "quero parar de fumar",
            "não pare",
            "no pares",
            "baja calidad",
            "arrêt de bus",
            "nicht abmelden",
            "me and you",
        ),
        *("please", "thank you", "stop " + "please " * 8, "stop " + "x" * 90, "start stop"),
    ],
)
def test_C13_what_has_other_words_in_it_is_no_opt_out(said: str, channel: Channel) -> None:
    ana = person(trigger(".", "An answer.", kind="regex"), channel=channel)
    assert ana.says(said) == ["An answer."]
    assert ana.consents == []


def test_C13_the_networks_own_words_may_be_polite_on_sms_alone() -> None:
    for channel, consents in ((Channel.SMS, [False]), (Channel.WHATSAPP, [])):
        for said in ("cancel please", "sair, por favor"):
            ana = person(channel=channel)
            ana.says(said)
            assert ana.consents == consents


@for_each(
    ("said", "comes_back"),
    [
        *(
            (each, True)
            for each in ("START", "start please", "Voltar, por favor!", "quero voltar", "Alta", "start, thank you")
        ),
        *(
            (each, False)
            for each in ("start 5", "don't start", "let's start", "yes please", "start sending", "when do you start")
        ),
    ],
)
def test_C13_coming_back_may_be_polite_but_in_doubt_one_stays_out(said: str, comes_back: bool) -> None:
    ana = person(channel=Channel.SMS)
    ana.says("stop")
    ana.says(said)
    assert ana.conversation.opted_out is not comes_back


def test_C13_a_bundle_may_have_words_of_its_own() -> None:
    rules = bundle(opt_out_words=frozenset({"chega de pizza"}), opt_in_words=frozenset({"mais pizza"}))
    for out, back in (("Chega de pizza!", "mais pizza"), ("Chega de pizza, obrigada", "Mais pizza, por favor")):
        ana = person(bundles=[bundle("other"), rules])
        ana.says(out)
        assert ana.consents == [False]
        ana.says(back)
        assert ana.consents == [True]
    ana.says("chega de bolo")
    assert ana.consents == []


COUNTRIES = sorted(each for each in get_global("territory_languages") if each not in {"ZZ", "AC", "CP", "TA"})


@for_each("country", COUNTRIES)
def test_C12_every_countrys_language_is_an_official_one(country: str) -> None:
    facts = get_global("territory_languages")[country]
    official = {
        name.partition("_")[0] for name in facts if facts[name]["official_status"] in {"official", "de_facto_official"}
    }
    assert languages_of(country)[0] in (official or {"en"})
    assert set(languages_of(country)) == (official or {"en"})
    if country in phonenumbers.SUPPORTED_REGIONS:
        assert locale_of(country) == f"{languages_of(country)[0]}-{country}"


def test_C12_numbers_have_the_form_that_the_cldr_has_for_each_country() -> None:
    locales = [f"{languages_of(country)[0]}-{country}" for country in COUNTRIES]
    signs = {locale: sign for locale in locales if (sign := cldr_sign(locale)) is not None}
    assert {locale: decimal_sign(locale) for locale in signs} == signs
    assert len(signs) > 200


def cldr_sign(locale: str) -> str | None:
    """None where the CLDR has no form of numbers."""
    try:
        known = Locale.parse(locale, sep="-")
    except UnknownLocaleError:
        return None
    # The Arabic point is read as what it is; the sign is about ASCII's.
    return get_decimal_symbol(known, numbering_system="latn")


@for_each(("country", "language"), [("PY", "es"), ("SN", "fr"), ("GH", "en"), ("ML", "fr"), ("BR", "pt"), ("HT", "ht")])
def test_C12_it_is_one_that_people_write(country: str, language: str) -> None:
    assert languages_of(country)[0] == language


@for_each(
    ("locale", "bundle_locale", "stored"),
    [
        (whereabouts("+595981123456").locale, "es-PY", 50_000),
        ("gn-PY", "es-PY", 50_000),
        ("", "es-PY", 50_000),
        ("es", "es-PY", 50_000),
        ("en", "pt-BR", 50),
        ("pt", "pt-BR", 50_000),
        ("en-US", "pt-BR", 50),
        ("en", "pt", 50),
    ],
)
def test_C12_the_bundles_region_decides_the_form_of_numbers(locale: str, bundle_locale: str, stored: int) -> None:
    rules = bundle(locale=bundle_locale)
    steps = (collect("amount", expect=Expect.NUMBER), end("bye", "{{ amount }}!"))
    ana = person(trigger("oi", flow(*steps, rules=rules)), contact=ContactView(locale=locale), bundles=[rules])
    ana.says("oi")
    assert ana.says("50.000") == [f"{stored}!"]


@for_each(
    ("locale", "said"),
    [
        ("es-PY", "Hola"),
        ("gn-PY", "Hola"),
        ("es-419", "Hola"),
        ("pt-PT", "Oi"),
        ("fr-CA", "Salut"),
        ("en-CA", "Salut"),
        ("ar-DZ", "Salut"),
        ("ja-JP", "Oi"),
        ("eu-ES", "Hola"),
        ("", "Oi"),
        ("xx", "Oi"),
        ("xx-419", "Oi"),
    ],
)
def test_C12_the_language_falls_to_one_that_the_template_has(locale: str, said: str) -> None:
    hello = template("Oi", locales={"es": ["Hola"], "fr-FR": ["Salut"]})
    assert person(trigger("hi", hello), contact=ContactView(locale=locale)).says("hi") == [said]


def test_C12_a_number_of_paraguay_speaks_spanish() -> None:
    assert whereabouts("+595981123456").locale == "es-PY"


ROWS = (Choice("spring", "Spring", "Tulips, 30 euros"), Choice("autumn", "Autumn"))


def outbound(
    channel: Channel, text: str = "Which?", choices: tuple[Choice, ...] = ROWS, html: str = ""
) -> OutboundMessage:
    """A message with choices, of which one is described."""
    to = Address(AddressKind.PHONE, "+5511999990000")
    return OutboundMessage("m1", f"{channel}:1", channel, to, text, choices, html=html)


def posted(message: OutboundMessage) -> str:
    """What the channel's provider gets."""
    held = {"api_url": "https://api.example", "bot_token": "1:t", "page_access_token": "t", "access_token": "t"}
    return built(PROVIDERS[message.channel], message, Credentials(held, {})).body.decode()


def test_C19_descriptions_go_along_in_numbered_lines() -> None:
    said = "Which?\n\n1. Spring - Tulips, 30 euros\n2. Autumn"
    assert plain(outbound(Channel.SMS)) == said
    assert words(outbound(Channel.EMAIL)) == said
    html = page(outbound(Channel.EMAIL, html="<p>Which?</p>"))
    assert "<li>Spring - Tulips, 30 euros</li><li>Autumn</li>" in html


def test_C19_one_long_label_on_whatsapp_does_not_cost_the_descriptions() -> None:
    choices = (*ROWS, Choice("x", "A label of more than twenty-four characters"))
    assert "1. Spring - Tulips, 30 euros" in posted(outbound(Channel.WHATSAPP, choices=choices))


@for_each("channel", [Channel.TELEGRAM, Channel.MESSENGER, Channel.INSTAGRAM])
def test_C19_buttons_that_show_labels_alone_have_the_descriptions_above_them(channel: Channel) -> None:
    body = posted(outbound(channel))
    assert "Which?\\n\\nSpring - Tulips, 30 euros" in body
    assert "1. Spring" not in body


def test_C19_descriptions_give_way_before_the_text_does() -> None:
    long = tuple(Choice(str(each), f"Row {each}", "d" * 190) for each in range(10))
    message = outbound(Channel.SMS, "t" * 1_000, long)
    assert plain(message, 1_600).startswith("t" * 1_000 + "\n\n1. Row 0\n2. Row 1")
    body = {"choices": [{"id": each.id, "label": each.label, "description": each.description} for each in long]}
    parts = parts_of("twilio:+15550001111", Channel.SMS, "A sentence. " * 200, body)
    assert len(parts) > 1
    assert all(len(each) <= 1_600 for each in parts)


@for_each("said", ["obrigado, pode parar", "por favor parar", "Sair da lista", "vocês podem parar"])
def test_C13_asking_that_it_may_stop_is_asking(said: str) -> None:
    ana = person()
    ana.says(said)
    assert ana.consents == [False]


@for_each(
    "said", ["parar a dor", "parar o tratamento", "cancelar agendamento", "preciso sair agora", "vou sair de férias"]
)
def test_C13_a_word_with_an_object_of_its_own_is_no_opt_out(said: str) -> None:
    for channel in (Channel.WHATSAPP, Channel.SMS):
        ana = person(channel=channel)
        ana.says(said)
        assert ana.consents == []


def test_C11_arabics_comma_stands_before_a_fraction_too() -> None:
    ana = asked(collect("people", expect=Expect.NUMBER))
    ana.says("١٢،٥ كيلو")
    assert ana.last.instances[-1].state == {"people": Decimal("12.5")}
