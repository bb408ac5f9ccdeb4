"""Periods in which people had conversations, for the reports: written as they begin, are answered and end."""
