"""The templates that Meta lists for a business account: `GET /{waba-id}/message_templates`, a part at a time.

{"data": [{"name": "pickup", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY",
           "parameter_format": "POSITIONAL", "components": [{"type": "BODY", "text": "Oi {{1}}"}]}],
 "paging": {"cursors": {"after": "MjQZD"}, "next": "https://…"}}
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote, urlencode

from bot.core.errors import UnparsableError
from bot.core.i18n import N_
from bot.core.listed_templates import ListedTemplate, TemplateButton
from bot.core.messages import MediaKind
from bot.core.text import clean
from bot.providers.base import Credentials, HttpRequest, HttpResponse, Refused, TemplatePage
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.meta.whatsapp_errors import refusal

AT_ONCE = 50
"""Templates in one answer: two hundred kilobytes where all of them are as long as Meta lets them be."""
_FIELDS = "name,language,status,category,parameter_format,components,quality_score"
_MAX_NAME = 512
_MAX_WORD = 32
_MAX_WORDS = 4096
_MAX_LABEL = 64
_MAX_ADDRESS = 2000
_FILES: Mapping[str, MediaKind] = {
    "IMAGE": MediaKind.IMAGE,
    "VIDEO": MediaKind.VIDEO,
    "DOCUMENT": MediaKind.DOCUMENT,
}
_BUTTONS = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL"})
"""Buttons that need nothing, or a text, from whoever sends the template; others want a catalogue, a form, a code."""
_UNKNOWN_ID = frozenset({"100", "803"})
_NO_ACCOUNT = N_(
    "Meta does not know the business account id, or the access token may not manage it: look at "
    "WHATSAPP_BUSINESS_ACCOUNT_ID, and give the token the permission whatsapp_business_management."
)
_NO_PERMISSION = N_("The access token may not read templates: give it the permission whatsapp_business_management.")


def templates(cursor: str, credentials: Credentials) -> HttpRequest | None:
    """Asks for the templates behind the cursor; None where there is no business account id."""
    business = credentials.get("business_account_id").strip()
    if not business:
        return None
    asked = {"fields": _FIELDS, "limit": str(AT_ONCE)} | ({"after": cursor} if cursor else {})
    return HttpRequest(
        method="GET",
        url=f"{credentials['api_url'].rstrip('/')}/{quote(business, safe='')}/message_templates?{urlencode(asked)}",
        headers={"Authorization": f"Bearer {credentials['access_token']}"},
        body=b"",
    )


def templates_found(response: HttpResponse, _credentials: Credentials) -> TemplatePage | Refused:
    """The templates in Meta's answer, or why there are none; raises UnparsableError."""
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        return _refused(response)
    answer = read_object(response.body)
    found = tuple(listed(answer, "data"))
    # `next` names the token in its address, so only whether it is there counts.
    cursor = text_at(answer, "paging", "cursors", "after") if text_at(answer, "paging", "next") else ""
    return TemplatePage(found, cursor)


def listed(answer: Part, key: str) -> Iterator[ListedTemplate]:
    """The templates of the list at `key`; raises UnparsableError where there is none. Nameless ones are left."""
    if not isinstance(answer.value.get(key), list):
        raise UnparsableError(f"{key} is not a list")
    for each in parts_at(answer, key):
        name, language = text_at(each, "name"), text_at(each, "language")
        if _is_kept(name, _MAX_NAME) and _is_kept(language, _MAX_WORD):
            yield _template(each, name, language)


def _refused(response: HttpResponse) -> Refused:
    error = part_at(json_answer(response), "error")
    code = text_at(error, "code")
    refused = refusal(code, response.status, text_at(error, "error_subcode"))
    if code in _UNKNOWN_ID:
        refused = replace(refused, reason=_NO_ACCOUNT)
    elif refused.credentials and code not in {"0", "190"}:
        refused = replace(refused, reason=_NO_PERMISSION)
    return replace(refused, retry_after=retry_after(response) or refused.retry_after)


def _template(item: Part, name: str, language: str) -> ListedTemplate:
    template = ListedTemplate(
        name=name,
        language=language,
        category=_word(text_at(item, "category")),
        status=_word(text_at(item, "status")),
        quality=_word(text_at(item, "quality_score", "score")).replace("UNKNOWN", ""),
        is_named=text_at(item, "parameter_format").upper() == "NAMED",
    )
    for component in parts_at(item, "components"):
        template = _with(template, component)
    if template.category == "AUTHENTICATION" and not template.unknown:
        # Its code is made and checked by a program.
        return replace(template, unknown="AUTHENTICATION")
    return template


def _with(template: ListedTemplate, component: Part) -> ListedTemplate:
    """The template with one more of its components."""
    kind, shown = text_at(component, "type").upper(), text_at(component, "format").upper()
    words = clean(text_at(component, "text"), _MAX_WORDS)[0]
    if kind == "BODY":
        return replace(template, body=words, examples={**template.examples, **_examples(component, "body")})
    if kind == "FOOTER":
        return replace(template, footer=words)
    if kind == "BUTTONS":
        return _with_buttons(template, component)
    if kind == "HEADER" and shown in _FILES:
        return replace(template, header_file=_FILES[shown])
    if kind == "HEADER" and shown in {"TEXT", ""}:
        return replace(template, header=words, examples={**template.examples, **_examples(component, "header")})
    return replace(template, unknown=_word(shown if kind == "HEADER" else kind) or "?")


def _with_buttons(template: ListedTemplate, component: Part) -> ListedTemplate:
    buttons = tuple(map(_button, parts_at(component, "buttons")))
    strange = next((each.kind or "?" for each in buttons if each.kind not in _BUTTONS), "")
    return replace(template, buttons=buttons, unknown=template.unknown or strange)


def _button(item: Part) -> TemplateButton:
    target = text_at(item, "url") or text_at(item, "phone_number")
    example = item.value.get("example")
    first = example[0] if isinstance(example, list) and example else example
    return TemplateButton(
        _word(text_at(item, "type")),
        clean(text_at(item, "text"), _MAX_LABEL)[0],
        clean(target, _MAX_ADDRESS)[0],
        clean(first, _MAX_ADDRESS)[0] if isinstance(first, str) else "",
    )


def _examples(component: Part, place: str) -> dict[str, str]:
    """What Meta was told may stand in the blanks of `place`, by key."""
    example = part_at(component, "example")
    named = {
        f"{place}.{text_at(each, 'param_name')}": clean(text_at(each, "example"), _MAX_WORDS)[0]
        for each in parts_at(example, f"{place}_text_named_params")
    }
    values = example.value.get(f"{place}_text")
    if isinstance(values, list) and values and isinstance(values[0], list):
        # Of a body it is a list of lists, of which the first one counts.
        values = values[0]
    texts = [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
    numbered = {f"{place}.{at}": clean(each, _MAX_WORDS)[0] for at, each in enumerate(texts, start=1)}
    return named or numbered


def _is_kept(name: str, limit: int) -> bool:
    """Whether it is a name: none is mended, since two cut ones could be equal."""
    return bool(name) and not clean(name, limit)[1] and name.isprintable()


def _word(value: str) -> str:
    """One of Meta's own words, which 360dialog writes small."""
    return "".join(each for each in value.upper() if each.isascii() and (each.isalnum() or each == "_"))[:_MAX_WORD]
