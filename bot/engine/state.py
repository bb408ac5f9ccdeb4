"""An instance's state as JSON and back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.engine.conversation import StateValue


def encode_state(state: Mapping[str, StateValue]) -> dict[str, Any]:
    """The state as JSON values; a Decimal as text, since a JSON number would lose digits.

    >>> encode_state({"people": 3, "litres": Decimal("1.5")})
    {'people': 3, 'litres': {'decimal': '1.5'}}
    """
    return {name: {"decimal": str(value)} if isinstance(value, Decimal) else value for name, value in state.items()}


def decode_state(stored: Mapping[str, Any]) -> dict[str, StateValue]:
    """The state that `encode_state` gave."""
    return {name: Decimal(value["decimal"]) if isinstance(value, dict) else value for name, value in stored.items()}
