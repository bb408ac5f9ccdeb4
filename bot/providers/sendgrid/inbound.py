r"""What SendGrid's Inbound Parse posts: a mail, as a form of its parts or, where the setting says raw, whole.

envelope={"to":["bot@in.example.com"],"from":"ana@example.com"}&headers=Message-ID: <a1@example.com>\n...
&from=Ana <ana@example.com>&subject=Re: order&text=yes&charsets={"text":"iso-8859-1"}&SPF=pass
&dkim={@example.com : pass}&attachments=1&attachment-info={"attachment1":{...}}&attachment1=<file>
"""

from collections.abc import Collection
from typing import Any

import orjson

from bot.core.messages import Delivery, UnknownEvent
from bot.providers.kit.charsets import decode_text
from bot.providers.kit.form import Form
from bot.providers.kit.mime import Headers, read_headers, readable
from bot.providers.mail.events import joined
from bot.providers.mail.headers import author, domain_of, email_address
from bot.providers.mail.parse import Letter, open_mail, read_letter, words_of

_MAX_TEXT_BYTES = 1024 * 1024
_MAX_HEADER_BYTES = 128 * 1024
_MAX_RECIPIENTS = 20
_KNOWN = frozenset(
    {"email", "rawEmail", "headers", "from", "subject", "text", "html", "envelope", "charsets", "content-ids"}
    | {"attachments", "attachment-info", "sender_ip", "SPF", "dkim", "spam_score", "spam_report"}
)
"""Fields that are read, or say again what is."""
_SPAM = 5.0
"""SpamAssassin's own threshold."""


def parse_mail(form: Form, own: frozenset[str]) -> Delivery:
    """The mail in a post, once for each of its recipients; one that names none, or no sender, is an UnknownEvent.

    Args:
        form: the post's.
        own: addresses that are ours, beside the mail's recipient.
    """
    envelope = _json(form, "envelope")
    to = envelope.get("to")
    found = [email_address(each) for each in (to if isinstance(to, list) else [to]) if isinstance(each, str)]
    recipients = list(dict.fromkeys(filter(None, found)))
    if not recipients:
        return Delivery(unknown=(UnknownEvent("form without a recipient"),))
    sender = envelope.get("from")
    letter = _letter(form)
    letter = letter._replace(
        envelope_sender=email_address(sender) if isinstance(sender, str) else None,
        own=own,
        distrusted=_distrusted(form),
        more=_more(form, {*recipients, *letter.headers.all("to"), *letter.headers.all("cc")}),
        whole=letter.whole and len(recipients) <= _MAX_RECIPIENTS,
    )
    addressed = [
        letter._replace(account=f"sendgrid:{domain_of(each)}", recipient=each) for each in recipients[:_MAX_RECIPIENTS]
    ]
    words = words_of(letter)
    return joined([read_letter(each, words) for each in addressed])


def _letter(form: Form) -> Letter:
    """Headers, words and files; the raw mail where there is one, since it names its own character sets."""
    raw = next((field.raw for name in ("email", "rawEmail") for field in form.all(name)), b"")
    if raw:
        letter = open_mail(raw, account="", recipient="")
        return letter._replace(whole=letter.whole and not form.has_files())
    headers = read_headers(next((field.raw for field in form.all("headers")), b""))
    charsets = _json(form, "charsets")
    return Letter(
        account="",
        recipient="",
        headers=headers,
        author=_author(_text(form, "from", charsets), headers),
        subject=_text(form, "subject", charsets),
        plain=readable(_text(form, "text", charsets), headers.first("content-type")),
        html=_text(form, "html", charsets),
        attachments=form.attachments(inline=_inline(form)),
        fingerprint=form.fingerprint(),
    )


def _more(form: Form, held: Collection[str]) -> dict[str, str]:
    """The fields that are not read, and say something else than is `held`."""
    return {
        field.name: text
        for field in form
        if field.name not in _KNOWN
        and not field.is_file
        and (text := field.text(_MAX_TEXT_BYTES))
        and " ".join(text.split()) not in held
    }


def _author(spelled: str, headers: Headers) -> str:
    """The `From` header: decoded, as the field has it, what names one person may have become several or none."""
    return spelled if author(spelled)[1] or not spelled.strip() else headers.first("from")


def _text(form: Form, name: str, charsets: dict[str, Any]) -> str:
    """The field's text in the character set that the post names for it; UTF-8 where it names none that there is."""
    content = next((field.content(_MAX_TEXT_BYTES) for field in form.all(name)), b"")
    return decode_text(content, str(charsets.get(name, "")))


def _inline(form: Form) -> Collection[str]:
    """The names of the files that the mail's HTML shows."""
    return {each for each in _json(form, "content-ids").values() if isinstance(each, str)}


def _json(form: Form, name: str) -> dict[str, Any]:
    """The JSON object in the first field of that name; an empty one where it is not readable."""
    spelled = next((field.content(_MAX_HEADER_BYTES) for field in form.all(name)), b"")
    try:
        value = orjson.loads(spelled)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _distrusted(form: Form) -> str:
    """Why SendGrid's own checks say that the sender may be forged: an answer would go to someone else."""
    try:
        if float(form.last("spam_score")) >= _SPAM:
            return "spam"
    except ValueError:
        pass  # The check is off.
    unproven = form.last("SPF").strip().lower() in {"fail", "softfail"} and "pass" not in form.last("dkim").lower()
    return "not authenticated" if unproven else ""
