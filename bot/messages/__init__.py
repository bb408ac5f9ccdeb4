"""The message log, the outbox and statuses."""
