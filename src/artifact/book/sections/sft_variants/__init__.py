"""Our own runs: models trained here, reference runs, and traces forced on both."""

from artifact.book.sections.sft_variants import compute, figures, tables, values

__all__ = ["compute", "figures", "tables", "values"]
