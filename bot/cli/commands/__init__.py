"""What people type: each command's arguments and help, which load nothing of what it does."""
