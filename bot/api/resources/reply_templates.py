"""Reply templates: words that the team says often."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, NOT_FOUND, REFUSED, not_found
from bot.api.resources.asked_of_inbox import asked
from bot.api.shapes import Given, Page, PageQuery, Shown, Text
from bot.core.addresses import Channel
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT
from bot.inbox.service import (
    AskedTemplate,
    NotThereError,
    ReplyTemplateFilter,
    ReplyTemplateRow,
    add_reply_template,
    change_reply_template,
    delete_reply_template,
    fill_reply_template,
    hold_reply_template,
    reply_template,
    reply_templates,
)
from bot.web.posted import WORDY

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"template_id": _ID}})
_Name = Annotated[str, Field(min_length=1, max_length=64, description="As people find it.")]
_Shortcut = Annotated[
    str, Field(min_length=1, max_length=33, description="What is typed after a slash: `hours`. No two have one.")
]
_Content = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT, description="With variables such as `{{ contact.first_name }}`.")
]
_Category = Annotated[str, Field(max_length=64, description="Under which it stands; empty for none.")]


class ReplyTemplate(Shown):
    """Words that the team says often."""

    has_etag: ClassVar[bool] = True
    volatile: ClassVar[frozenset[str]] = frozenset({"updated_at"})

    id: str
    name: Annotated[str, Field(description="As people find it.")]
    shortcut: Annotated[str, Field(description="What is typed after a slash.")]
    content: str
    variables: Annotated[list[str], Field(description="Those of the content, in order.")]
    channel: Annotated[Channel | None, Field(description="Where it is offered; null everywhere.")]
    category: Annotated[str, Field(description="Under which it stands; empty for none.")]
    is_active: Annotated[bool, Field(description="Whether it is offered.")]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ReplyTemplateRow) -> Self:
        """A template of ours."""
        return cls.model_validate(row._asdict())


class ReplyTemplatePage(Page[ReplyTemplate]):
    """Some of them."""


class ReplyTemplateQuery(PageQuery):
    """Which ones."""

    search: Annotated[Text, Field(max_length=200, description="A part of the name, the shortcut or the content.")] = ""
    channel: Annotated[tuple[Channel, ...], Field(description="Offered there, those of everywhere among them.")] = ()
    category: tuple[Text, ...] = ()
    active: Annotated[bool | None, Field(description="Whether they are offered.")] = None


class NewReplyTemplate(Given):
    """What is to be said often."""

    name: _Name
    shortcut: _Shortcut
    content: _Content
    channel: Channel | None = None
    category: _Category = ""
    is_active: bool = True


class ReplyTemplateChange(Given):
    """What is another now; what is left out stays, and null lets it be offered everywhere."""

    name: _Name | None = None
    shortcut: _Shortcut | None = None
    content: _Content | None = None
    channel: Channel | None = None
    category: _Category | None = None
    is_active: bool | None = None


class Filling(Given):
    """For whom."""

    contact_id: Annotated[str, Field(max_length=64)]


class FilledReply(Shown):
    """What would be said."""

    text: Annotated[str, Field(description="With what is known in the place of variables; others stand as written.")]
    missing: Annotated[list[str], Field(description="The variables for which nothing is known.")]


async def list_(call: Call[ReplyTemplateQuery, NoBody]) -> ReplyTemplatePage:
    """A page of them."""
    query, cursors, after = call.query, call.cursors, call.cursors.after
    wanted = ReplyTemplateFilter(query.search.strip(), query.channel, query.category, query.active)
    place = None if after is None else (str(after[0]), str(after[1]))
    found = await reply_templates(call.connection, wanted, cursors.wanted, place)
    rows, following = cursors.page(found, lambda row: (row.shortcut, row.id))
    return ReplyTemplatePage(data=[ReplyTemplate.of(each) for each in rows], next=following)


async def get(call: Call[Any, Any]) -> ReplyTemplate:
    """One of them."""
    found = await reply_template(call.connection, call.path["template_id"])
    if found is None:
        raise not_found("template")
    return ReplyTemplate.of(found)


async def held(call: Call[Any, Any]) -> ReplyTemplate:
    """One of them, which nobody else changes until the transaction ends."""
    try:
        return ReplyTemplate.of(await hold_reply_template(call.connection, call.path["template_id"]))
    except NotThereError:
        raise not_found("template") from None


async def create(call: Call[NoQuery, NewReplyTemplate]) -> ReplyTemplate:
    """Make one."""
    with asked():
        wanted = AskedTemplate(**call.body.model_dump())
        return ReplyTemplate.of(await add_reply_template(call.connection, wanted, call.by, call.now))


async def change(call: Call[NoQuery, ReplyTemplateChange]) -> ReplyTemplate:
    """Let one be another."""
    given, before = call.body, await held(call)
    kept = before.model_dump(include=set(NewReplyTemplate.model_fields))
    # Nothing but a channel may be none.
    new = {
        name: value
        for name, value in given.model_dump(include=given.model_fields_set).items()
        if value is not None or name == "channel"
    }
    with asked():
        wanted = AskedTemplate(**{**kept, **new})
        done = await change_reply_template(call.connection, before.id, wanted, call.by, call.now)
    return ReplyTemplate.of(done)


async def delete(call: Call[NoQuery, NoBody]) -> None:
    """Delete one."""
    await delete_reply_template(call.connection, (await held(call)).id, call.by, call.now)


async def fill(call: Call[NoQuery, Filling]) -> FilledReply:
    """One as the token's owner would say it to a contact."""
    template = await get(call)
    try:
        filled = await fill_reply_template(call.connection, template.id, call.body.contact_id, call.token.user_id)
    except NotThereError:
        raise not_found("contact") from None
    return FilledReply(text=filled.text, missing=list(filled.missing))


REPLY_TEMPLATES = Resource(
    "reply_templates",
    "Words that the team says often, put in by a shortcut; not the templates of bundles, which programs send.",
    (
        Operation(
            name="list_reply_templates",
            method="GET",
            path="/reply_templates",
            scope=Permission.MESSAGES_READ,
            summary="List reply templates",
            description="By shortcut.",
            handle=list_,
            query=ReplyTemplateQuery,
            result=ReplyTemplatePage,
            example=MappingProxyType({"query": {"search": "hours"}}),
        ),
        Operation(
            name="create_reply_template",
            method="POST",
            path="/reply_templates",
            scope=Permission.INBOX_MANAGE,
            summary="Create a reply template",
            description="A shortcut that another one has is refused with `taken`.",
            handle=create,
            body=NewReplyTemplate,
            result=ReplyTemplate,
            status=201,
            creates=True,
            problems=(CONFLICT, REFUSED),
            most=WORDY,
            example=MappingProxyType(
                {
                    "body": {
                        "name": "Opening hours",
                        "shortcut": "hours",
                        "content": "Hi {{ contact.first_name }}, we open at nine.",
                    }
                }
            ),
        ),
        Operation(
            name="get_reply_template",
            method="GET",
            path="/reply_templates/{template_id}",
            scope=Permission.MESSAGES_READ,
            summary="Get a reply template",
            handle=get,
            result=ReplyTemplate,
            example=_ONE,
        ),
        Operation(
            name="change_reply_template",
            method="PATCH",
            path="/reply_templates/{template_id}",
            scope=Permission.INBOX_MANAGE,
            summary="Change a reply template",
            description="What was said with it stays as it was said.",
            handle=change,
            body=ReplyTemplateChange,
            result=ReplyTemplate,
            current=held,
            problems=(CONFLICT, REFUSED),
            most=WORDY,
            example=MappingProxyType({**_ONE, "body": {"is_active": False}}),
        ),
        Operation(
            name="fill_reply_template",
            method="POST",
            path="/reply_templates/{template_id}/fill",
            scope=Permission.MESSAGES_SEND,
            summary="Fill a reply template for a contact",
            description="As the token's owner would say it; nothing is sent.",
            handle=fill,
            body=Filling,
            result=FilledReply,
            only_reads=True,
            problems=(NOT_FOUND,),
            example=MappingProxyType({**_ONE, "body": {"contact_id": _ID}}),
        ),
        Operation(
            name="delete_reply_template",
            method="DELETE",
            path="/reply_templates/{template_id}",
            scope=Permission.INBOX_MANAGE,
            summary="Delete a reply template",
            handle=delete,
            current=held,
            example=_ONE,
        ),
    ),
)
