"""The book's figures: one style, and the kinds of chart that the sections draw in it."""

from artifact.book.figures import charts, explorable, numbers, ratings, runs
from artifact.book.figures.style import show

__all__ = ["charts", "explorable", "numbers", "ratings", "runs", "show"]
