"""A provider of OpenID Connect that somebody else has written, in a thread of this process."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def real_provider() -> Iterator[str]:
    """Its issuer; it lets in whoever says to be `ana`, and others whose address nobody has verified."""
    with warnings.catch_warnings():
        # It uses a library in a way that this one gives up.
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread  # noqa: PLC0415 - which takes long

        ana = User(sub="ana", claims={"email": "ana@example.com", "email_verified": True, "name": "Ana Souza"})
        with run_server_in_thread(require_nonce=True, user_claims=[ana]) as server:
            yield f"http://localhost:{server.server_port}"
