"""What people share beside words, in one shape whoever the provider is, and how it reads as an answer.

contacts  body["shared"] = [{"name": "Rui", "phones": ["+15551230001"], "emails": ["rui@example.com"]}]
own       body["own_phone"] = "+15551230001", beside what was shared, where the provider vouches that it is the sender's
place     body["location"] = {"latitude": -23.55, "longitude": -46.63, "name": "Padaria", "address": "Rua A, 1"}
form      body["form"] = {"name": "Ana", "people": 4}
order     body["order"] = {"catalog_id": "77", "text": "no onions", "product_items": [{"product_retailer_id": "p1",
                           "quantity": 2, "item_price": 39.9, "currency": "BRL"}]}
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject, MessageKind
from bot.core.text import cut
from bot.providers.kit.content import Content
from bot.providers.kit.json_lenient import parts_at, text_at
from bot.providers.kit.json_reader import Part, read_object

_MAX_READ = 1_000
"""Characters of what is shared that are read as words; all of it is in the body."""
_NOBODYS = frozenset({"flow_token"})
"""Fields of a form that nobody filled in."""
_DEGREES = ("latitude", "longitude")
_DEEP = 3


class Card(NamedTuple):
    """A shared contact.

    Attributes:
        name: or empty.
        phones: in international form where the provider tells it.
        emails: addresses.
    """

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


def contacts(cards: Sequence[Card], body: JsonObject) -> Content:
    """Shared contacts; where they have one phone number in all, that is the answer.

    Args:
        cards: what was shared.
        body: the same as the provider has it.
    """
    shared = [{"name": card.name, "phones": [*card.phones], "emails": [*card.emails]} for card in cards]
    numbers = list(dict.fromkeys(phone for each in shared for phone in each["phones"]))
    each_in_words = (", ".join(filter(None, (card.name, *card.phones, *card.emails))) for card in cards)
    words = cut("; ".join(filter(None, each_in_words)), _MAX_READ)
    answer = numbers[0] if len(numbers) == 1 else words
    return Content(text=answer, label=words if words != answer else "", body={**body, "shared": shared})


def place(location: Mapping[str, Any]) -> Content:
    """A place: its name and address are the answer, else its degrees."""
    named = [value for key in ("name", "address") if isinstance(value := location.get(key), str) and value]
    degrees = [str(value) for key in _DEGREES if isinstance(value := location.get(key), int | float)]
    words = ", ".join(dict.fromkeys(named)) or (", ".join(degrees) if len(degrees) == len(_DEGREES) else "")
    return Content(MessageKind.LOCATION, cut(words, _MAX_READ), body={"location": location})


def form(filled: Any) -> Content:
    """A filled-in form: an object, the JSON of one, or what else came; a form of one field is that field's value."""
    values = _object(filled)
    if values is None:
        return Content(text=cut(_words(filled), _MAX_READ), body={"form": filled})
    answers = {key: words for key, value in values.items() if key not in _NOBODYS and (words := _words(value))}
    lines = [*answers.values()] if len(answers) == 1 else [f"{key}: {words}" for key, words in answers.items()]
    return Content(text=cut("\n".join(lines), _MAX_READ), body={"form": values})


def order(posted: Part) -> Content:
    """An order from a catalogue: what the person wrote with it is the answer, else its lines are."""
    lines = [_line(line) for line in parts_at(posted, "product_items")]
    return Content(text=text_at(posted, "text") or cut(", ".join(lines), _MAX_READ), body={"order": posted.value})


def _line(item: Part) -> str:
    return f"{_words(item.value.get('quantity'))} x {text_at(item, 'product_retailer_id')}".strip()


def _object(filled: Any) -> JsonObject | None:
    if not isinstance(filled, str):
        return filled if isinstance(filled, dict) else None
    try:
        return read_object(filled).value
    except UnparsableError:
        return None


def _words(value: Any, depth: int = 0) -> str:
    """A field's value as a person would write it; empty for nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value).strip()
    inner = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return ", ".join(filter(None, (_words(each, depth + 1) for each in inner))) if depth < _DEEP else ""
