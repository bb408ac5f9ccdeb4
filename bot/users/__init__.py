"""People who log in: users, their sessions and tokens, and who may do what."""
