"""What the people of a load run write: the same for the same numbers, so that two runs can be compared."""

import hashlib
from dataclasses import dataclass

BUNDLE = """\
bundle: load
locale: pt-BR
welcome: hello
fallback: not_understood
# They write faster than people do.
brake: {same_answer: 0, turns: 0}

templates:
  hello: {content: "Bem-vindo! Escreva pizza."}
  not_understood: {content: "Não entendi."}
  hours:
    variants:
      - Abrimos das 18h às 23h.
      - Das 18h às 23h, todos os dias.
      - Estamos aqui das 18h às 23h.
  ask_flavour:
    variants: ["Qual sabor?", "Escolha o sabor, por favor."]
  ask_people: {content: "Para quantas pessoas?"}
  confirm:
    variants: ["Pedido: {{ flavour }} para {{ people }}.", "Anotado: {{ flavour }}, {{ people }} pessoas."]
  human: {content: "Vou chamar alguém."}

triggers:
  - {type: equals, pattern: pizza, priority: 10, flow: order}
  - {type: contains, pattern: [horario, aberto], cooldown_sec: 86400, template: hours}
  - {type: regex, pattern: '\\bpedid[oa]s?\\b', flow: order}
  - {type: number, pattern: 100..200, template: hours}

flows:
  order:
    steps:
      - key: flavour
        type: collect_input
        template: ask_flavour
        save_as: flavour
        options: [Margherita, Calabresa]
        otherwise: sorry
      - key: people
        type: collect_input
        template: ask_people
        save_as: people
        expect: {number: 1..20}
        transitions: {default: bye}
      - {key: bye, type: end, template: confirm}
      - {key: sorry, type: end, template: not_understood}
"""

_WORDS = (
    "pizza",
    "Margherita",
    "2",
    "4",
    "oi",
    "Qual o horário?",
    "quero fazer um pedido",
    "Calabresa",
    "150",
    "não sei",
    "1️⃣",
    "cancelar",
    "obrigado!",
)


@dataclass(frozen=True, slots=True)
class Written:
    """One message of one person.

    Attributes:
        phone: digits, as WhatsApp gives them.
        message_id: the provider's.
        text: what was written.
    """

    phone: str
    message_id: str
    text: str


def conversation(person: int, messages: int) -> list[Written]:
    """What person number `person` writes, in order; every other one walks the flow on purpose."""
    phone = f"5511{900_000_000 + person}"
    walk = ("pizza", "Margherita", "2", "Qual o horário?")
    written = []
    for number in range(messages):
        digest = hashlib.sha256(f"{person}/{number}".encode()).digest()
        text = walk[number % len(walk)] if person % 2 else _WORDS[digest[0] % len(_WORDS)]
        written.append(Written(phone, f"wamid.LOAD{person:06d}N{number:04d}", text))
    return written
