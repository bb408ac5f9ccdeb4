"""What is done with conversations: with one, which is answered as it stands then, or with several at once."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot.api.operations import Call, Operation
from bot.api.problems import CONFLICT, NOT_FOUND, REFUSED, Fault, ProblemError, not_found
from bot.api.resources.conversation_shapes import (
    MOST_AT_ONCE,
    Assigning,
    AssigningSeveral,
    ChangedConversations,
    Conversation,
    Labelling,
    LabellingSeveral,
    Several,
    Snoozing,
    SnoozingSeveral,
    Unassigning,
    UnassigningSeveral,
    ids_of,
)
from bot.api.resources.conversation_shown import held
from bot.api.shapes import Given
from bot.core.permissions import Permission
from bot.inbox.service import (
    REASONS,
    Code,
    NotThereError,
    Outcomes,
    Refusal,
    assign,
    label,
    reopen,
    resolve,
    snooze,
    unassign,
)
from bot.web.keys import SETTINGS

_ID = "cmb0z1q4w000012ab34cd56ef"
_OTHER = "cmb0z1q4w000112ab34cd56ef"
_MEMBERS = {Code.NO_USER: "/user_id", Code.PAST: "/until"}
"""Of what in the body a refusal is."""
Apply = Callable[[Call[Any, Any], Collection[str]], Awaitable[Outcomes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that is done with conversations.

    Attributes:
        verb: as paths have it.
        name: of the operation with one.
        names: of the operation with several.
        does: what it does, with `{it}` for the conversations.
        description: what else is to be known.
        apply: does it with those contacts' conversations.
        body: what is said of it for one; None for nothing.
        several: the same for several, with their ids.
        example: of the body for one.
    """

    verb: str
    name: str
    names: str
    does: str
    description: str
    apply: Apply
    body: type[Given] | None = None
    several: type[Several] = Several
    example: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


async def _assign(call: Call[Any, Assigning], ids: Collection[str]) -> Outcomes:
    given = call.body
    user_id = given.user_id or call.token.user_id
    return await assign(call.connection, ids, user_id, call.by, call.now, instead_of=given.instead_of)


async def _unassign(call: Call[Any, Unassigning], ids: Collection[str]) -> Outcomes:
    user_id = call.body.user_id or call.token.user_id
    return await unassign(call.connection, ids, call.by, call.now, user_id=user_id)


async def _snooze(call: Call[Any, Snoozing], ids: Collection[str]) -> Outcomes:
    return await snooze(call.connection, ids, call.body.until, call.by, call.now)


async def _resolve(call: Call[Any, Any], ids: Collection[str]) -> Outcomes:
    hours = timedelta(hours=call.app[SETTINGS].inbox_reopen_hours)
    return await resolve(call.connection, ids, call.by, call.now, reopens_for=hours)


async def _reopen(call: Call[Any, Any], ids: Collection[str]) -> Outcomes:
    return await reopen(call.connection, ids, call.by, call.now)


def _labelled(*, has: bool) -> Apply:
    async def change(call: Call[Any, Labelling], ids: Collection[str]) -> Outcomes:
        try:
            return await label(call.connection, ids, call.body.label_id, call.by, call.now, has=has)
        except NotThereError:
            raise not_found("label") from None

    return change


_HELD = (
    "Of two who take one at once, one wins, and the other is refused with `held` and the name of who has it. Say "
    "`instead_of` to take it from somebody."
)
_CHANGES: Sequence[Change] = (
    Change(
        verb="assign",
        name="assign_conversation",
        names="assign_conversations",
        does="Let somebody have {it}",
        description=f"The bot's, too: it is silent from then on. {_HELD}",
        apply=_assign,
        body=Assigning,
        several=AssigningSeveral,
    ),
    Change(
        verb="unassign",
        name="unassign_conversation",
        names="unassign_conversations",
        does="Let nobody have {it}",
        description="A person is to answer all the same. Where somebody else has it by now, that is `held`.",
        apply=_unassign,
        body=Unassigning,
        several=UnassigningSeveral,
    ),
    Change(
        verb="snooze",
        name="snooze_conversation",
        names="snooze_conversations",
        does="Put {it} off",
        description="Until a moment to come, or until the contact writes. The bot's are refused with `not_open`.",
        apply=_snooze,
        body=Snoozing,
        several=SnoozingSeveral,
        example=MappingProxyType({"until": "2035-01-01T09:00:00Z"}),
    ),
    Change(
        verb="resolve",
        name="resolve_conversation",
        names="resolve_conversations",
        does="Resolve {it}",
        description=(
            "The bot answers again; what the contact writes soon after is a person's all the same. What no person "
            "ever had is refused with `not_open`."
        ),
        apply=_resolve,
    ),
    Change(
        verb="reopen",
        name="reopen_conversation",
        names="reopen_conversations",
        does="Reopen {it}",
        description="Who had it has it again. What is snoozed is seen now, and the bot's is a person's from then on.",
        apply=_reopen,
    ),
    Change(
        verb="label",
        name="label_conversation",
        names="label_conversations",
        does="Give {it} a label",
        description="The bot's, too.",
        apply=_labelled(has=True),
        body=Labelling,
        several=LabellingSeveral,
        example=MappingProxyType({"label_id": _OTHER}),
    ),
    Change(
        verb="unlabel",
        name="unlabel_conversation",
        names="unlabel_conversations",
        does="Take a label from {it}",
        description="It stays a label of others.",
        apply=_labelled(has=False),
        body=Labelling,
        several=LabellingSeveral,
        example=MappingProxyType({"label_id": _OTHER}),
    ),
)


def _of_one(change: Change) -> Operation:
    async def handle(call: Call[Any, Any]) -> Conversation:
        """Change one."""
        asked = call.path["contact_id"]
        refusal = (await change.apply(call, [asked])).refused.get(asked)
        if refusal is not None:
            raise _problem(refusal)
        return await held(call)

    return Operation(
        name=change.name,
        method="POST",
        path=f"/conversations/{{contact_id}}/{change.verb}",
        scope=Permission.MESSAGES_SEND,
        summary=change.does.format(it="a conversation"),
        description=change.description,
        handle=handle,
        body=change.body,
        result=Conversation,
        current=held,
        problems=(CONFLICT, REFUSED),
        example=MappingProxyType({"path": {"contact_id": _ID}, "body": dict(change.example)}),
    )


def _of_several(change: Change) -> Operation:
    async def handle(call: Call[Any, Any]) -> ChangedConversations:
        """Change several."""
        return ChangedConversations.of(await change.apply(call, ids_of(call.body)))

    return Operation(
        name=change.names,
        method="POST",
        path=f"/conversations/several/{change.verb}",
        scope=Permission.MESSAGES_SEND,
        summary=change.does.format(it="several conversations"),
        description=f"{MOST_AT_ONCE} at most; each that cannot be changed is in `refused` with the reason.",
        handle=handle,
        body=change.several,
        result=ChangedConversations,
        problems=(NOT_FOUND,) if change.several is LabellingSeveral else (),
        example=MappingProxyType({"body": {"contact_ids": [_ID, _OTHER], **change.example}}),
    )


CHANGES: Sequence[Operation] = (*map(_of_one, _CHANGES), *map(_of_several, _CHANGES))
"""All that is done with them: with one, then with several."""


def _problem(refusal: Refusal) -> ProblemError:
    """Why one stays as it was."""
    code, said = refusal.code, REASONS[refusal.code]
    if code is Code.GONE:
        return not_found("contact")
    if code is Code.HELD:
        said = f"{refusal.name} has this conversation."
        return ProblemError(CONFLICT, said, code=code.value, user_id=refusal.user_id, name=refusal.name)
    if code in _MEMBERS:
        return ProblemError(REFUSED, said, faults=[Fault(said, _MEMBERS[code])], code=code.value)
    return ProblemError(CONFLICT, said, code=code.value)
