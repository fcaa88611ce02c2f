"""Helpers of the executable paper on trace-based knowledge distillation (arXiv 2505.13792).

Ten rooms, read from the top down; a module imports only from its own room and those above it,
and evaluation and study, which stand beside each other, import nothing of each other:
common, datasets, decomposition, sft, evaluation, study, claims, workflow, book, cli.
"""

__version__ = "0.1.0"
