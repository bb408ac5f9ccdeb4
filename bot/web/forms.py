"""Forms: what was typed becomes a value, or comes back with a sentence at each field that is wrong.

class NewUser(BaseModel):
    email: EmailStr
    role: Role = Role.VIEWER

form = read_form(request, NewUser)
if form.value is None:
    return render(request, "users/new.html", title=…, form=form, status=422)
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Generic, TypeVar, get_origin

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.text import clean
from bot.providers.kit.form import Form
from bot.web.i18n import Translator
from bot.web.pages import language
from bot.web.posted import WORDY, posted_by

ModelT = TypeVar("ModelT", bound=BaseModel)
TypedT = TypeVar("TypedT")
ReadT = TypeVar("ReadT")
Typed = str | Sequence[str]
_MANY = (list, tuple, set, frozenset)

_EMPTY = N_("Fill this in.")
_SENTENCES: Mapping[str, str] = {
    "missing": _EMPTY,
    "string_too_short": N_("Write at least {min_length} characters."),
    "string_too_long": N_("Write at most {max_length} characters."),
    "too_short": N_("Choose at least {min_length}."),
    "too_long": N_("Choose at most {max_length}."),
    "greater_than": N_("It must be more than {gt}."),
    "greater_than_equal": N_("It must be at least {ge}."),
    "less_than": N_("It must be less than {lt}."),
    "less_than_equal": N_("It must be at most {le}."),
    "int_parsing": N_("Write a whole number."),
    "int_from_float": N_("Write a whole number."),
    "float_parsing": N_("Write a number."),
    "decimal_parsing": N_("Write a number."),
    "bool_parsing": N_("Say yes or no."),
    "date_from_datetime_parsing": N_("Write a day, such as 2026-11-30."),
    "date_parsing": N_("Write a day, such as 2026-11-30."),
    "datetime_from_date_parsing": N_("Write a day and a time."),
    "datetime_parsing": N_("Write a day and a time."),
    "time_parsing": N_("Write a time, such as 14:30."),
    "enum": N_("Choose one of the list."),
    "literal_error": N_("Choose one of the list."),
    "url_parsing": N_("Write a whole address, such as https://example.com."),
    "url_scheme": N_("Write a whole address, such as https://example.com."),
    "extra_forbidden": N_("This field is not known here."),
}
_OTHERWISE = N_("This is not valid here.")


class FieldError(ValueError):
    """What a model's own validator raises: a sentence, marked for translation, with its values."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self._sentence = sentence
        self._values = values

    def said(self, _: Translator) -> str:
        """The sentence."""
        return _(self._sentence, **self._values)


class _ReadError(FieldError):
    """What was typed cannot be read."""

    def __init__(self, error: BotError) -> None:
        super().__init__(error.message)
        self._error = error

    def said(self, _: Translator) -> str:
        return sentence_of(self._error, _)


def checked(read: Callable[[TypedT], ReadT]) -> Callable[[TypedT], ReadT]:
    """`read` as a validator of a model: the BotError that it raises stands at its field."""

    def validate(typed: TypedT) -> ReadT:
        try:
            return read(typed)
        except BotError as error:
            raise _ReadError(error) from error

    return validate


@dataclass(frozen=True, slots=True)
class Filled(Generic[ModelT]):
    """A form as somebody filled it in.

    Attributes:
        value: what it says; None where something is wrong.
        typed: what stands in its fields, by name.
        errors: what is wrong, a sentence by field; under the empty name what is wrong with all of it.
    """

    value: ModelT | None
    typed: Mapping[str, Typed]
    errors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def wrong(self, name: str, sentence: str) -> "Filled[ModelT]":
        """The same with one thing more that is wrong, as only the database knows: `sentence` is translated."""
        return replace(self, value=None, errors={**self.errors, name: sentence})


def empty_form(**typed: Typed) -> Filled[Any]:
    """A form as it is shown first, with what stands in its fields."""
    return Filled(None, typed)


def read_form(request: web.Request, model: type[ModelT]) -> Filled[ModelT]:
    """The form that was posted, as `model` wants it; an empty field counts as one that is not there."""
    form = posted_by(request).form
    typed = {} if form is None else _typed(form, model)
    try:
        return Filled(model.model_validate({name: each for name, each in typed.items() if each}), typed)
    except ValidationError as error:
        return Filled(None, typed, errors_of(error, language(request)))


def errors_of(error: ValidationError, _: Translator) -> Mapping[str, str]:
    """A sentence by field, the first for each."""
    found: dict[str, str] = {}
    for each in error.errors(include_url=False, include_input=False):
        found.setdefault(str(each["loc"][0]) if each["loc"] else "", _sentence(each, _))
    return found


def sentence_of(error: BotError, _: Callable[[str], str]) -> str:
    """What is wrong, and what to do about it, as a page says it.

    >>> sentence_of(BotError("the dough is cold", mend="Wait an hour."), str)
    'The dough is cold. Wait an hour.'
    """
    return f"{error.sentence(_)} {error.words(_)[1]}".rstrip()


def narrow(model: type[ModelT], body: bytes) -> ModelT:
    """The JSON in `body` as `model` wants it; raises HTTPBadRequest that names the first place that is wrong."""
    try:
        return model.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise web.HTTPBadRequest(text=f"{where}: {first['msg']}\n") from error
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text="the body is not JSON\n") from error


def _typed(form: Form, model: type[BaseModel]) -> dict[str, Typed]:
    typed: dict[str, Typed] = {}
    for name, info in model.model_fields.items():
        given = [_plain(each.text(WORDY)) for each in form.all(info.alias or name)]
        if _takes_many(info):
            typed[name] = given
        elif given:
            typed[name] = given[-1]
    return typed


def _plain(text: str) -> str:
    # Browsers end lines as networks do.
    return clean(text.replace("\r\n", "\n"), WORDY)[0]


def _takes_many(info: FieldInfo) -> bool:
    return (get_origin(info.annotation) or info.annotation) in _MANY


def _sentence(error: ErrorDetails, _: Translator) -> str:
    context = error.get("ctx", {})
    raised = context.get("error")
    if isinstance(raised, FieldError):
        return raised.said(_)
    if context.get("min_length") == 1 and error["type"] == "string_too_short":
        return _(_EMPTY)
    return _(_SENTENCES.get(error["type"], _OTHERWISE), **context)
