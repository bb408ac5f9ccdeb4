"""What waits for a batch: a person's messages in order, and no post in the way of others, however much it carries."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.conversations.posts import Item, Post
from bot.conversations.triage import Carried
from bot.core.addresses import Address


@dataclass(slots=True)
class Waiting:
    """The items of all posts that no batch has taken yet, in order.

    Attributes:
        places: how much is asked of us: the items of all posts under way, of each post at most those of one batch.
    """

    places: int = 0
    _posts: int = 0
    _items: deque[Item] = field(default_factory=deque)
    _busy: set[Address] = field(default_factory=set)

    def __len__(self) -> int:
        """Items that no batch has taken yet."""
        return len(self._items)

    @property
    def is_idle(self) -> bool:
        """Whether no batch with anybody's message is under way."""
        return not self._busy

    def enter(self, post: Post, carried: Iterable[Carried], places: int) -> None:
        """Let all that a post carries wait."""
        self._items.extend(Item(post, each) for each in carried)
        self._posts += 1
        self.places += places

    def leave(self, places: int) -> None:
        """A post has its answer."""
        self._posts -= 1
        self.places -= places

    def next_batch(self, most: int) -> list[Item]:
        """What waits, in order, without those whose earlier messages are under way or go on waiting.

        Where not all of it fits, each post has the same share, and what is left of the batch goes to the first ones.
        Whose messages it holds is busy until `done`.
        """
        batch: list[Item] = []
        if len(self._items) > most and self._posts > 1:
            self._pick(batch, most, max(1, most // self._posts))
        self._pick(batch, most, most)
        self._busy.update(each for item in batch for each in item.people)
        return batch

    def done(self, batch: Iterable[Item]) -> None:
        """A batch is committed, or cannot be."""
        self._busy.difference_update(each for item in batch for each in item.people)

    def _pick(self, batch: list[Item], most: int, share: int) -> None:
        held: list[Item] = []
        busy = set(self._busy)
        taken: Counter[int] = Counter()
        while self._items and len(batch) < most:
            item = self._items.popleft()
            people = item.people
            if busy.isdisjoint(people) and taken[id(item.post)] < share:
                taken[id(item.post)] += 1
                batch.append(item)
            else:
                busy.update(people)
                held.append(item)
        self._items.extendleft(reversed(held))
