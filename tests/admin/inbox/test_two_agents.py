"""A day of two agents, each with a window, as they answer together who writes by WhatsApp and by mail.

The whole bot serves, and sends to a stand-in provider. Each step says what both see, without a reload, and what the
contact got.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from bot.core.clock import utc_now
from tests.support.accounts import SECRET_KEY
from tests.support.desks import PHONE, SOON_MS, Desk, hired, seated
from tests.support.people import people_of
from tests.support.served import Served, serving, signed
from tests.support.standins import Behaviour
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

BUNDLE = """
bundle: bakery
locale: en
templates:
  hello: {content: Hello! Ask for bread or for a person.}
  which: {content: Rye or wheat?}
  noted: {content: It is ready at five.}
  calling: {content: One moment. I call somebody of the team.}
triggers:
  - {type: contains, pattern: a person, priority: 9, interrupt: true, flow: help}
  - {type: equals, pattern: bread, priority: 5, flow: order}
  - {type: regex, pattern: ., template: hello}
flows:
  order:
    steps:
      - {key: kind, type: collect_input, template: which, save_as: kind}
      - {key: bye, type: end, template: noted}
  help:
    steps:
      - {key: human, type: end, template: calling, handoff: true}
"""
RUI, EVA = "15551230001", "15551230002"
NAMES = {RUI: "Rui Alves", EVA: "Eva Moreau"}
MAIL = "rui.alves@example.org"


@dataclass(slots=True)
class Shop:
    """The bakery's bot, and its two agents.

    Attributes:
        bot: what serves, with the stand-in provider.
        ana: works in English, on a screen.
        bia: works in Portuguese, on a phone, in the dark.
    """

    bot: Served
    ana: Desk
    bia: Desk

    async def writes(self, sender: str, text: str) -> None:
        """Somebody writes by WhatsApp."""
        post = signed("whatsapp", text, sender=sender, name=NAMES[sender])
        assert (await self.bot.post("whatsapp", post)).status == 200

    async def mails(self, text: str) -> None:
        """Rui writes a mail."""
        post = signed("mailgun", text, sender=f"Rui Alves <{MAIL}>", subject="My order")
        assert (await self.bot.post("mailgun", post)).status == 200

    def got(self, sender: str) -> list[str]:
        """What somebody got by WhatsApp, in order."""
        sends = self.bot.providers.sends("whatsapp")
        return [each.payload["text"]["body"] for each in sends if each.payload["to"].removeprefix("+") == sender]

    async def gets(self, sender: str, *texts: str) -> None:
        """Wait until these are the last words that somebody got."""

        async def got() -> bool:
            return self.got(sender)[-len(texts) :] == list(texts)

        try:
            await eventually(got, within=20)
        except TimeoutError:
            pytest.fail(f"{NAMES[sender]} got {self.got(sender)}")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(database_url: str, browser: Chromium) -> AsyncIterator[Shop]:
    """Both have signed in and look at what is open."""
    async with serving(database_url, bundle=BUNDLE, BOT_SECRET_KEY=SECRET_KEY) as bot, people_of(bot.engine) as people:
        await hired(people, "Ana Lima", "Bia Costa")
        base = str(bot.client.make_url("/"))
        ana = await seated(browser, base, "Ana Lima", story="story")
        bia = await seated(
            browser, base, "Bia Costa", story="story", locale="pt-BR", scheme="dark", viewport=PHONE, has_touch=True
        )
        yield Shop(bot, ana, bia)
        for each in (ana, bia):
            await each.page.context.close()


@pytest.mark.timeout(600)
async def test_two_agents_answer_together_and_the_contacts_get_each_thing_once(shop: Shop) -> None:
    await _handed_off(shop)
    await _both_begin_to_answer(shop)
    await _taken_over_from_the_bot(shop)
    await _noted(shop)
    await _sent_later(shop)
    await _merged_and_parted(shop)
    await _resolved_and_opened_again(shop)
    await _counted(shop)


async def _handed_off(shop: Shop) -> None:
    for each in (shop.ana, shop.bia):
        await each.opens("inbox?list=unassigned")
    await shop.writes(RUI, "Good morning")
    await shop.gets(RUI, "Hello! Ask for bread or for a person.")
    await shop.writes(RUI, "I want a person")
    await shop.gets(RUI, "One moment. I call somebody of the team.")
    for each in (shop.ana, shop.bia):
        await expect(each.row("Rui Alves")).to_be_visible(timeout=SOON_MS)
        await each.pictured("01-handed-off")
    await shop.writes(RUI, "My loaf was burnt.")
    for each in (shop.ana, shop.bia):
        await expect(each.row("My loaf was burnt.")).to_be_visible(timeout=SOON_MS)


async def _both_begin_to_answer(shop: Shop) -> None:
    ana, bia = shop.ana, shop.bia
    for each in (ana, bia):
        await each.row("Rui Alves").locator(".open").click()
        await each.hears("My loaf was burnt.")
    await bia.field.press_sequentially("Oh no")
    await ana.sees("#told", "Bia Costa is writing here just now.")
    await ana.field.fill("We are")
    await bia.sees("#told", "Ana Lima está escrevendo aqui agora.")
    for each in (ana, bia):
        await each.pictured("02-collision")

    await bia.act("Assumir").first.click()
    await bia.sees(".stands", "Está com você")
    await expect(bia.field).to_have_value("Oh no")
    await ana.sees(".stands", "Bia Costa has it")
    await expect(ana.field).to_have_value("We are")
    await shop.writes(RUI, "Hello?")
    await ana.sees("#meanwhile", "Something was said while you wrote")
    await bia.hears("Hello?")
    await bia.field.fill("Oh no! We bake you another one.")
    await bia.act("Enviar").dblclick()
    await shop.gets(RUI, "Oh no! We bake you another one.")
    for each in (ana, bia):
        await each.hears("Oh no! We bake you another one.")
        await each.pictured("03-answered")
    await ana.field.fill("")


async def _taken_over_from_the_bot(shop: Shop) -> None:
    ana, bia = shop.ana, shop.bia
    await shop.writes(EVA, "bread")
    await shop.gets(EVA, "Rye or wheat?")
    await bia.opens("inbox?list=bot")
    await ana.talks_to("Eva Moreau", "bot")
    await ana.sees("#told", "The bot answers Eva Moreau now.")
    # What the provider does not take just now waits; it waits for good once somebody has taken over.
    shop.bot.providers.next("whatsapp", Behaviour.refuse(429, retry_after=4))
    await shop.writes(EVA, "rye")
    await ana.hears("It is ready at five.")
    await ana.pictured("04-bot-answers")
    await ana.act("Take over").click()
    await ana.sees(".stands", "You have it")
    await expect(bia.row("Eva Moreau")).to_have_count(0, timeout=SOON_MS)
    await shop.writes(EVA, "Or rather with a person")
    await ana.hears("Or rather with a person")
    await ana.field.fill("Here I am, Eva.")
    await ana.act("Send").click()
    await shop.gets(EVA, "Rye or wheat?", "Here I am, Eva.")
    await bia.talks_to("Eva Moreau")
    await bia.sees(".stands", "Está com Ana Lima")
    for each in (ana, bia):
        await each.hears("Here I am, Eva.")
        await each.pictured("05-taken-over")


async def _noted(shop: Shop) -> None:
    ana, bia = shop.ana, shop.bia
    before = len(shop.bot.providers.recorded)
    await bia.opens("inbox?list=mentioned")
    await ana.page.locator("#talking").focus()
    await ana.page.keyboard.press("Alt+p")
    await ana.page.keyboard.type("@bi")
    await expect(ana.page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    await ana.page.keyboard.press("Tab")
    await ana.page.keyboard.type("she had a burnt one last week")
    await ana.pictured("06-note-begun")
    await ana.page.keyboard.press("Control+Enter")
    await expect(ana.page.locator(".note .text")).to_have_text("@Bia Costa she had a burnt one last week")
    await expect(bia.row("Eva Moreau")).to_be_visible(timeout=SOON_MS)
    await bia.pictured("07-mentioned")
    await bia.row("Eva Moreau").locator(".open").click()
    await expect(bia.page.locator(".note .text")).to_have_text("@Bia Costa she had a burnt one last week")
    for each in (ana, bia):
        await each.pictured("08-note")
    assert len(shop.bot.providers.recorded) == before


async def _sent_later(shop: Shop) -> None:
    ana, bia = shop.ana, shop.bia
    for text in ("Your rye is in the oven.", "Shall we bring it?"):
        await ana.field.fill(text)
        await ana.page.locator("[data-key=s] summary").click()
        await ana.page.locator("[data-key=s] [name=when][value=hour]").click()
        await expect(ana.field).to_have_value("")
        await ana.sees("#scheduled", text)
        await bia.sees("#scheduled", text)
    await expect(ana.page.locator("#meanwhile")).to_be_hidden()
    for each in (ana, bia):
        await each.pictured("09-goes-later")

    # A colleague changes the one, so that it goes in a moment, and the other one is not to go at all.
    oven = bia.page.locator("#scheduled li").filter(has_text="oven")
    await oven.locator("summary").click()
    await oven.locator("textarea").fill("Your rye is ready.")
    soon = utc_now() + timedelta(seconds=8)
    await oven.locator("[name=at]").fill(f"{soon:%Y-%m-%dT%H:%M:%S}")
    await bia.pictured("10-changing")
    await oven.get_by_role("button", name="Salvar").click()
    await ana.sees("#scheduled", "Your rye is ready.")
    bring = ana.page.locator("#scheduled li").filter(has_text="bring")
    await bring.locator("summary").click()
    await bring.get_by_role("button", name="Do not send it").click()
    await expect(ana.field).to_have_value("Shall we bring it?")
    await expect(bia.page.locator("#scheduled li")).to_have_count(1, timeout=SOON_MS)
    await shop.gets(EVA, "Here I am, Eva.", "Your rye is ready.")
    for each in (ana, bia):
        await expect(each.said.filter(has_text="Your rye is ready.")).to_have_count(1)
        await expect(each.page.locator("#scheduled li")).to_have_count(0, timeout=SOON_MS)
        await each.pictured("11-gone")
    await ana.field.fill("")


async def _merged_and_parted(shop: Shop) -> None:
    ana, bia = shop.ana, shop.bia
    await bia.talks_to("Rui Alves")
    await bia.field.fill("While you wait")
    await shop.mails("Here is the receipt of my loaf.")

    async def found() -> bool:
        await ana.talks_to("Rui Alves")
        await ana.page.locator("#kin").get_by_role("link", name="Merge").click()
        await ana.page.locator("#f-q").fill(MAIL)
        await ana.act("Search").last.click()
        return await ana.page.locator(".people a").filter(has_text=MAIL).count() > 0

    await eventually(found, within=30)
    await ana.page.locator(".people a").filter(has_text=MAIL).first.click()
    await expect(ana.page.get_by_role("heading", name="What merging does")).to_be_visible()
    await ana.pictured("12-merge-preview")
    await ana.act("Merge").last.click()
    await expect(ana.page.locator("#talking h2")).to_have_text("Rui Alves")
    for each in (ana, bia):
        await expect(each.said.filter(has_text="Here is the receipt of my loaf.")).to_be_visible(timeout=SOON_MS)
        await each.pictured("13-merged")
    await expect(bia.field).to_have_value("While you wait")
    # A person has the conversation of both addresses now, so the bot answers at neither.
    await shop.mails("Shall I send you a picture, too?")
    for each in (ana, bia):
        await each.hears("Shall I send you a picture, too?")

    await ana.act("Undo this merge").click()
    for each in (ana, bia):
        await expect(each.said.filter(has_text="Here is the receipt of my loaf.")).to_have_count(0, timeout=SOON_MS)
        await expect(each.said.filter(has_text="My loaf was burnt.")).to_be_visible()
    await expect(bia.field).to_have_value("While you wait")
    await ana.pictured("14-parted")


async def _resolved_and_opened_again(shop: Shop) -> None:
    ana, bia = shop.ana, shop.bia
    await bia.field.fill("It is at your door.")
    await bia.act("Enviar").click()
    await shop.gets(RUI, "Oh no! We bake you another one.", "It is at your door.")
    await bia.act("Resolver").click()
    await bia.sees(".stands", "O bot responde")
    await ana.sees(".stands", "The bot answers")
    for each in (ana, bia):
        await each.pictured("15-resolved")

    # What they ask soon after is for whoever had it, and the bot holds still.
    await shop.writes(RUI, "Where is the bill?")
    await ana.sees(".stands", "Bia Costa has it")
    await bia.sees(".stands", "Está com você")
    for each in (ana, bia):
        await each.hears("Where is the bill?")
        await each.pictured("16-opened-again")
    await bia.field.fill("In the bag.")
    await bia.act("Enviar").click()
    await shop.gets(RUI, "It is at your door.", "In the bag.")


async def _counted(shop: Shop) -> None:
    await shop.ana.opens("inbox/reports")
    await shop.ana.pictured("17-report")
    await shop.bia.opens("inbox?list=all")
    await shop.bia.pictured("18-at-the-end")
    assert shop.got(RUI) == [
        "Hello! Ask for bread or for a person.",
        "One moment. I call somebody of the team.",
        "Oh no! We bake you another one.",
        "It is at your door.",
        "In the bag.",
    ]
    assert [each.payload["to"] for each in shop.bot.providers.sends("mailgun")] == [MAIL]
    assert shop.got(EVA) == ["Rye or wheat?", "Here I am, Eva.", "Your rye is ready."]
