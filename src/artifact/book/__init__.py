"""The rendered book: sections, figures, tables, the gate that a page must pass, and the builder.

A section is four files: it computes, and gives values, tables and figures to its notebook.
Add a section or a figure here; a number in prose comes from a section's values, never typed.
"""
