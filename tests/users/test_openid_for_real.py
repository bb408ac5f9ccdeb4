"""Signing in at a provider that somebody else has written."""

from collections.abc import Iterator

import pytest

from tests.support.doors import open_doors
from tests.support.real_provider import real_provider


@pytest.fixture
def issuer() -> Iterator[str]:
    with real_provider() as made:
        yield made


async def test_who_is_known_comes_in_and_who_declines_or_is_not_verified_stays_out(
    sqlite_url: str, issuer: str
) -> None:
    settings = {"BOT_OIDC_ISSUER": issuer, "BOT_OIDC_CLIENT_ID": "recado", "BOT_OIDC_CLIENT_SECRET": "any: secret"}
    async with open_doors(sqlite_url, **settings) as doors:
        await doors.people.person()
        browser, other = await doors.browser(), await doors.browser()
        there = await browser.get("/sign-in/with/oidc?next=/account/sessions")
        inside = await browser.post(str(there.url), {"sub": "ana"})
        form = await other.get("/sign-in/with/oidc")
        declined = await other.post(str(form.url), {"action": "deny"})
        form = await other.get("/sign-in/with/oidc")
        unverified = await other.post(str(form.url), {"sub": "ana@example.com"})
        user = await doors.people.user()

    assert "Authorize Client" in there.words
    assert (inside.status, inside.path) == (200, "/account/sessions")
    assert user.provider == issuer
    assert (declined.status, "You did not let localhost say who you are" in declined.words) == (403, True)
    assert (unverified.status, "Nobody is let in here with that account" in unverified.words) == (403, True)
