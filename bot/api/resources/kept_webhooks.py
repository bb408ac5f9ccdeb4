"""What providers posted and nobody understood: kept raw, read again, or left as it is."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, ProblemError, not_found
from bot.api.shapes import Page, PageQuery, Shown, Text
from bot.conversations.parked.posts import RESULTS, Replayed, dismiss, replay
from bot.conversations.views import INTAKE
from bot.core.permissions import Permission
from bot.db.engine import reading
from bot.messages.service import KeptView, PostState, Wanted, kept_posts, raw_of
from bot.web.keys import CLOCK, ENGINE

_ONE = MappingProxyType({"path": {"webhook_id": "cmb0z1q4w000012ab34cd56ef"}})
_Kind = Literal["unknown", "unknown_account", "cleaned"]


class KeptWebhook(Shown):
    """A post that is kept raw."""

    id: str
    provider: str
    kind: Annotated[
        _Kind,
        Field(
            description=(
                "`unknown`: not all of it was understood; `unknown_account`: it is for none here; `cleaned`: it held "
                "characters that no database keeps."
            )
        ),
    ]
    state: Annotated[PostState, Field(description="What became of it.")]
    account: Annotated[str | None, Field(description="Our side, where it is known.")]
    detail: Annotated[dict[str, Any] | None, Field(description="What was made of it.")]
    size: Annotated[int | None, Field(description="Bytes of it, as it came.")]
    cut: Annotated[str, Field(description="What of it is not kept: `files`, `length`; empty for nothing.")]
    received_at: datetime
    replayed_at: datetime | None
    dismissed_at: datetime | None

    @classmethod
    def of(cls, view: KeptView) -> "KeptWebhook":
        """A post of ours."""
        return cls.model_validate(view, from_attributes=True)


class RawWebhook(KeptWebhook):
    """A post with what it said."""

    method: Annotated[str | None, Field(description="Of HTTP; null for what came by no webhook.")]
    url: str | None
    proven_by: Annotated[str | None, Field(description="The account whose credentials proved it; null for none.")]
    payload: Annotated[str | None, Field(description="As it came, of a GET its query; bytes beside UTF-8 as U+FFFD.")]


class KeptWebhookPage(Page[KeptWebhook]):
    """Some posts."""


class KeptWebhookQuery(PageQuery):
    """Which posts."""

    kind: tuple[_Kind, ...] = ()
    provider: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    state: Annotated[tuple[PostState, ...], Field(description="By default those that wait.")] = (PostState.WAITING,)


class ReadAgain(Shown):
    """What came of it."""

    result: Replayed
    reason: Annotated[str, Field(description="The same in words.")]


async def list_(call: Call[KeptWebhookQuery, NoBody]) -> KeptWebhookPage:
    """A page of them."""
    query, cursors = call.query, call.cursors
    wanted = Wanted(providers=query.provider, kinds=query.kind, states=query.state)
    found = await kept_posts(call.connection, wanted, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.received_at, row.id))
    return KeptWebhookPage(data=[KeptWebhook.of(each) for each in rows], next=following)


async def get(call: Call[NoQuery, NoBody]) -> RawWebhook:
    """One, as it came."""
    post = await _post(call.connection, call.path["webhook_id"])
    payload, request = await raw_of(call.connection, post.id)
    told = request or {}
    return RawWebhook(
        **dict(KeptWebhook.of(post)),
        method=told.get("method"),
        url=told.get("url"),
        proven_by=told.get("proven_by") or None,
        payload=None if payload is None else payload.decode(errors="replace"),
    )


async def read_again(call: Call[NoQuery, NoBody]) -> ReadAgain:
    """Read one with what this version understands."""
    engine = call.app[ENGINE]
    async with reading(engine) as connection:
        post = await _post(connection, call.path["webhook_id"])
    result = await replay(engine, call.app[INTAKE], post, call.by, call.app[CLOCK]())
    return ReadAgain(result=result, reason=RESULTS[result])


async def leave(call: Call[NoQuery, NoBody]) -> KeptWebhook:
    """Leave one as it is."""
    post = await _post(call.connection, call.path["webhook_id"])
    if not await dismiss(call.connection, [post.id], call.by, call.now):
        raise ProblemError(CONFLICT, f"Only what waits can be dismissed; this one is {post.state}.", code="state")
    return KeptWebhook.of(await _post(call.connection, post.id))


async def _post(connection: AsyncConnection, id_: str) -> KeptView:
    found = await kept_posts(connection, Wanted(ids=(id_,)), 1)
    if not found:
        raise not_found("webhook")
    return found[0]


KEPT_WEBHOOKS = Resource(
    "kept_webhooks",
    "What providers posted and this version did not understand: it is kept raw until somebody decides.",
    (
        Operation(
            name="list_kept_webhooks",
            method="GET",
            path="/kept_webhooks",
            scope=Permission.POSTS_MANAGE,
            summary="List kept webhooks",
            description="The newest first.",
            handle=list_,
            query=KeptWebhookQuery,
            result=KeptWebhookPage,
            example=MappingProxyType({"query": {"kind": "unknown"}}),
        ),
        Operation(
            name="get_kept_webhook",
            method="GET",
            path="/kept_webhooks/{webhook_id}",
            scope=Permission.POSTS_MANAGE,
            summary="Get a kept webhook",
            description="With its body, as far as it is kept.",
            handle=get,
            result=RawWebhook,
            example=_ONE,
        ),
        Operation(
            name="replay_kept_webhook",
            method="POST",
            path="/kept_webhooks/{webhook_id}/replay",
            scope=Permission.POSTS_MANAGE,
            summary="Read a webhook again",
            description=(
                "With what this version understands. What was recorded before is not recorded twice, and what is too "
                "old is not answered."
            ),
            handle=read_again,
            result=ReadAgain,
            in_pieces=True,
            example=_ONE,
        ),
        Operation(
            name="dismiss_kept_webhook",
            method="POST",
            path="/kept_webhooks/{webhook_id}/dismiss",
            scope=Permission.POSTS_MANAGE,
            summary="Leave a webhook as it is",
            handle=leave,
            result=KeptWebhook,
            problems=(CONFLICT,),
            example=_ONE,
        ),
    ),
)
