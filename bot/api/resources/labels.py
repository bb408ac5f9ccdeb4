"""Labels: words by which the team tells conversations apart."""

from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, NOT_FOUND, REFUSED, not_found
from bot.api.resources.asked_of_inbox import asked
from bot.api.shapes import Given, Shown
from bot.core.permissions import Permission
from bot.endpoints.service import LabelPayload
from bot.inbox.service import (
    COLOURS,
    MOST_LABELS,
    LabelRow,
    NotThereError,
    add_label,
    change_label,
    delete_label,
    hold_label,
    label_of,
    labels,
    merge_labels,
)

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"label_id": _ID}})
_Name = Annotated[str, Field(min_length=1, max_length=64, description="However it is spelled, one word is one label.")]
_Colour = Annotated[str, Field(max_length=16, description=f"One of {', '.join(f'`{each}`' for each in COLOURS)}.")]


class Label(LabelPayload, Shown):
    """A word by which the team tells conversations apart."""

    has_etag: ClassVar[bool] = True

    @classmethod
    def of(cls, label: LabelRow) -> Self:
        """A label of ours."""
        return cls(**label._asdict())


class Labels(Shown):
    """All labels, by name."""

    data: list[Label]


class NewLabel(Given):
    """A label to be made."""

    name: _Name
    colour: _Colour = COLOURS[0]


class LabelChange(Given):
    """What is another now; what is left out stays."""

    name: _Name | None = None
    colour: _Colour | None = None


class MergedInto(Given):
    """Which label conversations have instead."""

    into: Annotated[str, Field(max_length=64, description="The id of the label that stays.")]


class LabelMerged(Shown):
    """What came of it."""

    conversations: Annotated[int, Field(description="Those that have the label that stays, and did not before.")]


async def list_(call: Call[NoQuery, NoBody]) -> Labels:
    """All of them."""
    return Labels(data=[Label.of(each) for each in await labels(call.connection)])


async def get(call: Call[Any, Any]) -> Label:
    """One of them."""
    found = await label_of(call.connection, call.path["label_id"])
    if found is None:
        raise not_found("label")
    return Label.of(found)


async def held(call: Call[Any, Any]) -> Label:
    """One of them, which nobody else changes until the transaction ends."""
    try:
        return Label.of(await hold_label(call.connection, call.path["label_id"]))
    except NotThereError:
        raise not_found("label") from None


async def create(call: Call[NoQuery, NewLabel]) -> Label:
    """Make one."""
    given = call.body
    with asked():
        return Label.of(await add_label(call.connection, given.name, given.colour, call.by, call.now))


async def change(call: Call[NoQuery, LabelChange]) -> Label:
    """Call one otherwise, or let it look so."""
    given, before = call.body, await held(call)
    name, colour = given.name or before.name, given.colour or before.colour
    with asked():
        return Label.of(await change_label(call.connection, before.id, name, colour, call.by, call.now))


async def merge(call: Call[NoQuery, MergedInto]) -> LabelMerged:
    """Let conversations have another one instead."""
    with asked():
        try:
            moved = await merge_labels(call.connection, call.path["label_id"], call.body.into, call.by, call.now)
        except NotThereError:
            raise not_found("label") from None
    return LabelMerged(conversations=moved)


async def delete(call: Call[NoQuery, NoBody]) -> None:
    """Delete one."""
    await delete_label(call.connection, (await held(call)).id, call.by, call.now)


LABELS = Resource(
    "labels",
    "Words by which the team tells conversations apart.",
    (
        Operation(
            name="list_labels",
            method="GET",
            path="/labels",
            scope=Permission.MESSAGES_READ,
            summary="List labels",
            description=f"All of them, by name; there are {MOST_LABELS} at most.",
            handle=list_,
            result=Labels,
        ),
        Operation(
            name="create_label",
            method="POST",
            path="/labels",
            scope=Permission.INBOX_MANAGE,
            summary="Create a label",
            description="A name that another one has, however it is spelled, is refused with `taken`.",
            handle=create,
            body=NewLabel,
            result=Label,
            status=201,
            creates=True,
            problems=(CONFLICT, REFUSED),
            example=MappingProxyType({"body": {"name": "Big order", "colour": "green"}}),
        ),
        Operation(
            name="get_label",
            method="GET",
            path="/labels/{label_id}",
            scope=Permission.MESSAGES_READ,
            summary="Get a label",
            handle=get,
            result=Label,
            example=_ONE,
        ),
        Operation(
            name="change_label",
            method="PATCH",
            path="/labels/{label_id}",
            scope=Permission.INBOX_MANAGE,
            summary="Change a label",
            description="Conversations go on to have it.",
            handle=change,
            body=LabelChange,
            result=Label,
            current=held,
            problems=(CONFLICT, REFUSED),
            example=MappingProxyType({**_ONE, "body": {"colour": "red"}}),
        ),
        Operation(
            name="merge_label",
            method="POST",
            path="/labels/{label_id}/merge",
            scope=Permission.INBOX_MANAGE,
            summary="Merge a label into another one",
            description="Conversations have the other one instead, and this one is deleted.",
            handle=merge,
            body=MergedInto,
            result=LabelMerged,
            current=held,
            problems=(NOT_FOUND, REFUSED),
            example=MappingProxyType({**_ONE, "body": {"into": "cmb0z1q4w000112ab34cd56ef"}}),
        ),
        Operation(
            name="delete_label",
            method="DELETE",
            path="/labels/{label_id}",
            scope=Permission.INBOX_MANAGE,
            summary="Delete a label",
            description="Conversations have it no longer.",
            handle=delete,
            current=held,
            example=_ONE,
        ),
    ),
)
