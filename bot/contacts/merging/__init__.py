"""Contacts who turn out to be one person: merged, and two again; who they may be."""
