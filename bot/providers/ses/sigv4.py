"""AWS Signature Version 4 of a request whose path and headers need no encoding, and that has no query."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Key(NamedTuple):
    """What a request is signed with.

    Attributes:
        id: the access key's id.
        secret: the secret access key.
        region: e.g. `us-east-1`.
        service: e.g. `ses`.
    """

    id: str
    secret: str
    region: str
    service: str


def signed(
    method: str, host: str, path: str, *, headers: Mapping[str, str], body: bytes, key: Key, now: datetime
) -> dict[str, str]:
    """The headers to send: those given, `X-Amz-Date` and `Authorization`; the host is signed along with them."""
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    sent = {**headers, "X-Amz-Date": moment}
    canonical = {name.lower(): " ".join(value.split()) for name, value in {**sent, "Host": host}.items()}
    names = ";".join(sorted(canonical))
    lines = "".join(f"{name}:{canonical[name]}\n" for name in sorted(canonical))
    request = "\n".join((method, path, "", lines, names, hashlib.sha256(body).hexdigest()))
    scope = f"{moment[:8]}/{key.region}/{key.service}/aws4_request"
    content = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = hmac.digest(_signing_key(key, moment[:8]), content.encode(), "sha256").hex()
    authorization = f"{_ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**sent, "Authorization": authorization}


def _signing_key(key: Key, day: str) -> bytes:
    derived = f"AWS4{key.secret}".encode()
    for part in (day, key.region, key.service, "aws4_request"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    return derived
