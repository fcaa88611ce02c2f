"""The published figures of one trace type, kept apart from slow imports, since listing the sections
reads them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PublishedRating(BaseModel):
    """The public figures of one trace type, on the five-point scale; None where not public."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trace: str
    """Trace type: one of `ratings.GROUPS`."""
    interpretability: float | None
    """As the abstract prints it."""
    interpretability_median: float
    """As the sister paper prints it."""
    cognitive_load: float | None
    """Mean."""

    @property
    def interpretability_mean(self) -> float | None:
        """The abstract's figure, unless it equals the median and so may not be a mean at all."""
        printed = self.interpretability
        return None if printed == self.interpretability_median else printed
