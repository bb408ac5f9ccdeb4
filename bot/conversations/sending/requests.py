"""What is asked to be sent, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from bot.contacts.service import LockedContact
from bot.core.addresses import Channel
from bot.core.i18n import N_
from bot.core.messages import Choice
from bot.core.purposes import Purpose
from bot.engine.conversation import StateValue
from bot.messages.media.service import StoredFile

_LIFETIME = timedelta(hours=24)
_LAST = datetime.max.replace(tzinfo=UTC) - _LIFETIME
"""From when on the calendar ends before that is over."""
MAX_REQUESTS = 500
"""Requests in one transaction; more is due work, in slices."""
LONGEST_KEY = 255
"""Characters of what makes asking twice send once."""

BY_A_USER = "inbox:"
"""How the origin of what somebody who is logged in writes begins; their id follows."""
BY_TERMINAL = "terminal"
"""The origin of what somebody sends who is not."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words as somebody wrote them.

    Attributes:
        text: what is said.
        choices: what may be answered.
        choices_label: on the button that opens their list; empty for the shipped word.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""


@dataclass(frozen=True, slots=True)
class FromTemplate:
    """A template of a published bundle, in the contact's language.

    Attributes:
        name: `bundle/template`.
        variables: what it prints beside what is known of the contact; a value that is left out takes its default.
    """

    name: str
    variables: Mapping[str, StateValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FromProvider:
    """A template that the provider of the account lists as approved, in one of its languages.

    Attributes:
        name: at the provider.
        language: at the provider, e.g. `pt_BR`.
        values: what is filled in, by key of the blank; see `bot.core.listed_templates`.
        header: the file above its words; None for none.
    """

    name: str
    language: str
    values: Mapping[str, str] = field(default_factory=dict)
    header: StoredFile | None = None


Say = Words | FromTemplate | FromProvider


@dataclass(frozen=True, slots=True)
class MailOptions:
    """What is said of a mail beside its words; elsewhere it means nothing.

    Attributes:
        answers: the message whose thread it goes on with; empty for a thread of its own, None for the newest one.
        subject: empty for the thread's.
        cc: who gets a copy that all see.
        bcc: who gets one that nobody else knows of.
    """

    answers: str | None = None
    subject: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


AS_BEFORE = MailOptions()
"""A mail goes on with the newest thread, and nobody else gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """Something to be said to a contact.

    Attributes:
        contact_id: to whom.
        say: what.
        account: through which; empty: the one on which they last wrote.
        channels: in order of preference the first on which they can be reached; or which of the account's, if one is.
        purpose: what it is sent for, which decides the consent that it needs, and the lane.
        origin: who asks, e.g. `inbox:<user>`, `notification:<id>`.
        by_person: a person of ours wrote it: it goes whoever has the conversation.
        not_before: when it may go; None: at once.
        not_after: when it is stale; None: a day after it may go.
        key: makes asking twice send once; empty for none. Unlike any other's, at most `LONGEST_KEY`.
        fingerprint: of all that is asked for, so that something else under the key is refused; empty for the key alone.
        mail: what is said of it where it goes as a mail.
        unless_heard: it goes only if the contact has not written by then, and in one part alone.
        files: what goes along with words; without any words, too.
    """

    contact_id: str
    say: Say
    account: str = ""
    channels: tuple[Channel, ...] = ()
    purpose: Purpose = Purpose.SERVICE
    origin: str = ""
    by_person: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None
    key: str = ""
    fingerprint: str = ""
    unless_heard: bool = False
    mail: MailOptions = AS_BEFORE
    files: tuple[StoredFile, ...] = ()

    def stale_at(self, now: datetime) -> datetime:
        """When it is not worth sending any more."""
        return self.not_after or stale_after(self.not_before or now)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A flow to be begun with a contact who has not just written.

    Attributes:
        contact_id: with whom.
        flow: `bundle/flow`, of a published bundle.
        state: the answers that are known already, by `save_as`.
        account: through which; empty: the one on which they last wrote.
        channels: in order of preference, where no account is given.
        purpose: what its first words are sent for.
        origin: who asks, e.g. `notification:<id>`.
    """

    contact_id: str
    flow: str
    state: Mapping[str, StateValue] = field(default_factory=dict)
    account: str = ""
    channels: tuple[Channel, ...] = ()
    purpose: Purpose = Purpose.SERVICE
    origin: str = ""


def stale_after(due: datetime) -> datetime:
    """When something that may go at a moment is not worth sending any more, where nobody says."""
    return min(due, _LAST) + _LIFETIME


def require_few(requests: Sequence[SendRequest | StartRequest]) -> None:
    """Raise ValueError for more than one transaction should hold."""
    if len(requests) > MAX_REQUESTS:
        raise ValueError(f"{len(requests)} requests in one transaction: at most {MAX_REQUESTS}")


class Code(StrEnum):
    """Why something is not queued; each has a sentence in `REASONS`."""

    NO_CONTACT = "no_contact"
    NO_CONVERSATION = "no_conversation"
    NO_ADDRESS = "no_address"
    NO_ACCOUNT = "no_account"
    NO_TEMPLATE = "no_template"
    NO_FLOW = "no_flow"
    NO_WORDS = "no_words"
    ACCOUNT_PAUSED = "account_paused"
    MISSING_VARIABLE = "missing_variable"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    WINDOW_CLOSED = "window_closed"
    TAKEN_OVER = "taken_over"
    TOO_LONG = "too_long"
    EXPIRED = "expired"
    FLOW_RUNNING = "flow_running"
    TURN_PENDING = "turn_pending"
    ACTION_FAILED = "action_failed"
    ENGINE_FAULT = "engine_fault"
    REPEATED = "repeated"
    KEY_TOO_LONG = "key_too_long"
    KEY_USED = "key_used"
    WRONG_COPY = "wrong_copy"
    NO_MAIL = "no_mail"
    NOT_APPROVED = "not_approved"
    FILE_NOT_TAKEN = "file_not_taken"


REASONS: Mapping[Code, str] = {
    Code.NO_CONTACT: N_("this contact is not there any more"),
    Code.NO_CONVERSATION: N_("nothing was said with this contact yet, so there is no channel to go on with"),
    Code.NO_ADDRESS: N_("this contact has no address on a channel that was asked for"),
    Code.NO_ACCOUNT: N_("we have no account for {detail}"),
    Code.NO_TEMPLATE: N_("no published bundle has the template {detail}"),
    Code.NO_FLOW: N_("no published bundle has the flow {detail}"),
    Code.NO_WORDS: N_("there is nothing to say"),
    Code.ACCOUNT_PAUSED: N_("{detail} is paused"),
    Code.MISSING_VARIABLE: N_("the template needs a value for {detail}"),
    Code.OPTED_OUT: N_("this contact has opted out on this channel"),
    Code.NO_CONSENT: N_("this contact has not agreed to marketing on this channel"),
    Code.WINDOW_CLOSED: N_("this contact has not written for too long: only an approved template may be sent"),
    Code.TAKEN_OVER: N_("a person has this conversation"),
    Code.TOO_LONG: N_("these words are too long for {detail}"),
    Code.EXPIRED: N_("it would be stale before it could go"),
    Code.FLOW_RUNNING: N_("this contact is in the middle of another flow"),
    Code.TURN_PENDING: N_("what this contact wrote is still to be answered"),
    Code.ACTION_FAILED: N_("{detail} failed for this contact"),
    Code.ENGINE_FAULT: N_("the flow {detail} failed for this contact"),
    Code.REPEATED: N_("this was queued before, as {detail}"),
    Code.KEY_TOO_LONG: N_("a key has at most {detail} characters"),
    Code.WRONG_COPY: N_("{detail} is no e-mail address, or there are too many of them"),
    Code.NO_MAIL: N_("the mail that is to be answered is not there"),
    Code.NOT_APPROVED: N_("the template {detail} is not among those that the account's provider has approved"),
    Code.FILE_NOT_TAKEN: N_("the file {detail} is too large, or of no kind that this channel takes"),
    Code.KEY_USED: N_("something else was sent under this key, as {detail}"),
}
"""A sentence for each code; `{detail}` is the refusal's."""


@dataclass(frozen=True, slots=True)
class Queued:
    """It will be sent.

    Attributes:
        message_ids: of its rows in order: more than one where the channel takes no text as long, and none where a flow
            began without a word.
    """

    message_ids: tuple[str, ...]

    @property
    def message_id(self) -> str:
        """The first of them, by which a message is known as a whole; empty where a flow has begun with no words."""
        return next(iter(self.message_ids), "")


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not be sent.

    Attributes:
        code: why.
        detail: what the sentence names: an account, a variable, an earlier message; empty for nothing.
    """

    code: Code
    detail: str = ""


Outcome = Queued | Refused

Request = TypeVar("Request", SendRequest, StartRequest)


def to_kept(request: Request, locked: Mapping[str, LockedContact]) -> Request:
    """The request to who goes on, where who is named was merged; `locked` are contacts by the ids asked for."""
    contact = locked.get(request.contact_id)
    return request if contact is None or contact.id == request.contact_id else replace(request, contact_id=contact.id)
