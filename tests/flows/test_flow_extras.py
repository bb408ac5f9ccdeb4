"""What a bundle's YAML says beside words, as the engine gets it."""

import json

from bot.core.messages import MediaKind
from bot.engine.definitions import LocalizedTemplate, Template
from bot.engine.extras import Extras
from bot.flows.compile import RowIds, compile_bundle
from bot.flows.yaml.document import BundleDocument
from tests.support.bundles import checked


def template(lines: str, locale: str = "pt-BR") -> Template:
    """The template of a bundle in which these lines say what it is."""
    text = f"bundle: b\nlocale: {locale}\nwelcome: t\ntemplates:\n  t:\n"
    document = checked(text + "".join(f"    {line}\n" for line in lines.strip().splitlines()))[0].document
    stored = json.loads(json.dumps(document.model_dump(mode="json", exclude_defaults=True)))
    assert BundleDocument.model_validate(stored) == document
    locales = [locale, *document.templates["t"].locales]
    ids = RowIds({("t", each): each for each in locales}, {})
    welcome = compile_bundle(document, 1, ids, {}).rules.welcome
    assert welcome is not None
    return welcome


def extras(localized: LocalizedTemplate) -> Extras:
    assert localized.extras is not None
    return localized.extras


def labels(localized: LocalizedTemplate) -> list[tuple[str, str]]:
    return [(each.label.source, each.id) for each in extras(localized).choices]


def test_words_alone_have_nothing_beside_them() -> None:
    made = template("content: Oi")
    assert made.base.extras is None
    assert made.offers is False


def test_buttons_are_labels_or_labels_with_ids() -> None:
    made = template("content: Oi\nbuttons: [Sim, 2, {label: Talvez, id: maybe}]")
    assert labels(made.base) == [("Sim", ""), ("2", ""), ("Talvez", "maybe")]
    assert made.offers is True


def test_a_list_has_the_words_that_open_it_and_rows_with_descriptions() -> None:
    made = template("content: Oi\nlist:\n  button: Ver\n  rows: [A, {label: B, description: 'a letra B', id: b}]")
    assert labels(made.base) == [("A", ""), ("B", "b")]
    assert [each.description.source for each in extras(made.base).choices if each.description] == ["a letra B"]
    label = extras(made.base).choices_label
    assert label is not None
    assert label.source == "Ver"


def test_a_file_and_a_place() -> None:
    made = template(
        "media: {type: document, url: 'https://a.example:8443/{{ contact.name }}?x=1#y', filename: menu.pdf}\n"
        "location: {latitude: -23.55, longitude: +46, name: Aqui}"
    )
    found = extras(made.base)
    assert found.media is not None
    assert found.place is not None
    assert found.media.kind is MediaKind.DOCUMENT
    assert found.media.url.render({"contact.name": "a/b"}, {}).text == "https://a.example:8443/a%2Fb?x=1#y"
    assert (found.place.latitude, found.place.longitude) == (-23.55, 46.0)
    assert [each.source for each in made.base.variants] == [""], "a file needs no words"


def test_an_approved_template_speaks_the_language_of_the_words_unless_it_names_its_own() -> None:
    made = template(
        "content: Oi\n"
        "whatsapp: {template: oi, parameters: [a, b], buttons: [sim]}\n"
        "locales:\n"
        "  en: {content: Hi}\n"
        "  es: {content: Hola, whatsapp: {template: hola, parameters: {name: c}}}\n"
        "  fr: {content: Salut, whatsapp: {template: salut, language: fr-CA}}"
    )
    approved = {locale: extras(each).approved for locale, each in {"pt": made.base, **made.locales}.items()}
    assert {locale: (each.name, each.language) for locale, each in approved.items() if each} == {
        "pt": ("oi", "pt_BR"),
        "en": ("oi", "pt_BR"),
        "es": ("hola", "es"),
        "fr": ("salut", "fr_CA"),
    }
    assert [
        [(name, text.source) for name, text in each.parameters] for each in approved.values() if each is not None
    ] == [[("", "a"), ("", "b")], [("", "a"), ("", "b")], [("name", "c")], []]
    assert approved["en"] == approved["pt"]


def test_a_locale_takes_over_what_it_leaves_out_but_no_words() -> None:
    made = template(
        "content: Oi\n"
        "list: {rows: [Sim]}\n"
        "media: {type: image, url: https://a.example/a.png}\n"
        "subject: Assunto\n"
        "html: <p>Oi</p>\n"
        "locales:\n"
        "  en: {content: Hi}\n"
        "  es: {content: Hola, buttons: [Si]}"
    )
    assert extras(made.base).html is not None
    english, spanish = extras(made.locales["en"]), extras(made.locales["es"])
    assert labels(made.locales["en"]) == [("Sim", "")]
    assert labels(made.locales["es"]) == [("Si", "")]
    assert english.media == extras(made.base).media
    assert (english.subject, english.html, spanish.subject) == (None, None, None)


def test_html_escapes_what_its_variables_say() -> None:
    html = extras(template("content: Oi\nhtml: '<b>{{ contact.name }}</b>'").base).html
    assert html is not None
    assert html.render({"contact.name": "<i>&"}, {}).text == "<b>&lt;i&gt;&amp;</b>"
