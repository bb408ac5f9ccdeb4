"""Accounts: how our senders with providers stand, and letting them send or not."""

from types import MappingProxyType
from typing import Any, NamedTuple

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource, Wish
from bot.api.problems import REFUSED, ProblemError, not_found
from bot.api.resources.account_shapes import (
    Account,
    AccountPage,
    AccountQuery,
    AccountTest,
    Answer,
    PausedAccount,
    Pausing,
)
from bot.channels.service import Answered, ConfiguredAccount, NoAnswerError, pause, resume
from bot.conversations.views import ACCOUNTS
from bot.core.errors import NotConfiguredError
from bot.core.permissions import Permission
from bot.messages.service import (
    ListedAccount,
    NoAccountError,
    NotInTimeError,
    Traffic,
    ask_provider,
    listed_account,
    listed_accounts,
    record_answer,
    traffic,
)
from bot.web.keys import ENGINE, READER

_ONE = MappingProxyType({"path": {"account_id": "whatsapp:106540352242922"}})


class Asked(NamedTuple):
    """An account, and what its provider said; None where nobody answered."""

    account: ConfiguredAccount
    answered: Answered | None
    said: str


async def list_(call: Call[AccountQuery, NoBody]) -> AccountPage:
    """A page of them, by id."""
    query, after = call.query, call.cursors.after_text or ""
    fitting = [
        each
        for each in await listed_accounts(call.connection, call.app[ACCOUNTS])
        if each.id > after
        and (not query.state or each.state in query.state)
        and (not query.provider or each.provider in query.provider)
    ]
    rows, following = call.cursors.page(fitting[: call.cursors.wanted], lambda row: (row.id,))
    lately = await traffic(call.connection)
    data = [Account.of(each, lately.get(each.id, Traffic()), call.base) for each in rows]
    return AccountPage(data=data, next=following)


async def get(call: Call[NoQuery, NoBody]) -> Account:
    """One of them."""
    try:
        found = await listed_account(call.connection, call.app[ACCOUNTS], call.path["account_id"])
    except NoAccountError:
        raise not_found("account") from None
    return Account.of(found, (await traffic(call.connection)).get(found.id, Traffic()), call.base)


async def find(wish: Wish[Any]) -> ListedAccount:
    """The one that the path names."""
    try:
        async with wish.app[READER].reading() as connection:
            return await listed_account(connection, wish.app[ACCOUNTS], wish.path["account_id"])
    except NoAccountError:
        raise not_found("account") from None


async def stop(call: Call[NoQuery, Pausing]) -> PausedAccount:
    """Let nothing more be sent."""
    account: ListedAccount = call.prepared
    changed = await pause(call.connection, account.id, call.body.reason, call.by)
    return PausedAccount(id=account.id, paused=True, changed=changed)


async def let_send(call: Call[NoQuery, NoBody]) -> PausedAccount:
    """Let it send again."""
    account: ListedAccount = call.prepared
    return PausedAccount(id=account.id, paused=False, changed=await resume(call.connection, account.id, call.by))


async def ask(wish: Wish[NoBody]) -> Asked:
    """What its provider says of one."""
    account = wish.app[ACCOUNTS].get((await find(wish)).id)
    if account is None:
        raise ProblemError(
            REFUSED, "It has no credentials that can be used. An ADMIN gives them on its page.", code="no_credentials"
        )
    try:
        answered = await ask_provider(account)
    except (NoAnswerError, NotInTimeError) as error:
        return Asked(account, None, error.sentence())
    except NotConfiguredError as error:
        raise ProblemError(REFUSED, f"Its {error.setting} is empty.", code="no_credentials") from None
    return Asked(account, answered, answered.words(str))


async def keep_answer(call: Call[NoQuery, NoBody]) -> AccountTest:
    """Keep what its provider said."""
    asked: Asked = call.prepared
    if asked.answered is None:
        return AccountTest(answer=Answer.NONE, said=asked.said)
    await record_answer(call.connection, asked.account, asked.answered, call.now)
    accounts, engine = call.app[ACCOUNTS], call.app[ENGINE]
    call.after(lambda: accounts.refresh(engine))
    return AccountTest(answer=Answer.KNOWN if asked.answered.is_known else Answer.REFUSED, said=asked.said)


OUR_ACCOUNTS = Resource(
    "accounts",
    "Our senders with providers. What they prove themselves with is never told.",
    (
        Operation(
            name="list_accounts",
            method="GET",
            path="/accounts",
            scope=Permission.ACCOUNTS_READ,
            summary="List accounts",
            description="Those that are configured, stored, or have a queue left; by id.",
            handle=list_,
            query=AccountQuery,
            result=AccountPage,
            example=MappingProxyType({"query": {"state": "failing"}}),
        ),
        Operation(
            name="get_account",
            method="GET",
            path="/accounts/{account_id}",
            scope=Permission.ACCOUNTS_READ,
            summary="Get an account",
            handle=get,
            result=Account,
            example=_ONE,
        ),
        Operation(
            name="pause_account",
            method="POST",
            path="/accounts/{account_id}/pause",
            scope=Permission.ACCOUNTS_MANAGE,
            summary="Pause an account",
            description="Nothing more is sent through it; what is queued waits. A paused one keeps its first reason.",
            prepare=find,
            handle=stop,
            body=Pausing,
            result=PausedAccount,
            example=MappingProxyType({**_ONE, "body": {"reason": "Its number is being moved."}}),
        ),
        Operation(
            name="resume_account",
            method="POST",
            path="/accounts/{account_id}/resume",
            scope=Permission.ACCOUNTS_MANAGE,
            summary="Let an account send again",
            prepare=find,
            handle=let_send,
            result=PausedAccount,
            example=_ONE,
        ),
        Operation(
            name="test_account",
            method="POST",
            path="/accounts/{account_id}/test",
            scope=Permission.ACCOUNTS_MANAGE,
            summary="Ask an account's provider",
            description="Whether it knows the credentials; this takes up to 12 seconds. Nothing is sent to anybody.",
            prepare=ask,
            handle=keep_answer,
            result=AccountTest,
            problems=(REFUSED,),
            example=_ONE,
        ),
    ),
)
