"""The page that participants see, built as static files; see `build.build`."""

from artifact.study.page.build import build

__all__ = ["build"]
