"""What attempts say of their account: slowed down where it sends too fast, paused where its credentials are refused."""

from functools import cache
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels import service as channels
from bot.channels.service import Accounts
from bot.core.actors import SYSTEM
from bot.db.clock import database_now
from bot.messages.outbox.claimed import Claimed
from bot.providers.base import Outcome, Refused, Sent
from bot.web import metrics

log = structlog.get_logger()


class Complaints:
    """Those of this process's attempts, until they are heeded."""

    def __init__(self, engine: AsyncEngine, accounts: Accounts) -> None:
        """None yet.

        Args:
            engine: the database.
            accounts: as the settings have them.
        """
        self._engine = engine
        self._accounts = accounts
        self._told: set[str] = set()
        self._too_fast: set[str] = set()
        self._refused: dict[str, Refused] = {}

    def hear(self, claimed: Claimed, outcome: Outcome) -> None:
        """Count and log what came of an attempt, and keep what it says of its account."""
        match outcome:
            case Sent():
                result = "sent"
                self._told.discard(claimed.message.account)
            case Refused(credentials=True):
                result = "retry"
                self._refused[claimed.message.account] = outcome
            case Refused(operator=True):
                result = "retry"
                self._tell(claimed, outcome)
            case Refused():
                result = "retry" if outcome.retryable else "failed"
                if outcome.throttled:
                    self._too_fast.add(claimed.message.account)
            case _:
                result = "unknown"
        _sends(claimed.provider, result).inc()
        details = {} if isinstance(outcome, Sent) else {"reason": outcome.reason}
        log.info("attempt", message=claimed.message.id, attempt=claimed.attempt, result=result, **details)

    async def heed(self) -> None:
        """Before the next claim, slow down the accounts that sent too fast and pause those that were refused."""
        too_fast, refused = self._too_fast, self._refused
        if not too_fast and not refused:
            return
        self._too_fast, self._refused = set(), {}
        slowed, paused = [], []
        try:
            async with self._engine.begin() as connection:
                now = await database_now(connection)
                # In the order of their ids, as a claim locks them.
                for account in sorted({*too_fast, *refused}):
                    why = refused.get(account)
                    if why is None:
                        slowed += [account] * await channels.slow_down(connection, account, now)
                    else:
                        paused += [account] * await channels.pause(
                            connection, account, f"{why.reason} ({why.code})", SYSTEM
                        )
        except Exception as error:  # noqa: BLE001 - what came of the attempts has to be recorded all the same
            log.warning("accounts neither slowed down nor paused yet", error=type(error).__name__)
            self._too_fast |= too_fast
            self._refused = {**refused, **self._refused}
            return
        for account in slowed:
            log.warning("account slowed down: its provider complains of the speed", account=account)
        for account in paused:
            mend = f"bot.py accounts resume {account}"
            about = self._about(account, refused[account])
            log.error("account paused: its credentials are refused; its messages wait", **about, mend=mend)

    def _tell(self, claimed: Claimed, refused: Refused) -> None:
        """One clear error an account, until it sends again: its messages wait, so more lines would say no more."""
        account_id = claimed.message.account
        if account_id in self._told:
            return
        self._told.add(account_id)
        log.error(
            "account cannot send until its settings are mended; its messages wait", **self._about(account_id, refused)
        )

    def _about(self, account_id: str, refused: Refused) -> dict[str, Any]:
        account = self._accounts.get(account_id)
        secrets = [each.setting for each in account.provider.credentials if each.secret] if account else []
        return {"account": account_id, "code": refused.code, "reason": refused.reason, "settings": secrets}


@cache
def _sends(provider: str, result: str) -> Counter:
    return metrics.SENDS.labels(provider=provider, result=result)
