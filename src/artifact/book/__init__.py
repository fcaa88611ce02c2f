"""The rendered book: sections, figures, tables, the gate, the builder."""
