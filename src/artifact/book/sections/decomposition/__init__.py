"""The section on decomposition."""
