"""The audit: who changed what."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import not_found
from bot.api.shapes import Moment, Page, PageQuery, Shown, Text
from bot.audit.service import AuditFilter, line_of, lines
from bot.core.permissions import Permission

_Some = Annotated[tuple[Text, ...], Field(max_length=100)]


class AuditLine(Shown):
    """One change that somebody made."""

    id: str
    created_at: datetime
    actor: Annotated[str, Field(description="Who it was, in words that stay when the user is gone.")]
    user_id: Annotated[str | None, Field(description="Null for a command, and for the server by itself.")]
    token_id: Annotated[str | None, Field(description="By which token; null for none.")]
    action: Annotated[str, Field(description="What was done: `user.role`.")]
    resource: Annotated[str, Field(description="To what kind of thing: `user`.")]
    resource_id: Annotated[str, Field(description="To which one; empty for the kind as a whole.")]
    detail: Annotated[dict[str, Any] | None, Field(description="What is to be told of it: values before and after.")]
    address: Annotated[str, Field(description="The network address from which it came; empty for none.")]


class AuditPage(Page[AuditLine]):
    """Some lines."""


class AuditQuery(PageQuery):
    """Which lines."""

    search: Annotated[
        Text, Field(max_length=200, description="A part of the name of who did it, or an id of theirs or of a thing.")
    ] = ""
    user_id: Annotated[Text | None, Field(max_length=64, description="Of who did it.")] = None
    action: Annotated[_Some, Field(description="What was done.")] = ()
    resource: Annotated[_Some, Field(description="To what kind of thing.")] = ()
    resource_id: Annotated[Text | None, Field(max_length=255, description="To which one.")] = None
    since: Annotated[Moment | None, Field(description="Not before.")] = None
    until: Annotated[Moment | None, Field(description="Before.")] = None


async def list_(call: Call[AuditQuery, NoBody]) -> AuditPage:
    """A page of it."""
    query, cursors = call.query, call.cursors
    wanted = AuditFilter(
        user_id=query.user_id,
        actions=query.action,
        resources=query.resource,
        resource_id=query.resource_id,
        words=query.search.strip(),
        since=query.since,
        until=query.until,
    )
    found = await lines(call.connection, wanted, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    return AuditPage(data=[AuditLine.model_validate(each._asdict()) for each in rows], next=following)


async def get(call: Call[NoQuery, NoBody]) -> AuditLine:
    """One line."""
    found = await line_of(call.connection, call.path["line_id"])
    if found is None:
        raise not_found("line")
    return AuditLine.model_validate(found._asdict())


AUDIT = Resource(
    "audit",
    "Who changed what, and when: a line for each change that a person, a program or a command made.",
    (
        Operation(
            name="list_audit",
            method="GET",
            path="/audit",
            scope=Permission.AUDIT_READ,
            summary="List what was done",
            description="The newest first.",
            handle=list_,
            query=AuditQuery,
            result=AuditPage,
            example=MappingProxyType({"query": {"resource": "user", "since": "2026-11-01T00:00:00Z"}}),
        ),
        Operation(
            name="get_audit_line",
            method="GET",
            path="/audit/{line_id}",
            scope=Permission.AUDIT_READ,
            summary="Get a line",
            handle=get,
            result=AuditLine,
            example=MappingProxyType({"path": {"line_id": "cmb0z1q4w000012ab34cd56ef"}}),
        ),
    ),
)
