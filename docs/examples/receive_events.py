"""A program that is told what happens: it verifies each request, and does its work once for each event.

pip install aiohttp standardwebhooks
RECADO_SECRET=whsec_… python receive_events.py
"""

import os
import sqlite3

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError


def make_app(secret: str, file: str = "events.db") -> web.Application:
    """The program; `secret` is what the endpoint's page showed once."""
    webhook = Webhook(secret)
    seen = sqlite3.connect(file)
    seen.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT, text TEXT)")

    async def hear(request: web.Request) -> web.Response:
        try:
            # The body as it came: one byte more or less, and the signature is another one.
            event = webhook.verify(await request.text(), dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        text = event["data"]["message"]["text"] if event["type"] == "message.received" else ""
        # What comes again has the same id: it is taken, and nothing is done twice.
        with seen:
            seen.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", (event["id"], event["type"], text))
        # Quickly, and only once it is written down; what takes longer is done afterwards.
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/recado", hear)
    return app


if __name__ == "__main__":
    web.run_app(make_app(os.environ["RECADO_SECRET"]), port=3000)
