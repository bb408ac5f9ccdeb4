"""What a signed one-time token stands for, with providers that sign a token rather than the post itself."""

from collections.abc import Iterator

from bot.core.messages import Delivery


def subject(delivery: Delivery) -> str:
    """What a post is about: the same in each of the provider's attempts, another one wherever it would do other things.

    A message counts by its id alone, since one that comes again is not looked at.
    """
    return " ".join(_named(delivery))


def _named(delivery: Delivery) -> Iterator[str]:
    for message in delivery.messages:
        yield message.provider_message_id
    for status in delivery.statuses:
        named = (status.status, status.opt_out, status.provider_message_id, status.message_id)
        yield " ".join(each for each in named if each)
    for preference in delivery.preferences:
        yield f"{'in' if preference.opted_in else 'out'} {preference.reason} {preference.address.value}"
    for unknown in delivery.unknown:
        yield unknown.kind
