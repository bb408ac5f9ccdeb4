"""Labels: words by which a team tells conversations apart."""
