"""All contacts as a list that people narrow."""
