"""Telling the systems above what happened below, within the same transaction."""
