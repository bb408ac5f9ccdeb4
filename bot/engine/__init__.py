"""The heart: definitions, a conversation and an event in; a new conversation, effects and a trace out. Pure."""
