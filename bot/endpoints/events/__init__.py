"""What happened, written down for those who are to be told, in the transaction in which it happened."""
