"""Signing in at providers of OpenID Connect: Google, and one that the settings name."""
