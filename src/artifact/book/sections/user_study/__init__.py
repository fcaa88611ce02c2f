"""The section on the user study."""
