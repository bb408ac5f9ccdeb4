"""Conversations as lists, as somebody of ours sees them."""
