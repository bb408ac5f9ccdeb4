"""The short way for the post that comes most: it gives what the careful way gives, and takes no other post."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UnparsableError
from bot.core.messages import Delivery
from bot.core.text import MAX_ID, MAX_NAME
from bot.providers.base import WebhookRequest
from bot.providers.meta import whatsapp_inbound
from bot.providers.meta.whatsapp_usual import usual_message
from tests.support import posts
from tests.support.captured import cases
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

USUAL = posts.whatsapp_message("table for two?", message_id="wamid.1", seconds=1_760_000_000)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, 7, -1.5, "", "x", "1", "+15551230001", "a\nb", "\x00", "\ud800", "text", "NaN", "1e400"),
        *([], {}, [{}], {"body": "x"}, "9" * 16, "9" * 600, "15551230002"),
    ]
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in `value` with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def nearly_usual(draw: st.DrawFn) -> dict[str, Any]:
    """The usual post with one or two parts of another kind, left out, added, or there twice."""
    post = copy.deepcopy(USUAL)
    for _ in range(draw(st.integers(1, 2))):
        container, key = draw(st.sampled_from(places(post)))
        match draw(st.sampled_from(["change", "leave out", "add", "twice"])):
            case "change":
                container[key] = draw(ODD)
            case "leave out":
                del container[key]
            case "add" if isinstance(container, dict):
                container[draw(st.sampled_from(["errors", "context", "user_id", "group_id", "more"]))] = draw(ODD)
            case "twice" if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
    return post


def read(post: dict[str, Any]) -> Delivery | str:
    try:
        request = WebhookRequest("POST", "https://bot.example.com", {}, {}, json.dumps(post).encode())
        return whatsapp_inbound.parse(request, NO_CREDENTIALS)
    except UnparsableError as error:
        return str(error)


def read_with_care(post: dict[str, Any]) -> Delivery | str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(whatsapp_inbound, "usual_message", lambda _post, _name: None)
        return read(post)


def test_the_usual_post_goes_the_short_way() -> None:
    message = usual_message(USUAL, "whatsapp")
    assert message is not None
    assert (message.text, message.name, message.sent_at) == (
        "table for two?",
        "Rui",
        datetime.fromtimestamp(1_760_000_000, UTC),
    )
    assert read(USUAL) == Delivery((message,)) == read_with_care(USUAL)


@for_each("case", cases("whatsapp"))
def test_every_post_that_is_known_is_read_alike_both_ways(case: Any) -> None:
    assert read(case.body) == read_with_care(case.body)


@given(nearly_usual())
def test_what_is_nearly_the_usual_post_is_read_alike_both_ways(post: dict[str, Any]) -> None:
    assert read(post) == read_with_care(post)


@for_each(
    "post",
    [
        posts.whatsapp_message("a" * MAX_NAME),
        posts.whatsapp_message("two\nlines"),
        posts.whatsapp_message("hi", message_id="w" * (MAX_ID + 1)),
        posts.whatsapp_message("hi", group_id="1"),
        posts.whatsapp_message("hi", timestamp="soon"),
        posts.whatsapp_status("delivered", "wamid.1"),
        {"object": "whatsapp_business_account"},
    ],
)
def test_any_other_post_is_read_with_care(post: dict[str, Any]) -> None:
    assert usual_message(post, "whatsapp") is None
