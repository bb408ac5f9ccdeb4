"""Messages that change hands when contacts are merged, and when they are two again."""
