"""`/inbox/reports`: how much was said, and how long people waited for a person."""
