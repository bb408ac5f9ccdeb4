"""What things of the inbox are called."""

from collections.abc import Mapping

from bot.core.i18n import N_
from bot.inbox.service import Author, Code, ConversationList, ConversationStatus, EndedAs

BOTS = "bot"
"""The list of conversations that the bot has."""
LISTS: Mapping[str, str] = {
    ConversationList.MINE: N_("Mine"),
    ConversationList.UNASSIGNED: N_("Unassigned"),
    ConversationList.ALL: N_("All"),
    ConversationList.WAITING: N_("Waiting"),
    ConversationList.MENTIONED: N_("Mentions"),
    ConversationList.SNOOZED: N_("Snoozed"),
    ConversationList.RESOLVED: N_("Resolved"),
    BOTS: N_("With the bot"),
}
"""The lists, in the order in which they stand."""
FIRST = (ConversationList.MINE, ConversationList.UNASSIGNED, ConversationList.ALL)
"""Those that stand side by side; the others are under More."""
EMPTY: Mapping[str, tuple[str, str]] = {
    ConversationList.MINE: (
        N_("You have no conversation"),
        N_("Those that you take, or are given, stand here until they are resolved."),
    ),
    ConversationList.UNASSIGNED: (
        N_("Nobody waits to be taken"),
        N_("What the bot hands over, and nobody has taken yet, will stand here."),
    ),
    ConversationList.ALL: (
        N_("No open conversation"),
        N_("What the bot hands over to people, and what you take from it, will stand here until it is resolved."),
    ),
    ConversationList.WAITING: (
        N_("Nobody waits for an answer"),
        N_("Who wrote last and was not answered stands here."),
    ),
    ConversationList.MENTIONED: (N_("Nobody has mentioned you"), N_("Notes that name you bring a conversation here.")),
    ConversationList.SNOOZED: (
        N_("Nothing is snoozed"),
        N_("What you put off stands here until its time has come, or the person writes."),
    ),
    ConversationList.RESOLVED: (N_("Nothing is resolved yet"), N_("What is done stands here; the bot answers again.")),
    BOTS: (N_("Nobody is with the bot"), N_("Whoever writes stands here, as long as no person answers them.")),
}
"""What an empty list says: that it is, and what will stand there."""
STATUSES: Mapping[str, str] = {
    ConversationStatus.OPEN: N_("Open"),
    ConversationStatus.SNOOZED: N_("Snoozed"),
    ConversationStatus.RESOLVED: N_("Resolved"),
}
ENDINGS: Mapping[str, str] = {
    EndedAs.RESOLVED: N_("Resolved"),
    EndedAs.QUIET: N_("Resolved by itself, since it was quiet"),
    EndedAs.LAPSED: N_("Nobody took it"),
    EndedAs.MERGED: N_("Went on with another contact"),
}
"""Why a conversation was over."""
AUTHORS: Mapping[str, str] = {Author.BOT: N_("The bot"), Author.OTHER: N_("The shop")}
"""Who said the last words, where it was neither the contact nor somebody with a name."""
COLOURS: Mapping[str, str] = {
    "gray": N_("Gray"),
    "red": N_("Red"),
    "orange": N_("Orange"),
    "yellow": N_("Yellow"),
    "green": N_("Green"),
    "teal": N_("Teal"),
    "blue": N_("Blue"),
    "purple": N_("Purple"),
    "pink": N_("Pink"),
}
"""Of labels."""
REFUSALS: Mapping[str, str] = {
    Code.HELD: N_("{name} was faster and has this conversation now."),
    Code.NOT_OPEN: N_("The bot has this conversation by now."),
    Code.NO_USER: N_("They may not answer any more; choose somebody else."),
    Code.PAST: N_("That moment is over; choose a later one."),
    Code.GONE: N_("This person is not there any more."),
}
"""Why a thing was not done, as it is told to who asked for it."""
