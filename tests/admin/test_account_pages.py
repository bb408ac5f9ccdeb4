"""Accounts over HTTP: seen, added, tested, changed, paused and removed; secrets go in and never come out."""

import asyncio
import html
import re
from collections.abc import AsyncIterator

import pytest

from bot.admin.accounts import typed
from bot.channels.service import pause
from bot.conversations.views import ACCOUNTS
from bot.core.actors import SYSTEM
from bot.providers.table import PROVIDERS
from bot.users.service import Role
from tests.support import rows, standins
from tests.support.accounts import add_stored
from tests.support.doors import Browser, Doors, open_doors
from tests.support.standins import Behaviour, StandIns, standing_in

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"
NUMBER = "800000000000009"
ID = f"whatsapp:{NUMBER}"
SECRETS = {
    "access_token": standins.ACCESS_TOKEN,
    "app_secret": "the-apps-secret-9",
    "verify_token": "the-verify-token-9",
}
OTHER = {"phone_number_id": "1000", "access_token": "t-1000", "app_secret": "s-1000", "verify_token": "v-1000"}


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    async with standing_in() as made:
        yield made


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url, BOT_PUBLIC_URL="https://bot.example.com") as opened:
        yield opened


@pytest.fixture
async def ana(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """An ADMIN who is signed in, and may lead the server to its neighbours, where the stand-ins are."""
    monkeypatch.setattr(typed, "require_open_internet", lambda _url: None)
    await doors.people.person()
    return await doors.inside()


def fields(providers: StandIns, **changed: str) -> dict[str, str]:
    given = {"api_url": f"{providers.url}/v24.0", "phone_number_id": NUMBER, **SECRETS, **changed}
    return {"rate": "20", **{f"c-{key}": value for key, value in given.items()}}


async def added(ana: Browser, providers: StandIns, **changed: str) -> str:
    await ana.get("/accounts/new/whatsapp")
    page = await ana.post("/accounts/new/whatsapp", {**fields(providers, **changed), "name": "Shop"})
    assert page.path == f"/accounts/{ID}", page.words
    return page.text


def leaked(*texts: str) -> list[str]:
    return [secret for secret in SECRETS.values() for text in texts if secret in text]


async def told(doors: Doors) -> list[str]:
    return [each.action for each in await doors.people.told() if each.resource == "account"]


async def test_an_account_is_added_by_the_form_of_its_provider_and_its_secrets_never_come_back(
    doors: Doors, ana: Browser, providers: StandIns
) -> None:
    empty, choose = await ana.get("/accounts"), await ana.get("/accounts/new")
    asked = await ana.get("/accounts/new/whatsapp")
    missing = await ana.post("/accounts/new/whatsapp", {**fields(providers, app_secret=""), "name": HOSTILE})
    wrong = await ana.post("/accounts/new/whatsapp", {**fields(providers), "rate": "fast"})
    none = await ana.post("/accounts/new/whatsapp", {**fields(providers, phone_number_id="")})
    pasted = await ana.post("/accounts/new/whatsapp", fields(providers, phone_number_id="9" * 256))
    text = await added(ana, providers)
    listed, detail = await ana.get("/accounts"), await ana.get(f"/accounts/{ID}")
    lines = await ana.get("/audit")

    assert "No accounts yet" in empty.words
    assert all(provider.title in choose.words for provider in PROVIDERS.values())
    assert "Meta app > WhatsApp > API Setup > Phone number ID" in asked.words
    assert (missing.status, missing.text.count('class="error"')) == (422, 1)
    assert "<script>alert" not in missing.text
    assert html.escape("<script>alert(1)</script>") in missing.text
    assert f'value="{NUMBER}"' in missing.text
    assert ("Write how many messages a second" in wrong.words, wrong.status) == (True, 422)
    assert "do not say which account they are for. Still empty: Phone number ID." in none.words
    assert ("too long for the id of an account" in pasted.words, pasted.status) == (True, 422)
    assert leaked(missing.text, wrong.text, none.text, text, listed.text, detail.text, lines.text) == []
    assert ("Shop" in listed.words, "Untested" in listed.words, "1 account" in listed.words) == (True, True, True)
    assert f"https://bot.example.com/webhooks/whatsapp/{NUMBER}" in detail.words
    assert await told(doors) == ["account.add"]


async def test_each_providers_form_asks_for_its_own_credentials(ana: Browser) -> None:
    for name, provider in PROVIDERS.items():
        page = await ana.get(f"/accounts/new/{name}")
        in_portuguese = await ana.get(f"/accounts/new/{name}", headers={"Accept-Language": "pt-BR"})
        of_consoles = [
            each.about for each in provider.credentials if re.match(r"(IAM|API Dashboard|Plivo) ", each.about)
        ]
        said = [each.about for each in provider.credentials if each.about not in of_consoles]
        assert (said, [each for each in said if html.escape(each) in in_portuguese.text]) == (said, []), name
        shown = re.findall(r'name="c-([a-z_]+)"[^>]*? type="(\w+)"', page.text)
        assert dict(shown) == {each.key: "password" if each.secret else "text" for each in provider.credentials}, name

        labels = set(re.findall(r'<label for="f-c-[a-z_]+">([^<]*?) *<', page.text))
        assert not re.search(r"\b([Aa]pi|[Ss]id|[Ii]d|[Ss]mtp|[Ss]ns|[Uu]rl|[Aa]rns|[Ww]hatsapp)\b", str(labels)), name
        assert labels, name

    choosing = await ana.get("/accounts/new", headers={"Accept-Language": "pt-BR"})
    assert ("Seu próprio servidor de e-mail" in choosing.words, "Your own" in choosing.words) == (True, False)
    assert [(await ana.get(f"/accounts/new/{path}")).status for path in ("nobody", "%00")] == [404, 404]


async def test_a_page_leads_the_server_to_none_of_its_neighbours(doors: Doors, providers: StandIns) -> None:
    await doors.people.person()
    ana = await doors.inside()
    await ana.get("/accounts/new/whatsapp")
    for address, said in (
        ("http://graph.example.com", "Only https addresses are taken here"),
        ("https://127.0.0.1/v24.0", "the server's own network"),
        ("https://169.254.169.254/latest", "the server's own network"),
        ("nonsense", "Only https addresses are taken here"),
    ):
        page = await ana.post("/accounts/new/whatsapp", fields(providers, api_url=address))
        assert (page.status, said in page.words) == (422, True), (address, page.words)
    mail = {"rate": "5", "c-secret": "x" * 40, "c-from": "oi@example.com", "c-smtp_host": "localhost"}
    page = await ana.post("/accounts/new/mime", mail)
    assert "the server's own network" in page.words
    assert await told(doors) == []


async def test_a_test_tells_whether_the_provider_knows_it_and_the_state_follows(
    ana: Browser, providers: StandIns
) -> None:
    await added(ana, providers)
    known = await ana.post(f"/accounts/{ID}/test")
    await ana.post(f"/accounts/{ID}/change", {"rate": "20", "c-access_token": "wrong"})
    untested = await ana.get("/accounts")
    await ana.get(f"/accounts/{ID}")
    refused = await ana.post(f"/accounts/{ID}/test")
    failing = await ana.get("/accounts?state=failing")
    await ana.get(f"/accounts/{ID}")
    providers.next("whatsapp", Behaviour("reset"))
    away = await ana.post(f"/accounts/{ID}/test")
    missing = await ana.post("/accounts/whatsapp:none/test")

    assert ("WhatsApp knows the credentials" in known.words, "Connected" in known.words) == (True, True)
    assert "Untested" in untested.words
    assert ("It refuses the credentials (401)" in refused.words, refused.status) == (True, 200)
    assert "Its provider does not know the credentials" in failing.words
    assert away.status in {200, 409}
    # The page of a refused test stands where only posts are taken, and follows what happens all the same.
    assert f'data-page="/accounts/{ID}"' in away.text
    assert missing.status == 404
    assert leaked(known.text, refused.text, away.text) == []


async def test_a_secret_is_changed_beside_the_old_one_until_that_is_ended(
    doors: Doors, ana: Browser, providers: StandIns
) -> None:
    await added(ana, providers)
    changed = await ana.post(
        f"/accounts/{ID}/change", {"rate": "7,5", "name": "Shop 2", "keep": "on", "c-app_secret": "new"}
    )
    both = doors.app[ACCOUNTS].get(ID)
    ended = await ana.post(f"/accounts/{ID}/end-old")
    one = doors.app[ACCOUNTS].get(ID)
    again = await ana.post(f"/accounts/{ID}/end-old")
    await ana.post(
        f"/accounts/{ID}/change", {"rate": "7.5", "name": "", "c-app_secret": "newer", "c-access_token": "t2"}
    )
    last = doors.app[ACCOUNTS].get(ID)
    wrong = await ana.post(f"/accounts/{ID}/change", {"rate": "0"})

    assert both is not None
    assert one is not None
    assert last is not None
    assert (both.credentials.each("app_secret"), both.rate) == (("new", SECRETS["app_secret"]), 7.5)
    assert both.credentials["access_token"] == standins.ACCESS_TOKEN
    assert one.credentials.each("app_secret") == ("new",)
    assert (last.credentials["app_secret"], last.credentials["access_token"]) == ("newer", "t2")
    assert ("is changed" in changed.words, "End the old secrets" in changed.words) == (True, True)
    assert "Only the newest secrets count now" in ended.words
    assert "There was no old secret any more" in again.words
    assert wrong.status == 422
    assert await told(doors) == ["account.credentials", "account.end_old", "account.credentials", "account.add"]
    assert leaked((await ana.get("/audit")).text, changed.text) == []


async def test_two_changes_at_once_both_count(doors: Doors, ana: Browser, providers: StandIns) -> None:
    await added(ana, providers)
    path = f"/accounts/{ID}/change"
    pages = await asyncio.gather(
        ana.post(path, {"rate": "20", "c-app_secret": "one"}), ana.post(path, {"rate": "20", "c-verify_token": "two"})
    )
    account = doors.app[ACCOUNTS].get(ID)

    assert [page.status for page in pages] == [200, 200]
    assert account is not None
    assert (account.credentials["app_secret"], account.credentials["verify_token"]) == ("one", "two")


async def test_an_account_is_paused_and_sends_again_once_each(doors: Doors, ana: Browser, providers: StandIns) -> None:
    await added(ana, providers)
    paused = await asyncio.gather(*(ana.post(f"/accounts/{ID}/pause", {"reason": HOSTILE}) for _ in range(2)))
    listed = await ana.get("/accounts?state=paused")
    await ana.get(f"/accounts/{ID}")
    resumed = await ana.post(f"/accounts/{ID}/resume")
    again = await ana.post(f"/accounts/{ID}/resume")

    assert sum("is paused; what is queued waits" in page.words for page in paused) >= 1
    assert "Shop" in listed.words
    assert "<script>alert" not in listed.text
    assert "\u202e" not in listed.text
    assert ("sends again" in resumed.words, "It was not paused" in again.words) == (True, True)
    assert await told(doors) == ["account.resume", "account.pause", "account.add"]


async def test_an_account_is_removed_by_its_name_with_what_waits(
    doors: Doors, ana: Browser, providers: StandIns
) -> None:
    await added(ana, providers)
    engine = doors.people.engine
    async with engine.begin() as connection:
        person = await rows.add_person(connection)
        waits = await rows.add_outbound(connection, person, account=ID)
    shown = await ana.get(f"/accounts/{ID}")
    untyped = await ana.post(f"/accounts/{ID}/remove", {"force": "on"})
    waiting = await ana.post(f"/accounts/{ID}/remove", {"confirm": ID})
    removed = await ana.post(f"/accounts/{ID}/remove", {"confirm": ID, "force": "on"})

    assert "1 message that waits is given up" in re.sub(r"<[^>]+>", "", shown.text)
    assert ("Type its id to remove it" in untyped.words, untyped.status) == (True, 409)
    assert "Messages wait to be sent through it" in waiting.words
    assert "1 message will not be sent" in removed.words
    assert await rows.column(engine, waits, "error") == "account_removed"
    assert (await ana.get(f"/accounts/{ID}")).status == 404
    assert await told(doors) == ["account.remove", "account.add"]


async def test_what_the_settings_configure_is_seen_and_tested_but_changed_there(database_url: str) -> None:
    own = {f"WHATSAPP_{key.upper()}": value for key, value in OTHER.items()}
    async with open_doors(database_url, **own) as doors:
        await doors.people.person()
        ana = await doors.inside()
        page = await ana.get("/accounts/whatsapp:1000")
        await ana.get("/accounts/new/whatsapp")
        taken = await ana.post(
            "/accounts/new/whatsapp", {"rate": "5", **{f"c-{key}": each for key, each in OTHER.items()}}
        )
        removed = await ana.post("/accounts/whatsapp:1000/remove", {"confirm": "whatsapp:1000"})
        changed = await ana.post("/accounts/whatsapp:1000/change", {"rate": "5"})

    assert "The server's settings" in page.words
    assert "No provider reaches this yet" in page.words
    assert ("is configured by the server's settings" in taken.words, taken.status) == (True, 409)
    assert ("delete it there" in removed.words, "Only what is stored here" in changed.words) == (True, True)


async def test_an_account_that_no_key_opens_fails_in_plain_words(doors: Doors, ana: Browser) -> None:
    await add_stored(doors.people.engine, "whatsapp:1000", OTHER, key="another-key-0123456789-0123456789-abc")
    await doors.app[ACCOUNTS].refresh(doors.people.engine)
    async with doors.people.engine.begin() as connection:
        await pause(connection, "whatsapp:1000", "x", SYSTEM)
    page = await ana.get("/accounts/whatsapp:1000")
    tested = await ana.post("/accounts/whatsapp:1000/test")
    changed = await ana.post("/accounts/whatsapp:1000/change", {"rate": "5", "c-app_secret": "new"})

    assert "cannot be decrypted" in page.words
    assert "It has no credentials that can be used" in tested.words
    assert ("cannot be decrypted" in changed.words, changed.status) == (True, 409)


async def test_who_may_only_see_accounts_changes_none(doors: Doors, ana: Browser, providers: StandIns) -> None:
    await added(ana, providers)
    await doors.people.person("vic@example.com", Role.VIEWER)
    vic = await doors.inside("vic@example.com")
    listed, page = await vic.get("/accounts"), await vic.get(f"/accounts/{ID}")

    assert ("Shop" in listed.words, 'href="/accounts/new"' in listed.text) == (True, False)
    assert (page.status, "/test" in page.text, 'id="change"' in page.text) == (200, False, False)
    assert (await vic.get("/accounts/new")).status == 403
    await vic.get("/accounts")
    for what in ("test", "pause", "resume", "change", "end-old", "remove"):
        assert (await vic.post(f"/accounts/{ID}/{what}")).status == 403, what


async def test_the_templates_of_an_account_are_listed_when_asked_for_and_why_not_is_said(
    doors: Doors, ana: Browser, providers: StandIns
) -> None:
    await added(ana, providers)
    without = await ana.get(f"/accounts/{ID}")
    refused = await ana.post(f"/accounts/{ID}/templates", {})
    await ana.post(f"/accounts/{ID}/change", {"rate": "20", "c-business_account_id": "1022"})
    empty = await ana.get(f"/accounts/{ID}")
    listed = await ana.post(f"/accounts/{ID}/templates", {})
    await ana.post(f"/accounts/{ID}/change", {"rate": "20", "c-access_token": "another"})
    failed = await ana.post(f"/accounts/{ID}/templates", {})
    kept = await ana.get(f"/accounts/{ID}")
    none = await ana.get("/accounts/new/telegram")

    assert "has no WhatsApp Business Account ID" in without.words
    assert (refused.status, "no business account id" in refused.words) == (409, True)
    assert "have not been listed yet" in empty.words
    assert "7 templates are listed" in listed.words
    assert [listed.words.index(name) for name in ("pickup", "reservation_confirmation", "login_code")] == sorted(
        listed.words.index(name) for name in ("pickup", "reservation_confirmation", "login_code")
    )
    assert "Oi {{1}}, seu pedido está pronto até {{2}}." in listed.words
    assert "It has a part that is not filled in here: CAROUSEL." in listed.words
    assert (failed.status, "The access token is wrong" in failed.words) == (409, True)
    assert ("They could not be listed" in kept.words, "pickup" in kept.words) == (True, True)
    assert "templates" not in none.words.lower()
    assert sorted(await told(doors)) == ["account.add", "account.credentials", "account.credentials"]


async def test_templates_are_for_whoever_manages_accounts_to_ask_for(
    doors: Doors, ana: Browser, providers: StandIns
) -> None:
    await added(ana, providers, business_account_id="1022")
    await doors.people.person("bia@example.com", Role.VIEWER)
    bia = await doors.inside("bia@example.com")
    page = await bia.get(f"/accounts/{ID}")
    assert ("Approved templates" in page.words, "List them now" in page.words) == (True, False)
    assert (await bia.post(f"/accounts/{ID}/templates", {})).status == 403
