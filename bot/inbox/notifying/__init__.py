"""Telling people of ours outside of the pages what they have not seen, collected over some minutes."""
