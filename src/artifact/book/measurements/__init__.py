"""Stored measurements of speed and of the collection, and how pages show them."""
