"""Messages of all contacts as a list that people narrow."""
