"""The kinds of value a bundle's document is made of, read from a scalar's spelling."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from bot.engine.templates import HTML, MAX_SOURCE, URL
from bot.flows.yaml.nodes import Written

LOCALE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"
DURATION = r"^[1-9][0-9]{0,4}[smhd]$"
HTTPS = r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#]([^\s{}]|\{\{[^{}\n]*\}\}|\{%[^{}\n]*%\})*)?$"

_INT = re.compile(r"[-+]?[0-9]{1,12}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,12}(\.[0-9]{1,12})?")
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,12})?")
"""A number that is spelled as numbers are: a postcode that begins with 0 is none."""
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def _read_text(value: Any) -> Any:
    if isinstance(value, Written):
        if value.cut:
            raise PydanticCustomError("cut", "the text ends before #")
        return str(value)
    return value


def _read_word(value: Any) -> Any:
    return str(value) if isinstance(value, Written) else value


def _read_int(value: Any) -> Any:
    if isinstance(value, Written):
        return int(value) if value.plain and _INT.fullmatch(value) else str(value)
    return value


def _read_decimal(value: Any) -> Any:
    if isinstance(value, Written):
        return float(value) if value.plain and _DECIMAL.fullmatch(value) else str(value)
    return value


def _read_truth(value: Any) -> Any:
    if isinstance(value, Written):
        return _TRUTHS.get(value, str(value)) if value.plain else str(value)
    return value


def _read_value(value: Any) -> Any:
    if isinstance(value, list | dict):
        # Else each kind that it might have been would say that it is not that.
        raise PydanticKnownError("string_type")
    if not isinstance(value, Written):
        return value
    if value.plain and value in _TRUTHS:
        return _TRUTHS[value]
    if value.plain and _PLAIN_NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return _read_text(value)


def _wrap(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _spelled(**limits: Any) -> WithJsonSchema:
    # A plain scalar counts as it is spelled, so an editor must not complain of a number.
    return WithJsonSchema({"type": ["string", "number", "boolean"], **limits})


Key = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=64, pattern=r"^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*$"),
    BeforeValidator(_read_word),
]
"""The name of a bundle, template, trigger, flow or step: letters, digits, `_`, `-` and `.`."""

StateName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=64, pattern=r"^[\p{L}_][\p{L}\p{M}\p{N}_]*$"),
    BeforeValidator(_read_word),
]
"""A name that a template can say: letters, digits and `_`."""

VariableName = Annotated[
    str,
    StringConstraints(
        strict=True,
        min_length=1,
        max_length=128,
        pattern=r"^[\p{L}_][\p{L}\p{M}\p{N}_]*(\.[\p{L}_][\p{L}\p{M}\p{N}_]*)?$",
    ),
    BeforeValidator(_read_word),
]
"""A StateName, or `contact.…`, `message.…`."""

Locale = Annotated[
    str,
    StringConstraints(strict=True, max_length=35, pattern=LOCALE),
    BeforeValidator(_read_word),
]
"""A language with or without region: `pt-BR`, `en`."""

Duration = Annotated[
    str,
    StringConstraints(strict=True, pattern=DURATION),
    BeforeValidator(_read_word),
]
"""`30m`, `24h`, `7d`."""

Content = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=MAX_SOURCE),
    _spelled(minLength=1, maxLength=MAX_SOURCE),
    BeforeValidator(_read_text),
]
"""What a template says."""

Label = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=100),
    _spelled(minLength=1, maxLength=100),
    BeforeValidator(_read_text),
]
"""A short text: an option, an escape word."""

Answer = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=100),
    BeforeValidator(_read_text),
]
"""A transition's key; a key of JSON is text anyway."""

Default = Annotated[
    str,
    StringConstraints(strict=True, max_length=500),
    _spelled(maxLength=500),
    BeforeValidator(_read_text),
]
"""What a variable is when nothing gave it a value."""

PatternText = Annotated[
    str,
    StringConstraints(strict=True, max_length=500),
    _spelled(maxLength=500),
    BeforeValidator(_read_text),
]
"""A trigger's pattern or a number range."""

Patterns = Annotated[
    list[PatternText],
    BeforeValidator(_wrap),
    Field(min_length=1, max_length=50),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean"], "maxLength": 500},
                {"type": "array", "minItems": 1, "maxItems": 50, "items": {"type": ["string", "number", "boolean"]}},
            ]
        }
    ),
]
"""One pattern or several."""

Truth = Annotated[bool, BeforeValidator(_read_truth), Field(strict=True)]
"""`true` or `false`."""

Integer = Annotated[int, BeforeValidator(_read_int), Field(strict=True)]
"""A whole number without quotes."""

Degrees = Annotated[float, BeforeValidator(_read_decimal), Field(strict=True)]
"""A number without quotes, with a point before its decimals."""

Line = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=200),
    _spelled(minLength=1, maxLength=200),
    BeforeValidator(_read_text),
]
"""A short text that may have variables: a button's label, a subject, the name of a place."""

ChoiceId = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=64),
    _spelled(minLength=1, maxLength=64),
    BeforeValidator(_read_text),
]
"""What comes back when a choice is pressed."""

Value = Annotated[
    Annotated[str, StringConstraints(strict=True, max_length=MAX_SOURCE)]
    | Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True)]
    | Annotated[float, Field(strict=True)],
    BeforeValidator(_read_value),
]
"""An argument: text, which may have variables, and without quotes a number, true or false."""

HtmlText = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=HTML.source), BeforeValidator(_read_text)
]
"""An e-mail's HTML."""

HttpsUrl = Annotated[
    str, StringConstraints(strict=True, max_length=URL.source, pattern=HTTPS), BeforeValidator(_read_text)
]
"""An address that providers can fetch; a person's words may fill its path, never choose its host."""

TemplateName = Annotated[
    str, StringConstraints(strict=True, max_length=512, pattern=r"^[A-Za-z0-9_]+$"), BeforeValidator(_read_word)
]
"""What WhatsApp calls an approved template."""

FileName = Annotated[
    str,
    StringConstraints(
        strict=True,
        max_length=255,
        pattern=r"^([\p{L}\p{N}_][\p{L}\p{M}\p{N}_. -]*/)*[\p{L}\p{N}_][\p{L}\p{M}\p{N}_. -]*$",
    ),
    BeforeValidator(_read_text),
]
"""A file beside the bundle or in a folder there, never above it."""
