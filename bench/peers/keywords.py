"""The bot that every server is given, and what people write to it."""

import hashlib
import hmac
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.scenario import BUSINESS_ID, NUMBER_ID, SECRET, phone

ANSWERS = {
    "entrega": "Entregamos em até 40 minutos.",
    "horario": "Abrimos de terça a domingo, das 18h às 23h.",
    "endereco": "Praça da Matriz, 12.",
    "cardapio": "O cardápio está no site.",
    "calzone": "O calzone sai por 38 reais.",
    "margherita": "A margherita sai por 52 reais.",
    "calabresa": "A calabresa sai por 49 reais.",
    "portuguesa": "A portuguesa sai por 55 reais.",
    "vegana": "Temos três pizzas veganas.",
    "gluten": "Temos massa sem glúten.",
    "refrigerante": "O refrigerante de 2 litros sai por 14 reais.",
    "cerveja": "A cerveja sai por 11 reais.",
    "sobremesa": "Temos pudim e sorvete.",
    "reserva": "Reservamos mesas para até 12 pessoas.",
    "estacionamento": "O estacionamento fica ao lado.",
    "cartao": "Aceitamos todos os cartões.",
    "troco": "Levamos troco para 100 reais.",
    "desconto": "Às terças, a segunda pizza sai pela metade.",
    "aniversario": "No aniversário, a sobremesa é por nossa conta.",
    "atendente": "Um instante, vou chamar alguém.",
}
FALLBACK = "Essa eu não entendi."
PEOPLE = 5_000
"""How many people write again and again; what nothing matches comes from others, one each."""

_EVERY = len(ANSWERS) + 1
"""One message in so many matches nothing."""


def bundle() -> str:
    """The bot as a flow file of ours."""
    templates = [f"  {word}: {{content: {json.dumps(text, ensure_ascii=False)}}}" for word, text in ANSWERS.items()]
    triggers = [f"  - {{type: contains, pattern: {word}, template: {word}}}" for word in ANSWERS]
    sorry = f"  sorry: {{content: {FALLBACK}}}"
    head = ("bundle: keywords", "locale: pt-BR", "fallback: sorry")
    return "\n".join((*head, "templates:", *templates, sorry, "triggers:", *triggers, ""))


def as_json() -> str:
    """The bot as the others read it."""
    return json.dumps({"answers": ANSWERS, "fallback": FALLBACK, "numberId": NUMBER_ID, "secret": SECRET})


Form = Callable[[str, str, str, str], bytes]
"""Of a path, a sender, a message's id and its text: a whole signed HTTP request."""


def whatsapp(path: str, sender: str, message_id: str, text: str) -> bytes:
    """As Meta's Cloud API posts it today: it names the sender by phone and by business-scoped user id."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15557770000", "phone_number_id": NUMBER_ID},
        "contacts": [{"profile": {"name": "Rui"}, "wa_id": sender, "user_id": f"BR.{sender}"}],
        "messages": [
            {
                "from": sender,
                "from_user_id": f"BR.{sender}",
                "id": message_id,
                "timestamp": "1760000000",
                "type": "text",
                "text": {"body": text},
            }
        ],
    }
    change = {"field": "messages", "value": value}
    return _signed(path, {"object": "whatsapp_business_account", "entry": [{"id": BUSINESS_ID, "changes": [change]}]})


def messenger(path: str, sender: str, message_id: str, text: str) -> bytes:
    """The same message as Facebook Messenger posts it."""
    message = {
        "sender": {"id": sender},
        "recipient": {"id": NUMBER_ID},
        "timestamp": 1760000000000,
        "message": {"mid": message_id, "text": text},
    }
    return _signed(
        path, {"object": "page", "entry": [{"id": NUMBER_ID, "time": 1760000000000, "messaging": [message]}]}
    )


def _signed(path: str, payload: dict[str, object]) -> bytes:
    body = json.dumps(payload, separators=(",", ":")).encode()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nX-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(frozen=True, slots=True)
class Said:
    """Posts, and what has to come of them.

    Attributes:
        posts: whole HTTP requests.
        answers: (to whom, which words) with how often.
    """

    posts: list[bytes]
    answers: Counter[tuple[str, str]]


@dataclass(slots=True)
class Crowd:
    """People who write, each once before anyone writes again, so that nobody waits for an own earlier answer.

    Attributes:
        path: where they write to.
        form: how it is posted.
        name: goes into the messages' ids.
    """

    path: str
    form: Form
    name: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _strangers: Iterator[int] = field(default_factory=lambda: itertools.count(PEOPLE))

    def say(self, count: int) -> Said:
        """The next `count` messages."""
        words = list(ANSWERS)
        posts: list[bytes] = []
        answers: Counter[tuple[str, str]] = Counter()
        for number in itertools.islice(self._numbers, count):
            if number % _EVERY:
                word = words[number % _EVERY - 1]
                sender, text, answer = phone(number % PEOPLE), f"Oi! Quero saber de {word}, por favor", ANSWERS[word]
            else:
                sender, text, answer = phone(next(self._strangers)), "Bom dia para todos", FALLBACK
            posts.append(self.form(self.path, sender, f"wamid.{self.name}{number:010d}", text))
            answers[sender, answer] += 1
        return Said(posts, answers)
