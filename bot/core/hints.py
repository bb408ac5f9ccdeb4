"""Hints: that something changed, so that whoever shows it asks again. What it is now, a hint does not say."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Self

MAX_IDS = 250
"""Ids of one topic in one hint; more are many."""
MAX_BYTES = 7_900
"""Of a hint as text: PostgreSQL takes less than 8,000."""


class Topic(StrEnum):
    """What something changed about."""

    CONTACTS = "contacts"
    """People themselves: names, tags, consents, who answers them. By their ids."""
    MESSAGES = "messages"
    """What was said, and how far it has come. By the ids of the contacts whose messages they are."""
    JOBS = "jobs"
    ACCOUNTS = "accounts"
    BUNDLES = "bundles"
    POSTS = "posts"
    """What providers posted and is kept raw."""
    INBOX = "inbox"
    """How conversations stand that people have, and what is kept beside them. By the contacts' ids."""
    POINTS = "points"
    """Programmes and their points. By the accounts' ids."""
    TALKS = "talks"
    """That something was said in conversations that people have. By the contacts' ids."""
    PRESENCE = "presence"
    """Who of ours is in which conversation. By the contacts' ids."""
    READS = "reads"
    """How far somebody of ours has read. By their own ids; each is told of themselves alone."""
    ENDPOINTS = "endpoints"
    """Programs that are told what happens, and what became of telling them. By the endpoints' ids."""

    # Enum's own, of the name, is Python's and slow, and another one than that of the equal text.
    __hash__ = str.__hash__


_TOPICS: Mapping[str, Topic] = {topic.value: topic for topic in Topic}


class Hints:
    """What changed, by topic: a few ids, or many. However much is added, it stays small."""

    __slots__ = ("_ids", "_told")

    def __init__(self) -> None:
        """Nothing yet."""
        self._ids: dict[Topic, set[str] | None] = {}
        self._told: dict[frozenset[Topic], str] = {}

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self._ids)

    @property
    def ids(self) -> Mapping[Topic, frozenset[str] | None]:
        """The ids by topic; None for many."""
        return {topic: None if ids is None else frozenset(ids) for topic, ids in self._ids.items()}

    def add(self, topic: Topic, ids: Iterable[str] | None) -> None:
        """These have changed, too; None for many, and none for nothing."""
        changed = None if ids is None else set(ids)
        known = self._ids.get(topic, set())
        if known is None or changed == set():
            return
        together = None if changed is None else changed.union(known)
        self._ids[topic] = together if together is None or len(together) <= MAX_IDS else None
        self._told.clear()

    def merge(self, other: "Hints") -> None:
        """So has all of that."""
        for topic, ids in other.ids.items():
            self.add(topic, ids)

    def only(self, topics: Iterable[Topic]) -> Mapping[Topic, frozenset[str] | None]:
        """Those of these topics."""
        wanted = frozenset(topics)
        return {topic: ids for topic, ids in self.ids.items() if topic in wanted}

    def is_about(self, topic: Topic, id_: str) -> bool:
        """Whether that one has changed, for all that is known."""
        known = self._ids.get(topic, ())
        return known is None or id_ in known

    def told(self, topics: frozenset[Topic]) -> str:
        """Those of these topics as JSON; empty for none. It is worked out once for all who are told the same."""
        if topics not in self._told:
            told = {topic: ids if ids is None else sorted(ids) for topic, ids in self._ids.items() if topic in topics}
            self._told[topics] = json.dumps(told, separators=(",", ":")) if told else ""
        return self._told[topics]

    def to_text(self) -> str:
        """As JSON of at most `MAX_BYTES`; what is too long for that is many."""
        ids = {topic: known if known is None else sorted(known) for topic, known in self._ids.items()}
        while len(text := json.dumps(ids, separators=(",", ":"))) > MAX_BYTES:
            ids[max(ids, key=lambda topic: len(ids[topic] or ()))] = None
        return text

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` gave; what another version calls by another name is left out, and nonsense is nothing."""
        hints = cls()
        try:
            given = json.loads(text)
        except ValueError:
            return hints
        for name, ids in given.items() if isinstance(given, dict) else ():
            if name in _TOPICS and (ids is None or isinstance(ids, list)):
                hints.add(_TOPICS[name], ids if ids is None else map(str, ids))
        return hints

    @classmethod
    def everything(cls) -> Self:
        """Nobody knows what: whoever shows anything asks."""
        hints = cls()
        for topic in Topic:
            hints.add(topic, None)
        return hints
