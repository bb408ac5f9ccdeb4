"""Notices for people of ours, to the addresses that they gave: outside of contacts, consents and timelines."""
