"""What every room uses: errors for people, paths, reading files, provenance, named downloads.

Nothing here knows a dataset, a trace or a model.
"""
