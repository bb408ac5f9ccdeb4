"""Contacts who may be one person: how alike they are, found daily, and dismissed."""
