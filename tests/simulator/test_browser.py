"""The simulator as a person sees it, in Chromium, in front of the real server."""

import base64
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.simulator.conftest import Bakery
from tests.support.screens import Blank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
CONTRASTS = (Path(__file__).parent / "contrasts.js").read_text(encoding="utf-8")
SIDEWAYS = """
[document.documentElement, ...document.querySelectorAll("#scroll, .bubble, .composer, .intro, .why")]
  .filter((node) => node.scrollWidth > node.clientWidth + 1)
  .map((node) => node.className)
"""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RTL = "שלום עולם مرحبا"
FAMILY = "👩‍👩‍👧‍👦🏳️‍🌈"


async def say(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.keyboard.press("Control+Enter" if await page.locator("#subject").is_visible() else "Enter")


def answers(page: Page) -> Locator:
    return page.locator(".message:not(.own) .text")


def mine(page: Page) -> Locator:
    return page.locator(".message.own .text")


async def test_what_is_typed_gets_its_answer(simulator: Blank) -> None:
    page = await simulator(reduced_motion="no-preference")
    await expect(page).to_have_url(
        re.compile(r"/simulator#name=[A-Z][a-z]+&digits=\d{8}&language=en-US&channel=whatsapp$")
    )
    name = await page.locator("#name").inner_text()

    await say(page, "Hi!")

    await expect(mine(page)).to_have_text(["Hi!"])
    await expect(answers(page)).to_have_text([f"Hello {name}, good to see you!"])
    await expect(page.locator(".message:not(.own) strong")).to_have_text("you")
    await expect(page.locator("#text")).to_be_focused()
    await expect(page.locator("#announcer")).to_have_text(f"Bot: Hello {name}, good to see *you*!")


async def test_someone_new_is_offered_the_words_the_bundles_know(simulator: Blank) -> None:
    page = await simulator()
    await expect(page.locator(".suggestion")).to_have_text(["hi", "bread"])

    await page.get_by_role("button", name="hi", exact=True).click()

    await expect(answers(page)).to_have_count(1)
    await expect(page.locator("#empty")).to_be_hidden()


async def test_a_pressed_button_is_the_answer(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "bread")

    await page.get_by_role("button", name="Large").click()

    await expect(mine(page)).to_have_text(["bread", "Large"])
    await expect(answers(page)).to_have_text(["Small or large?", "Which bread?"])


async def test_a_list_is_opened_and_chosen_from_by_keyboard_alone(simulator: Blank) -> None:
    page = await simulator()
    await page.keyboard.type("bread")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Small")).to_be_visible()
    await tab_to(page, page.get_by_role("button", name="Small"), backwards=True)
    await page.keyboard.press("Enter")
    opener = page.get_by_role("button", name="Choose")
    await expect(opener).to_be_visible()
    await tab_to(page, opener)

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(opener).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("button", name="Sourdough")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(answers(page).last).to_have_text("One Small Sourdough, coming up.")


async def test_a_place_a_list_and_what_whatsapp_gets_later_are_shown_beside_the_words(simulator: Blank) -> None:
    page = await simulator(bypass_csp=True)
    await say(page, "where")

    place = page.get_by_role("link", name="The Bakery")
    await expect(place).to_have_attribute("href", "https://maps.google.com/?q=52.37,4.89")
    await expect(page.locator(".beside li").last).to_contain_text("the approved template address (en) instead")
    await expect(page.locator("#announcer")).to_contain_text("The Bakery")
    assert await weak_texts(page) == []
    await tab_to(page, page.get_by_role("button", name="Anything else?"), backwards=True)
    await page.keyboard.press("Enter")
    assert await weak_texts(page) == []
    await page.get_by_role("button", name="Bread Fresh until noon").press("Enter")

    await expect(mine(page).last).to_have_text("Bread")
    await expect(answers(page).last).to_have_text("Small or large?")


async def test_both_sides_see_how_far_a_message_has_come(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "hi")
    await expect(page.locator(".own .tick")).to_have_attribute("aria-label", "Read")
    await expect(page.locator(".message:not(.own) .tick")).to_have_attribute("aria-label", "Read")

    await page.reload()

    await expect(page.locator(".message:not(.own) .tick")).to_have_attribute("aria-label", "Read")
    await expect(answers(page)).to_have_count(1)


async def test_a_desktop_tells_beside_the_phone_why(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "bread")
    await say(page, "huge")
    panel = page.get_by_role("complementary", name="Why this answer?")
    await expect(panel.locator("blockquote")).to_have_text("huge")
    await expect(panel.locator("li").first).to_contain_text("it is none of the options. That was attempt 1 of 3.")

    why = page.get_by_role("button", name="Why?").first
    await why.focus()
    await page.keyboard.press("Enter")

    await expect(panel.locator("blockquote")).to_have_text("bread")
    await expect(panel.locator("li").first).to_contain_text("matches.")
    await expect(panel.get_by_role("heading", level=2)).to_be_focused()
    await expect(why).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Escape")
    await expect(why).to_be_focused()


async def test_a_phone_tells_why_in_a_sheet(simulator: Blank) -> None:
    page = await simulator(**PHONE)
    await say(page, "nobody knows this word")
    await expect(page.locator(".problem")).to_have_text("The bot did not answer.")

    await page.get_by_role("button", name="Why?").tap()

    sheet = page.get_by_role("dialog", name="Why this answer?")
    await expect(sheet.locator("li").last).to_have_text("So the bot said nothing.")
    await sheet.get_by_role("button", name="Close").tap()
    await expect(sheet).to_be_hidden()


async def test_each_channel_is_a_conversation_of_its_own_in_its_own_form(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "bread")
    await expect(page.locator(".choice")).to_have_count(2)

    await page.get_by_text("SMS", exact=True).click()
    await expect(page.locator(".message")).to_have_count(0)
    await say(page, "bread")
    await expect(answers(page)).to_have_text(["Small or large?\n\n1. Small\n2. Large"])
    await expect(page.locator(".choice")).to_have_count(0)

    await page.get_by_text("E-mail", exact=True).click()
    await page.get_by_label("Subject").fill("My order")
    await page.locator("#text").focus()
    await say(page, "bread")
    await expect(page.locator(".mail-subject")).to_have_text(["My order", "Re: My order"])
    await expect(page.get_by_label("Subject")).to_have_value("Re: My order")
    await expect(page.locator("#person")).to_have_text(re.compile(r"@example\.com$"))

    await page.get_by_text("WhatsApp", exact=True).click()
    await expect(page.locator(".choice")).to_have_count(2)


async def test_starting_over_is_someone_new(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "hi")
    await expect(answers(page)).to_have_count(1)
    name = await page.locator("#name").inner_text()

    await page.get_by_role("button", name="Start over").click()

    await expect(page.locator(".suggestion").first).to_be_visible()
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator("#name")).not_to_have_text(name)


async def test_people_and_channels_are_remembered_in_the_address_bar_and_come_back(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "hi")
    await expect(answers(page)).to_have_count(1)
    first, address = page.url, await page.locator("#person").inner_text()

    await page.get_by_label("Speaks").select_option("pt-BR")

    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator("#person")).to_have_text(re.compile(r"^\+55\d{11}$"))
    await page.get_by_text("Telegram", exact=True).click()
    await expect(page).to_have_url(re.compile(r"language=pt-BR&channel=telegram$"))
    await page.reload()
    await expect(page.locator("#person")).to_have_text(re.compile(r"^[a-z]+\.\d{8}$"))
    await page.get_by_label("Write as").select_option(index=1)
    await page.get_by_text("WhatsApp", exact=True).click()
    await expect(page.locator("#person")).to_have_text(address)
    await expect(mine(page)).to_have_text(["hi"])
    await page.go_back()
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"language=pt-BR&channel=telegram$"))
    await expect(page.locator(".message")).to_have_count(0)
    await page.goto(first)
    await expect(mine(page)).to_have_text(["hi"])


async def test_an_address_that_names_nobody_is_somebody_new(simulator: Blank, server: Bakery) -> None:
    page = await simulator()
    for nobody in ("name=<b>&digits=1", "name=Ana&digits=22222222&language=xx&channel=pigeon", "%E0%A4%A"):
        await page.goto("about:blank")
        await page.goto(f"{server.url}/simulator#{nobody}")
        await say(page, "hi")
        await expect(answers(page)).to_have_count(1)
        await expect(page).to_have_url(re.compile(r"digits=\d{8}&language=en-US&channel=whatsapp$"))


async def test_values_stand_beside_the_trace_as_they_were_after_each_message(simulator: Blank) -> None:
    page = await simulator()
    stands = page.locator("#why-content .stands")
    await say(page, "bread")
    await expect(stands.locator("dt")).to_have_text(["Flow", "Step", "Language"])
    await expect(stands).to_contain_text("size “Small or large?”")
    await say(page, "Large")
    await expect(stands.locator("dd.new")).to_have_text("Large (changed)")
    await say(page, "Rye")
    await expect(stands).to_contain_text("The flow bakery/order is over: it came to its end.")
    await expect(stands.locator("dd.new")).to_have_text("Rye (changed)")

    await page.get_by_role("button", name="Why?").nth(1).click()

    await expect(stands.get_by_role("heading", level=3)).to_have_text("After this message")
    await expect(stands).to_contain_text("bread “Which bread?”")
    await expect(stands).not_to_contain_text("Rye")


async def test_a_person_of_the_shop_answers_by_keyboard_and_hands_back(simulator: Blank) -> None:
    page = await simulator()
    await say(page, "human")
    desk = page.get_by_role("region", name="With a person of the shop")
    await expect(desk).to_contain_text("The bot is silent until")
    await tab_to(page, page.get_by_label("Answer as a person of the shop"))
    await page.keyboard.type("<b>I am Rui</b>")
    await page.keyboard.press("Enter")

    await expect(answers(page)).to_have_text(["Somebody will write to you.", "<b>I am Rui</b>"])
    await expect(page.locator(".by:not(:empty)")).to_have_text("A person of the shop")
    await expect(page.locator("#announcer")).to_have_text("A person of the shop: <b>I am Rui</b>")
    await expect(page.get_by_label("Answer as a person of the shop")).to_have_value("")
    await desk.get_by_role("button", name="Hand back to the bot").press("Enter")
    await expect(desk).to_be_hidden()
    await say(page, "hi")
    await expect(answers(page)).to_have_count(3)


async def test_a_phone_answers_as_the_shop_in_a_sheet_and_picks_people_there(simulator: Blank) -> None:
    page = await simulator(**PHONE)
    await say(page, "human")
    await page.get_by_role("button", name="A person of the shop has the conversation Answer").tap()
    sheet = page.get_by_role("dialog", name="With a person of the shop")
    await sheet.get_by_label("Answer as a person of the shop").fill("Here I am")
    await sheet.get_by_role("button", name="Send").tap()
    await expect(sheet).to_be_hidden()
    await expect(answers(page).last).to_have_text("Here I am")

    await expect(page.get_by_label("Speaks")).to_be_hidden()
    await page.get_by_role("button", name="Who writes").tap()
    await page.get_by_label("Speaks").select_option("pt-BR")
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_label("Speaks")).to_be_hidden()
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"language=pt-BR"))


async def test_the_page_speaks_the_browsers_language(simulator: Blank) -> None:
    page = await simulator(locale="pt-PT")
    await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Converse com o seu bot")

    await say(page, "hi")

    await expect(page.locator(".day")).to_have_text("hoje")
    await expect(page.locator("#why-content li").first).to_contain_text("O gatilho")
    await expect(page.get_by_role("button", name="Por quê?")).to_be_visible()


async def weak_texts(page: Page) -> list[str]:
    """What does not stand out, by day and by night."""
    weak: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        weak += await page.evaluate(CONTRASTS)
    return weak


@pytest.mark.slow
async def test_every_text_stands_out_from_its_ground(simulator: Blank) -> None:
    # The measuring function comes from outside the page, which the page's own policy would forbid.
    page = await simulator(bypass_csp=True)
    weak = []
    for channel in ("WhatsApp", "SMS", "E-mail", "Telegram", "Messenger", "Instagram", "Another channel"):
        await page.get_by_text(channel, exact=True).click()
        await expect(page.locator(".suggestion").first).to_be_visible()
        weak += await weak_texts(page)
        await say(page, "bread")
        await expect(answers(page)).to_have_count(1)
        weak += await weak_texts(page)
    await expect(page.locator("body")).to_have_css("background-color", "rgb(18, 17, 24)")
    await page.evaluate("document.getElementById('alert').hidden = false")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="Why?").click()
    weak += await weak_texts(page)
    assert weak == []


async def test_nothing_is_wider_than_the_screen(simulator: Blank) -> None:
    page = await simulator(viewport={"width": 360, "height": 740}, bypass_csp=True)
    texts = ["a" * 3000, RTL * 20, FAMILY * 60, "https://example.com/" + "path/" * 80]
    for count, text in enumerate(texts, start=1):
        await say(page, text)
        await expect(mine(page)).to_have_count(count)
    await expect(mine(page)).to_have_text(texts)
    for width in (320, 360, 719, 720, 1079, 1080, 1280):
        await page.set_viewport_size({"width": width, "height": 740})
        assert await page.evaluate(SIDEWAYS) == [], f"{width} px"


async def test_what_people_write_is_never_markup(simulator: Blank) -> None:
    page = await simulator()
    hostile = "<img src=x onerror=alert(1)> {{ 7*7 }} </textarea><script>alert(1)</script>"
    await say(page, hostile)
    await expect(mine(page)).to_have_text([hostile])
    await expect(page.locator("#why-content blockquote")).to_have_text(hostile)
    await expect(page.locator(".bubble img, .bubble script")).to_have_count(0)


async def test_nothing_typed_is_lost_while_the_server_is_away(simulator: Blank, server: Bakery) -> None:
    page = await simulator()
    await say(page, "hi")
    await expect(answers(page)).to_have_count(1)

    await server.stop()
    await expect(page.get_by_role("alert").get_by_role("button", name="Try again")).to_be_visible()
    await say(page, "bread")
    await page.locator("#text").fill("half a thou")
    await expect(page.locator(".own .tick").last).to_have_attribute("aria-label", "Waiting to be sent")
    await server.start()
    # The page tries by itself meanwhile, so the button may be gone by now; that it is there is seen above.
    await page.locator("#retry").dispatch_event("click")

    await expect(page.get_by_role("alert")).to_be_hidden()
    await expect(answers(page)).to_have_count(2)
    await expect(mine(page)).to_have_text(["hi", "bread"])
    await page.reload()
    await expect(page.locator("#text")).to_have_value("half a thou")


async def test_a_server_begun_anew_with_another_token_says_which_link_to_open(simulator: Blank) -> None:
    page = await simulator()
    await page.locator("#text").fill("half a thou")

    await page.context.clear_cookies()
    # Whatever asks first finds out, so the words may be gone by now: a key is pressed, not a field looked for.
    await page.keyboard.press("Enter")

    # By its name: the page that is left has headings of its own, and is there for a while.
    await expect(page.get_by_role("heading", name="Open the link that the server printed")).to_be_visible()
    await expect(page.locator("code")).to_contain_text("/simulator?token=…")


async def tab_to(page: Page, target: Locator, *, backwards: bool = False) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(30):
        await page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if await target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


async def test_a_picture_is_sent_and_shown_and_what_is_not_kept_says_why(simulator: Blank) -> None:
    page = await simulator(bypass_csp=True)
    await expect(page.get_by_role("button", name="Send a file")).to_be_visible()

    await page.set_input_files("#file", {"name": "cake.png", "mimeType": "image/png", "buffer": PIXEL})
    await expect(page.get_by_role("img", name="Picture: cake.png")).to_be_visible()
    await expect(page.locator("#why-content blockquote")).to_have_text("Picture: cake.png")
    assert (
        await page.get_by_role("img", name="Picture: cake.png").evaluate(
            "node => node.decode().then(() => node.naturalWidth)"
        )
        == 1
    )
    await page.set_input_files("#file", {"name": "x.html", "mimeType": "text/html", "buffer": b"<script>1</script>"})
    await expect(page.locator(".file small")).to_have_text("It was not kept. It is of a kind that is not kept.")
    await page.set_input_files("#file", {"name": "list.txt", "mimeType": "text/plain", "buffer": b"two eggs"})

    await expect(page.get_by_role("link", name="list.txt")).to_be_visible()
    assert await weak_texts(page) == []
    assert await page.evaluate(SIDEWAYS) == []


async def test_the_day_stands_whole_below_the_bar_however_far_one_scrolls(simulator: Blank) -> None:
    page = await simulator(viewport={"width": 390, "height": 420})
    for count, text in enumerate(("bread", "Small", "Rye"), start=1):
        await say(page, text)
        await expect(answers(page)).to_have_count(count)

    tops = await page.evaluate(
        """
        () => {
          const scroll = document.getElementById("scroll");
          const top = scroll.getBoundingClientRect().top;
          return [...Array(40).keys()].map((at) => {
            scroll.scrollTop = at * 7;
            return document.querySelector(".day").getBoundingClientRect().top - top;
          });
        }
        """
    )

    assert tops[0] > tops[-1], "nothing was scrolled"
    assert min(tops) >= 0
    await expect(page.locator(".day:not(.past)")).to_have_count(1)
