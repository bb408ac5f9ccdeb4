"""One way to send: what anybody asks to be said to a contact, queued or refused."""
