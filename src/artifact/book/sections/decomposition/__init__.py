"""The decomposition section: rules against gold, shortcuts beside them, traces shown."""

from artifact.book.sections.decomposition import compute, figures, tables, values

__all__ = ["compute", "figures", "tables", "values"]
