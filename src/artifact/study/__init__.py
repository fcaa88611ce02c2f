"""The user study: the instrument, its web page, the collection of ratings, and their analysis.

The paper's items, raw ratings and spreads are not public, so all wording here is this project's.
Rules of exclusion and analysis were fixed before any rating: change them only before a study.
"""
