"""The templates that providers list as approved: asked for every hour, kept, and offered to who writes by hand."""
