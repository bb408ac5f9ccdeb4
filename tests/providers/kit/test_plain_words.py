"""Choices, files and places as plain words, where a provider has nothing better."""

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.providers.kit.plain_text import plain
from tests.support.tables import for_each

CHOICES = (Choice("m", "Margherita"), Choice("c", "Calabresa"))
LINES = "1. Margherita\n2. Calabresa"
MENU = Media(MediaKind.IMAGE, "https://cdn.example.com/menu.png")
SHOP = Location(-23.55052, -46.633308, "Pizzaria da Ana", "Rua Augusta, 100")
MAP = "https://maps.google.com/?q=-23.55052,-46.633308"


def message(
    text: str, choices: tuple[Choice, ...] = (), media: Media | None = None, location: Location | None = None
) -> OutboundMessage:
    to = Address(AddressKind.PHONE, "+15551230001")
    return OutboundMessage("c1", "twilio:+15559870002", Channel.SMS, to, text, choices, media=media, location=location)


def test_words_alone_stay_as_they_are() -> None:
    assert plain(message("Olá!")) == "Olá!"
    assert plain(message("Olá!"), 4) == "Olá!"


def test_choices_the_file_and_the_place_follow_the_words() -> None:
    assert plain(message("Qual?", CHOICES, MENU, SHOP)) == (
        f"Qual?\n\n{LINES}\n\nhttps://cdn.example.com/menu.png\n\nPizzaria da Ana\nRua Augusta, 100\n{MAP}"
    )


def test_what_has_no_words_is_not_preceded_by_blank_lines() -> None:
    assert plain(message("", media=MENU)) == MENU.url
    assert plain(message("", location=Location(1, 2))) == "https://maps.google.com/?q=1,2"


@for_each(("latitude", "written"), [(0.00001, "0.00001"), (10.0, "10"), (0.0, "0"), (-33.4489123456, "-33.448912")])
def test_degrees_are_written_out(latitude: float, written: str) -> None:
    assert plain(message("", location=Location(latitude, 100.0))) == f"https://maps.google.com/?q={written},100"


def test_words_that_are_too_long_are_cut() -> None:
    assert plain(message("a" * 100), 10) == "a" * 9 + "…"


def test_the_words_give_way_to_what_is_to_be_answered_and_to_links() -> None:
    text = plain(message("a" * 100, CHOICES, MENU), 75)
    assert text == f"{'a' * 12}…\n\n{LINES}\n\n{MENU.url}"
    assert len(text) == 75


def test_the_places_name_and_address_give_way_before_the_words() -> None:
    assert plain(message("Estamos aqui:", location=SHOP), 70) == f"Estamos aqui:\n\n{MAP}"
    assert plain(message("Estamos aqui:", location=SHOP), 55) == f"Estam…\n\n{MAP}"


def test_lines_and_links_that_are_too_long_by_themselves_are_left_for_the_provider_to_refuse() -> None:
    assert plain(message("Qual?", CHOICES, MENU), 30) == f"{LINES}\n\n{MENU.url}"
    assert plain(message("", CHOICES), 10) == LINES
