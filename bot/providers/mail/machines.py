"""Mail that machines write: by their mailboxes, and by the words that they put into a subject."""

import re

from bot.core.expressions import compiled_later

_DAEMONS = frozenset(
    {"mailer-daemon", "mailerdaemon", "postmaster", "daemon", "majordomo", "listserv", "root", "cron", "nobody"}
    | {"autoresponder", "autoreply", "auto-reply", "autorespond", "vacation"}
    | {"www-data", "apache", "httpd", "nginx", "wordpress"}
)
_FORMS = frozenset({"form", "forms", "formulario", "formular", "formulaire", "webform", "website", "submissions"})
_NO_ANSWER = (
    *("noreply", "donotreply", "dontreply", "notreply", "noanswer"),
    *("naoresponda", "naoresponder", "naorespondas", "nãoresponda", "nãoresponder"),
    *("noresponder", "noresponda", "norespondas", "nocontestar", "noconteste"),
    *("nepasrepondre", "nerepondezpas", "pasdereponse"),
    *("nichtantworten", "keineantwort", "bittenichtantworten"),
    *("nonrispondere", "norispondere"),
    *("nietbeantwoorden", "nietantwoorden", "geenantwoord"),
)
_SEPARATORS = str.maketrans("", "", "-_.")
_BOUNCE = compiled_later(r"bounces?(?:[-+=._].*)?")
_FORM = compiled_later(r"(?:contact|web|online|site)[-_.]?form.*|form[-_.]?submissions?")

_PHRASES = (
    *(
        "automatic reply",
        "automatic response",
        "auto reply",
        "auto response",
        "autoreply",
        "auto-reply",
        "auto-response",
    ),
    *("out of office", "out of the office", "out of office reply", "out of office autoreply"),
    *(
        "resposta automática",
        "resposta automatica",
        "fora do escritório",
        "ausência temporária",
        "ausente do escritório",
    ),
    *("respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina"),
    *("réponse automatique", "reponse automatique", "absence du bureau", "absent du bureau", "message d'absence"),
    *("automatische antwort", "abwesenheitsnotiz", "abwesenheitsnachricht", "abwesenheitsbenachrichtigung", "abwesend"),
    *("risposta automatica", "fuori sede", "fuori ufficio", "messaggio di assenza"),
    *("automatisch antwoord", "afwezig", "afwezigheidsbericht", "afwezigheidsmelding"),
    *("autosvar", "automatiskt svar", "automatisk svar", "automaattinen vastaus", "odpowiedź automatyczna"),
    *("automatická odpověď", "автоответ", "автоматический ответ"),
    *("自动回复", "自動回覆", "自動応答", "不在通知"),
)
_AWAY = compiled_later(
    rf"\W*(?:{'|'.join(map(re.escape, _PHRASES))})\s*(?:[:\uff1a\u2013\u2014(\[\]-]|$)", re.IGNORECASE
)
"""What programs put before the subject that they answer; a person's sentence goes on after such words."""


def is_robot(address: str) -> bool:
    """Whether an address, in lower case, is one that no person reads.

    >>> is_robot("no_reply+7@example.com"), is_robot("norman@example.com")
    (True, False)
    """
    local = _local(address)
    together = local.translate(_SEPARATORS)
    return (
        local in _DAEMONS
        or any(each in together for each in _NO_ANSWER)
        or local.startswith("owner-")
        or local.endswith("-request")
    )


def is_bounce_box(address: str) -> bool:
    """Whether an address, in lower case, is one that takes bounces; in an envelope that says nothing of the author."""
    return _BOUNCE.fullmatch(address.rpartition("@")[0]) is not None


def is_form(address: str) -> bool:
    """Whether an address, in lower case, is that of a site which sends what people fill into its form."""
    local = _local(address)
    return local in _FORMS or _FORM.fullmatch(local) is not None


def says_away(subject: str) -> bool:
    """Whether a subject is what programs write that answer for somebody who is away.

    >>> says_away("Automatische Antwort: Pedido"), says_away("A resposta automática falhou")
    (True, False)
    """
    return _AWAY.match(subject[:200]) is not None


def _local(address: str) -> str:
    return address.rpartition("@")[0].partition("+")[0]
