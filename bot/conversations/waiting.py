"""What waits for a batch: a person's messages in order, and no post in the way of others, however much it carries.

Whoever cannot be had for the moment rests, and what they wrote since waits along.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.contacts.service import Named
from bot.conversations.posts import Item, Post
from bot.conversations.triage import Carried


@dataclass(slots=True)
class Waiting:
    """The items of all posts that no batch has taken yet, in order.

    Attributes:
        places: how much is asked of us: the items of all posts under way, of each post at most those of one batch.
    """

    places: int = 0
    _posts: int = 0
    _items: deque[Item] = field(default_factory=deque)
    _busy: set[Named] = field(default_factory=set)
    _resting: set[Named] = field(default_factory=set)
    _rests: Counter[Named] = field(default_factory=Counter)

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
        """A batch is committed, or cannot be, or some of its people rest."""
        people = [each for item in batch for each in item.people]
        self._busy.difference_update(people)
        if self._rests:
            for each in people:
                if each not in self._resting:
                    del self._rests[each]

    def rest(self, items: Sequence[Item]) -> None:
        """Let items of a batch wait again, before all later ones; whose they are is passed over until `wake`."""
        people = {each for item in items for each in item.people}
        self._rests.update(people)
        self._resting |= people
        self._items.extendleft(reversed(items))

    def rests(self, item: Item) -> int:
        """How often whoever an item is of has rested since a batch was last done with them."""
        return max(self._rests[each] for each in item.people)

    def wake(self, item: Item) -> None:
        """Whose item it is rests no more."""
        self._resting.difference_update(item.people)

    def _pick(self, batch: list[Item], most: int, share: int) -> None:
        held: list[Item] = []
        busy = self._busy | self._resting
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
