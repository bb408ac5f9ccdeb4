"""Templates of replies: words that a team says often."""
