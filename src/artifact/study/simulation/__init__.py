"""SIMULATED ratings of known truth: power, and how often a test errs."""
