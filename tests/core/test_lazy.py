"""A property that is worked out once."""

from bot.core.lazy import lazy


class Asked:
    def __init__(self) -> None:
        self.times = 0

    @lazy
    def answer(self) -> int:
        """What everybody asks."""
        self.times += 1
        return 42


def test_it_is_worked_out_when_it_is_first_asked_for_and_then_kept() -> None:
    asked = Asked()
    assert asked.times == 0
    assert (asked.answer, asked.answer) == (42, 42)
    assert asked.times == 1


def test_each_object_has_its_own() -> None:
    first, second = Asked(), Asked()
    assert first.answer == second.answer
    assert (first.times, second.times) == (1, 1)
