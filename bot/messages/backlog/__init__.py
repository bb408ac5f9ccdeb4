"""What waits to be sent: counted, and given up."""
