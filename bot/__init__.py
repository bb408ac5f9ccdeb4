"""Recado, a chat bot webhook server: messages in, the right answer out."""
