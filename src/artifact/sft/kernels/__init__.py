"""Code for speed and memory alone: without any of these modules the results would be the same.

Every one has a benchmark leg against the library's own way.
"""
