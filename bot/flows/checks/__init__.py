"""What the checks of a bundle look at, and what they tell."""
