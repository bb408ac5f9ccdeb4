"""The words by which people opt out and in, by language, and the politeness that may stand beside them.

A message counts when it is such a word, or has one and beside it nothing but words from its language's short list:
"please stop" and "pare por favor" do, "don't stop", "bus stop" and "stop 12345" do not.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from bot.core.addresses import Channel
from bot.engine.text import compare_equal

_MOST_WORDS = 8
_MOST_CHARACTERS = 80

_Phrases = Mapping[str, bool]
"""Phrases that may stand in such a message, and whether each is one that asks."""


def is_opt_out(compared: str, channel: Channel, own: frozenset[str] = frozenset()) -> bool:
    """Whether a whole message, in `compare_equal` form, asks for no more messages on that channel.

    `own` are further words that bundles have for it, in the same form.
    """
    if compared in _OUT_ALONE or (channel is Channel.SMS and compared in _OUT_SMS) or compared in own:
        return True
    words = _words(compared)
    if own and _asks(words, _polite(own)):
        return True
    if _OUT_TELLING.isdisjoint(words):
        return False
    return any(_asks(words, phrases) for phrases in (_OUT_ON_SMS if channel is Channel.SMS else _OUT))


def opts_out(compared: str, channel: Channel) -> bool:
    """Whether it asks for no more messages of any kind on that channel, or for no more promotions."""
    return is_opt_out(compared, channel) or is_marketing_opt_out(compared)


def is_opt_in(compared: str, channel: Channel, own: frozenset[str] = frozenset()) -> bool:
    """Whether a whole message, in `compare_equal` form, asks to come back on that channel; in doubt it does not."""
    if compared in _IN_ALONE or (channel is Channel.SMS and compared in _IN_SMS) or compared in own:
        return True
    words = _words(compared)
    if own:
        return _asks(words, _polite(own | _IN_ALONE))
    return not _IN_TELLING.isdisjoint(words) and _asks(words, _IN)


def is_marketing_opt_out(compared: str) -> bool:
    """Whether a whole message, in `compare_equal` form, asks for no more promotions, and only for that.

    It is one that opts out, on whatever channel, and says of what: "stop promo", "pare de me mandar promoções".
    """
    words = _without_promotions(compared)
    return bool(words) and any(_asks(words, phrases) for phrases in _OUT_OF_MARKETING)


def is_marketing_opt_in(compared: str) -> bool:
    """Whether a whole message, in `compare_equal` form, asks for promotions; in doubt it does not."""
    words = _without_promotions(compared)
    return bool(words) and _asks(words, _IN_TO_MARKETING)


def _without_promotions(compared: str) -> Sequence[str]:
    """The words of a message beside those for promotions; none where it has none of these."""
    words = _words(compared)
    return () if _PROMOTIONS.isdisjoint(words) else [each for each in words if each not in _PROMOTIONS]


def _words(compared: str) -> Sequence[str]:
    """The words of a message that is short enough to be such a one."""
    if len(compared) > _MOST_CHARACTERS or " " not in compared:
        return ()
    return _parted(compared)


@lru_cache(maxsize=8)
def _parted(compared: str) -> Sequence[str]:
    # The same message is asked about twice: whether it opts out, and whether it opts in.
    words = tuple(compared.translate(_MARKS).split())
    return words if len(words) <= _MOST_WORDS else ()


def _asks(words: Sequence[str], phrases: _Phrases) -> bool:
    """Whether the words are all made of these phrases, the longest first, and one of them asks."""
    words = words if "".join(words).isascii() else tuple(each for each in words if any(map(str.isalnum, each)))
    at, found = 0, False
    while at < len(words):
        for end in range(min(len(words), at + _LONGEST), at, -1):
            asks = phrases.get(" ".join(words[at:end]))
            if asks is not None:
                at, found = end, found or asks
                break
        else:
            return False
    return found


def _phrases(text: str) -> list[str]:
    return [compare_equal(each) for each in text.split(",")]


def _polite(asking: Iterable[str]) -> _Phrases:
    return dict.fromkeys(chain.from_iterable(_POLITE.values()), False) | dict.fromkeys(asking, True)


def _telling(asking: Iterable[str]) -> frozenset[str]:
    """Of each phrase the word that few other messages have: most are looked at no further."""
    return frozenset(max(each.split(), key=len) for each in asking)


_POLITE: Mapping[str, list[str]] = {
    "en": _phrases("please, pls, plz, thanks, thank you, thx, ty, no thanks, no thank you, ok, okay, kindly"),
    "pt": _phrases(
        "por favor, porfavor, favor, pf, pfv, pfvr, obrigado, obrigada, obg, muito obrigado, muito obrigada, ok"
    ),
    "es": _phrases("por favor, porfavor, porfa, gracias, muchas gracias, ok"),
    "fr": _phrases("s'il vous plait, s'il te plait, svp, stp, merci, merci beaucoup, veuillez, ok"),
    "de": _phrases("bitte, danke, vielen dank, ok"),
    "it": _phrases("per favore, perfavore, per piacere, grazie, ok"),
    "nl": _phrases("alsjeblieft, alstublieft, aub, ajb, graag, bedankt, dank je, dank u, dankjewel, ok"),
}
_EVERYWHERE = _phrases("stop, unsubscribe")
_ASKING: Mapping[str, list[str]] = {
    "en": _phrases("opt out, optout, opt-out, stop all, stopall, remove me, take me off"),
    "pt": _phrases(
        "parar, pare, parem, descadastrar, descadastre, sair da lista, sair desta lista, cancelar inscrição,"
        "cancelar a inscrição, remover da lista, me remova, não quero mais receber"
    ),
    "es": _phrases(
        "baja, dar de baja, darme de baja, darse de baja, dame de baja, desuscribir, desuscribirme,"
        "cancelar suscripción, cancelar la suscripción, no quiero recibir más, salir de la lista"
    ),
    "fr": _phrases(
        "arrêt, arrêter, arrêtez, désabonner, me désabonner, désabonnement, désabonnez-moi, désinscrire,"
        "me désinscrire, désinscription, désinscrivez-moi"
    ),
    "de": _phrases("stopp, abmelden, abmeldung, abbestellen, austragen"),
    "it": _phrases("disiscrivi, disiscrivimi, disiscrivermi, disiscrizione, cancellami, annulla iscrizione, smettete"),
    "nl": _phrases("stoppen, afmelden, afmelding, uitschrijven, schrijf me uit, meld me af"),
}
_BESIDE: Mapping[str, list[str]] = {
    "en": _phrases(
        "me, it, now, this, these, your, the, from, list, mailing list, sending, texting, messaging, writing, messages,"
        "texts, emails, mails, sms, to, i want to, i'd like to"
    ),
    "pt": _phrases(
        "agora, já, me, de, da, desta, sua, esta, lista, enviar, mandar, mensagem, mensagens, essas, suas, isso, as,"
        "quero, eu quero, pode, podem, você pode, vocês podem, gostaria de, sms, e-mails, emails"
    ),
    "es": _phrases(
        "ahora, ya, me, de, la, lista, enviar, mandar, enviarme, mandarme, mensajes, los, sus, quiero, deseo, sms"
    ),
    "fr": _phrases(
        "maintenant, de, la, liste, les, des, vos, messages, m'envoyer, envoyer, je veux, je souhaite, sms, moi"
    ),
    "de": _phrases(
        "jetzt, sofort, mich, newsletter, nachrichten, die, den, von, der, liste, ich möchte, ich will, sms"
    ),
    "it": _phrases("ora, adesso, subito, di, inviarmi, mandarmi, messaggi, dalla, lista, la, vorrei, voglio, sms"),
    "nl": _phrases("nu, mij, me, met, berichten, sturen, van, de, lijst, nieuwsbrief, ik wil, sms"),
}
"""What is said of the messages that shall stop."""

_OUT_ALONE = frozenset(chain(_EVERYWHERE, *_ASKING.values()))
_OUT_SMS = frozenset(_phrases("cancel, end, quit, revoke, sair, cancelar"))
"""On SMS the network's own stop words count too, whatever a flow would make of them."""
_OUT = [
    dict.fromkeys([*_POLITE[each], *_BESIDE[each], *_POLITE["en"]], False)
    | dict.fromkeys([*_EVERYWHERE, *asking], True)
    for each, asking in _ASKING.items()
]
_OUT_ON_SMS = [*_OUT, _polite(_OUT_SMS)]
_OUT_TELLING = _telling(_OUT_ALONE | _OUT_SMS)
_IN_ALONE = frozenset(_phrases("start, voltar, quero voltar, volver, alta"))
_IN_SMS = frozenset(_phrases("unstop, yes"))
_IN = _polite(_IN_ALONE)
_IN_TELLING = _telling(_IN_ALONE)
_PROMOTIONS = frozenset(
    _phrases(
        "promo, promos, promotion, promotions, promotional, marketing, offers, promoção, promoções, promocional,"
        "promocionais, ofertas, promoción, promociones"
    )
)
_OUT_OF_MARKETING = [
    phrases
    | dict.fromkeys(_phrases("of, any, more, receiving, receber, para, o"), False)
    | dict.fromkeys([*_OUT_SMS, *_phrases("no more, chega de, não quero, não quero receber, não quero mais")], True)
    for phrases in _OUT
]
_IN_TO_MARKETING = {
    **_polite(_phrases("unstop, subscribe, opt in, assinar, inscrever, aceito, quero receber, voltar a receber")),
    **dict.fromkeys(_IN_ALONE, True),
    **dict.fromkeys(_phrases("to, the, your, de, as, suas, me"), False),
}
_LONGEST = max(
    each.count(" ") + 1
    for phrases in (*_OUT_OF_MARKETING, _polite(_OUT_SMS), _IN, _IN_TO_MARKETING)
    for each in phrases
)
_MARKS = dict.fromkeys(map(ord, '.,;:!?"()*_~/\u2026'), " ")
