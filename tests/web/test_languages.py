from dataclasses import asdict

from bot.engine.words import ENGLISH
from bot.web.i18n import LOCALES, N_, negotiate, shell_locale, translator, words
from tests.support.tables import for_each


@for_each(
    ("header", "locale"),
    [
        ("", "en"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("en-GB,pt;q=0.5", "en"),
        ("fr;q=0.9, pt;q=0.4, en;q=0.3", "pt-BR"),
        ("pt;q=0, en;q=0.1", "en"),
        ("de", "en"),
        ("*", "en"),
        ("pt;q=nonsense", "en"),
        ("pt;q=0.1, en;q=0.1", "pt-BR"),
    ],
)
def test_the_browser_is_answered_in_the_language_it_prefers(header: str, locale: str) -> None:
    assert negotiate(header) == locale


@for_each(
    ("environ", "locale"),
    [
        ({}, "en"),
        ({"LANG": "pt_BR.UTF-8"}, "pt-BR"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "pt_PT@euro"}, "pt-BR"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:pt_BR:en"}, "pt-BR"),
        ({"LANG": "C", "LANGUAGE": "pt_BR"}, "en"),
        ({"LC_ALL": "C.UTF-8", "LANG": "pt_BR.UTF-8"}, "en"),
        ({"LANG": "", "LANGUAGE": ""}, "en"),
    ],
)
def test_the_terminal_speaks_the_shells_language(environ: dict[str, str], locale: str) -> None:
    assert shell_locale(environ) == locale


def test_a_language_we_do_not_speak_falls_back_to_english() -> None:
    assert translator("de").locale == "en"
    assert [translator(locale).locale for locale in LOCALES] == list(LOCALES)


def test_values_are_put_into_the_translated_text() -> None:
    assert translator("en")("{count} messages", count=3) == "3 messages"
    assert translator("en").plural("{count} message", "{count} messages", 1) == "1 message"
    assert translator("en").plural("{count} message", "{count} messages", 2) == "2 messages"


def test_the_bot_has_its_own_sentences_in_both_languages() -> None:
    spoken = words()
    assert set(spoken) == {"en", "pt"}
    assert spoken["en"] == ENGLISH
    assert all(said != asdict(ENGLISH)[name] for name, said in asdict(spoken["pt"]).items())


def test_the_words_on_a_lists_button_fit_whatsapp() -> None:
    assert all(len(each.choose) <= 20 for each in words().values())


def test_braces_in_a_text_without_values_are_left_alone() -> None:
    assert translator("en")(N_("{{ name }}")) == "{{ name }}"
