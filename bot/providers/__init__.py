"""Messaging providers, one module each; pure: no database, no network, no clock."""
