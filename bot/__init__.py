"""Recado, a chat bot webhook server: messages in, the right answer out."""

__version__ = "0.1.0"
