"""Messages whose turn failed, and posts that could not be read: what people decide on them."""
