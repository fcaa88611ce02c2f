"""From outputs to figures: answers and steps scored strictly and as released, statistics, faults.

`statistics` holds the tests and intervals, `faults` shows what each fault of the release does.
Add a scorer or a test here; the release's own rules keep their faults, for they are the evidence.
"""
