"""Conversations as programs see them, and what they ask to be done with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field

from bot.api.shapes import Given, KeptMoment, Page, PageQuery, Shown, Text
from bot.core.addresses import Channel
from bot.core.messages import MessageKind, Status
from bot.endpoints.service import ConversationPayload, UserPayload, conversation_payload
from bot.inbox.service import (
    MOST_UNREAD,
    REASONS,
    Author,
    Code,
    ConversationList,
    ConversationStatus,
    ListedConversation,
    Outcomes,
    PresenceStatus,
    Present,
    Sort,
)

MOST_AT_ONCE = 100
"""Conversations of one request."""
_Id = Annotated[str, Field(min_length=1, max_length=64)]
_Who = Annotated[_Id | None, Field(description="The id of a user; by default the token's owner.")]


class LastSaid(Shown):
    """What was last said."""

    author: Annotated[Author, Field(description="`other`: a command, a program, or somebody in a provider's own app.")]
    name: Annotated[str | None, Field(description="How somebody of ours is called.")]
    kind: MessageKind
    text: Annotated[str, Field(description="Cut where it is very long.")]
    channel: Channel
    status: Status
    at: datetime


class Conversation(ConversationPayload, Shown):
    """A contact's conversation, over all channels; whose `contact_id` it is known by."""

    # What its people do with it counts; what is said in it does not.
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"name", "phone", "email", "channel", "waiting_since", "last_at", "version", "last", "unread"}
    )
    has_etag: ClassVar[bool] = True

    name: Annotated[str | None, Field(description="How the contact is called.")]
    phone: str | None
    email: str | None
    last: Annotated[LastSaid | None, Field(description="What was last said.")]
    unread: Annotated[
        int, Field(description=f"Messages that the token's owner has not seen; {MOST_UNREAD} for that many or more.")
    ]

    @classmethod
    def of(cls, listed: ListedConversation) -> Self:
        """A conversation of ours."""
        last = listed.last
        return cls(
            **dict(conversation_payload(listed)),
            name=listed.name or None,
            phone=listed.phone or None,
            email=listed.email or None,
            last=None
            if last is None
            else LastSaid(
                author=last.author,
                name=last.name or None,
                kind=last.kind,
                text=last.text,
                channel=last.channel,
                status=last.status,
                at=last.at,
            ),
            unread=listed.unread,
        )


class ConversationPage(Page[Conversation]):
    """Some conversations."""


class ConversationQuery(PageQuery):
    """Which conversations."""

    list: Annotated[
        ConversationList,
        Field(
            description=(
                "`mine` are the token's owner's, `all` are open, `waiting` those whose contact waits for a person, "
                "`mentioned` those where a note names the token's owner, however they stand."
            )
        ),
    ] = ConversationList.ALL
    channel: Annotated[tuple[Channel, ...], Field(description="Where the contact last wrote.")] = ()
    label: Annotated[tuple[Text, ...], Field(description="Ids of labels, one of which it has.")] = ()
    assignee: Annotated[tuple[Text, ...], Field(description="Ids of users, one of whom has it.")] = ()
    status: Annotated[
        tuple[ConversationStatus, ...],
        Field(description="Other ones than those of the list; the lists `snoozed` and `resolved` have their own."),
    ] = ()
    sort: Annotated[
        Sort,
        Field(description="`newest`: what was said last first; `waiting`: who waits longest first, then the others."),
    ] = Sort.NEWEST


class ConversationCounts(Shown):
    """How many conversations each list has; 1001 for more than 1000."""

    mine: int
    unassigned: int
    all: int
    waiting: int
    mentioned: int
    snoozed: int
    resolved: int


class PresentUser(Shown):
    """Somebody who has a conversation before them."""

    user_id: str
    name: str
    status: Annotated[PresenceStatus, Field(description="`viewing`, or `replying` while they write.")]

    @classmethod
    def of(cls, present: Present) -> Self:
        """Somebody of ours."""
        return cls(**present._asdict())


class PresentUsers(Shown):
    """Who looks at a conversation just now."""

    data: list[PresentUser]


class Agents(Shown):
    """Who may have conversations, by name."""

    data: list[UserPayload]


class Assigning(Given):
    """Who is to have it."""

    user_id: _Who = None
    instead_of: Annotated[
        str, Field(max_length=64, description="Who has it, as far as you know; empty for nobody.")
    ] = ""


class Unassigning(Given):
    """Who is to have it no longer."""

    user_id: _Who = None


class Snoozing(Given):
    """Until when it is put off."""

    until: Annotated[KeptMoment, Field(description="When it opens by itself; before that, if the contact writes.")]


class Labelling(Given):
    """A label."""

    label_id: Annotated[_Id, Field(description="`GET /labels` lists them.")]


class Several(Given):
    """Which conversations."""

    contact_ids: Annotated[list[_Id], Field(min_length=1, max_length=MOST_AT_ONCE)]


class AssigningSeveral(Assigning, Several):
    """Who is to have which."""


class UnassigningSeveral(Unassigning, Several):
    """Who is to have which no longer."""


class SnoozingSeveral(Snoozing, Several):
    """Until when which are put off."""


class LabellingSeveral(Labelling, Several):
    """A label of which."""


class RefusedConversation(Shown):
    """One that stays as it was."""

    contact_id: str
    code: Code
    detail: Annotated[str, Field(description="Why, in a sentence.")]
    held_by: Annotated[UserPayload | None, Field(description="For `held` who has it.")]


class ChangedConversations(Shown):
    """What came of each, by its contact's id."""

    done: Annotated[list[str], Field(description="Those that changed.")]
    already: Annotated[list[str], Field(description="Those that were so before.")]
    refused: list[RefusedConversation]

    @classmethod
    def of(cls, outcomes: Outcomes) -> Self:
        """What came of ours."""
        return cls(
            done=sorted(outcomes.done),
            already=sorted(outcomes.already),
            refused=[
                RefusedConversation(
                    contact_id=contact_id,
                    code=each.code,
                    detail=REASONS[each.code],
                    held_by=UserPayload.known(each.user_id, each.name),
                )
                for contact_id, each in sorted(outcomes.refused.items())
            ],
        )


def ids_of(given: Several) -> Sequence[str]:
    """Each of them once."""
    return [*dict.fromkeys(given.contact_ids)]
