"""The people we talk to: their addresses and consent."""
