"""The book's pictures: taken from the real page, small, and the same every time."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from tests.study.page import browser, screenshots
from tests.study.page.screenshots import FOLDER, PICTURES, take

LARGEST = 200_000


@pytest.fixture(scope="module")
def taken(npm: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    if reason := browser.missing():
        pytest.skip(reason)
    return take(tmp_path_factory.mktemp("pictures"))


def test_each_picture_has_its_size_and_is_small(taken: tuple[Path, ...]) -> None:
    from PIL import Image

    assert [path.name for path in taken] == [picture.file for picture in PICTURES]
    for path, picture in zip(taken, PICTURES, strict=True):
        content = path.read_bytes()
        assert len(content) < LARGEST
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == picture.size
            darkest, brightest = image.convert("L").getextrema()
            corner = image.convert("L").getpixel((2, 2))
            assert (corner < 60) == picture.dark
            assert brightest - darkest > 150  # there is text on it


def test_pictures_differ(taken: tuple[Path, ...]) -> None:
    assert len({hashlib.sha256(path.read_bytes()).digest() for path in taken}) == len(PICTURES)


def test_the_book_has_every_picture() -> None:
    for picture in PICTURES:
        assert 0 < (FOLDER / picture.file).stat().st_size < LARGEST


def test_without_a_browser_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots.browser, "missing", lambda: "Chromium is not at hand")
    with pytest.raises(InputError, match="Chromium is not at hand; install Chromium"):
        take(tmp_path / "pictures")
    assert not (tmp_path / "pictures").exists()
