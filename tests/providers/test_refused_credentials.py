"""Every provider's way of refusing an account's credentials is known, so that the account is paused."""

from bot.providers.base import HttpResponse, Refused
from bot.providers.table import PROVIDERS
from tests.support.tables import for_each

_BY_MAIL = 535
"""A mail server's own status for a wrong password."""


@for_each("name", sorted(PROVIDERS))
def test_an_answer_that_refuses_the_credentials_pauses_the_account(name: str) -> None:
    status = _BY_MAIL if name == "mime" else 401

    outcome = PROVIDERS[name].read(HttpResponse(status, {}, b"{}"))

    assert isinstance(outcome, Refused)
    assert (outcome.operator, outcome.credentials, outcome.throttled) == (True, True, False)


@for_each(
    ("name", "status", "body"),
    [
        ("whatsapp", 400, b'{"error": {"code": 190}}'),
        ("whatsapp", 400, b'{"error": {"code": 131005}}'),
        ("dialog360", 403, b"{}"),
        ("messenger", 400, b'{"error": {"code": 190}}'),
        ("twilio", 400, b'{"code": 20003}'),
        ("postmark", 422, b'{"ErrorCode": 10}'),
    ],
)
def test_a_code_may_say_so_with_another_status(name: str, status: int, body: bytes) -> None:
    outcome = PROVIDERS[name].read(HttpResponse(status, {}, body))

    assert isinstance(outcome, Refused)
    assert outcome.credentials


@for_each(
    ("name", "status", "body"),
    [
        ("whatsapp", 400, b'{"error": {"code": 131042}}'),
        ("twilio", 400, b'{"code": 21408}'),
        ("mailgun", 403, b"{}"),
        ("telnyx", 402, b"{}"),
        ("vonage", 402, b"{}"),
        ("plivo", 402, b"{}"),
        ("postmark", 422, b'{"ErrorCode": 400}'),
    ],
)
def test_what_else_only_the_owner_can_mend_waits_without_a_pause(name: str, status: int, body: bytes) -> None:
    outcome = PROVIDERS[name].read(HttpResponse(status, {}, body))

    assert isinstance(outcome, Refused)
    assert (outcome.operator, outcome.credentials) == (True, False)
