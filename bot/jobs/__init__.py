"""Due work: rows that say what is to be done and when."""
