"""Messages that were not sent, until somebody decides about them."""
