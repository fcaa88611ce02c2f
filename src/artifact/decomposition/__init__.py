"""From a problem to its traces and back: trace kinds and wording, parsing, the audit of the solver.

`teacher` asks a model of your choice for free-text traces.
Add a trace kind in `traces`; texts that the release holds byte for byte must stay as they are.
"""
