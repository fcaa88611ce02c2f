"""The length of problems: a fifth section, added by a test as CONTRIBUTING says."""

from artifact.book.sections.problem_length import compute, figures, tables, values

__all__ = ["compute", "figures", "tables", "values"]
