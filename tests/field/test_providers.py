"""What providers post: nothing authentic is lost, and an odd detail costs only itself."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, MessageKind
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.table import PROVIDERS
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS

HELD: Mapping[str, Credentials] = {
    "telegram": Credentials({"bot_token": f"{posts.TELEGRAM_BOT}:AAtoken"}, {}),
    "telnyx": Credentials({"from": "+15559870002"}, {}),
}
"""Credentials without which a parser cannot know our side."""

MARK = "unheard of {}"

_SMS = r"MessageStatus|SmsStatus|Status|status|event_type"
SILENT: Mapping[str, str] = {
    "whatsapp": r"object|entry\.(id|time)|.*\.(metadata|statuses|user_preferences|field|errors)(\..*)?"
    r"|.*\.messaging_product|.*\.(messages|message_echoes)\.(type|interactive\.type|(image|video|audio|document"
    r"|sticker)\.url)",
    "messenger": r"object|entry\.(id|time)|.*\.(delivery|read)(\..*)?"
    r"|.*\.message\.(mid|is_\w+|attachments\.type|metadata)",
    "telegram": r"update_id|(message|edited_message|callback_query|message_reaction)\.((from|chat|user)\.(type|is_bot"
    r"|first_name|last_name|username|language_code)|chat_instance|entities\.type|.*\.file_unique_id|photo\.file_id|\w+\.thumb.*"
    r"|reply_to_message\..*|message\..*|sticker\.(type|is_\w+)|old_reaction\..*|new_reaction\.type)"
    r"|my_chat_member(\..*)?",
}
"""Places, by provider, at which a post says nothing that a message is to hold: names of kinds and of ourselves, what
it tells of messages posted before, and statuses and preferences, which are applied rather than kept."""
SILENT = {**SILENT, "dialog360": SILENT["whatsapp"], "instagram": SILENT["messenger"]}


def parsed(name: str, body: Any, request: WebhookRequest | None = None) -> Delivery:
    """What the provider makes of a post with that body."""
    kind = request.headers.get("content-type", "application/json") if request else "application/json"
    is_json = "json" in kind or kind.startswith("text/plain")
    raw = json.dumps(body) if is_json else urlencode(body, errors="replace")
    headers = {**(request.headers if request else {}), "content-type": kind}
    post = WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/{name}", headers, {}, raw.encode())
    return PROVIDERS[name].parse(post, HELD.get(name, NO_CREDENTIALS))


def fixture(name: str, case: str) -> Case:
    return next(each for each in cases(name) if each.name == case)


def told(name: str, case: str) -> Delivery:
    """What a fixture is read as."""
    read = fixture(name, case)
    return PROVIDERS[name].parse(read.request, HELD.get(name, NO_CREDENTIALS))


def the_message(delivery: Delivery) -> InboundMessage:
    (message,) = delivery.messages
    return message


# Nothing authentic is ever lost.


def places(value: Any, path: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Every container in `value` with each of its keys, and the path without the indices of lists."""
    if isinstance(value, dict):
        for key in list(value):
            here = f"{path}.{key}" if path else key
            yield value, key, here
            yield from places(value[key], here)
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value, index, path
            yield from places(value[index], path)


def kept_raw(delivery: Delivery) -> bool:
    return bool(
        delivery.unknown
        or any(message.cleaned for message in delivery.messages)
        or any(echo.cleaned for echo in delivery.echoes)
    )


def held(delivery: Delivery) -> str:
    return json.dumps(normalised(delivery), default=str, ensure_ascii=False)


@st.composite
def odd_posts(draw: st.DrawFn, name: str) -> tuple[Case, Any, list[str]]:
    """A fixture's post with things nobody foresaw, and the marks by which these are known again."""
    case = draw(st.sampled_from([each for each in cases(name) if {"messages", "echoes"} & each.expected.keys()]))
    body, marks = copy.deepcopy(case.body), []
    flat = "json" not in case.request.headers.get("content-type", "json")
    for number in range(draw(st.integers(1, 3))):
        open_to_it = [each for each in places(body) if not re.fullmatch(SILENT[name], each[2])]
        if not open_to_it:
            break
        container, key, _path = draw(st.sampled_from(open_to_it))
        mark = MARK.format(number)
        shape = "word" if flat else draw(st.sampled_from(["word", "object", "list", "beside", "drop", "twice"]))
        if shape == "drop" and isinstance(container, dict):
            del container[key]
        elif shape == "twice" and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        elif shape == "beside" and isinstance(container, dict):
            container["brand_new"] = draw(st.sampled_from([mark, {"inner": [mark]}]))
            marks.append(mark)
        elif shape in {"word", "object", "list"}:
            container[key] = {"word": mark, "object": {"deep": {"inner": mark}}, "list": [mark]}[shape]
            marks.append(mark)
    # Of two marks at one place the later one stands.
    return case, body, [mark for mark in marks if mark in json.dumps(body)]


@pytest.mark.parametrize("name", sorted(SILENT))
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_P05_whatever_a_provider_signs_is_in_a_message_or_kept_raw(name: str, data: st.DataObject) -> None:
    # Given a post with odd details
    case, body, marks = data.draw(odd_posts(name))
    # When it is read
    try:
        delivery = parsed(name, body, case.request)
    except UnparsableError:
        # The whole post is kept raw, as another test shows.
        return
    # Then all of it is somewhere
    lost = [mark for mark in marks if mark not in held(delivery)]
    assert not lost or kept_raw(delivery), [path for inner, key, path in places(body) if inner[key] in lost]


# Groups.


@pytest.mark.parametrize(
    ("name", "case", "kind"),
    [
        ("whatsapp", "group_text", "message.group.text"),
        ("whatsapp", "group_image", "message.group.image"),
        ("dialog360", "group_text", "message.group.text"),
        ("telegram", "group", "message.supergroup"),
        ("telegram", "channel_post", "channel_post.channel"),
        ("messenger", "group", "group"),
        ("instagram", "group", "group"),
    ],
)
def test_P01_what_is_written_in_a_group_is_kept_and_not_answered(name: str, case: str, kind: str) -> None:
    delivery = told(name, case)
    assert not delivery.messages
    assert [each.kind for each in delivery.unknown] == [kind]


# Kinds of messages.


@pytest.mark.parametrize("kind", ["poll", "dice", "game"])
def test_P05_a_kind_that_has_no_words_keeps_what_it_holds(kind: str) -> None:
    message = the_message(told("telegram", kind))
    assert message.kind is MessageKind.OTHER
    assert message.body[kind] == fixture("telegram", kind).body["message"][kind]


def test_P05_a_kind_of_the_future_keeps_what_it_holds() -> None:
    message = the_message(told("telegram", "content_of_the_future"))
    assert message.body["hologram"] == {"file_id": "AgACh", "caption_html": "<b>oi</b>"}
    assert message.automatic == ""


@pytest.mark.parametrize(
    "case",
    ["users_shared", "successful_payment", "forum_topic_created", "members_joined", "service_of_the_future", "pinned"],
)
def test_P06_what_telegram_tells_of_itself_is_recorded_and_not_answered(case: str) -> None:
    message = the_message(told("telegram", case))
    assert message.automatic == "system"
    assert message.body


@pytest.mark.parametrize("name", ["messenger", "instagram"])
@pytest.mark.parametrize("case", ["fallback_odd", "attachments_odd"])
def test_P07_an_odd_attachment_costs_only_itself(name: str, case: str) -> None:
    assert the_message(told(name, case)).text == "see this"


@pytest.mark.parametrize(
    ("name", "case", "text"),
    [
        ("whatsapp", "context_unreadable", "mesa para dois?"),
        ("whatsapp", "text_beside_odd_things", "Oi, quero uma pizza"),
        ("telegram", "photo_unreadable_with_caption", "mesa para dois?"),
        ("telegram", "sender_unreadable", "mesa para dois?"),
        ("telegram", "reply_to_something_odd", "mesa para dois?"),
        ("messenger", "text_beside_odd_things", "uma pizza"),
        ("instagram", "text_beside_odd_things", "uma pizza"),
    ],
)
def test_P07_words_beside_odd_details_are_read(name: str, case: str, text: str) -> None:
    assert the_message(told(name, case)).text == text


def test_P07_a_post_of_which_nothing_can_be_read_is_refused_with_the_place() -> None:
    with pytest.raises(UnparsableError, match=r"entry\[0\] is not an object"):
        parsed("whatsapp", {"entry": [1]})
