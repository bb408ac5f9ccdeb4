"""Accounts of points as they are read: what somebody has, when it ends, and how it came about."""
