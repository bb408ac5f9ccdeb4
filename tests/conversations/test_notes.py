"""What the log says of a turn once it is committed."""

from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from tests.support.bot import message, running_bot

BUNDLE = """\
bundle: shop
locale: en
templates:
  where: {content: "Shall we write to {{ contact.email }}?"}
triggers:
  - {type: equals, pattern: mail, template: where}
"""


async def test_a_variable_without_a_value_is_warned_of_by_name(engine: AsyncEngine) -> None:
    async with running_bot(engine, BUNDLE) as bot:
        with capture_logs() as lines:
            await bot.hears(message("mail"))

        (inbound,) = await bot.rows(direction="inbound")
        assert await bot.says() == ["Shall we write to ?"]
    warned = [line for line in lines if line["log_level"] == "warning"]
    assert warned == [
        {
            "event": "variable missing",
            "log_level": "warning",
            "message": inbound.id,
            "template": "where",
            "name": "contact.email",
        }
    ]
