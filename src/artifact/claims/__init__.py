"""Which claims of the paper hold, and on which evidence: published figures, rules, the ledger.

A figure that someone else printed is in ``published.yml`` with its source, and nowhere else.
Add a claim here; a verdict follows from the evidence by a rule and is never written by hand.
"""
