"""Notes: what people of ours write beside a conversation, for each other or for themselves."""
