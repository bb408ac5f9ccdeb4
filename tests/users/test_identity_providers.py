"""At which providers people may sign in, as the settings say; and for which addresses Google vouches."""

import pytest

from bot.core.errors import BotError
from bot.settings import Settings
from bot.users.openid.id_tokens import proof_of
from bot.users.openid.providers import identity_providers

GOOGLE = {"GOOGLE_CLIENT_ID": "1.apps.example", "GOOGLE_CLIENT_SECRET": "hush hush"}
OTHER = {
    "BOT_OIDC_ISSUER": "https://sso.example.com/realms/shop",
    "BOT_OIDC_CLIENT_ID": "recado",
    "BOT_OIDC_CLIENT_SECRET": "hush hush",
}


def test_those_that_are_whole_are_there() -> None:
    found = identity_providers(Settings.read({**GOOGLE, **OTHER}))
    named = identity_providers(Settings.read({**OTHER, "BOT_OIDC_NAME": "Shop ID"}))

    assert {key: (each.name, each.issuer) for key, each in found.items()} == {
        "google": ("Google", "https://accounts.google.com"),
        "oidc": ("sso.example.com", OTHER["BOT_OIDC_ISSUER"]),
    }
    assert named["oidc"].name == "Shop ID"
    assert "hush" not in repr(found)
    assert identity_providers(Settings.read({})) == {}


def test_a_part_of_one_is_refused_with_what_is_missing() -> None:
    for given, missing in (
        *(({name: GOOGLE[name]}, next(each for each in GOOGLE if each != name)) for name in GOOGLE),
        ({"BOT_OIDC_ISSUER": OTHER["BOT_OIDC_ISSUER"]}, "BOT_OIDC_CLIENT_ID"),
        ({**OTHER, "BOT_OIDC_CLIENT_SECRET": ""}, "BOT_OIDC_CLIENT_SECRET"),
        ({**GOOGLE, "BOT_OIDC_NAME": "Shop ID"}, "BOT_OIDC_ISSUER"),
        ({"BOT_SIGN_IN_DOMAINS": "shop.example"}, "GOOGLE_CLIENT_ID"),
    ):
        with pytest.raises(BotError) as refused:
            identity_providers(Settings.read(given))
        assert f"{missing} is not" in refused.value.message, given
        assert f"Set {missing}" in refused.value.mend, given


def test_an_issuer_that_cannot_be_asked_safely_is_refused() -> None:
    for issuer in (
        *(
            "http://sso.example.com",
            "sso.example.com",
            "https://",
            "https://a:b@sso.example.com",
            "ftp://sso.example.com",
        ),
        *("https://sso.example.com/?a=b", "https://sso.example.com/#a", "https://sso.example.com:x", "http://10.0.0.7"),
        f"https://sso.example.com/{'x' * 250}",
    ):
        with pytest.raises(BotError, match="BOT_OIDC_ISSUER"):
            identity_providers(Settings.read({**OTHER, "BOT_OIDC_ISSUER": issuer}))
    for issuer in ("http://localhost:9000", "http://127.0.0.1:9000/realms/a", "http://[::1]:9000", "https://10.0.0.7/"):
        settings = Settings.read({**OTHER, "BOT_OIDC_ISSUER": issuer})
        assert identity_providers(settings)["oidc"].issuer == issuer


def test_domains_are_read_as_they_stand_behind_the_at() -> None:
    given = {**GOOGLE, "BOT_SIGN_IN_DOMAINS": " Shop.example,loja.com.br"}
    assert Settings.read(given).sign_in_domains == ("shop.example", "loja.com.br")
    for odd in ("@shop.example", "shop", "*.example", "shop.example/x", "-a.example"):
        with pytest.raises(BotError, match="BOT_SIGN_IN_DOMAINS"):
            Settings.read({"BOT_SIGN_IN_DOMAINS": odd})


def test_google_vouches_for_its_own_addresses_and_for_those_of_organisations_alone() -> None:
    providers = identity_providers(Settings.read({**GOOGLE, **OTHER}))
    for email, more, google, other in (
        ("ana@gmail.com", {}, True, True),
        ("ana@shop.example", {"hd": "shop.example"}, True, True),
        # Who had it once, when the account was made, may be somebody else by now.
        ("ana@shop.example", {}, False, True),
        ("ana@shop.example", {"hd": ""}, False, True),
        ("ana@shop.example", {"hd": True}, False, True),
        ("ana@gmail.com.example", {}, False, True),
        ("ana@gmail.com", {"email_verified": "true"}, False, False),
        ("ana@gmail.com", {"email_verified": 1}, False, False),
    ):
        claims = {"sub": "1", "email": email, "email_verified": True, **more}
        vouched = [proof_of(providers[key], claims).is_verified for key in ("google", "oidc")]
        assert vouched == [google, other], (email, more)
