# mypy: ignore-errors
"""The keyword bot on pywa, its asynchronous client, served by its own command: `pywa run pywa_bot.py`.

Environment: GRAPH_URL (the stand-in), ANSWERS (a JSON file).
"""

import json
import os
from pathlib import Path

import httpx
from pywa_async import WhatsApp, filters, types

bot = json.loads(Path(os.environ["ANSWERS"]).read_text())

session = httpx.AsyncClient()
wa = WhatsApp(
    phone_id=bot["numberId"],
    token="token",
    session=session,
    verify_token="verify",
    app_secret=bot["secret"],
)
session.base_url = os.environ["GRAPH_URL"] + "/v24.0"  # the client has just set Meta's


def answer_with(answer: str):  # noqa: ANN201 - a handler, in pywa's manner
    """A handler that says `answer`."""

    async def handler(_: WhatsApp, message: types.Message) -> None:
        await message.reply(answer)

    return handler


for word, answer in bot["answers"].items():
    wa.on_message(filters.contains(word, ignore_case=True))(answer_with(answer))
wa.on_message(filters.text)(answer_with(bot["fallback"]))
