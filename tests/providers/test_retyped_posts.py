"""Real posts with parts left out or of another kind: what is read of them can be kept, and nothing else is raised."""

import copy
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UnparsableError
from bot.core.messages import Delivery
from bot.core.text import MAX_TEXT
from bot.providers.base import Credentials, HttpResponse, Provider, Refused, Sent, Unknown, WebhookRequest
from bot.providers.table import PROVIDERS
from tests.support import mail_posts
from tests.support.captured import PUBLIC_URL, cases
from tests.support.examples import examples
from tests.support.sends import NO_CREDENTIALS

WHATSAPP_BODIES = [case.body for case in cases("whatsapp")]
TWILIO_FORMS = [case.body for case in cases("twilio")]
SMS_BODIES = {name: [case.body for case in cases(name)] for name in ("vonage", "telnyx", "plivo")}
MESSAGING_BODIES = [case.body for name in ("messenger", "instagram") for case in cases(name)]
MAIL_BODIES = {
    name: [case.body for case in cases(name) if not isinstance(case.body, str)] for name in ("sendgrid", "postmark")
}
MAIL_SETTINGS = {"sendgrid": mail_posts.SENDGRID, "postmark": mail_posts.POSTMARK}
TELEGRAM_BODIES = [case.body for case in cases("telegram")]
GENERIC_BODIES = [case.body for case in cases("generic")]
SES_NOTICES = [json.loads(case.body["Message"]) for case in cases("ses") if case.body["Message"].startswith("{")]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in `value` with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def retyped(draw: st.DrawFn, bodies: list[Any]) -> Any:
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 3))):
        found = places(body)
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        if isinstance(container, dict) and draw(st.booleans()):
            del container[key]
        else:
            container[key] = draw(anything)
    return body


def take(provider: Provider, request: WebhookRequest, credentials: Credentials = NO_CREDENTIALS) -> None:
    try:
        delivery = provider.parse(request, credentials)
    except UnparsableError:
        return
    can_be_kept(delivery)


def can_be_kept(delivery: Delivery) -> None:
    for message in delivery.messages:
        assert message.addresses
        assert 0 < len(message.provider_message_id) <= 512
        assert len(message.text) <= MAX_TEXT
        shown = [message.text, message.label, message.name, message.account, message.provider_message_id]
        keepable([*shown, *(each.value for each in message.addresses), message.body])
    for status in delivery.statuses:
        keepable([status.account, status.provider_message_id, status.message_id, status.code])
    for echo in delivery.echoes:
        assert echo.to
        assert 0 < len(echo.provider_message_id) <= 512
        assert len(echo.text) <= MAX_TEXT
        keepable([echo.account, echo.provider_message_id, echo.text, *(each.value for each in echo.to), echo.body])
    for preference in delivery.preferences:
        keepable([preference.account, preference.address.value])
    keepable([delivery.token, delivery.token_for])
    for event in delivery.unknown:
        assert len(event.kind) <= 100
        keepable([event.kind, event.account])


def keepable(value: Any) -> None:
    kept = json.dumps(value, allow_nan=False, ensure_ascii=False)
    kept.encode()
    # Whoever writes a backslash and `u0000` has written six harmless characters.
    assert "\\u0000" not in kept.replace("\\\\", "")


@given(retyped(WHATSAPP_BODIES))
@examples(3)
def test_a_retyped_whatsapp_post_is_read_or_refused(body: Any) -> None:
    take(PROVIDERS["whatsapp"], WebhookRequest("POST", PUBLIC_URL, {}, {}, json.dumps(body).encode()))


@given(retyped(MESSAGING_BODIES))
@examples(3)
def test_a_retyped_post_of_messenger_or_instagram_is_read_or_refused(body: Any) -> None:
    provider = PROVIDERS["instagram" if isinstance(body, dict) and body.get("object") == "instagram" else "messenger"]
    take(provider, WebhookRequest("POST", PUBLIC_URL, {}, {}, json.dumps(body).encode()))


@pytest.mark.parametrize("name", MAIL_BODIES)
@given(data=st.data())
@examples(3)
def test_a_retyped_post_of_sendgrid_or_postmark_is_read_or_refused(name: str, data: st.DataObject) -> None:
    body = json.dumps(data.draw(retyped(MAIL_BODIES[name]))).encode()
    ours = mail_posts.credentials(PROVIDERS[name], MAIL_SETTINGS[name])
    take(PROVIDERS[name], mail_posts.request(({"Content-Type": "application/json"}, body), name), ours)


@given(retyped([mail_posts.sendgrid_message("oi", **{"content-ids": "{}"})]))
def test_a_retyped_form_of_sendgrid_is_read_or_refused(form: dict[str, Any]) -> None:
    fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in form.items()}
    encodable = {key: value.encode(errors="replace") for key, value in fields.items()}
    take(PROVIDERS["sendgrid"], mail_posts.request(mail_posts.multipart(encodable), "sendgrid"))


@given(retyped(TELEGRAM_BODIES))
@examples(3)
def test_a_retyped_telegram_update_is_read_or_refused(body: Any) -> None:
    take(PROVIDERS["telegram"], WebhookRequest("POST", PUBLIC_URL, {}, {}, json.dumps(body).encode()))


@given(retyped(GENERIC_BODIES))
@examples(3)
def test_a_retyped_event_of_a_bridge_is_read_or_refused(body: Any) -> None:
    take(PROVIDERS["generic"], WebhookRequest("POST", PUBLIC_URL, {}, {}, json.dumps(body).encode()))


@given(retyped(SES_NOTICES))
@examples(3)
def test_a_retyped_notice_of_ses_is_read_or_refused(notice: Any) -> None:
    envelope = {"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(notice)}
    take(PROVIDERS["ses"], WebhookRequest("POST", PUBLIC_URL, {}, {}, json.dumps(envelope).encode()))


@given(retyped(TWILIO_FORMS), st.text(st.characters(), max_size=70))
@examples(3)
def test_a_retyped_twilio_post_is_read_or_refused(form: dict[str, Any], own_id: str) -> None:
    body = urlencode(form, errors="replace").encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    take(PROVIDERS["twilio"], WebhookRequest("POST", PUBLIC_URL, headers, {"message": own_id}, body))
    query = {key: str(value) for key, value in form.items()}
    take(PROVIDERS["twilio"], WebhookRequest("GET", PUBLIC_URL, {}, query, b""))


@given(st.sampled_from(["vonage", "telnyx"]), st.data())
@examples(3)
def test_a_retyped_post_of_vonage_or_telnyx_is_read_or_refused(name: str, data: st.DataObject) -> None:
    body = json.dumps(data.draw(retyped(SMS_BODIES[name]))).encode()
    take(PROVIDERS[name], WebhookRequest("POST", PUBLIC_URL, {"content-type": "application/json"}, {}, body))


@given(st.sampled_from(["vonage", "plivo"]), st.text(st.characters(), max_size=70), st.data())
@examples(3)
def test_a_retyped_form_of_vonage_or_plivo_is_read_or_refused(name: str, own_id: str, data: st.DataObject) -> None:
    form = data.draw(retyped(SMS_BODIES[name]))
    headers = {"content-type": "application/x-www-form-urlencoded", "x-plivo-signature-v2-nonce": own_id}
    body = urlencode(form, errors="replace").encode()
    take(PROVIDERS[name], WebhookRequest("POST", PUBLIC_URL, headers, {"message": own_id}, body))
    query = {key: str(value) for key, value in form.items()}
    take(PROVIDERS[name], WebhookRequest("GET", PUBLIC_URL, {}, query, b""))


@given(
    st.sampled_from(sorted(PROVIDERS)),
    st.integers(200, 599),
    st.dictionaries(st.just("retry-after"), st.text(max_size=10)),
    anything.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50),
)
@examples(3)
def test_every_answer_to_a_send_is_sorted(name: str, status: int, headers: dict[str, str], body: bytes) -> None:
    outcome = PROVIDERS[name].read(HttpResponse(status, headers, body))
    assert isinstance(outcome, Sent | Refused | Unknown)
