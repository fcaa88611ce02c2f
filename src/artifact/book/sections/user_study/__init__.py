"""The user study section: what is public, the instrument, and an analysis of ratings."""

from artifact.book.sections.user_study import compute, figures, tables, values

__all__ = ["compute", "figures", "tables", "values"]
