"""An instance's state as JSON."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.conversation import StateValue
from bot.engine.state import decode_state, encode_state

VALUES = st.one_of(st.text(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False))


@given(st.dictionaries(st.text(), VALUES))
def test_a_state_comes_back_from_json_as_it_was(state: dict[str, StateValue]) -> None:
    back = decode_state(json.loads(json.dumps(encode_state(state))))
    assert back == state
    assert [type(value) for value in back.values()] == [type(value) for value in state.values()]


def test_a_decimal_keeps_its_digits() -> None:
    assert encode_state({"litres": Decimal("1.50")}) == {"litres": {"decimal": "1.50"}}
