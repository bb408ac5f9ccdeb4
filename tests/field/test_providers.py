"""What providers post: nothing authentic is lost, and an odd detail costs only itself."""

import base64
import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact, ContactAddress, FormerAddress
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, EmailHeaders, InboundMessage, MessageKind, Status, UnknownEvent
from bot.engine.conversation import Event
from bot.engine.definitions import Expect
from bot.messages.models import Message
from bot.providers.base import Credentials, HttpResponse, Refused, WebhookRequest
from bot.providers.kit.json_reader import Part
from bot.providers.ses.inbound import parse_mail as parse_notice
from bot.providers.table import PROVIDERS
from tests.support import posts
from tests.support.bot import message, running_bot
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.conversations import collect, flow, person, template, trigger
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

HELD: Mapping[str, Credentials] = {
    "telegram": Credentials({"bot_token": f"{posts.TELEGRAM_BOT}:AAtoken"}, {}),
    "telnyx": Credentials({"from": "+15559870002"}, {}),
    "generic": Credentials({"account": "app"}, {}),
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
    "twilio": r"(Message|Sms|SmsMessage|Account|MessagingService)Sid|(Sms|Message)Status|ApiVersion|To|MessageType"
    r"|(From|To)(Country|City|State|Zip)|(Frequently)?Forwarded|ButtonText|ProfileName",
    "vonage": r"channel|message_type|message_uuid|timestamp|messageId|type|message-timestamp|nonce|sig|api-key|keyword"
    r"|concat.*|usage\.currency|sms\.count_total|status|to",
    "telnyx": r"meta(\..*)?|data\.(record_type|id|event_type|occurred_at)|data\.payload\.(direction|type|encoding"
    r"|\w+_id|record_type|tags|\w+_at|valid_until|webhook_\w+|autoresponse_type|cost\..*|is_spam|from\.(carrier|line_type)"
    r"|to\..*|to)",
    "plivo": r"MessageUUID|To|Type|ContentType|MessageIntent|PowerpackUUID|Status",
    "generic": r"type|data\.(channel|sent_at|reason)",
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


@for_each(
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


@for_each("kind", ["poll", "dice", "game"])
def test_P05_a_kind_that_has_no_words_keeps_what_it_holds(kind: str) -> None:
    said = the_message(told("telegram", kind))
    assert said.kind is MessageKind.OTHER
    assert said.body[kind] == fixture("telegram", kind).body["message"][kind]


def test_P05_a_kind_of_the_future_keeps_what_it_holds() -> None:
    said = the_message(told("telegram", "content_of_the_future"))
    assert said.body["hologram"] == {"file_id": "AgACh", "caption_html": "<b>oi</b>"}
    assert said.automatic == ""


@for_each(
    "case",
    ["users_shared", "successful_payment", "forum_topic_created", "members_joined", "service_of_the_future", "pinned"],
)
def test_P06_what_telegram_tells_of_itself_is_recorded_and_not_answered(case: str) -> None:
    said = the_message(told("telegram", case))
    assert said.automatic == "system"
    assert said.body


@for_each("name", ["messenger", "instagram"])
@for_each("case", ["fallback_odd", "attachments_odd"])
def test_P07_an_odd_attachment_costs_only_itself(name: str, case: str) -> None:
    assert the_message(told(name, case)).text == "see this"


@for_each(
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


@for_each(
    ("name", "case", "account"),
    [
        ("twilio", "group_of_a_conversation", ""),
        ("twilio", "group_mms", ""),
        ("telnyx", "group_mms", "telnyx:+15559870002"),
    ],
)
def test_P01_a_message_to_several_people_is_kept_and_not_answered(name: str, case: str, account: str) -> None:
    delivery = told(name, case)
    assert not delivery.messages
    assert delivery.unknown == (UnknownEvent("group message", account),)


def test_P01_a_bridge_may_say_that_a_message_is_of_a_group() -> None:
    assert [each.kind for each in told("generic", "group").unknown] == ["group message"]


# What people share.


@for_each(
    ("name", "case", "number", "shown"),
    [
        ("whatsapp", "contacts", "+1555", "Rui, +1555"),
        ("telegram", "contact", "+5511988880000", "Rui, +5511988880000"),
        ("telegram", "contact_own", "+5511988887777", "Ana Souza, +5511988887777"),
        ("generic", "contact", "+5511988880000", "Rui, +5511988880000, rui@example.com"),
    ],
)
def test_P02_the_one_number_of_a_shared_contact_is_the_answer(name: str, case: str, number: str, shown: str) -> None:
    said = the_message(told(name, case))
    assert (said.text, said.label) == (number, shown)
    assert said.body["shared"][0]["phones"] == [number]


def test_P02_a_contact_with_two_numbers_is_read_whole() -> None:
    said = the_message(told("whatsapp", "contacts_two_numbers"))
    assert said.text == "Rui Costa, +5511988880000, +55 11 3333-0000, rui@example.com"
    assert said.body["shared"][0]["emails"] == ["rui@example.com"]


@for_each(
    ("name", "case", "text"),
    [
        ("whatsapp", "form_reply", "Ana"),
        ("whatsapp", "form_of_several_fields", "nome: Ana\npessoas: 4\nextras: borda, vinho\npresente: false"),
        ("telegram", "web_app_data", "sabor: Calabresa\npessoas: 4"),
        ("telegram", "web_app_data_unreadable", "calabresa"),
        ("twilio", "whatsapp_form", "sabor: Calabresa\npessoas: 4"),
        ("generic", "form", "sabor: Calabresa\npessoas: 4"),
    ],
)
def test_P02_what_was_filled_into_a_form_is_the_answer(name: str, case: str, text: str) -> None:
    said = the_message(told(name, case))
    assert said.text == text
    assert said.body["form"]


@for_each(("case", "text"), [("order", "sem cebola"), ("order_without_words", "2 x p1, 1 x p2")])
def test_P02_an_order_reads_as_words_and_keeps_its_lines(case: str, text: str) -> None:
    said = the_message(told("whatsapp", case))
    assert said.text == text
    assert said.body["order"]["product_items"][0]["product_retailer_id"] == "p1"


@for_each(
    ("name", "case", "text"),
    [
        ("whatsapp", "location", "Padaria, Rua A, 1"),
        ("whatsapp", "location_bare", "-23.55, -46.63"),
        ("telegram", "venue", "Pizzaria, Rua A, 1"),
        ("messenger", "location", "-23.55, -46.63"),
        ("twilio", "whatsapp_location", "Padaria, Rua A, 1"),
    ],
)
def test_P02_a_place_reads_as_its_name_or_its_degrees(name: str, case: str, text: str) -> None:
    said = the_message(told(name, case))
    assert (said.kind, said.text) == (MessageKind.LOCATION, text)


def test_P02_a_step_that_asks_for_a_number_takes_a_shared_contact() -> None:
    ana = person(trigger("oi", flow(collect("phone", "Seu telefone?", expect=Expect.PHONE, save_as="phone"))))
    ana.says("oi")
    said = the_message(told("telegram", "contact"))
    ana.does(Event(said.kind, said.channel, said.text, said.label))
    assert ana.last.instances[-1].state["phone"] == "+5511988880000"


# Who somebody was before.

OLD, NEW = "+5511999990000", "+5511888880000"
GREETS = """
bundle: shop
templates: {hello: {content: Hello!}}
triggers:
  - {type: equals, pattern: oi, template: hello}
"""


def test_P03_a_new_number_names_the_former_one() -> None:
    said = the_message(told("whatsapp", "number_changed"))
    assert said.addresses == (Address(AddressKind.PHONE, "+5511888880000"),)
    assert said.former == (Address(AddressKind.PHONE, "+5511999990000"),)


@for_each("case", ["number_changed_with_user_ids", "user_id_changed"])
def test_P03_a_new_user_id_names_the_former_one(case: str) -> None:
    said = the_message(told("whatsapp", case))
    assert said.addresses[0] == Address(AddressKind.WA_USER, "BR.2002")
    assert Address(AddressKind.WA_USER, "BR.1001") in said.former


async def test_P03_who_changes_their_number_stays_the_same_contact(engine: AsyncEngine) -> None:
    old, new = OLD, NEW
    moved = message("", phone=new, kind=MessageKind.OTHER, automatic="system", former=at(old))
    async with running_bot(engine, "bundle: shop\n") as bot:
        # Given somebody who wrote
        await bot.hears(message("oi", phone=old))
        # When they take another number, write from it, and somebody else gets theirs
        await bot.hears(moved)
        await bot.hears(message("oi", phone=new))
        before = await owners(engine)
        await bot.hears(message("oi", phone=old))
    # Then they are one, and the other one is another
    assert set(before) == {new}
    after = await owners(engine)
    assert after[new] == before[new] != after[old]
    async with engine.connect() as connection:
        left = (await connection.execute(select(FormerAddress.contact_id, FormerAddress.value))).all()
    assert [tuple(each) for each in left] == [(before[new], old)]


async def test_P03_nothing_reaches_the_old_number_where_both_wrote(engine: AsyncEngine) -> None:
    old, new = OLD, NEW
    moved = message("", phone=new, kind=MessageKind.OTHER, automatic="system", former=at(old))
    async with running_bot(engine, "bundle: shop\n") as bot:
        await bot.hears(message("oi", phone=old))
        await bot.hears(message("oi", phone=new))
        await bot.hears(moved)
    async with engine.connect() as connection:
        phones = set((await connection.execute(select(Contact.phone))).scalars())
    assert old not in await owners(engine)
    assert phones == {None, new}


@pytest.mark.parametrize("wrote", [(OLD,), (OLD, NEW)])
async def test_P03_what_is_queued_goes_to_the_new_number(engine: AsyncEngine, wrote: tuple[str, ...]) -> None:
    async with running_bot(engine, GREETS) as bot:
        # Given answers that have not been sent yet
        for number in wrote:
            await bot.hears(message("oi", phone=number))
        # When one number stands for the other, whether or not somebody wrote from both
        await bot.hears(message("", phone=NEW, kind=MessageKind.OTHER, automatic="system", former=at(OLD)))
        # Then all of them go to the new one, and what was agreed to there counts
        statement = select(Message.address, ContactAddress.value).join(
            ContactAddress, ContactAddress.id == Message.address_id
        )
        async with engine.connect() as connection:
            queued = (await connection.execute(statement.where(Message.direction == "outbound"))).all()
    assert [tuple(each) for each in queued] == [(NEW, NEW)] * len(wrote)


BRAZILIAN, OTHERWISE = "+5511987654321", "+551187654321"


@pytest.mark.parametrize("wrote", [(OTHERWISE,), (OTHERWISE, BRAZILIAN), (OTHERWISE, NEW)])
async def test_P03_a_former_number_is_known_by_its_other_spelling(engine: AsyncEngine, wrote: tuple[str, ...]) -> None:
    async with running_bot(engine, "bundle: shop\n") as bot:
        # Given somebody who wrote, from a number that another provider spells in another way
        for number in wrote:
            await bot.hears(message("oi", phone=number))
        ana = (await owners(engine))[OTHERWISE]
        # When they take a new number, and the old one is told in that spelling
        await bot.hears(message("", phone=NEW, kind=MessageKind.OTHER, automatic="system", former=at(BRAZILIAN)))
        # Then neither spelling is theirs any more
        after = await owners(engine)
        assert not {BRAZILIAN, OTHERWISE} & after.keys()
        assert (after[NEW] == ana) is (NEW not in wrote)
    async with engine.connect() as connection:
        former = (await connection.execute(select(FormerAddress.contact_id, FormerAddress.value))).all()
        phones = set((await connection.execute(select(Contact.phone))).scalars())
    assert {tuple(each) for each in former} == {(ana, number) for number in wrote if number != NEW}
    assert phones <= {None, NEW}


async def test_P03_a_number_that_is_only_spelled_anew_stays_theirs(engine: AsyncEngine) -> None:
    async with running_bot(engine, "bundle: shop\n") as bot:
        await bot.hears(message("oi", phone=OTHERWISE))
        ana = (await owners(engine))[OTHERWISE]
        await bot.hears(message("", phone=BRAZILIAN, kind=MessageKind.OTHER, automatic="system", former=at(OTHERWISE)))
        assert await owners(engine) == {BRAZILIAN: ana}


def at(number: str) -> tuple[Address, ...]:
    return (Address(AddressKind.PHONE, number),)


async def owners(engine: AsyncEngine) -> dict[str, str]:
    """Who has which address."""
    async with engine.connect() as connection:
        found = await connection.execute(select(ContactAddress.value, ContactAddress.contact_id))
        return {row.value: row.contact_id for row in found}


# Where somebody came from.


@for_each(
    ("name", "case", "ref"),
    [
        ("messenger", "text_from_advertisement", "summer"),
        ("messenger", "postback_by_a_link", "flyer"),
        ("instagram", "postback_by_a_link", "flyer"),
        ("messenger", "referral", "flyer"),
        ("instagram", "referral", "flyer"),
        ("whatsapp", "text_from_advertisement", "120"),
        ("twilio", "whatsapp_advertisement", "120"),
        ("telegram", "start", "mesa7"),
        ("telegram", "start_at_the_bot", "flyer-3"),
        ("generic", "ref", "flyer"),
    ],
)
def test_P04_what_a_link_says_of_itself_is_kept_in_one_place(name: str, case: str, ref: str) -> None:
    assert the_message(told(name, case)).body["ref"] == ref


@for_each("case", ["start", "start_at_the_bot"])
def test_P04_the_words_of_a_started_bot_are_the_command_alone(case: str) -> None:
    assert the_message(told("telegram", case)).text == "/start"


def test_P04_who_came_by_a_link_has_said_nothing_yet() -> None:
    assert the_message(told("messenger", "referral")).automatic == "referral"


def test_P04_a_template_can_say_where_somebody_came_from() -> None:
    words = template("Você veio por {{ message.ref }}.")
    ana = person(trigger("/start", words))
    assert ana.does(Event(MessageKind.TEXT, Channel.TELEGRAM, "/start", ref="mesa7")) == ["Você veio por mesa7."]


# Files, statuses, spellings.


def test_P08_several_files_of_one_mms_are_its_media() -> None:
    said = the_message(told("vonage", "mms_of_several_files"))
    assert (said.kind, said.text) == (MessageKind.MEDIA, "look at these")
    assert [each["url"] for each in said.body["media"]] == [f"https://api.nexmo.com/v3/media/{n}" for n in (1, 2)]


def test_P08_files_that_cannot_be_read_are_kept() -> None:
    assert the_message(told("vonage", "mms_of_several_unreadable_files")).body["more"] == {"content": "odd"}


def answered(name: str, body: Any, status: int = 400) -> Refused:
    outcome = PROVIDERS[name].read(HttpResponse(status, {}, json.dumps(body).encode()))
    assert isinstance(outcome, Refused)
    return outcome


@for_each("name", ["whatsapp", "dialog360", "messenger", "instagram"])
@for_each(("code", "subcode"), [(100, 33), (190, 463), (190, 460), (803, 0), (33, 0)])
def test_P09_an_error_of_the_account_pauses_it(name: str, code: int, subcode: int) -> None:
    refused = answered(name, {"error": {"code": code, "error_subcode": subcode, "message": "no"}})
    assert (refused.operator, refused.credentials) == (True, True)


@for_each("name", ["messenger", "instagram"])
@for_each(
    ("words", "account", "person_"),
    [
        ("(#10) This message is sent outside of allowed window.", False, True),
        ("(#200) This person isn't available right now.", False, True),
        ("(#200) Cannot message users who are not admins, developers or testers", False, True),
        ("(#10) Application does not have permission for this action", True, False),
        ("(#200) Requires pages_messaging permission to manage the object", True, False),
        ("(#200) Something new", False, False),
    ],
)
@for_each("code", [10, 200])
def test_P09_a_code_for_too_much_is_read_by_its_words(
    name: str, code: int, words: str, account: bool, person_: bool
) -> None:
    refused = answered(name, {"error": {"code": code, "message": words}})
    assert refused.credentials is account
    assert refused.operator is not person_


def test_P10_a_limit_for_the_day_is_waited_for_and_slows_nothing_down() -> None:
    refused = answered("twilio", {"code": 63038, "message": "limit"}, 429)
    assert (refused.throttled, refused.retryable, refused.retry_after) == (False, True, 86_400.0)
    assert "24 hours" in refused.reason


@for_each(
    ("name", "status", "body"),
    [
        ("sendgrid", 401, {"errors": [{"message": "Maximum credits exceeded"}]}),
        ("mailgun", 403, {"message": "Domain in.example.com is not allowed to send: daily limit exceeded"}),
        ("ses", 429, {"__type": "TooManyRequestsException", "message": "Daily message quota exceeded."}),
        ("mime", 454, "4.7.0 Throttling failure: Daily message quota exceeded."),
    ],
)
def test_P10_a_mail_account_whose_mails_are_used_up_waits_and_is_not_paused(name: str, status: int, body: Any) -> None:
    refused = answered(name, body, status)
    assert (refused.throttled, refused.retryable, refused.credentials) == (False, True, False)
    assert (refused.retry_after or 0) >= 3600


@for_each(
    ("name", "case", "status"),
    [
        ("plivo", "status_in_lower_case", Status.DELIVERED),
        ("twilio", "status_in_capitals", Status.DELIVERED),
        ("twilio", "status_spelled_as_before", Status.SENT),
        ("vonage", "status_in_capitals", Status.DELIVERED),
        ("telnyx", "status_in_capitals", Status.DELIVERED),
    ],
)
def test_P12_a_status_counts_however_it_is_spelled(name: str, case: str, status: Status) -> None:
    delivery = told(name, case)
    assert [each.status for each in delivery.statuses] == [status]
    assert not delivery.messages


def test_P12_a_status_without_a_sender_is_of_the_one_there_is() -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+15551230001"}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = WebhookRequest("POST", PUBLIC_URL, headers, {}, urlencode(form).encode())
    ours = Credentials({"from": "+15559870002", "whatsapp_from": "whatsapp:+15559870003"}, {})
    (status,) = PROVIDERS["twilio"].parse(request, ours).statuses
    assert status.account == "twilio:+15559870002"


def test_P12_names_of_a_message_count_however_they_are_spelled() -> None:
    assert the_message(told("plivo", "sms_with_underscores")).text == "hello there"


def test_P12_a_post_that_says_nothing_is_no_empty_message() -> None:
    assert not told("plivo", "of_nothing").messages


def test_P12_a_mail_whose_sender_stands_in_its_headers_alone_is_its_authors() -> None:
    form = posts.mailgun_message("oi", sender="bounce+1@relay.example.org")
    form = {key: value for key, value in form.items() if key != "from"}
    form["message-headers"] = json.dumps([["From", "Ana <ana@example.net>"], ["Message-Id", "<a1@example.net>"]])
    headers, body = posts.signed_mailgun(form, 1760000000)
    request = WebhookRequest("POST", PUBLIC_URL, {key.lower(): each for key, each in headers.items()}, {}, body)
    said = the_message(PROVIDERS["mailgun"].parse(request, NO_CREDENTIALS))
    assert said.addresses[0].value == "ana@example.net"


def test_P12_a_mail_in_lines_of_base64_is_read() -> None:
    raw = posts.mime_mail("oi, uma pizza")
    notice = {
        "notificationType": "Received",
        "mail": {"source": "ana@example.com", "messageId": "m1"},
        "receipt": {"recipients": ["oi@example.com"], "action": {"type": "SNS", "encoding": "BASE64"}},
        "content": base64.encodebytes(raw).decode().replace("\n", "\r\n"),
    }
    said = the_message(parse_notice(Part(notice), "ses:in.example.com"))
    assert "uma pizza" in said.text


# A mail to two of ours.


def mail(recipient: str, message_id: str = "<a1@example.net>") -> InboundMessage:
    return message(
        "oi",
        message_id=f"{message_id} {recipient}",
        channel=Channel.EMAIL,
        addresses=(Address(AddressKind.EMAIL, "ana@example.net"),),
        email=EmailHeaders("Pizza", message_id),
    )


@pytest.mark.parametrize("together", [True, False])
async def test_P11_a_mail_to_two_of_our_addresses_is_answered_once(engine: AsyncEngine, together: bool) -> None:
    copies = mail("bot@in.example.com"), mail("vendas@in.example.com")
    async with running_bot(engine, GREETS) as bot:
        # Given a mail that came to two of ours, at once or one after the other
        if together:
            await bot.hears(*copies)
        else:
            for each in copies:
                await bot.hears(each)
        # Then both are recorded, and one is answered
        assert len(await bot.rows(direction="inbound")) == 2
        assert len(await bot.rows(direction="outbound")) == 1
        # And another mail is answered as ever
        await bot.hears(mail("bot@in.example.com", "<a2@example.net>"))
        assert len(await bot.rows(direction="outbound")) == 2


async def test_P11_a_program_that_gives_each_mail_the_same_id_is_answered_after_a_week(engine: AsyncEngine) -> None:
    async with running_bot(engine, GREETS) as bot:
        await bot.hears(mail("bot@in.example.com"))
        bot.clock.advance(days=6)
        await bot.hears(mail("vendas@in.example.com"))
        assert len(await bot.rows(direction="outbound")) == 1

        bot.clock.advance(days=8)
        await bot.hears(mail("ajuda@in.example.com"))
        assert len(await bot.rows(direction="outbound")) == 2


GREETS = """\
bundle: shop
templates:
  hello: {content: Olá!}
triggers:
  - {type: equals, pattern: oi, template: hello}
"""


def test_P01_what_one_of_ours_wrote_in_a_group_is_kept_too() -> None:
    body = copy.deepcopy(fixture("whatsapp", "echo_text").body)
    body["entry"][0]["changes"][0]["value"]["message_echoes"][0]["group_id"] = "G1"
    delivery = parsed("whatsapp", body)
    assert not delivery.echoes
    assert [each.kind for each in delivery.unknown] == ["echo.group.text"]


def test_P07_an_echo_that_says_nothing_is_kept() -> None:
    body = copy.deepcopy(fixture("messenger", "echo_text").body)
    body["entry"][0]["messaging"][0]["message"] = {"mid": "m_1", "is_echo": True, "text": ["odd"]}
    delivery = parsed("messenger", body)
    assert not delivery.echoes
    assert [each.kind for each in delivery.unknown] == ["message"]


def test_P05_what_is_nested_too_deep_to_be_kept_keeps_the_post() -> None:
    body = copy.deepcopy(fixture("whatsapp", "text").body)
    deep: Any = "oi"
    for _ in range(40):
        deep = {"in": deep}
    body["entry"][0]["changes"][0]["value"]["messages"][0]["hologram"] = deep
    assert the_message(parsed("whatsapp", body)).cleaned


def test_P02_words_beside_a_place_are_the_answer() -> None:
    body = copy.deepcopy(fixture("messenger", "location").body)
    body["entry"][0]["messaging"][0]["message"]["text"] = "here"
    said = the_message(parsed("messenger", body))
    assert (said.kind, said.text) == (MessageKind.LOCATION, "here")
    assert said.body["location"]["latitude"] == -23.55
