"""Real posts with parts left out or of another kind: what is read of them can be kept, and nothing else is raised."""

import copy
import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import UnparsableError
from bot.core.messages import Delivery
from bot.core.text import MAX_TEXT
from bot.providers.base import HttpResponse, Provider, Refused, Sent, Unknown, WebhookRequest
from bot.providers.table import PROVIDERS
from tests.support.captured import PUBLIC_URL, cases
from tests.support.sends import NO_CREDENTIALS

WHATSAPP_BODIES = [case.body for case in cases("whatsapp")]
TWILIO_FORMS = [case.body for case in cases("twilio")]

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


def take(provider: Provider, request: WebhookRequest) -> None:
    try:
        delivery = provider.parse(request, NO_CREDENTIALS)
    except UnparsableError:
        return
    provider.acknowledge(request)
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
    for event in delivery.unknown:
        assert len(event.kind) <= 100
        keepable([event.kind, event.account])


def keepable(value: Any) -> None:
    kept = json.dumps(value, allow_nan=False, ensure_ascii=False)
    kept.encode()
    assert "\\u0000" not in kept


@given(retyped(WHATSAPP_BODIES))
@settings(max_examples=300)
def test_a_retyped_whatsapp_post_is_read_or_refused(body: Any) -> None:
    take(PROVIDERS["whatsapp"], WebhookRequest("POST", PUBLIC_URL, {}, {}, json.dumps(body).encode()))


@given(retyped(TWILIO_FORMS), st.text(st.characters(), max_size=70))
@settings(max_examples=300)
def test_a_retyped_twilio_post_is_read_or_refused(form: dict[str, Any], own_id: str) -> None:
    body = urlencode(form, errors="replace").encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    take(PROVIDERS["twilio"], WebhookRequest("POST", PUBLIC_URL, headers, {"message": own_id}, body))
    query = {key: str(value) for key, value in form.items()}
    take(PROVIDERS["twilio"], WebhookRequest("GET", PUBLIC_URL, {}, query, b""))


@given(
    st.sampled_from(sorted(PROVIDERS)),
    st.integers(200, 599),
    st.dictionaries(st.just("retry-after"), st.text(max_size=10)),
    anything.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50),
)
@settings(max_examples=300)
def test_every_answer_to_a_send_is_sorted(name: str, status: int, headers: dict[str, str], body: bytes) -> None:
    outcome = PROVIDERS[name].read(HttpResponse(status, headers, body))
    assert isinstance(outcome, Sent | Refused | Unknown)
