"""Looking for people, words and notes, over what somebody may see."""
