"""What to say to a bot that one does not know, in the language of who reads it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.engine.text import compare

_WORDS = {
    "en": """
        hi hello hey good morning afternoon evening night hours open opening close closed when where help agent human
        talk speak person someone order buy price prices cost shop book booking delivery address pay payment thanks
        start begin yes no what how much want like bread cake coffee breakfast lunch dinner
    """,
    "pt": """
        oi ola opa bom boa dia tarde noite horario horarios aberto abre fecha fechado quando onde ajuda atendente humano
        falar pessoa alguem pedido pedir comprar preco precos quanto custa loja reserva reservar entrega endereco pagar
        pagamento obrigado obrigada comecar inicio sim nao que como quero gostaria pao bolo cafe almoco jantar cardapio
    """,
}
"""Words by which people's texts are told to be in a language, as they compare: the first things said to a shop."""
_KNOWN = {language: frozenset(compare(words).split()) for language, words in _WORDS.items()}


class Starter(NamedTuple):
    """The texts of a trigger.

    Attributes:
        locale: of its bundle.
        texts: any of which begins the conversation.
    """

    locale: str
    texts: Sequence[str]


def starters(triggers: Iterable[Starter], language: str) -> list[str]:
    """One text of each trigger, in the given order: in `language` (`pt-BR`) if there is one.

    A bundle in that language is shown without what it knows for those who speak another one.
    """
    chosen = []
    for locale, texts in triggers:
        fits = [_fit(text, language[:2]) for text in texts]
        best = max(fits)
        if best >= 0 or locale[:2] != language[:2]:
            chosen.append(texts[fits.index(best)])
    return list(dict.fromkeys(chosen))


def _fit(text: str, language: str) -> int:
    """1 where the text is surely in the language, -1 where it is in another, 0 where nobody can tell."""
    words = set(compare(text).split())
    others = [known for other, known in _KNOWN.items() if other != language]
    ours = len(words & _KNOWN.get(language, frozenset()))
    theirs = max(len(words & known) for known in others)
    return (ours > theirs) - (ours < theirs)
