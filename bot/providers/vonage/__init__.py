"""Vonage."""
