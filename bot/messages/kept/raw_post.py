"""A provider's post as it came: what is kept of it raw, and what it takes to read it again."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.providers.base import WebhookRequest
from bot.providers.kit.kept_body import KeptBody, reduced

_LARGE = 64 * 1024
"""Bytes from which on reading a body takes long enough to hold up others."""
_MOST_HEADER = 2000
_SIGNED = ("signature", "timestamp", "nonce", "webhook-id", "x-envelope-")
"""Parts of the names of headers without which a post can neither be read nor proven again. None is a secret."""


@dataclass(slots=True, eq=False)
class RawPost:
    """One post.

    Attributes:
        provider: who posted it.
        body: what it said: the raw body, or the query of a GET.
        request: as received; None for what came by no webhook.
        proven_by: the account whose credentials proved it; empty where nothing did.
    """

    provider: str
    body: bytes
    request: WebhookRequest | None = None
    proven_by: str = ""
    _kept: KeptBody | None = field(default=None, repr=False)

    async def kept(self) -> KeptBody:
        """What is kept of the body; found once, off the loop where it is large."""
        if self._kept is None:
            content_type = self.request.headers.get("content-type", "") if self.request else ""
            if len(self.body) < _LARGE:
                self._kept = reduced(content_type, self.body)
            else:
                self._kept = await asyncio.to_thread(reduced, content_type, self.body)
        return self._kept

    @property
    def is_cut(self) -> bool:
        """Whether some of it is not kept, once that is known."""
        return self._kept is not None and bool(self._kept.cut)

    @property
    def digest(self) -> str | None:
        """Of all that was said and where, so that the same post is kept once; None for what came by no webhook."""
        if self.request is None:
            return None
        place = f"{self.request.method} {self._url(self.request)}\n".encode(errors="replace")
        return hashlib.sha256(place + self.body).hexdigest()

    @property
    def described(self) -> Mapping[str, Any] | None:
        """What it takes beside the body to read the post again, as JSON."""
        if self.request is None:
            return None
        headers = {
            name.lower(): value[:_MOST_HEADER].encode(errors="replace").decode()
            for name, value in self.request.headers.items()
            if name.lower() == "content-type" or any(part in name.lower() for part in _SIGNED)
        }
        return {
            "method": self.request.method,
            "url": self._url(self.request),
            "headers": headers,
            "proven_by": self.proven_by,
        }

    @staticmethod
    def _url(request: WebhookRequest) -> str:
        # The query of a GET is the body.
        return request.url.partition("?")[0] if request.method == "GET" else request.url
