"""The section on step evaluation."""
