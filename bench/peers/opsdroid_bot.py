# mypy: ignore-errors
"""The keyword bot on opsdroid: a skill, and opsdroid's own connector for Facebook Messenger.

opsdroid runs this file twice, once for the skill and once for the connector, each time as a module of its own.

Environment: GRAPH_URL (the stand-in), ANSWERS (a JSON file).
"""

import json
import os
from pathlib import Path

from opsdroid.connector import facebook
from opsdroid.matchers import match_catchall, match_regex
from opsdroid.skill import Skill

bot = json.loads(Path(os.environ["ANSWERS"]).read_text())

# The connector has no setting for Meta's address.
facebook._FACEBOOK_SEND_URL = os.environ["GRAPH_URL"] + "/v16.0/me/messages?access_token={}"  # noqa: SLF001
ConnectorFacebook = facebook.ConnectorFacebook


def answer_with(answer: str):  # noqa: ANN201 - a method of a skill
    """A method that says `answer`."""

    async def method(_self: Skill, message) -> None:  # noqa: ANN001 - opsdroid's
        await message.respond(answer)

    return method


methods = {
    f"keyword_{number}": match_regex(word, case_sensitive=False, matching_condition="search")(answer_with(answer))
    for number, (word, answer) in enumerate(bot["answers"].items())
}
methods["fallback"] = match_catchall(messages_only=True)(answer_with(bot["fallback"]))
Keywords = type("Keywords", (Skill,), methods)
