"""Taking people over from a sheet."""
