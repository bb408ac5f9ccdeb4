"""The API: what programs of a shop ask for, declared once."""
