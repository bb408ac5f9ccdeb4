"""What a message is sent for, the lane in which it leaves, and what a consent is about."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why something is written to a person, which decides what consent it needs."""

    SERVICE = "service"
    """An answer, or a person's own words to them."""
    NOTICE = "notice"
    """What they are told since it concerns them: a reminder, a receipt."""
    MARKETING = "marketing"
    """A campaign: only to those who agreed to it."""


class Lane(StrEnum):
    """In which order messages of an account leave: a reply never waits behind a notice, nor either behind bulk."""

    REPLY = "reply"
    NOTICE = "notice"
    BULK = "bulk"


LANES = {Purpose.SERVICE: Lane.REPLY, Purpose.NOTICE: Lane.NOTICE, Purpose.MARKETING: Lane.BULK}
"""The lane of each purpose."""


class ConsentPurpose(StrEnum):
    """What a consent is about."""

    ALL = "all"
    MARKETING = "marketing"
