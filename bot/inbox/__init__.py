"""The unified inbox: people of ours who answer together."""
