"""Files that people send and that are sent: fetched, kept, served."""
