"""Stored bundles: templates, triggers, flows and their versions; the YAML that admins write."""
