"""Telling endpoints what happened: claims, requests, what came of them."""
