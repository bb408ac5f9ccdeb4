"""A bridge of the operator's own, by Standard Webhooks."""
