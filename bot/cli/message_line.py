"""What a message says, on one line of the terminal."""

from bot.messages.media.service import entries, told
from bot.messages.records import MessageView


def said(message: MessageView) -> str:
    """The words, and in brackets what goes along with them: `Which one? [Spring] [Autumn] [document menu.pdf]`.

    What has neither is named by its kind.
    """
    body = message.body
    beside = [str(each["label"]) for each in body.get("choices", ())]
    beside += [f"{told(each, 'type')} {told(each, 'filename')}".strip() for each in entries(body)]
    if isinstance(place := body.get("location"), dict):
        beside.append(f"location {told(place, 'name')}".strip())
    if not message.content and not beside:
        beside.append(message.kind)
    return " ".join(filter(None, (message.content, *(f"[{each}]" for each in beside))))
