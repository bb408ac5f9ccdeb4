"""Messaging providers, a folder each; pure: no database, no network, no clock."""
