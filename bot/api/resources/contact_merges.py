"""Contacts who turn out to be one person: what merging them would do, merging them, and undoing it."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, NOT_FOUND, REFUSED, ProblemError, not_found, sentence
from bot.api.resources.contact_shapes import Contact, ContactAddress
from bot.api.shapes import Attribute, Given, Page, PageQuery, Query, Shown, Text
from bot.contacts.service import (
    Merge,
    Suggestion,
    SuggestionPlace,
    dismiss_suggestion,
    find_merge,
    kept_id,
    merges_of,
    suggestions,
    tags,
)
from bot.conversations.service import merge, preview_merge, undo_merge
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.purposes import ConsentPurpose

_Id = Annotated[str, Field(max_length=64)]
_MOST = 50
_EXAMPLE = "cmb0z1q4w000012ab34cd56ef"


class Pair(Given):
    """Two contacts who are one person."""

    kept_id: Annotated[_Id, Field(description="Who goes on.")]
    merged_id: Annotated[_Id, Field(description="Of whom only the history is left; the id leads to who goes on.")]


class MergesQuery(Query):
    """Whose merges."""

    contact_id: Annotated[Text, Field(max_length=64, description="Who was kept, or merged.")]


class ContactMerge(Shown):
    """That two contacts are one person."""

    id: str
    kept_id: Annotated[str, Field(description="Who goes on.")]
    merged_id: Annotated[str, Field(description="Who was merged into them.")]
    merged_by: Annotated[str, Field(description="Who said so.")]
    at: datetime
    undone_at: Annotated[datetime | None, Field(description="When they became two again.")]

    @classmethod
    def of(cls, done: Merge) -> "ContactMerge":
        """A merge of ours."""
        return cls.model_validate(done, from_attributes=True)


class ContactMerges(Shown):
    """The merges that hold, the last one first: that is undone first."""

    data: list[ContactMerge]


class DuplicatesQuery(PageQuery):
    """Which suggestions: the likeliest first."""


class Duplicate(Shown):
    """Two contacts who may be one person."""

    id: str
    first: Annotated[str, Field(description="The one contact.")]
    second: Annotated[str, Field(description="The other.")]
    score: Annotated[float, Field(description="How alike they are, up to 1.")]
    reasons: Annotated[list[str], Field(description="In what: `phone`, `email`, `name`; `told`: a channel says so.")]
    found_at: datetime

    @classmethod
    def of(cls, found: Suggestion) -> "Duplicate":
        """A suggestion of ours."""
        return cls(
            id=found.id,
            first=found.first.id,
            second=found.second.id,
            score=found.score,
            reasons=list(found.reasons),
            found_at=found.found_at,
        )


class DuplicatePage(Page[Duplicate]):
    """Some of them."""


class Dismissed(Shown):
    """That they are two people."""

    dismissed: bool


class RefusedForBoth(Shown):
    """What an address would refuse, since another one of theirs does."""

    address: str
    channel: Channel
    purpose: ConsentPurpose


class Preview(Shown):
    """What would become of two contacts."""

    kept: Contact
    merged: Contact
    addresses: Annotated[list[ContactAddress], Field(description="Those that would move.")]
    filled: Annotated[dict[str, str], Field(description="Details that only the merged one has.")]
    attributes: Annotated[dict[str, Attribute], Field(description="Those that only the merged one has.")]
    tags: Annotated[list[str], Field(description="Those that only the merged one has.")]
    refused: Annotated[list[RefusedForBoth], Field(description="What would be refused for both.")]
    waiting: Annotated[int, Field(description="Messages still to be sent or answered that would move.")]
    flow_goes_on: Annotated[str | None, Field(description="The contact whose flow, or person, goes on.")]
    flow_ends: Annotated[str | None, Field(description="The contact whose flow would end.")]
    with_a_person: Annotated[bool, Field(description="A person would have the conversation.")]


async def list_(call: Call[MergesQuery, NoBody]) -> ContactMerges:
    """Those of one contact."""
    found = await merges_of(call.connection, await kept_id(call.connection, call.query.contact_id), _MOST)
    return ContactMerges(data=[ContactMerge.of(each) for each in found])


async def list_duplicates(call: Call[DuplicatesQuery, NoBody]) -> DuplicatePage:
    """A page of who may be one person."""
    given = call.cursors.after
    after = None if given is None else SuggestionPlace(float(str(given[0])), str(given[1]))
    found = await suggestions(call.connection, call.cursors.wanted, after)
    rows, following = call.cursors.page(found, lambda row: (str(row.score), row.id))
    return DuplicatePage(data=[Duplicate.of(each) for each in rows], next=following)


async def dismiss(call: Call[NoQuery, NoBody]) -> Dismissed:
    """Say that two are two people."""
    done = await dismiss_suggestion(call.connection, call.path["suggestion_id"], call.by, call.now)
    if not done:
        raise not_found("suggestion")
    return Dismissed(dismissed=done)


async def look(call: Call[NoQuery, Pair]) -> Preview:
    """What would become of two."""
    given = call.body
    found = await preview_merge(call.connection, given.kept_id, given.merged_id, call.now)
    if found is None:
        raise not_found("contact")
    people = found.contacts
    return Preview(
        kept=Contact.of(people.kept, await tags(call.connection, people.kept.id)),
        merged=Contact.of(people.merged, await tags(call.connection, people.merged.id)),
        addresses=[ContactAddress.of(each) for each in people.addresses],
        filled=dict(people.filled),
        attributes=dict(people.attributes),
        tags=list(people.tags),
        refused=[RefusedForBoth.model_validate(each, from_attributes=True) for each in people.refused],
        waiting=found.waiting,
        flow_goes_on=found.flow_goes_on or None,
        flow_ends=found.flow_ends or None,
        with_a_person=found.with_a_person,
    )


async def create(call: Call[NoQuery, Pair]) -> ContactMerge:
    """Merge two."""
    given = call.body
    try:
        return ContactMerge.of(await merge(call.connection, given.kept_id, given.merged_id, call.by, call.now))
    except BotError as error:
        raise ProblemError(CONFLICT, sentence(error), code="not_merged") from None


async def undo(call: Call[NoQuery, NoBody]) -> ContactMerge:
    """Let two be two again."""
    merge_id = call.path["merge_id"]
    if await find_merge(call.connection, merge_id) is None:
        raise not_found("merge")
    try:
        await undo_merge(call.connection, merge_id, call.by, call.now)
    except BotError as error:
        raise ProblemError(CONFLICT, sentence(error), code="not_undone") from None
    done = await find_merge(call.connection, merge_id)
    if done is None:
        raise not_found("merge")
    return ContactMerge.of(done)


_PAIR: Any = MappingProxyType({"body": {"kept_id": _EXAMPLE, "merged_id": "cmb0z1q4w000112ab34cd56ef"}})
_OPERATIONS: Sequence[Operation] = (
    Operation(
        name="list_contact_duplicates",
        method="GET",
        path="/contact_duplicates",
        scope=Permission.CONTACTS_READ,
        summary="List contacts who may be one person",
        description="The likeliest first, as a daily look finds them, without those that somebody dismissed.",
        handle=list_duplicates,
        query=DuplicatesQuery,
        result=DuplicatePage,
        example=MappingProxyType({"query": {"limit": 20}}),
    ),
    Operation(
        name="dismiss_contact_duplicate",
        method="POST",
        path="/contact_duplicates/{suggestion_id}/dismiss",
        scope=Permission.CONTACTS_EDIT,
        summary="Say that two contacts are two people",
        description="They are never suggested again.",
        handle=dismiss,
        result=Dismissed,
        example=MappingProxyType({"path": {"suggestion_id": _EXAMPLE}}),
    ),
    Operation(
        name="list_contact_merges",
        method="GET",
        path="/contact_merges",
        scope=Permission.CONTACTS_READ,
        summary="List whom a contact was merged with",
        description="The last one first, which is undone first.",
        handle=list_,
        query=MergesQuery,
        result=ContactMerges,
        example=MappingProxyType({"query": {"contact_id": _EXAMPLE}}),
    ),
    Operation(
        name="preview_contact_merge",
        method="POST",
        path="/contact_merges/preview",
        scope=Permission.CONTACTS_READ,
        summary="See what merging two contacts would do",
        description="What would move, be combined and end; nothing changes.",
        handle=look,
        only_reads=True,
        body=Pair,
        result=Preview,
        problems=(NOT_FOUND,),
        example=_PAIR,
    ),
    Operation(
        name="create_contact_merge",
        method="POST",
        path="/contact_merges",
        scope=Permission.CONTACTS_EDIT,
        summary="Merge two contacts",
        description=(
            "Addresses, what is still to be sent, one running flow and the stricter consents go to who is kept; what "
            "was said stays, and is listed as one conversation. The merged one's id goes on to lead to who is kept: "
            "the answer's `id` is theirs. 409 where they are one already, or one was merged meanwhile."
        ),
        handle=create,
        body=Pair,
        result=ContactMerge,
        status=201,
        creates=True,
        problems=(CONFLICT, REFUSED),
        example=_PAIR,
    ),
    Operation(
        name="undo_contact_merge",
        method="POST",
        path="/contact_merges/{merge_id}/undo",
        scope=Permission.CONTACTS_EDIT,
        summary="Undo a merge",
        description=(
            "Whoever was merged has back what went over, and what was said since at their addresses. 409 where a later "
            "merge is to be undone first."
        ),
        handle=undo,
        result=ContactMerge,
        problems=(CONFLICT,),
        example=MappingProxyType({"path": {"merge_id": _EXAMPLE}}),
    ),
)
CONTACT_MERGES = Resource("contact_merges", "Contacts who turned out to be one person.", _OPERATIONS)
