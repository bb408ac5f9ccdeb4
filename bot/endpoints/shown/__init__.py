"""What endpoints were told, as it is looked at."""
