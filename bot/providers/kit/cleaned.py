"""The last step of every parser: strings that any database keeps and any page shows."""

from bot.core.messages import Echo, InboundMessage
from bot.core.text import MAX_NAME, MAX_TEXT, clean
from bot.providers.kit.json_reader import keepable


def cleaned(message: InboundMessage) -> InboundMessage:
    """The message with text, label, name and body fit to be kept; `cleaned` says whether anything was taken out.

    A text cut at 20 000 characters leaves its length in `body["cut_from"]`.
    """
    # Most messages are a few plain words; to see that takes a fifth of cleaning them.
    words = message.text + message.label + message.name
    if not message.body and len(words) <= MAX_NAME and words.isprintable():
        return message
    text, text_changed = clean(message.text, MAX_TEXT)
    label, label_changed = clean(message.label, MAX_TEXT)
    name, name_changed = clean(message.name, MAX_NAME)
    body = keepable(dict(message.body))
    changed = text_changed or label_changed or name_changed or body != message.body
    if not changed:
        return message
    if len(message.text) > MAX_TEXT:
        body["cut_from"] = len(message.text)
    return message._replace(text=text, label=label, name=name, body=body, cleaned=True)


def cleaned_echo(echo: Echo) -> Echo:
    """The echo with text and body fit to be kept; `cleaned` as with a message."""
    text, changed = clean(echo.text, MAX_TEXT)
    body = keepable(dict(echo.body))
    return echo._replace(text=text, body=body, cleaned=changed or body != echo.body)
