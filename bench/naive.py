"""The usual webhook server, to compare with: check the signature, read the JSON, store one row, answer 200.

What it stored is answered later by something else. One INSERT and one commit a post, through a pool of eight
connections, on the same PostgreSQL.

    python -m bench.naive --port 9000 --database postgresql://…
"""

import argparse
import hashlib
import hmac

import asyncpg
import orjson
import uvloop
from aiohttp import web

from bench.scenario import SECRET

_SCHEMA = """
CREATE TABLE IF NOT EXISTS webhook_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text NOT NULL,
    provider_message_id text NOT NULL,
    sender text NOT NULL,
    content text NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account, provider_message_id)
)
"""
_INSERT = """
INSERT INTO webhook_messages (account, provider_message_id, sender, content, payload) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""

POOL = web.AppKey("pool", asyncpg.Pool)


async def webhook(request: web.Request) -> web.Response:
    """Store the post's one message."""
    body = await request.read()
    expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), expected):
        return web.Response(status=401)
    value = orjson.loads(body)["entry"][0]["changes"][0]["value"]
    message = value["messages"][0]
    await request.app[POOL].execute(
        _INSERT,
        value["metadata"]["phone_number_id"],
        message["id"],
        message["from"],
        message["text"]["body"],
        body.decode(),
    )
    return web.Response()


async def make_app(database: str) -> web.Application:
    """The server on `database`."""
    app = web.Application()
    pool = await asyncpg.create_pool(database, min_size=8, max_size=8)
    await pool.execute(_SCHEMA)
    app[POOL] = pool
    app.router.add_post("/webhooks/whatsapp", webhook)
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    given = parser.parse_args()
    uvloop.install()
    web.run_app(make_app(given.database), host="127.0.0.1", port=given.port, access_log=None, print=None)
