r"""What Postmark's inbound webhook posts: a mail, as JSON.

{"FromFull": {"Email": "ana@example.com", "Name": "Ana", "MailboxHash": ""}, "OriginalRecipient":
 "1a2b@inbound.postmarkapp.com", "Subject": "Re: order", "MessageID": "22222222-...", "TextBody": "yes\n\n> Shall I?",
 "StrippedTextReply": "yes", "HtmlBody": "", "Headers": [{"Name": "Message-ID", "Value": "<a3@example.com>"}],
 "Attachments": [{"Name": "r.pdf", "Content": "JVBERg==", "ContentType": "application/pdf", "ContentID": ""}]}
"""

from collections.abc import Iterator

from bot.core.messages import Delivery, UnknownEvent
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part
from bot.providers.kit.json_rest import rest
from bot.providers.kit.mime import Attachment, Headers, file_name, readable
from bot.providers.kit.transfer_encoding import decode_base64
from bot.providers.mail.headers import domain_of, email_address
from bot.providers.mail.parse import MAX_FILES, Letter, read_letter

_MAX_TYPE = 100
_LIFTED = {"To": "To", "Cc": "Cc", "Date": "Date", "Reply-To": "ReplyTo"}
"""Headers that have a member of their own, and are not among the others."""
_PERSON = {"Email": str, "Name": str, "MailboxHash": str}
_PEOPLE = {"FromFull": _PERSON} | {f"{name}Full": [_PERSON] for name in ("To", "Cc", "Bcc")}
_FILE = {"Name": str, "Content": str, "Data": str, "ContentType": str, "ContentLength": str, "ContentID": str}
_TEXTS = (
    "RecordType MessageStream From FromName To Cc Date ReplyTo OriginalRecipient MailboxHash Subject MessageID TextBody"
    " HtmlBody StrippedTextReply RawEmail"
)
_SHAPE = {
    **dict.fromkeys(_TEXTS.split(), str),
    **_PEOPLE,
    "Headers": [{"Name": str, "Value": str}],
    "Attachments": [_FILE],
}
"""What is read, or says again what is."""


def parse_mail(post: Part, inbox: str, own: frozenset[str]) -> Delivery:
    """The mail in a post; one that names no recipient or no sender is an UnknownEvent.

    Args:
        post: the body.
        inbox: the address or the domain whose mail is ours; may be empty.
        own: addresses that are ours, beside the mail's recipient.
    """
    recipient = email_address(text_at(post, "OriginalRecipient"))
    if not recipient:
        return Delivery(unknown=(UnknownEvent("mail without a recipient"),))
    headers = Headers([*_headers(post), *((name, text_at(post, member)) for name, member in _LIFTED.items())])
    return_paths = headers.all("return-path")
    author = part_at(post, "FromFull")
    return read_letter(
        Letter(
            account=f"postmark:{_mailbox(recipient) if '@' in inbox else domain_of(recipient)}",
            recipient=recipient,
            headers=headers,
            author=text_at(author, "Email") or text_at(post, "From"),
            subject=text_at(post, "Subject"),
            name=text_at(author, "Name"),
            envelope_sender=email_address(return_paths[0]) if return_paths else None,
            plain=readable(text_at(post, "TextBody"), headers.first("content-type")),
            html=text_at(post, "HtmlBody"),
            reply=text_at(post, "StrippedTextReply"),
            attachments=tuple(_attachments(post)),
            id=post.identifier("MessageID"),
            own=own,
            distrusted=_distrusted(headers),
            more=rest(post.value, _SHAPE) or {},
        )
    )


def _mailbox(address: str) -> str:
    """The address without what follows a `+`, which Postmark calls its hash."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _headers(post: Part) -> Iterator[tuple[str, str]]:
    for each in parts_at(post, "Headers"):
        yield text_at(each, "Name"), text_at(each, "Value")


def _attachments(post: Part) -> Iterator[Attachment]:
    for each in parts_at(post, "Attachments")[: MAX_FILES + 1]:
        kind = text_at(each, "ContentType").partition(";")[0].strip().lower()[:_MAX_TYPE]
        # Postmark's own test of a webhook says `Data`.
        content = decode_base64((text_at(each, "Content") or text_at(each, "Data")).encode(errors="replace"))
        inline = bool(text_at(each, "ContentID"))
        yield Attachment(file_name(text_at(each, "Name")), kind or "application/octet-stream", content, inline)


def _distrusted(headers: Headers) -> str:
    """Why Postmark's own checks say that the sender may be forged: an answer would go to someone else."""
    if any(value.lower().startswith("yes") for value in headers.all("x-spam-status")):
        return "spam"
    failed = any(value.lower().startswith(("fail", "softfail")) for value in headers.all("received-spf"))
    signed = any("DKIM_VALID" in value for value in headers.all("x-spam-tests"))
    return "not authenticated" if failed and not signed else ""
