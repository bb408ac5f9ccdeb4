"""Names of a form's fields in the one spelling that readers know: providers and what stands before us change cases."""

from collections.abc import Iterable


def spelled(parameters: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, str]:
    """The parameters by name, where one that is one of `names` but for case and underscores is called that.

    >>> spelled([("message_uuid", "1"), ("TEXT", "oi"), ("x", "y")], ["MessageUUID", "Text"])
    {'MessageUUID': '1', 'Text': 'oi', 'x': 'y'}
    """
    known = {_folded(name): name for name in names}
    posted = dict(parameters)
    exact = {name: value for name, value in posted.items() if name in known.values()}
    others = {known.get(_folded(name), name): value for name, value in posted.items() if name not in exact}
    return others | exact


def _folded(name: str) -> str:
    return name.replace("_", "").lower()
