"""The server does what its document says, whatever is asked."""

import pytest

from tests.api.fuzz import fuzz


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_every_answer_is_as_the_document_says(database_url: str) -> None:
    code, told = await fuzz(database_url, examples=6, seconds=60)

    assert code == 0, told
    assert " 0 generated" not in told
