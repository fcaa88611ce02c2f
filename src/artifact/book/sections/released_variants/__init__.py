"""The SFT variants section: accuracies that were published or released."""

from artifact.book.sections.released_variants import compute, figures, tables, values

__all__ = ["compute", "figures", "tables", "values"]
