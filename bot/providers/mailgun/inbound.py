r"""What Mailgun's inbound route posts: a mail, as a form of its parts or, to a URL that ends in `mime`, whole.

recipient=bot@in.example.com&sender=ana@example.com&from=Ana <ana@example.com>&subject=Re: order
&stripped-text=yes&body-plain=yes\n\n> Shall I?&message-headers=[["Message-Id", "<a2@example.com>"], ...]
&timestamp=1760000000&token=...&signature=...
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from bot.core.messages import Delivery, UnknownEvent
from bot.core.text import clean
from bot.providers.kit.form import Form
from bot.providers.kit.json_reader import instant
from bot.providers.kit.mime import Headers, readable
from bot.providers.mail.headers import domain_of, email_address
from bot.providers.mail.parse import Letter, open_mail, read_letter

_SECURITY = frozenset({"timestamp", "token", "signature"})
_MAX_TEXT_BYTES = 1024 * 1024
_MAX_HEADER_BYTES = 64 * 1024
_MAX_HEADERS_BYTES = 1024 * 1024
_MAX_KIND = 100

_KNOWN = _SECURITY.union(
    (
        "recipient",
        "sender",
        "from",
        "subject",
        "body-plain",
        "body-html",
        "body-mime",
        "message-headers",
        "message-url",
    ),
    ("stripped-text", "stripped-html", "stripped-signature", "attachment-count", "content-id-map", "domain"),
)
"""Fields that are read, or say again what is."""

_Pairs = Sequence[tuple[str, str]]


def parse_mail(form: Form, own: frozenset[str]) -> Delivery:
    """The mail in a route's post; one that names no recipient or no sender is an UnknownEvent.

    Args:
        form: the post's.
        own: addresses that are ours, beside the mail's recipient.
    """
    pairs = _header_pairs(form)
    recipient = email_address(_own(form, "recipient", pairs).partition(",")[0])
    if not recipient:
        return Delivery(unknown=(UnknownEvent(_kind(form)),))
    letter = _letter(form, pairs, f"mailgun:{domain_of(recipient)}", recipient)
    return read_letter(
        letter._replace(
            author=_own(form, "from", pairs) or letter.headers.first("from"),
            subject=_own(form, "subject", pairs) or letter.subject,
            envelope_sender=email_address(_own(form, "sender", pairs)),
            sent_at=instant(form.last("timestamp")),
            own=own,
            distrusted=_distrusted(letter.headers),
            more=_more(form, letter.headers),
            whole=letter.whole and _are_readable(form),
        )
    )


def _letter(form: Form, pairs: _Pairs, account: str, recipient: str) -> Letter:
    """Headers, words and files."""
    raw = next((field.content(len(field.raw)) for field in form.all("body-mime")), b"")
    if raw:
        letter = open_mail(raw, account=account, recipient=recipient)
        return letter._replace(whole=letter.whole and not form.has_files())
    headers = Headers(pairs)
    return Letter(
        account=account,
        recipient=recipient,
        headers=headers,
        author="",
        subject=headers.first("subject"),
        plain=readable(_own(form, "body-plain", pairs), headers.first("content-type")),
        html=_own(form, "body-html", pairs),
        reply=_own(form, "stripped-text", pairs),
        attachments=form.attachments(inline=_inline(form)),
        fingerprint=form.fingerprint(leaving_out=_SECURITY),
    )


def _kind(form: Form) -> str:
    """What a form is that is no mail; webhooks of before 2018 name their event."""
    return clean(f"event.{form.last('event')}", _MAX_KIND)[0] if form.last("event") else "form without a recipient"


def _header_pairs(form: Form) -> _Pairs:
    """The mail's headers; where Mailgun's list of them is not readable, every field may be one."""
    listed = _json(form, "message-headers")
    if not isinstance(listed, list):
        fields = (field for field in form if not field.is_file and field.name not in _KNOWN)
        return [(field.name, field.text(_MAX_HEADER_BYTES)) for field in fields]
    return [(pair[0], pair[1]) for pair in listed if _is_pair(pair)]


def _are_readable(form: Form) -> bool:
    """Whether Mailgun's list of headers, where there is one, is such a list."""
    listed = _json(form, "message-headers")
    return all(map(_is_pair, listed)) if isinstance(listed, list) else not form.last("message-headers")


def _more(form: Form, headers: Headers) -> dict[str, str]:
    """The fields that are none of Mailgun's and no header of the mail."""
    return {
        field.name: text
        for field in form
        if field.name not in _KNOWN
        and not field.is_file
        and (text := field.text(_MAX_TEXT_BYTES))
        and " ".join(text.split()) not in headers.all(field.name)
    }


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair)  # noqa: PLR2004 - name and value


def _inline(form: Form) -> Collection[str]:
    """The names of the files that the mail's HTML shows."""
    listed = _json(form, "content-id-map")
    return {each for each in listed.values() if isinstance(each, str)} if isinstance(listed, dict) else ()


def _json(form: Form, name: str) -> Any:
    """The JSON in the last field of that name, None where it is not readable."""
    spelled = next((field.text(_MAX_HEADERS_BYTES) for field in reversed(form.all(name))), "")
    try:
        return json.loads(spelled)
    except (ValueError, RecursionError):
        return None


def _own(form: Form, name: str, pairs: _Pairs) -> str:
    """Mailgun's own field of that name, not one that a header of the same name made."""
    values = [field.text(_MAX_TEXT_BYTES) for field in form.all(name)]
    sent = {value for each, value in pairs if each == name}
    return next((value for value in values if value not in sent), next(iter(values), ""))


def _distrusted(headers: Headers) -> str:
    """Why Mailgun's own checks say that the sender may be forged: an answer would go to someone else."""
    spf, dkim, spam = (
        {value.lower() for value in headers.all(f"x-mailgun-{name}")} for name in ("spf", "dkim-check-result", "sflag")
    )
    if "yes" in spam:
        return "spam"
    return "not authenticated" if spf & {"fail", "softfail"} and dkim != {"pass"} else ""
