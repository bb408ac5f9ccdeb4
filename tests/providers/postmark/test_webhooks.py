"""What Postmark posts: whether it carries our password, and what it means."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery, InboundMessage, Status, UnknownEvent
from bot.providers.mail.parse import MAX_FILE, MAX_FILES
from bot.providers.postmark.events import BOUNCES
from bot.providers.postmark.provider import MAX_BODY, PROVIDER
from tests.support.captured import Case, cases, normalised
from tests.support.mail_posts import BASIC, POSTMARK, credentials, postmark_message, request, signed_postmark
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime(2026, 10, 5, tzinfo=UTC)
OURS = credentials(PROVIDER, POSTMARK)
VECTOR = "Basic cG9zdG1hcms6czNjcmV0LWZvci10ZXN0cw=="


def accepted(authorization: str, **changed: str) -> bool:
    post = signed_postmark(postmark_message("oi"), authorization)
    try:
        PROVIDER.verify(request(post, "postmark"), credentials(PROVIDER, POSTMARK, **changed), NOW)
    except SignatureError:
        return False
    return True


@for_each("authorization", [VECTOR, BASIC, VECTOR.replace("Basic", "bAsIc")])
def test_the_password_from_the_url_is_accepted_under_any_name(authorization: str) -> None:
    assert accepted(authorization)


@for_each(
    "authorization",
    [
        "",
        "Basic",
        "Basic =",
        VECTOR.replace("Basic", "Bearer"),
        VECTOR[:-4] + "AA==",
        "Basic " + base64.b64encode(b"postmark:S3cret-for-tests").decode(),
        "Basic " + base64.b64encode(b"postmark:s3cret-for-tests ").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_another_password_is_refused(authorization: str) -> None:
    assert not accepted(authorization)


def test_two_passwords_are_accepted_while_one_is_changed() -> None:
    assert accepted(VECTOR, webhook_password="new,s3cret-for-tests")
    assert not accepted(VECTOR, webhook_password="new")


def test_without_a_password_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError, match="POSTMARK_WEBHOOK_PASSWORD"):
        accepted(VECTOR, webhook_password="")


def test_the_account_is_the_address_or_the_domain_whose_mail_comes_in() -> None:
    assert PROVIDER.identity(OURS) == ("1a2b@inbound.example.com",)
    assert PROVIDER.identity(credentials(PROVIDER, POSTMARK, inbound="In.Example.com")) == ("in.example.com",)
    assert PROVIDER.identity(credentials(PROVIDER, POSTMARK, inbound="")) == ("example.com",)
    assert PROVIDER.identity(credentials(PROVIDER, POSTMARK, **{"from": ""})) == ()


@for_each("case", cases("postmark"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert orjson.loads(orjson.dumps(normalised(PROVIDER.parse(case.request, OURS)))) == case.expected


# Inbound mail.


def delivered(payload: Any, **changed: str) -> Delivery:
    return PROVIDER.parse(request(signed_postmark(payload), "postmark"), credentials(PROVIDER, POSTMARK, **changed))


def mail(text: str = "oi", **fields: Any) -> InboundMessage:
    (message,) = delivered(postmark_message(text, **fields)).messages
    return message


@for_each(
    ("recipient", "inbound", "account"),
    [
        ("1a2b@inbound.example.com", "1a2b@inbound.example.com", "postmark:1a2b@inbound.example.com"),
        ("1A2B+t7k2@inbound.example.com", "1a2b@inbound.example.com", "postmark:1a2b@inbound.example.com"),
        ("else@inbound.example.com", "1a2b@inbound.example.com", "postmark:else@inbound.example.com"),
        ("oi+t7k2@in.example.com", "in.example.com", "postmark:in.example.com"),
        ("oi@example.com", "", "postmark:example.com"),
    ],
)
def test_a_mail_is_for_the_account_of_its_envelope(recipient: str, inbound: str, account: str) -> None:
    (message,) = delivered(postmark_message("oi", OriginalRecipient=recipient), inbound=inbound).messages
    assert message.account == account


def test_we_strip_what_postmark_gives_whole_and_else_take_what_it_stripped() -> None:
    quoted = "sim\n\nOn Mon, 5 Oct 2026, Bot <bot@in.example.com> wrote:\n> Confirma?"

    assert mail(quoted, StrippedTextReply="claro que").text == "sim"
    assert mail("", StrippedTextReply="claro que sim").text == "claro que sim"
    assert mail(quoted).text == "sim"
    assert mail(quoted).body["full_text"] == quoted


@for_each(
    ("fields", "expected"),
    [
        ({"Headers": [{"Name": "return-path", "Value": "<>"}]}, "bounce"),
        ({"Headers": [{"Name": "Return-Path", "Value": "<owner-x@example.net>"}]}, "robot"),
        ({"Headers": [{"Name": "X-Spam-Status", "Value": "Yes"}]}, "spam"),
        ({"Headers": [{"Name": "Received-SPF", "Value": "Fail (sender SPF)"}]}, "not authenticated"),
        (
            {
                "Headers": [
                    {"Name": "Received-SPF", "Value": "softfail"},
                    {"Name": "X-Spam-Tests", "Value": "DKIM_SIGNED,DKIM_VALID"},
                ]
            },
            "",
        ),
        ({"Headers": [{"Name": "Received-SPF", "Value": "Pass"}, {"Name": "X-Spam-Status", "Value": "No"}]}, ""),
        ({"Headers": [{"Name": "Auto-Submitted", "Value": "auto-replied"}]}, "auto-submitted"),
        ({"Headers": None}, ""),
        ({"Headers": ["x", {"Name": 1}, {"Name": "List-Id", "Value": {}}]}, "mailing list"),
        ({"sender": "oi@example.com"}, "own mail"),
        ({"sender": "1a2b@inbound.example.com"}, "own mail"),
    ],
)
def test_mail_that_no_machine_should_answer_says_why(fields: dict[str, Any], expected: str) -> None:
    assert mail(**fields).automatic == expected


def test_files_are_read_from_either_spelling_and_broken_ones_are_only_listed() -> None:
    message = mail(
        Attachments=[
            {"Name": "r.pdf", "Content": "JVBERg==", "ContentType": "application/pdf; name=r.pdf", "ContentID": ""},
            {"Name": "logo.png", "Data": "iVBORw==", "ContentType": "image/png", "ContentID": "logo"},
            {"Name": "a.bin", "Content": "A", "ContentType": ""},
            {"Name": "é.bin", "Content": "é"},
            "x",
        ]
    )

    assert message.body["media"] == [
        {"type": "document", "mime_type": "application/pdf", "filename": "r.pdf", "size": 4},
        {"type": "image", "mime_type": "image/png", "filename": "logo.png", "size": 4, "inline": True},
        {"type": "document", "mime_type": "application/octet-stream", "filename": "a.bin", "size": 0},
        {"type": "document", "mime_type": "application/octet-stream", "filename": "é.bin", "size": 0},
    ]
    assert [tuple(each) for each in message.files] == [(0, b"%PDF"), (1, b"\x89PNG")]


@for_each("recipient", [None, "", "nobody", "a@b, c@d", 5])
def test_a_mail_that_names_no_recipient_is_kept(recipient: Any) -> None:
    post = postmark_message("oi", OriginalRecipient=recipient)
    assert delivered(post).unknown == (UnknownEvent("mail without a recipient"),)


def test_an_author_may_be_named_in_one_field_alone() -> None:
    message = mail(FromFull=None)
    assert (message.addresses[0].value, message.name) == ("ana@example.net", "")


@for_each("payload", [[], "x", {"MessageID": "1", "RecordType": []}, {"OriginalRecipient": "a@b.example"}, None])
def test_what_postmark_never_sends_is_unparsable(payload: Any) -> None:
    with pytest.raises(UnparsableError):
        delivered(payload)


# Events.

ID = "22222222-3333-4444-8555-666666666666"
EVENT = {"MessageID": ID, "Recipient": "ana@example.net", "Metadata": {"bot_msg": "c1"}}


@for_each(
    "kind", ["HardBounce", "BadEmailAddress", "ManuallyDeactivated", "Blocked", "VirusNotification", "DMARCPolicy"]
)
def test_a_bounce_for_good_fails_the_mail(kind: str) -> None:
    (status,) = delivered(EVENT | {"RecordType": "Bounce", "Type": kind}).statuses
    assert (status.status, status.code, status.message_id) == (Status.FAILED, kind, "c1")


@for_each("kind", ["Transient", "DnsError", "OpenRelayTest", "AutoResponder", "ChallengeVerification"])
def test_a_bounce_that_is_none_changes_nothing(kind: str) -> None:
    (status,) = delivered(EVENT | {"RecordType": "Bounce", "Type": kind, "Inactive": True}).statuses
    assert (status.status, status.opt_out, status.code, status.reason) == (Status.SENT, None, "", "")


@for_each(
    ("kind", "reason"),
    [
        ("HardBounce", ConsentReason.BOUNCE),
        ("SpamNotification", ConsentReason.COMPLAINT),
        ("Unsubscribe", ConsentReason.UNSUBSCRIBED),
        ("ManualSuppression", ConsentReason.PROVIDER),
        ("SoftBounce", None),
    ],
)
def test_some_bounces_end_the_mails_to_an_address(kind: str, reason: ConsentReason | None) -> None:
    (status,) = delivered(EVENT | {"RecordType": "Bounce", "Type": kind}).statuses
    assert status.opt_out is reason


def test_an_address_that_postmark_refuses_from_now_on_is_opted_out() -> None:
    (status,) = delivered(EVENT | {"RecordType": "Bounce", "Type": "Blocked", "Inactive": True}).statuses
    assert status.opt_out is ConsentReason.BOUNCE


def test_every_failure_has_a_plain_reason() -> None:
    assert all(bool(each.reason) == (each.status is Status.FAILED) for each in BOUNCES.values())


@for_each(
    ("changed", "opted_in", "reason"),
    [
        ({"SuppressionReason": "HardBounce"}, False, ConsentReason.BOUNCE),
        ({"SuppressionReason": "SpamComplaint"}, False, ConsentReason.COMPLAINT),
        ({"SuppressionReason": "ManualSuppression", "Origin": "Recipient"}, False, ConsentReason.UNSUBSCRIBED),
        ({"SuppressionReason": "ManualSuppression", "Origin": "Customer"}, False, ConsentReason.PROVIDER),
        ({"SuppressSending": False}, True, ConsentReason.PROVIDER),
    ],
)
def test_a_changed_subscription_is_a_preference(changed: dict[str, Any], opted_in: bool, reason: ConsentReason) -> None:
    post = EVENT | {"RecordType": "SubscriptionChange", "SuppressSending": True, "MessageID": None} | changed
    (preference,) = delivered(post).preferences

    assert (preference.account, preference.address.value) == ("postmark:1a2b@inbound.example.com", "ana@example.net")
    assert (preference.opted_in, preference.reason) == (opted_in, reason)


@for_each(
    ("post", "kind"),
    [
        ({"RecordType": "SubscriptionChange", "SuppressSending": "yes"}, "event.SubscriptionChange"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True}, "event.SubscriptionChange"),
        ({"RecordType": "Bounce", "Type": "Invented", "MessageID": ID}, "event.Bounce.Invented"),
        ({"RecordType": "Invented", "MessageID": ID}, "event.Invented"),
        ({"RecordType": "Delivery"}, "event.Delivery"),
        ({"RecordType": "Delivery", "MessageID": "a\0b", "Metadata": {"bot_msg": "c1"}}, "event.Delivery"),
    ],
)
def test_what_is_not_understood_is_kept(post: dict[str, Any], kind: str) -> None:
    assert delivered(post).unknown == (UnknownEvent(kind, "postmark:1a2b@inbound.example.com"),)


def test_an_event_is_of_the_account_that_sent_the_mail() -> None:
    named = {"Metadata": {"bot_msg": "c1", "bot_account": "postmark:in.example.com"}}
    (status,) = delivered(EVENT | {"RecordType": "Delivery"} | named).statuses
    assert status.account == "postmark:in.example.com"


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "providers" / "postmark.md").read_text(encoding="utf-8")

    assert f"up to {MAX_BODY >> 20} MiB" in page
    assert f"up to {MAX_FILES} of them and {MAX_FILE >> 20} MB each" in page


def test_an_event_of_an_account_that_nobody_knows_is_kept() -> None:
    post = request(signed_postmark(EVENT | {"RecordType": "Delivery"}), "postmark")
    assert PROVIDER.parse(post, NO_CREDENTIALS).unknown == (UnknownEvent("event.Delivery"),)
