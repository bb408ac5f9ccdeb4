"""What goes along with a template's words, and what comes of a choice that is pressed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.core.addresses import Channel
from bot.core.messages import ApprovedTemplate, Choice, Location, Media, MediaKind
from bot.engine.conversation import Attached, ContactView
from bot.engine.definitions import Expect, LocalizedTemplate, Step, Template
from bot.engine.extras import ApprovedText, ChoiceText, Extras, MediaText, PlaceText
from bot.engine.templates import HTML, URL, compile_text
from bot.engine.words import ENGLISH
from tests.support.conversations import Person, bundle, collect, end, flow, person, send, template, trigger
from tests.support.tables import for_each

SIZES = Extras(
    choices=(
        ChoiceText(compile_text("Small"), "s", compile_text("for one")),
        ChoiceText(compile_text("Large one"), "l"),
    )
)


def photo(url: str = "https://pizza.example/{{ flavour }}.jpg", filename: str = "") -> MediaText:
    return MediaText(MediaKind.IMAGE, compile_text(url, URL), compile_text(filename) if filename else None)


def said(extras: Extras, text: str = "Hello.", *, defaults: dict[str, str] | None = None, **fields: Any) -> Person:
    """Someone who has got a template with these extras."""
    ana = person(trigger("hi", template(text, extras=extras, defaults=defaults)), **fields)
    ana.says("hi")
    return ana


def asked(*steps: Step) -> Person:
    """Someone who has begun a flow of these steps."""
    ana = person(trigger("go", flow(*steps)))
    ana.says("go")
    return ana


def test_words_alone_carry_nothing() -> None:
    ana = person(trigger("hi", "Hello."))
    ana.says("hi")
    assert (ana.sends[0].choices, ana.sends[0].attached) == ((), None)


def test_choices_go_along_with_their_ids_and_descriptions() -> None:
    [sent] = said(SIZES).sends
    assert sent.choices == (Choice("s", "Small", "for one"), Choice("l", "Large one"))
    assert sent.choices_label == ENGLISH.choose
    assert sent.attached is None


def test_a_list_opens_with_its_own_words() -> None:
    [sent] = said(replace(SIZES, choices_label=compile_text("See {{ contact.name | default('all') }}"))).sends
    assert sent.choices_label == "See all"


def test_labels_say_names_and_are_their_own_ids() -> None:
    extras = Extras(choices=(ChoiceText(compile_text("I am {{ contact.name }}")), ChoiceText(compile_text("Not me"))))
    [sent] = said(extras, contact=ContactView(name="Ana\nMaria")).sends
    assert sent.choices == (Choice("I am Ana Maria", "I am Ana Maria"), Choice("Not me", "Not me"))


def test_a_choice_without_a_label_or_like_another_one_is_left_out() -> None:
    texts = ("{{ contact.name }}", "Yes", "YES!", "No")
    [sent] = said(Extras(choices=tuple(ChoiceText(compile_text(each)) for each in texts))).sends
    assert [choice.label for choice in sent.choices] == ["Yes", "No"]


def test_a_long_label_is_cut() -> None:
    extras = Extras(choices=(ChoiceText(compile_text("{{ contact.name }}")),))
    [sent] = said(extras, contact=ContactView(name="A" * 300)).sends
    assert sent.choices[0].label == "A" * 99 + "…"


def test_a_file_goes_along_and_what_people_wrote_is_made_fit_for_its_address() -> None:
    menu = template("Here.", extras=Extras(media=photo(filename="{{ flavour }}.jpg")))
    ana = asked(collect("flavour"), end("bye", menu))
    ana.says("Portuguesa & ovo/../x")
    assert ana.sends[0].attached == Attached(
        media=Media(
            MediaKind.IMAGE,
            "https://pizza.example/Portuguesa%20%26%20ovo%2F..%2Fx.jpg",
            "Portuguesa & ovo/../x.jpg",
        )
    )


def test_a_file_whose_address_lacks_a_value_is_left_out_and_told() -> None:
    ana = said(Extras(media=photo()))
    assert [each.text for each in ana.sends] == ["Hello."]
    assert ana.sends[0].attached is None
    assert ana.found("variable_missing") == {"template": "Hello.", "name": "flavour", "default": ""}
    assert ana.found("part_left_out") == {"template": "Hello.", "part": "media"}


def test_a_default_fills_an_address() -> None:
    [sent] = said(Extras(media=photo()), defaults={"flavour": "house"}).sends
    assert sent.attached is not None
    assert sent.attached.media == Media(MediaKind.IMAGE, "https://pizza.example/house.jpg")


def test_an_address_that_grows_too_long_is_left_out() -> None:
    ana = said(Extras(media=photo("https://pizza.example/{{ contact.name }}")), contact=ContactView(name="é" * 500))
    assert ana.sends[0].attached is None
    assert ana.found("part_left_out")["part"] == "media"


def test_a_name_that_is_missing_in_words_and_parts_is_told_once() -> None:
    ana = said(Extras(media=photo("https://pizza.example/{{ size }}")), "Your {{ size }} one.")
    assert [code for code in ana.codes if code == "variable_missing"] == ["variable_missing"]


@for_each("extras", [Extras(media=photo("https://pizza.example/a.jpg")), Extras(place=PlaceText(-23.5, -46.6))])
def test_a_file_or_a_place_says_something_without_words(extras: Extras) -> None:
    [sent] = said(extras, "{{ contact.name }}").sends
    assert sent.text == ""
    assert sent.attached is not None


def test_choices_alone_say_nothing() -> None:
    ana = said(SIZES, "{{ contact.name }}")
    assert ana.sends == []
    assert "text_empty" in ana.codes


def test_a_place_goes_along() -> None:
    place = PlaceText(-23.55, -46.63, compile_text("Pizzaria"), compile_text("Rua {{ contact.name }}"))
    [sent] = said(Extras(place=place), contact=ContactView(name="Augusta")).sends
    assert sent.attached == Attached(location=Location(-23.55, -46.63, "Pizzaria", "Rua Augusta"))


APPROVED = ApprovedText(
    "order_ready",
    "pt_BR",
    (("", compile_text("{{ contact.name }}")), ("size", compile_text("{{ contact.phone }}"))),
    photo("https://pizza.example/a.jpg"),
    ("yes", "later"),
)


def test_an_approved_template_goes_along_on_whatsapp_alone() -> None:
    contact = ContactView(name="Ana\tMaria", phone="+5511")
    [sent] = said(Extras(approved=APPROVED), contact=contact).sends
    assert sent.attached is not None
    assert sent.attached.template == ApprovedTemplate(
        "order_ready",
        "pt_BR",
        (("", "Ana Maria"), ("size", "+5511")),
        Media(MediaKind.IMAGE, "https://pizza.example/a.jpg"),
        ("yes", "later"),
    )
    [sent] = said(Extras(approved=APPROVED), contact=contact, channel=Channel.SMS).sends
    assert sent.attached is None


def test_an_approved_template_needs_no_file_but_not_half_of_one() -> None:
    [sent] = said(Extras(approved=replace(APPROVED, header=None))).sends
    assert sent.attached is not None
    assert sent.attached.template is not None
    assert sent.attached.template.header is None
    ana = said(Extras(approved=replace(APPROVED, header=photo())))
    assert ana.sends[0].attached is None
    assert ana.found("part_left_out")["part"] == "whatsapp"


MAIL = Extras(
    subject=compile_text("For {{ contact.name }}"), html=compile_text("<p>Hi {{ contact.name | upper }}</p>", HTML)
)


def test_a_mail_has_its_subject_and_html_in_which_names_are_never_markup() -> None:
    contact = ContactView(name="<b>Ana</b>\nMaria")
    [sent] = said(MAIL, contact=contact, channel=Channel.EMAIL).sends
    assert sent.attached == Attached(subject="For <b>Ana</b> Maria", html="<p>Hi &lt;B&gt;ANA&lt;/B&gt;\nMARIA</p>")
    [sent] = said(MAIL, contact=contact).sends
    assert sent.attached is None


def test_html_that_would_be_cut_is_left_out() -> None:
    many = compile_text("{{ contact.name }}" * 4, HTML)
    ana = said(Extras(html=many), contact=ContactView(name="<" * 9_000), channel=Channel.EMAIL)
    assert ana.sends[0].attached is None
    assert ana.found("part_left_out")["part"] == "html"


def test_html_goes_without_a_value_that_is_missing() -> None:
    [sent] = said(MAIL, channel=Channel.EMAIL).sends
    assert sent.attached is not None
    assert sent.attached.html == "<p>Hi </p>"


@for_each("answer", [("s", "Small"), ("S", ""), ("small!", ""), ("1", ""), ("1️⃣", "")])
def test_a_choice_is_answered_by_pressing_it_its_id_its_label_or_its_number(answer: tuple[str, str]) -> None:
    ana = asked(
        collect("size", template("Which?", extras=SIZES), {"s": "small", "Large one": "large"}, default="other"),
        end("small", "{{ size }}: {{ size.id }}."),
        end("large", "Large: {{ size }}."),
        end("other", "Other: {{ size }}."),
    )
    said = ana.presses(*answer) if answer[1] else ana.says(answer[0])
    assert said == ["Small: s."]


def test_a_transition_may_name_the_label_and_other_answers_stay_what_they_are() -> None:
    def ordering() -> Person:
        size = collect("size", template("Which?", extras=SIZES), {"Large one": "large"}, default="other", free=True)
        return asked(size, end("large", "Large: {{ size.id }}."), end("other", "Other: {{ size }}."))

    assert ordering().presses("l", "Large one") == ["Large: l."]
    assert ordering().says("medium") == ["Other: medium."]


def test_a_step_that_only_waits_follows_its_choice() -> None:
    ana = asked(
        send("menu", template("Which?", extras=SIZES), {"l": "large"}, default="other", wait_input=True),
        end("other", "Other."),
        end("large", "Large."),
    )
    assert ana.says("2") == ["Large."]


def test_a_step_takes_what_it_has_offered_whatever_it_expects() -> None:
    skip = Extras(choices=(ChoiceText(compile_text("I have none"), "none"),))
    ana = asked(
        collect("email", template("E-mail?", extras=skip), {"none": "bye"}, default="thanks", expect=Expect.EMAIL),
        end("thanks", "Thanks."),
        end("bye", "Stored {{ email }}."),
    )
    assert ana.says("nonsense") == ["E-mail?"]
    assert ana.presses("none", "I have none") == ["Stored I have none."]


def test_where_a_number_is_expected_it_is_that_number_and_not_a_choices_place() -> None:
    people = Extras(choices=(ChoiceText(compile_text("A couple"), "2"), ChoiceText(compile_text("A family"), "4")))

    def counting() -> Person:
        return asked(collect("people", template("How many?", extras=people), expect=Expect.NUMBER), end("bye"))

    for answer, number in (("1", 1), ("a family", 4), ("2", 2), ("1,5", Decimal("1.5"))):
        ana = counting()
        ana.says(answer)
        assert ana.last.instances[-1].state == {"people": number}


def test_what_a_step_offers_is_an_answer_even_if_it_is_an_escape_word() -> None:
    leaving = Extras(choices=(ChoiceText(compile_text("Menu")),))
    ana = asked(collect("what", template("What?", extras=leaving)), end("bye", "You said {{ what }}."))
    assert ana.says("menu") == ["You said Menu."]
    ana = asked(collect("what", template("What?", extras=leaving)), end("bye"))
    ana.says("sair")
    assert "escaped" in ana.codes


def test_choices_are_understood_in_the_language_they_were_offered_in() -> None:
    base = template("Which?", extras=SIZES)
    english = LocalizedTemplate("en", (compile_text("Which size?"),), None)
    both = replace(base, locales={"en": english})
    size = collect("size", both)
    john = person(trigger("go", flow(size, end("bye"))), contact=ContactView(locale="en"))
    assert john.says("go") == ["Which size?"]
    assert john.sends[0].choices == ()
    john.says("1")
    assert john.last.instances[-1].state == {"size": "1"}


def test_options_stand_before_choices_of_the_template() -> None:
    ana = asked(collect("size", template("Which?", extras=SIZES), options=("Big",)), end("bye"))
    assert [choice.id for choice in ana.sends[0].choices] == ["Big"]


def offered(ana: Person, *choices: Choice) -> Person:
    """The same person, to whom these choices stood in the last message."""
    ana.conversation = ana.conversation._replace(offered=choices)
    return ana


def answering(*patterns: str) -> Person:
    return person(*(trigger(each, f"Said {each}.") for each in patterns))


def test_a_number_stands_for_what_was_last_offered() -> None:
    choices = (Choice("menu", "See the menu"), Choice("where", "Where are you?"))
    assert offered(answering("where"), *choices).says("2") == ["Said where."]
    assert offered(answering("see the menu"), *choices).says("1.") == ["Said see the menu."]
    assert offered(answering("where"), *choices).says("3") == []


def test_a_number_that_means_something_by_itself_goes_first() -> None:
    assert offered(answering("2", "where"), Choice("menu", "Menu"), Choice("where", "Where?")).says("2") == ["Said 2."]


def test_within_a_flow_a_number_is_the_flows() -> None:
    ana = asked(collect("people"), end("bye", "{{ people }}."))
    assert offered(ana, Choice("x", "X")).says("1") == ["1."]


def test_a_template_without_choices_offers_none() -> None:
    plain = Template("k", LocalizedTemplate("k", (compile_text("Which?"),)))
    ana = person(trigger("go", flow(collect("size", plain), end("bye"), rules=bundle())))
    ana.says("go")
    ana.says("1")
    assert ana.last.instances[-1].state == {"size": "1"}
