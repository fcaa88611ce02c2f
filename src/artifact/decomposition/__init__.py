"""From a problem to its traces and back: kinds and wording, parsing any text, the solver's audit.

`teacher` asks a model of one's own choice for free-text traces.
"""
