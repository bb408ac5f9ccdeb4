"""What people of ours write from the provider's own app."""
