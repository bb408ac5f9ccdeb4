"""What each person of ours has of a conversation: how far they read, what they began to write, that they look at it."""
