"""What is to be sent, and sending it: claims, limits, outcomes."""
