"""The user study: a questionnaire to run it again, and the analysis of whatever ratings come in.

The paper's items, raw ratings and spreads are not public. Five rooms make the study re-runnable
instead; each imports only from itself and from the rooms that it is said to build on:

instrument   what participants are shown and asked, and the layout of ratings
page         the experiment as a web page; builds on instrument
collection   server, database and export of ratings; builds on instrument
analysis     from ratings to findings, by rules fixed beforehand; builds on instrument
simulation   SIMULATED ratings of known truth, and power; builds on instrument and analysis

The wording of items and texts may be replaced (`items.yml`, `texts.yml`); the layout of ratings,
the exclusion rules and the tests may not be changed once ratings have been collected.
"""
