"""Telling people in time that their points end, and keeping what came of it."""
