"""Giving people out as a sheet."""
