"""Reports: how much was said, how long people waited for a person, and how long it took until it was done."""
