"""How people's words are compared, and their answers read."""
# ruff: noqa: RUF001 - letters and signs that look alike are what these tests are about

import sys
import unicodedata

import pytest

from bot.engine.definitions import Expect
from bot.engine.patterns import Candidate, compile_pattern
from bot.engine.text import compare, compare_equal
from tests.support.conversations import bundle, collect, end, flow, person, template, trigger

APOSTROPHES = "'\u2019\u2018\u201b\u201a\u02bc\u02bb\u2032\u00b4`\uff07\u2039\u203a\u05f3"
QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\uff02\u05f4'
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\u05be"
BLANKS = " \u00a0\u2007\u202f\u2003\u3000\u2009\t\u2800"


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
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


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_C07_nor_does_the_authors_own_apostrophe_count(apostrophe: str) -> None:
    for kind in ("equals", "contains", "regex"):
        assert person(trigger(f"i don{apostrophe}t", "Fine.", kind=kind)).says("I don't") == ["Fine."]


@pytest.mark.parametrize(
    ("one", "others"), [("{}big{} one", QUOTES), ("the {}big{} one", QUOTES), ("e{}mail", DASHES), ("to{}go", BLANKS)]
)
@pytest.mark.parametrize("kind", ["equals", "contains", "regex"])
def test_C07_quotes_dashes_and_blanks_of_all_kinds_compare_alike(one: str, others: str, kind: str) -> None:
    spelled = [one.format(each, each) for each in others]
    assert {compare(each) for each in spelled} == {compare(spelled[0])}
    for pattern in spelled:
        looks = compile_pattern(kind, pattern)
        assert all(looks.matches(Candidate(f"{said}!", "en")) for said in spelled)


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\ufe0f"])
@pytest.mark.parametrize("kind", ["equals", "contains", "regex"])
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


DIGITS = [each for each in map(chr, range(sys.maxunicode + 1)) if unicodedata.decimal(each, None) == 2]


@pytest.mark.parametrize("two", [*DIGITS, "2\ufe0f\u20e3", "2\u20e3", "\u2461", "\u2777"])
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


@pytest.mark.parametrize(
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
@pytest.mark.parametrize("kind", ["equals", "contains", "regex"])
def test_C09_letters_with_a_stroke_and_marks_that_people_leave_out_fold(pattern: str, said: str, kind: str) -> None:
    assert person(trigger(pattern, "Yes.", kind=kind)).says(said) == ["Yes."]
    assert person(trigger(said, "Yes.", kind=kind)).says(pattern) == ["Yes."]


@pytest.mark.parametrize(
    ("one", "other"), [("की", "का"), ("が", "か"), ("ผี", "ผา"), ("ب", "ت"), ("ش", "س"), ("л", "п")]
)
def test_C09_marks_that_make_other_words_stay(one: str, other: str) -> None:
    assert compare(one) != compare(other)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("👍", "👍🏽"),
        ("👍🏽", "👍"),
        ("❤", "❤️"),
        ("🤷", "🤷🏽\u200d♀️"),
        ("🤷\u200d♂️", "🤷\u200d♀"),
        ("stop it", "stop it 🙏"),
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


@pytest.mark.parametrize(
    "pair", [("👍", "👎"), ("🇧🇷", "🇵🇹"), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"), ("1️⃣", "2️⃣"), ("🏽", "👍"), ("20°", "20€"), ("⭐", "⭐⭐")]
)
def test_C10_flags_keycaps_and_lone_emoji_stay_apart(pair: tuple[str, str]) -> None:
    assert compare_equal(pair[0]) != compare_equal(pair[1])
    assert all(map(compare_equal, pair))


def test_C10_options_that_differ_in_emoji_alone_are_told_apart_when_pressed() -> None:
    ana = person(trigger("food", flow(collect("heat", options=("Hot 🌶", "Hot 🌶🌶")), collect("more"))))
    ana.says("food")
    ana.presses("Hot 🌶🌶", "Hot 🌶🌶")
    assert ana.instance is not None
    assert ana.instance.state == {"heat": "Hot 🌶🌶"}


@pytest.mark.parametrize("colour", ["🏻", "🏿"])
def test_C10_a_template_is_not_changed_by_what_comparing_folds(colour: str) -> None:
    assert person(trigger("hi", template(f"👋{colour}"))).says("hi") == [f"👋{colour}"]
