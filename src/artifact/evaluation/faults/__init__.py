"""The faults of the released scoring, each as a probe that a reader can run."""
