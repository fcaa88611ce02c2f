from __future__ import annotations

import subprocess
import sys

import pytest

from artifact.study.simulation.published_rating import PublishedRating


@pytest.mark.parametrize(("printed", "mean"), [(3.5, 3.5), (4.0, None), (None, None)])
def test_a_figure_that_equals_the_median_may_be_no_mean(
    printed: float | None, mean: float | None
) -> None:
    rating = PublishedRating(
        trace="verbose", interpretability=printed, interpretability_median=4.0, cognitive_load=None
    )
    assert rating.interpretability_mean == mean


def test_listing_the_sections_imports_no_library_of_figures() -> None:
    heavy = "pandas", "scipy", "statsmodels", "torch", "transformers"
    code = (
        f"import sys, artifact.workflow.run_jobs; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout == b"[]\n"
