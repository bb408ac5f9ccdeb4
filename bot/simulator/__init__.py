"""A phone in the browser that talks to the bot."""
