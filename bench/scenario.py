"""What the people of a benchmark write: 50,000 of them, half in a running flow and half not, 1,000 triggers loaded."""

import hashlib
import hmac
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.core.clock import utc_now

PEOPLE = 50_000
TRIGGERS = 1_000
SECRET = "bench-app-secret"
NUMBER_ID = "106540000000001"
BUSINESS_ID = "102290000000001"

_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "xo", "zu")
_A_BUNDLE = 333
_BEGAN = str(int(utc_now().timestamp()))
"""The same for all posts of a process; what people said long ago is not answered."""
_NO_BRAKE = "brake: {same_answer: 0, turns: 0}"
_SURVEY = """\
bundle: survey
locale: pt-BR
fallback: sorry
# They write faster than people do.
brake: {same_answer: 0, turns: 0}
templates:
  ask: {variants: ["Olá {{ contact.name }}! Que nota você dá?", "Que nota, {{ contact.name }}?"]}
  again: {variants: ["Anotado: {{ answer }}. E agora?", "Nota {{ answer }}, obrigado. Outra?"]}
  bye: {content: Até já!}
  sorry: {content: Não entendi.}
triggers:
  - {type: equals, pattern: comecar, priority: 10, flow: survey}
flows:
  survey:
    steps:
      - key: ask
        type: collect_input
        template: ask
        save_as: answer
        transitions: {fim: bye, default: again}
      - key: again
        type: collect_input
        template: again
        save_as: answer
        expect: {number: 1..100}
        transitions: {default: again}
      - {key: bye, type: end, template: bye}
"""


def word(number: int) -> str:
    """A made-up word, another one for each number."""
    letters = ""
    for _ in range(4):
        number, at = divmod(number, len(_SYLLABLES))
        letters += _SYLLABLES[at]
    return letters


def without_brake(bundle: str) -> str:
    """The bundle for a version that knows no brake yet."""
    return "".join(line for line in bundle.splitlines(keepends=True) if not line.startswith("brake:"))


def bundles(triggers: int = TRIGGERS) -> dict[str, str]:
    """File name to YAML: a bundle with the flow, and triggers of all kinds in bundles of as many as one may have."""
    made = {"survey.yaml": _SURVEY}
    for first in range(1, triggers, _A_BUNDLE):
        templates, lines = [], []
        for number in range(first, min(first + _A_BUNDLE, triggers)):
            own = word(number)
            variants = ", ".join(f"'{start} {{{{ contact.name }}}}! {own}: {number} reais.'" for start in ("Oi", "Olá"))
            templates.append(f"  t{number}: {{variants: [{variants}]}}")
            lines.append(f"  - {{{_pattern(number, own)}, cooldown_sec: {number % 2 * 5}, template: t{number}}}")
        name = f"prices{first}"
        made[f"{name}.yaml"] = "\n".join(
            (f"bundle: {name}", "locale: pt-BR", _NO_BRAKE, "templates:", *templates, "triggers:", *lines, "")
        )
    return made


def _pattern(number: int, own: str) -> str:
    kind = number % 10
    if kind < 4:
        return f"type: equals, pattern: {own}"
    if kind < 7:
        return f"type: contains, pattern: [preco {own}, quanto {own}]"
    if kind < 9:
        return rf"type: regex, pattern: '\b{own}s?\b'"
    return f"type: number, pattern: '{number * 1000}..{number * 1000 + 999}'"


def text_for(number: int) -> str:
    """What a person writes to hit trigger `number`."""
    kind, own = number % 10, word(number)
    if kind < 4:
        return own.capitalize()
    if kind < 7:
        return f"Oi! Quanto {own}?"
    if kind < 9:
        return f"Vocês têm {own}s para hoje?"
    return str(number * 1000 + 7)


def phone(person: int) -> str:
    """Digits, as WhatsApp gives them."""
    return f"5511{900_000_000 + person}"


def in_flow(person: int) -> bool:
    """Whether that person is in a running flow; every other one is."""
    return person % 2 == 0


@dataclass(slots=True)
class Posts:
    """Signed posts without end, ready to be written to a connection; the same for the same `name`.

    Attributes:
        path: where they go.
        name: goes into the messages' ids, so that no two runs on one database send the same one.
        people: how many write, in an order that is mixed anew for each name.
    """

    path: str
    name: str
    people: int = PEOPLE
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def begin_flows(self) -> list[bytes]:
        """A first message of everyone: half of them begin the flow, the others say a word that hits a trigger."""
        return [
            self._post(person, "comecar" if in_flow(person) else text_for(1 + person % (TRIGGERS - 1)))
            for person in range(self.people)
        ]

    def take(self, count: int) -> list[bytes]:
        """`count` posts: answers of those in the flow, and questions of the others."""
        choice = random.Random(self.name)
        persons = list(range(self.people))
        made: list[bytes] = []
        while len(made) < count:
            choice.shuffle(persons)
            made += [self._post(person, self._says(person, choice)) for person in persons[: count - len(made)]]
        return made

    def _says(self, person: int, choice: random.Random) -> str:
        return str(choice.randint(1, 100)) if in_flow(person) else text_for(choice.randrange(1, TRIGGERS))

    def _post(self, person: int, text: str) -> bytes:
        return signed(self.path, phone(person), f"wamid.{self.name}{next(self._numbers):010d}", text)


def signed(path: str, sender: str, message_id: str, text: str) -> bytes:
    """A whole HTTP request as Meta makes it."""
    body = json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": BUSINESS_ID,
                    "changes": [
                        {
                            "field": "messages",
                            "value": {
                                "messaging_product": "whatsapp",
                                "metadata": {"display_phone_number": "15557770000", "phone_number_id": NUMBER_ID},
                                "contacts": [{"profile": {"name": "Rui"}, "wa_id": sender}],
                                "messages": [
                                    {
                                        "from": sender,
                                        "id": message_id,
                                        "timestamp": _BEGAN,
                                        "type": "text",
                                        "text": {"body": text},
                                    }
                                ],
                            },
                        }
                    ],
                }
            ],
        },
        separators=(",", ":"),
    ).encode()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nX-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
