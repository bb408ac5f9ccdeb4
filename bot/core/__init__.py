"""Values and small tools that every other room may use; imports nothing of ours."""
