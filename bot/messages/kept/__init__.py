"""What is kept of providers' posts: raw, statuses that came early, spent tokens."""
