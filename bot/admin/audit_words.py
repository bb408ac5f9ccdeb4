"""Lines of the audit in plain words: what was done, on what, and each value before and after."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.words import ROLES
from bot.audit.service import AuditLine
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.users.service import names_of
from bot.users.words import SCOPES
from bot.web.access import signed_in
from bot.web.i18n import N_, Translator
from bot.web.pages import language


class Resource(NamedTuple):
    """A kind of thing.

    Attributes:
        label: how one is called, marked for translation.
        page: where one is looked at, with `{id}`; empty for nowhere.
        asks: what that page asks for.
    """

    label: str
    page: str = ""
    asks: Permission | None = None


RESOURCES: Mapping[str, Resource] = {
    "user": Resource(N_("User"), "/users/{id}", Permission.USERS_MANAGE),
    "token": Resource(N_("Token"), "/tokens/{id}", Permission.USERS_MANAGE),
    "account": Resource(N_("Account"), "/accounts/{id}", Permission.ACCOUNTS_READ),
    "bundle": Resource(N_("Bundle"), "/bundles/{id}", Permission.BUNDLES_READ),
    "contact": Resource(N_("Contact"), "/contacts/{id}", Permission.CONTACTS_READ),
    "conversation": Resource(N_("Conversation"), "/contacts/{id}", Permission.CONTACTS_READ),
    "label": Resource(N_("Label"), "/labels/{id}", Permission.INBOX_MANAGE),
    "note": Resource(N_("Note")),
    "reply_template": Resource(N_("Saved reply"), "/replies/{id}", Permission.INBOX_MANAGE),
    "programme": Resource(N_("Programme of points"), "/points/{id}", Permission.POINTS_READ),
    "point_account": Resource(N_("Account of points")),
    "job": Resource(N_("Job"), "/jobs/{id}", Permission.JOBS_MANAGE),
    "post": Resource(N_("Post of a provider"), "/parked/posts/{id}", Permission.POSTS_MANAGE),
    "message": Resource(N_("Message"), "/parked/messages/{id}", Permission.POSTS_MANAGE),
    "endpoint": Resource(N_("Endpoint"), "/endpoints/{id}", Permission.ENDPOINTS_MANAGE),
    "audit": Resource(N_("Audit log")),
}
ACTIONS: Mapping[str, str] = {
    "user.first": N_("Became the first administrator"),
    "user.add": N_("Invited a user"),
    "user.role": N_("Changed a role"),
    "user.disable": N_("Disabled a user"),
    "user.enable": N_("Enabled a user"),
    "user.reset": N_("Made a link for another password"),
    "user.delete": N_("Deleted a user"),
    "user.restore": N_("Restored a user"),
    "user.password": N_("Chose a password"),
    "user.profile": N_("Changed a profile"),
    "user.notices": N_("Changed what they are told"),
    "user.provider": N_("Changed where somebody signs in"),
    "user.second_factor": N_("Changed a second factor"),
    "user.recovery_codes": N_("Made new recovery codes"),
    "session.start": N_("Signed in"),
    "session.end": N_("Ended a session"),
    "session.end_all": N_("Ended all sessions"),
    "token.add": N_("Made a token"),
    "token.revoke": N_("Revoked a token"),
    "account.add": N_("Added an account"),
    "account.credentials": N_("Changed an account's credentials"),
    "account.change": N_("Changed an account"),
    "account.end_old": N_("Ended an account's old secrets"),
    "account.pause": N_("Paused an account"),
    "account.resume": N_("Resumed an account"),
    "account.remove": N_("Removed an account"),
    "account.rotate": N_("Encrypted credentials anew"),
    "bundle.publish": N_("Published a bundle"),
    "bundle.archive": N_("Archived a bundle"),
    "conversation.assign": N_("Assigned a conversation"),
    "conversation.unassign": N_("Took back the assignment of a conversation"),
    "conversation.resolve": N_("Resolved a conversation"),
    "conversation.reopen": N_("Reopened a conversation"),
    "conversation.snooze": N_("Snoozed a conversation"),
    "programme.add": N_("Added a programme"),
    "programme.change": N_("Changed a programme"),
    "programme.backfill": N_("Gave points a last day that had none"),
    "programme.release": N_("Released the notices of a programme"),
    "programme.withhold": N_("Withheld the notices of a programme"),
    "points.earn": N_("Gave points"),
    "points.redeem": N_("Redeemed points"),
    "points.refund": N_("Gave redeemed points back"),
    "points.return": N_("Took back what a purchase earned"),
    "points.adjust": N_("Adjusted points"),
    "points.notices": N_("Changed whether an account is told before points end"),
    "points.pend": N_("Gave points that are to be confirmed"),
    "points.confirm": N_("Confirmed points"),
    "points.cancel": N_("Cancelled points that were to be confirmed"),
    "contact.merge": N_("Merged two contacts"),
    "contact.unmerge": N_("Undid a merge of contacts"),
    "contact.not_duplicate": N_("Said that two contacts are two people"),
    "contact.may_be_duplicate": N_("Took back that two contacts are two people"),
    "conversation.label": N_("Labelled a conversation"),
    "conversation.unlabel": N_("Took a label from a conversation"),
    "label.add": N_("Made a label"),
    "label.change": N_("Changed a label"),
    "label.delete": N_("Deleted a label"),
    "label.merge": N_("Merged a label into another one"),
    "note.add": N_("Wrote a note"),
    "note.change": N_("Changed a note"),
    "note.delete": N_("Deleted a note"),
    "reply_template.add": N_("Made a saved reply"),
    "reply_template.change": N_("Changed a saved reply"),
    "reply_template.delete": N_("Deleted a saved reply"),
    "contact.set": N_("Changed a contact"),
    "contact.export": N_("Exported contacts"),
    "contact.import": N_("Imported contacts"),
    "contact.tag": N_("Tagged a contact"),
    "contact.untag": N_("Took a tag from a contact"),
    "contact.consent": N_("Wrote down what a contact agreed to"),
    "contact.take_over": N_("Took a conversation over"),
    "contact.start_flow": N_("Started a flow for a contact"),
    "contact.resume": N_("Handed a contact back to the bot"),
    "message.send": N_("Sent a message"),
    "message.cancel": N_("Took a message back"),
    "message.change": N_("Changed a message to be sent later"),
    "message.retry": N_("Tried again what was not sent"),
    "message.dismiss": N_("Left what was not sent as it is"),
    "post.replay": N_("Read a post again"),
    "post.dismiss": N_("Left a post as it is"),
    "turn.retry": N_("Ran a turn again"),
    "turn.dismiss": N_("Left a message unanswered"),
    "job.cancel": N_("Cancelled a job"),
    "job.retry": N_("Ran a job again"),
    "endpoint.add": N_("Added an endpoint"),
    "endpoint.change": N_("Changed an endpoint"),
    "endpoint.roll": N_("Gave an endpoint another secret"),
    "endpoint.pause": N_("Paused an endpoint"),
    "endpoint.enable": N_("Enabled an endpoint"),
    "endpoint.disable": N_("Disabled an endpoint"),
    "endpoint.delete": N_("Deleted an endpoint"),
    "endpoint.test": N_("Sent an endpoint a test event"),
    "endpoint.resend": N_("Told an endpoint once more"),
    "audit.export": N_("Exported the audit log"),
}
_FIELDS: Mapping[str, str] = {
    "role": N_("Role"),
    "by": N_("By means of"),
    "name": N_("Name"),
    "email": N_("E-mail"),
    "scopes": N_("May"),
    "expires_at": N_("Ends"),
    "disabled_at": N_("Disabled"),
    "deleted_at": N_("Deleted"),
    "provider": N_("Provider"),
    "locale": N_("Language"),
    "timezone": N_("Time zone"),
    "theme": N_("Theme"),
    "notice_addresses": N_("Where notices go"),
    "notice_kinds": N_("What is told"),
    "user": N_("User"),
    "second_factor": N_("Second factor"),
    "session": N_("Session"),
    "sessions": N_("Sessions"),
    "paused": N_("Paused"),
    "reason": N_("Reason"),
    "version": N_("Version"),
    "tags": N_("Tags"),
    "contact": N_("Contact"),
    "result": N_("Result"),
    "rate": N_("Messages a second"),
    "secrets": N_("Secrets"),
    "kinds": N_("Kinds"),
    "messages": N_("Messages"),
    "message": N_("Message"),
    "changed": N_("What changed"),
    "channel": N_("Channel"),
    "channels": N_("Can be reached by"),
    "purpose": N_("What for"),
    "opted_in": N_("They agree"),
    "consent": N_("Consent"),
    "file": N_("File"),
    "made": N_("New people"),
    "updated": N_("Known, and changed"),
    "left_out": N_("Faulty rows"),
    "seen_since": N_("Wrote on or after"),
    "seen_before": N_("Wrote last before"),
    "accounts": N_("Accounts"),
    "users": N_("Users"),
    "endpoints": N_("Endpoints"),
    "deliveries": N_("Deliveries"),
    "url": N_("Address"),
    "description": N_("Description"),
    "status": N_("State"),
    "assignee": N_("Has it"),
    "label": N_("Label"),
    "colour": N_("Colour"),
    "into": N_("Merged into"),
    "conversations": N_("Conversations"),
    "type": N_("Kind"),
    "shortcut": N_("Shortcut"),
    "content": N_("Words"),
    "category": N_("Category"),
    "is_active": N_("Offered"),
    "snoozed_until": N_("Snoozed until"),
}
_PURPOSES: Mapping[str, str] = {"all": N_("All messages"), "marketing": N_("Promotions alone")}
_SCOPES: Mapping[str, str] = {scope.value: label for scope, label in SCOPES.items()}
_AGREEMENTS: Mapping[str, str] = {"agreed": N_("Agreed to marketing"), "refused": N_("Refused all messages")}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "role": ROLES,
    "scopes": _SCOPES,
    "purpose": _PURPOSES,
    "channel": CHANNELS,
    "channels": CHANNELS,
    "consent": _AGREEMENTS,
}
_MOMENTS = ("_at", "snoozed_until", "seen_since", "seen_before")


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a line.

    Attributes:
        label: what it is, in the reader's language.
        values: what it was and what it is, or what alone is told; a datetime is a moment.
    """

    label: str
    values: tuple[str | datetime, ...]


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line for a reader.

    Attributes:
        id: of the line.
        at: when it was done.
        actor: who did it.
        actor_link: where they are looked at; empty for nowhere.
        action: what was done, in the reader's language.
        kind: to what kind of thing, likewise.
        thing: which one: its name, else its id.
        link: where that one is looked at; empty for nowhere.
        address: from where it came.
        changes: its values.
    """

    id: str
    at: datetime
    actor: str
    actor_link: str
    action: str
    kind: str
    thing: str
    link: str
    address: str
    changes: Sequence[Change]


async def told_lines(
    request: web.Request, connection: AsyncConnection, lines: Sequence[AuditLine]
) -> Sequence[ToldLine]:
    """The lines in the language of whoever asks, with links to what they may look at."""
    permissions = signed_in(request).permissions
    names = await names_of(connection, {line.resource_id for line in lines if line.resource == "user"})
    return [_told(line, names, permissions, language(request)) for line in lines]


def _told(line: AuditLine, names: Mapping[str, str], permissions: frozenset[Permission], _: Translator) -> ToldLine:
    resource = RESOURCES.get(line.resource, Resource(line.resource))
    may_look = resource.page and resource.asks in permissions
    return ToldLine(
        id=line.id,
        at=line.created_at,
        actor=one_line(line.actor),
        actor_link=f"/users/{line.user_id}" if line.user_id and Permission.USERS_MANAGE in permissions else "",
        action=_(ACTIONS[line.action]) if line.action in ACTIONS else line.action,
        kind=_(resource.label) if line.resource in RESOURCES else line.resource,
        thing=one_line(names.get(line.resource_id, line.resource_id)),
        link=resource.page.format(id=line.resource_id) if may_look else "",
        address=line.address,
        changes=_changes(line.detail or {}, _),
    )


def _changes(detail: Mapping[str, Any], _: Translator) -> list[Change]:
    told = dict(detail)
    sides = [side if isinstance(side, dict) else {} for side in (told.pop("before", {}), told.pop("after", {}))]
    changes = [
        Change(_label(name, _), tuple(_value(name, side[name], _) for side in sides if name in side))
        for name in {**sides[0], **sides[1]}
    ]
    return [*changes, *(Change(_label(name, _), (_value(name, value, _),)) for name, value in told.items())]


def _label(name: str, _: Translator) -> str:
    return _(_FIELDS[name]) if name in _FIELDS else one_line(name)


def _value(name: str, value: object, _: Translator) -> str | datetime:
    match value:
        case None | "":
            return "-"
        case bool():
            return _("yes") if value else _("no")
        case float():
            return f"{value:g}"
        case str() if value in _WORDS.get(name, {}):
            return _(_WORDS[name][value])
        case str() if name == "changed":
            return _label(value, _)
        case str() if name.endswith(_MOMENTS):
            return _moment(value)
        case str():
            return one_line(value)
        case list():
            return ", ".join(str(_value(name, each, _)) for each in value) or "-"
    return one_line(json.dumps(value, ensure_ascii=False))


def _moment(spelled: str) -> str | datetime:
    try:
        moment = datetime.fromisoformat(spelled)
    except ValueError:
        return one_line(spelled)
    return moment if moment.tzinfo is not None else one_line(spelled)
