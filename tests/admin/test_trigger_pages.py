"""Triggers over HTTP: the order in which they are tried, and which would win."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from yarl import URL

from bot.app.action_specs import SPECS
from bot.channels.service import SIMULATOR
from bot.contacts.models import Contact
from bot.conversations.models import FlowInstance
from bot.conversations.views import INTAKE
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Delivery, InboundMessage, MessageKind
from bot.db.engine import reading
from bot.flows.checking import Source, check
from bot.flows.service import count_triggers, publish, triggers_in_order
from bot.messages.models import Message
from bot.users.service import Role
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY

SHOP = """bundle: shop
templates:
  hours: {content: We open at nine.}
  closed: {content: Closed on Sundays.}
  what: {content: "What would you like?"}
triggers:
  - {key: opening, type: contains, pattern: [hour, open], template: hours, cooldown_sec: 90}
  - {type: regex, pattern: "sun(day)?", template: closed, priority: 5}
  - {type: number, template: hours}
  - {type: equals, pattern: order, flow: order}
  - {type: equals, pattern: "off", template: closed, active: false}
flows:
  order:
    steps:
      - {key: what, type: collect_input, template: what, save_as: what}
"""
CAFE = """bundle: café
locale: pt-BR
templates: {t: {content: "Oi", locales: {es: {content: Hola}}}}
triggers:
  - {type: equals, pattern: hours, template: t}
  - type: equals
    pattern: [a, b, c, d, e, f, g, "<script>alert(1)</script>"]
    action: contact.tag
    arguments: {tags: vip}
  - {type: contains, pattern: help, template: t, interrupt: true, priority: -3}
"""
ANA = "+5511999990001"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        now = opened.people.clock.now
        for text, at in ((SHOP, now - timedelta(hours=1)), (CAFE, now)):
            async with opened.people.engine.begin() as connection:
                await publish(connection, check([Source("b.yaml", text.encode())], SPECS).bundles, by=BY, now=at)
        await opened.app[INTAKE].catalogue.refresh()
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def says(doors: Doors, text: str, number: int) -> str:
    """Let a contact write; gives their id."""
    message = InboundMessage(
        account=SIMULATOR,
        provider_message_id=f"m{number}",
        addresses=(Address(AddressKind.SIMULATOR, f"whatsapp:{ANA}"),),
        channel=Channel.WHATSAPP,
        kind=MessageKind.TEXT,
        text=text,
    )
    await doors.app[INTAKE].receive(SIMULATOR, Delivery(messages=(message,)), b"")
    async with reading(doors.people.engine) as connection:
        return str((await connection.execute(select(Contact.id))).scalar_one())


async def tries(browser: Browser, text: str, **more: str) -> Page:
    return await browser.get(str(URL("/triggers/try").with_query(text=text, **more).raw_path_qs))


def verdicts(page: Page) -> Sequence[tuple[str, str]]:
    """By row the verdict and the bundle."""
    rows = re.findall(r'<span class="status[^"]*">([^<]+)</span>.*?<bdi>(shop|café)</bdi>', page.text, re.DOTALL)
    return [(verdict, bundle) for verdict, bundle in rows]


async def test_the_order_is_that_of_the_engine_and_each_says_what_it_does(doors: Doors, ana: Browser) -> None:
    served = doors.app[INTAKE].catalogue.definitions.triggers
    async with reading(doors.people.engine) as connection:
        listed = await triggers_in_order(connection, limit=100)
        behind = await triggers_in_order(connection, after=2, limit=2)
        counted = [await count_triggers(connection, "", types) for types in ((), ("number", "regex"))]
    page = await ana.get("/triggers")

    tried = [each.id for each in sorted(served, key=lambda trigger: not trigger.interrupt)]
    assert [each.id for each in listed] == tried
    assert [each.place for each in listed] == [1, 2, 3, 4, 5, 6, 7]
    assert behind == listed[2:4]
    assert (counted, "7 triggers" in page.words) == ([7, 2], True)
    assert "1 The message contains help Even within a flow answers with t café 1 -3" in page.words
    assert "2 The message fits the expression sun(day)? answers with closed shop 1 5" in page.words
    assert "The message contains hour open named opening answers with hours shop 1 0 90 seconds" in page.words
    assert "The message is a b c d e f and 2 more does contact.tag" in page.words
    assert "The message is order starts the flow order" in page.words
    assert "The message is a number answers with hours" in page.words
    assert ("The message is off" in page.words, "<script>alert" in page.text) == (False, False)
    assert 'href="/bundles/caf%C3%A9/versions/1"' in page.text


async def test_the_list_is_narrowed_and_says_where_nothing_is(doors: Doors, ana: Browser) -> None:
    by_word, by_type = await ana.get("/triggers?q=OPENING"), await ana.get("/triggers?type=number&type=regex")
    nothing, by_bundle = await ana.get("/triggers?q=100%25"), await ana.get("/triggers?q=caf")

    assert [len(re.findall(r'class="number place"', page.text)) for page in (by_word, by_type, nothing, by_bundle)] == [
        1,
        2,
        0,
        3,
    ]
    assert "No trigger fits" in nothing.words
    await doors.people.person("vic@example.com", Role.VIEWER)
    vic, stranger = await doors.inside("vic@example.com"), await doors.browser()
    for path in ("/triggers", "/triggers/try?text=hours"):
        assert ((await vic.get(path)).status, (await stranger.get(path, allow_redirects=False)).status) == (200, 303)


async def test_which_wins_and_which_come_after_is_told_with_the_reason(ana: Browser) -> None:
    page, none = await tries(ana, "hours"), await tries(ana, "thanks")
    acting, asked = await tries(ana, "a"), await ana.get("/triggers/try")
    portuguese = await tries(ana, "hours", language="es")

    assert "“equals hours” of café wins" in page.words
    assert "The trigger “equals hours” of the bundle café matches." in page.words
    assert verdicts(page) == [("Wins", "café"), ("Comes after", "shop")]
    assert "It matches, too, but the one that wins is tried before it." in page.words
    assert "No trigger matches" in none.words
    assert "No trigger matches; 7 were tried." in none.words
    assert "Then it would do contact.tag. What comes of that is not tried here." in acting.words
    assert (asked.status, 'id="result"' in asked.text) == (200, False)
    assert "variant 1, in es" in portuguese.words


async def test_a_contact_counts_with_their_flow_and_cooldowns_and_nothing_is_written(
    doors: Doors, ana: Browser
) -> None:
    contact_id = await says(doors, "open", 1)
    cooling = await tries(ana, "are you open", contact=contact_id)
    await says(doors, "order", 2)
    within = await tries(ana, "hours", contact=contact_id)
    on_sms = await tries(ana, "hours", contact=contact_id, channel="sms")

    async def written() -> tuple[int, ...]:
        async with reading(doors.people.engine) as connection:
            counts = [
                (await connection.execute(select(func.count()).select_from(model))).scalar_one()
                for model in (Message, FlowInstance, Contact)
            ]
        return tuple(counts)

    before = await written()
    await tries(ana, "a pizza", contact=contact_id)
    assert await written() == before == (4, 1, 1)
    assert verdicts(cooling) == [("Passed over", "shop")]
    assert "It has answered this person a moment ago, and may again in 90 seconds." in cooling.words
    assert "No trigger wins" in cooling.words
    assert verdicts(within) == [("Not tried", "café"), ("Not tried", "shop")]
    assert "The step what “What would you like?” of the flow shop/order takes this answer" in within.words
    assert "As if" in within.words
    assert on_sms.status == 200


async def test_a_contact_is_found_by_number_and_the_link_names_no_number(doors: Doors, ana: Browser) -> None:
    contact_id = await says(doors, "thanks", 1)
    found = await tries(ana, "hours", contact=ANA)
    nobody = await tries(ana, "hours", contact="+5511000000000")

    assert found.url.query == {"text": "hours", "contact": contact_id}
    assert "“equals hours” of café wins" in found.words
    assert ("Nobody here has this id, number or address." in nobody.words, 'id="result"' in nobody.text) == (
        True,
        False,
    )


async def test_hostile_messages_are_text(ana: Browser) -> None:
    for text in ("<script>alert(1)</script>", "a\x00b", "\u202e{{7*7}}%s", "x" * 5_000):
        page = await tries(ana, text, channel="<b>", language="../etc", contact="' OR 1=1 --")
        assert (page.status, "<script>alert" in page.text) == (200, False), text[:30]
        assert (await tries(ana, text)).status == 200, text[:30]
