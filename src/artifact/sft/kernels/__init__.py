"""What is there for speed and memory alone: each module could be left out, and results would stay.

Every one has a benchmark leg against the library's own way.
"""
