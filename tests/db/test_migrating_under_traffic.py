"""The short form of `python -m tests.load.migrating`."""

from pathlib import Path

import pytest

from tests.load.migrating import measure
from tests.support.postgres import Databases

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_a_large_table_is_migrated_while_nobody_who_writes_to_it_fails(
    databases: Databases, tmp_path: Path
) -> None:
    told: list[str] = []
    measured = await measure(databases, 100_000, tmp_path, told.append)
    assert measured.valid
    assert measured.traffic.failures == []
    assert len(measured.traffic.waits[True]) > 0
