"""Programmes: making them, changing them, and finding them."""
