"""The workflow: from parameters to executed sections, and through the gate to the book."""
