"""Helpers of the executable paper on trace-based knowledge distillation (arXiv 2505.13792).

Rooms are read from the top down, and a module imports only from rooms above it:
problems, provenance, datasets, sources, decomposition, traces, evaluation, claims,
results, figures, workflow, cli.
"""

__version__ = "0.1.0"
