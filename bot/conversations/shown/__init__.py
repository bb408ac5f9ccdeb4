"""What is shown of conversations: where they stand, what came of flows, and why the bot said what it said."""
