"""Signing in and one's own account as they look, and by keyboard alone, in Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from tests.support.doors import Doors, open_doors
from tests.support.openid import identifying
from tests.support.people import PASSWORD
from tests.support.real_provider import real_provider
from tests.support.screens import Blank

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
GOOGLE = {"GOOGLE_CLIENT_ID": "recado", "GOOGLE_CLIENT_SECRET": "s3cret"}
# Words that an ellipsis cuts are as lost as what stands beside the screen; what scrolls for itself is neither.
LOST = """
() => [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && !node.closest(".scroll, pre, .unseen, svg, input"))
  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    || (node.clientWidth > 1 && node.scrollWidth > node.clientWidth + 1
      && getComputedStyle(node).overflowX !== "visible"))
  .map((node) => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 40)}`)
"""


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server that knows somebody with a password alone, and somebody with a second factor."""
    async with identifying() as there, open_doors(sqlite_url, **there.settings(), **GOOGLE) as opened:
        people = opened.people
        await people.person()
        await people.person("rui@example.com")
        await people.with_app("rui@example.com")
        yield opened


async def page_of(chromium: Chromium, **options: object) -> Page:
    """A page whose policy lets axe in."""
    options = {"bypass_csp": True, "reduced_motion": "reduce", **options}
    context = await chromium.new_context(**options)  # type: ignore[arg-type]  # the keywords are Playwright's
    context.set_default_timeout(8000)
    return await context.new_page()


async def sign_in(page: Page, doors: Doors, email: str, password: str = PASSWORD) -> None:
    """Open the page of signing in, and send its form."""
    await page.goto(f"{doors.base}sign-in")
    await page.locator("#f-email").fill(email)
    await page.locator("#f-password").fill(password)
    await page.locator("main .button.main").click()


async def look(page: Page, where: str) -> list[str]:
    """What is wrong with what is shown, in both themes, on a small phone, on a phone and on a screen."""
    axe, found = Axe(), []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in (320, 390, 1280):
            await page.set_viewport_size({"width": width, "height": 844})
            name = f"{where}-{width}-{scheme}"
            seen = (await axe.run(page, options={"resultTypes": ["violations"]})).response["violations"]
            found += [f"{name}: {each['id']} {each['nodes'][0]['target']}" for each in seen]
            found += [f"{name}: {each} is not wholly seen" for each in await page.evaluate(LOST)]
            await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
async def test_axe_finds_nothing_and_nothing_is_cut(doors: Doors, browser: Chromium, locale: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page, found = await page_of(browser, locale=locale), list[str]()
    await page.goto(f"{doors.base}sign-in")
    found += await look(page, f"sign-in-{locale}")
    await page.locator("main .button.main").click()
    found += await look(page, f"sign-in-empty-{locale}")
    await sign_in(page, doors, "rui@example.com")
    found += await look(page, f"code-{locale}")
    invited = await doors.people.invited(f"new@{locale}.example.com")
    await page.goto(f"{doors.base}{invited.path[1:]}")
    found += await look(page, f"invitation-{locale}")
    await page.goto(f"{doors.base}sign-in/with/oidc/back?state=x")
    found += await look(page, f"provider-over-{locale}")
    await page.goto(f"{doors.base}welcome/nonsense")
    found += await look(page, f"link-over-{locale}")
    await sign_in(page, doors, "ana@example.com")
    for path in ("", "/security", "/security/second-factor", "/sessions"):
        await page.goto(f"{doors.base}account{path}")
        found += await look(page, f"account{path.replace('/', '-')}-{locale}")
    await page.goto(f"{doors.base}account/security")
    await page.locator("#provider #f-password").fill(PASSWORD)
    await page.locator("#provider [value=oidc]").click()
    found += await look(page, f"provider-onward-{locale}")
    await page.locator("main .button.main").click()
    found += await look(page, f"provider-joined-{locale}")
    await page.context.close()
    assert found == []


async def test_somebody_signs_in_and_invites_somebody_by_keyboard_alone(doors: Doors, blank: Blank) -> None:
    page = await blank()
    keys = page.keyboard
    await page.goto(f"{doors.base}sign-in?next=/users")
    await keys.type("ana@example.com")
    await keys.press("Tab")
    await keys.type("wrong")
    await keys.press("Enter")
    await expect(page.get_by_text("do not belong together")).to_be_visible()
    # The address was right, so that one goes on with the password.
    await expect(page.get_by_label("Password", exact=True)).to_be_focused()
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(page.get_by_role("heading", name="Users")).to_be_visible()

    await keys.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await keys.press("Enter")
    for _ in range(9):
        await keys.press("Tab")
        if await page.get_by_role("link", name="Invite somebody").evaluate("(link) => link === document.activeElement"):
            break
    await keys.press("Enter")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await keys.type("new@example.com")
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(page.get_by_role("region", name="Link")).to_contain_text("/welcome/")
    assert (await doors.people.user("new@example.com")).role == "EDITOR"


@pytest.mark.slow
async def test_somebody_signs_in_at_a_provider_leaves_it_and_joins_it_with_another_account(
    sqlite_url: str, browser: Chromium
) -> None:
    with real_provider() as issuer:
        settings = {"BOT_OIDC_ISSUER": issuer, "BOT_OIDC_CLIENT_ID": "recado", "BOT_OIDC_CLIENT_SECRET": "any"}
        async with open_doors(sqlite_url, **settings, BOT_OIDC_NAME="Shop ID") as doors:
            await doors.people.person()
            page = await page_of(browser, locale="en-US", bypass_csp=False)
            await page.goto(f"{doors.base}sign-in?next=/account/sessions")
            await page.get_by_role("link", name="Continue with Shop ID").click()
            await page.get_by_role("button", name="ana").click()
            await expect(page.get_by_text("This browser")).to_be_visible()
            assert page.url == f"{doors.base}account/sessions"

            # By the form of one's account, whose answer leads to another host, which no form may.
            await page.goto(f"{doors.base}account/security")
            await page.locator("#provider #f-password").fill(PASSWORD)
            await page.get_by_role("button", name="Sign in there no more").click()
            await expect(page.get_by_text("your other sessions have ended")).to_be_visible()
            await page.locator("#provider #f-password").fill(PASSWORD)
            await page.get_by_role("button", name="Continue with Shop ID").click()
            await page.get_by_role("link", name="Continue with Shop ID").click()
            await page.get_by_placeholder("sub").fill("somebody-else")
            await page.get_by_role("button", name="Authorize").click()
            await expect(page.get_by_text("You sign in with Shop ID.")).to_be_visible()

            await page.context.clear_cookies()
            await page.goto(f"{doors.base}sign-in")
            await page.get_by_role("link", name="Continue with Shop ID").click()
            await page.get_by_role("button", name="Deny").click()
            await expect(page.get_by_text("You did not let Shop ID say who you are")).to_be_visible()
            await page.context.close()
            assert (await doors.people.user()).provider == issuer
