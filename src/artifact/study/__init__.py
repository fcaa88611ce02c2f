"""The user study: its questionnaire, its ratings, and what may be concluded from them.

The paper's items, raw ratings and spreads are not public. What is here makes the study
re-runnable instead: the instrument collects ratings in the layout of `ratings`, and
`analysis` answers for whatever ratings it is given, by rules fixed beforehand.
"""
