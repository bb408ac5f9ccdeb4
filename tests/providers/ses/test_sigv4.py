"""AWS Signature Version 4, held against the published test suite of AWS."""

from datetime import UTC, datetime

from bot.providers.ses.sigv4 import Key, signed
from tests.support.tables import for_each

KEY = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@for_each(
    ("method", "headers", "body", "names", "signature"),
    [
        ("GET", {}, b"", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", {}, b"", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            {"My-Header2": '"a   b   c"', "My-Header1": " value1"},
            b"",
            "host;my-header1;my-header2;x-amz-date",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "POST",
            FORM,
            b"Param1=value1",
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "get-header-value-trim", "post-x-www-form-urlencoded"],
)
def test_the_suites_requests_get_the_suites_signatures(
    method: str, headers: dict[str, str], body: bytes, names: str, signature: str
) -> None:
    sent = signed(method, "example.amazonaws.com", "/", headers=headers, body=body, key=KEY, now=NOW)
    assert sent == {
        **headers,
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}",
    }


def test_a_body_changed_by_one_byte_is_signed_otherwise() -> None:
    first, second = (
        signed("POST", "example.amazonaws.com", "/", headers={}, body=body, key=KEY, now=NOW) for body in (b"a", b"b")
    )
    assert first["Authorization"] != second["Authorization"]
