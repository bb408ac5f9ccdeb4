"""Asking an account's provider whether it knows the credentials: seconds, so never within a transaction."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import (
    Answered,
    ConfiguredAccount,
    NoAnswerError,
    ask,
    asking,
    record_checked,
    record_refused,
    require_complete,
)
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.messages.outbox import smtp

_SECONDS = 12.0


class NotInTimeError(BotError):
    """Nobody has answered as long as one waits."""

    blame = Blame.SURROUNDINGS


async def ask_provider(account: ConfiguredAccount) -> Answered:
    """What its provider says of an account.

    Raises NoAnswerError and NotInTimeError where nobody answers, BotError where nothing can be asked.
    """
    require_complete(account.provider, account.credentials)
    try:
        async with asyncio.timeout(_SECONDS), asking() as session:
            return await ask(account.provider, account.credentials, session, smtp.deliver)
    except TimeoutError:
        seconds = str(int(_SECONDS))
        raise NotInTimeError(N_("its provider has not answered within {seconds} seconds"), seconds=seconds) from None
    except NoAnswerError as error:
        if isinstance(error.__cause__, TimeoutError):
            raise NotInTimeError(N_("{url} has not answered in time"), url=error.origin) from error
        raise


async def record_answer(
    connection: AsyncConnection, account: ConfiguredAccount, answered: Answered, now: datetime
) -> None:
    """Let the account count as connected from now on, or as failing."""
    if answered.is_known:
        await record_checked(connection, [account], now)
    else:
        await record_refused(connection, account, now)
