"""Helpers of the executable paper on trace-based knowledge distillation (arXiv 2505.13792).

Rooms are read from the top down, and a module imports only from its own room and those above:
errors, problems, paths, files, splits, provenance, fetch, datasets, hub, sources, teach, traces,
sft, decomposition, evaluation, study, claims, results, figures, rating_figures, run_figures,
tables, sections, workflow, cli_study, cli_sft, cli.
"""

__version__ = "0.1.0"
