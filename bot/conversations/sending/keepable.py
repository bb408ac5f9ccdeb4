"""Requests without what no database keeps: one that had it would take all others of its transaction with it."""

from collections.abc import Iterator
from dataclasses import replace

from bot.conversations.sending.requests import FromProvider, FromTemplate, Say, SendRequest, StartRequest, Words
from bot.core.messages import Choice
from bot.core.text import clean
from bot.engine.conversation import StateValue

_LONGEST_ORIGIN = 255


def keepable(request: SendRequest) -> SendRequest:
    """The request without NUL and lone surrogates, its origin cut where its column ends."""
    named = (request.contact_id, request.account, request.origin, request.key, request.mail.answers or "")
    texts = (*named, *_texts(request.say))
    # As nearly all are: there is nothing to take out of what is printable.
    if "".join(texts).isprintable() and len(request.origin) <= _LONGEST_ORIGIN:
        return request
    return replace(
        request,
        contact_id=_kept(request.contact_id),
        say=_said(request.say),
        account=_kept(request.account),
        origin=clean(request.origin, _LONGEST_ORIGIN)[0],
        key=_kept(request.key),
        mail=replace(request.mail, answers=None if request.mail.answers is None else _kept(request.mail.answers)),
    )


def keepable_start(request: StartRequest) -> StartRequest:
    """The same of a flow that is to begin."""
    return replace(
        request,
        contact_id=_kept(request.contact_id),
        state={_kept(name): _value(value) for name, value in request.state.items()},
        account=_kept(request.account),
        origin=clean(request.origin, _LONGEST_ORIGIN)[0],
    )


def _texts(say: Say) -> Iterator[str]:
    if isinstance(say, FromProvider):
        yield from (say.name, say.language, *say.values, *say.values.values())
        return
    if isinstance(say, FromTemplate):
        yield say.name
        yield from say.variables
        yield from (each for each in say.variables.values() if isinstance(each, str))
        return
    yield from (say.text, say.choices_label)
    for each in say.choices:
        yield from (each.id, each.label, each.description)


def _said(say: Say) -> Say:
    if isinstance(say, FromProvider):
        values = {_kept(name): _kept(value) for name, value in say.values.items()}
        return FromProvider(_kept(say.name), _kept(say.language), values, say.header)
    if isinstance(say, FromTemplate):
        return FromTemplate(_kept(say.name), {_kept(name): _value(value) for name, value in say.variables.items()})
    choices = (Choice(_kept(each.id), _kept(each.label), _kept(each.description)) for each in say.choices)
    return Words(_kept(say.text), tuple(choices), _kept(say.choices_label))


def _value(value: StateValue) -> StateValue:
    return _kept(value) if isinstance(value, str) else value


def _kept(text: str) -> str:
    return clean(text, len(text))[0]
