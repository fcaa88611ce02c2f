"""From a file of ratings to findings: exclusions, reliability, tests, models."""
