"""Conversations that the bot has and no person: those of who wrote last."""
