"""Scoring answers and traces: as the release does it, and strictly."""
