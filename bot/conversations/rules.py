"""What is told from a contact's words alone, before anybody answers them. Pure."""

import re

from bot.engine.text import compare

_WORD = re.compile(r"[^\W\d_]+")
_ANYTHING_ELSE = re.compile(r"[\d?]|https?:")


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


_THANKS = _words("""
    thanks thank thx ty tks tysm cheers appreciated obrigado obrigada obrigadao obg brigado brigada brigadao valeu vlw
    grato grata agradeco agradecido agradecida
""")
_CLOSING = _words("""
    ok okay okey perfect great cool nice awesome bye goodbye done solved certo beleza blz perfeito otimo show joia legal
    tchau combinado entendi resolvido
""")
_BESIDE = _words("""
    you u so very much a lot many million again for the your all help everything it that s guys team and have good day
    muito muita mesmo mto vc voce voces o os as de do da e eu te lhe por pela pelo sua seu ajuda atencao tudo gente
    pessoal bom boa dia tarde noite ate logo deus
""")
_SIGNS = frozenset("❤👍🙏👌👏🙌🤝😊🙂😀😃😄😁😍🥰😘🤗💚💙💛🧡💜🖤🤍🤎😉💪🎉✅✨🌹🌷💐👋")
_MOST_WORDS = 10


def is_thanks(text: str) -> bool:
    """Whether somebody only thanks, or says that it is well, in English or Portuguese: nobody needs to answer.

    >>> is_thanks("Muito obrigada pela ajuda! 🙏"), is_thanks("ok, thanks"), is_thanks("👍")
    (True, True, True)
    >>> is_thanks("ok?"), is_thanks("thanks, but it is broken again"), is_thanks("bom dia")
    (False, False, False)
    """
    words = _WORD.findall(compare(text))
    if _ANYTHING_ELSE.search(text) or len(words) > _MOST_WORDS:
        return False
    said = set(words)
    if not said:
        return not _SIGNS.isdisjoint(text)
    return said <= _THANKS | _CLOSING | _BESIDE and not said.isdisjoint(_THANKS | _CLOSING)
