"""Signing in: passwords, second factors, links that are good once, and how often it may be tried."""
