"""Code for speed and memory alone: without any of these modules the results would be the same.

Each has a benchmark against the library's own implementation.
"""
