from bot.core.messages import RANK, Status


def test_statuses_rank_from_queued_to_read() -> None:
    assert sorted(Status, key=RANK.__getitem__) == ["queued", "sent", "failed", "delivered", "read"]
