"""Finding contacts and messages by words; indexed after the commit, a moment late."""
