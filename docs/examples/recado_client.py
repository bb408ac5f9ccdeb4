"""A client of Recado's API, with nothing but the standard library. Copy it, and change what you like.

shop = Recado("https://bot.example.com", os.environ["RECADO_TOKEN"])
ana = shop.post("/contacts", {"phone": "+5511987654321", "name": "Ana"}, key="customer 7")
shop.post("/messages", {"contact_id": ana["id"], "text": "Your bread is ready.", "channels": ["sms"]}, key="order 42")
for contact in shop.pages("/contacts", tag="vip"):
    print(contact["name"])
"""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TRIES, AGAIN = 6, {409, 429, 500, 502, 503, 504}


class Problem(Exception):
    """What the server says is wrong: `kind`, `status`, and all else in `told`."""

    def __init__(self, status: int, told: dict[str, Any]) -> None:
        super().__init__(told.get("detail") or f"HTTP {status}")
        self.status, self.told = status, told
        self.kind = str(told.get("type", "")).rpartition("#")[2]


class Recado:
    """A server, and the token by which it is asked."""

    def __init__(self, url: str, token: str, seconds: float = 30) -> None:
        self._root, self._token, self._seconds = f"{url.rstrip('/')}/api/v1", token, seconds

    def get(self, path: str, **query: Any) -> Any:
        """Read something."""
        return self.ask("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Read a list to its end, page by page."""
        page = self.get(path, **query)
        yield from page["data"]
        while page["next"]:
            page = self.get(path, **query, cursor=page["next"])
            yield from page["data"]

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """Make something. With a key of yours it is made once, however often you ask within a day."""
        return self.ask("POST", path, body, {"Idempotency-Key": key or str(uuid.uuid4())})

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Any request; tried again, later and later, while the server is busy. Raises Problem."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **(headers or {})}
        for tried in range(TRIES):
            wait = 2.0**tried / 2
            try:
                with urlopen(Request(self._root + path, data, sent, method=method), timeout=self._seconds) as answer:
                    return json.loads(answer.read() or b"null")
            except HTTPError as error:
                problem = Problem(error.code, _read(error))
                is_busy = error.code != 409 or problem.kind == "in_progress"
                if error.code not in AGAIN or not is_busy or tried + 1 == TRIES:
                    raise problem from None
                wait = float(error.headers.get("Retry-After") or wait)
            except URLError:
                if tried + 1 == TRIES:
                    raise
            time.sleep(wait)


def _read(error: HTTPError) -> dict[str, Any]:
    """What an answer says; nothing where it is no JSON, such as a proxy's page."""
    try:
        return dict(json.loads(error.read()))
    except ValueError:
        return {}
