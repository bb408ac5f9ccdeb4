"""Who did what: a line for each change that a person, a token or a command makes, in its transaction."""
