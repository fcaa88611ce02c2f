"""Tests and intervals: paired, of association, pooled over seeds."""
