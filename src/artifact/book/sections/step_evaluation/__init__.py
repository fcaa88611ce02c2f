"""The step evaluation section: stored outputs scored as released and strictly."""

from artifact.book.sections.step_evaluation import compute, figures, tables, values

__all__ = ["compute", "figures", "tables", "values"]
