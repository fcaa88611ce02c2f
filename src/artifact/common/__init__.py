"""What every room uses: errors for people, paths, reading and writing files, provenance, downloads.

Nothing here knows a dataset, a trace or a model, and nothing here imports from another room.
Touch this room to change how a fault is worded or a file is written, for all rooms at once.
"""
