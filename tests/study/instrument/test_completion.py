"""The completion code and the link back: what is taken, and where the code goes."""

from __future__ import annotations

import pytest

from artifact.common.errors import InputError
from artifact.study.instrument.completion import OWN_CODES, Completion


@pytest.mark.parametrize(
    ("link", "way_back"),
    [
        (
            "https://app.prolific.com/submissions/complete?cc={code}",
            "https://app.prolific.com/submissions/complete?cc=C0DE",
        ),
        ("https://example.org/thanks", "https://example.org/thanks"),
        ("https://example.org:8443/{code}/{code}", "https://example.org:8443/C0DE/C0DE"),
        (None, None),
    ],
)
def test_the_code_goes_where_the_link_has_its_place(link: str | None, way_back: str | None) -> None:
    assert Completion("C0DE", link).way_back("C0DE") == way_back


@pytest.mark.parametrize(
    "link",
    [
        "http://example.org/",
        "example.org/done",
        "javascript:alert(1)",
        "https://",
        "https://example.org:port/",
        "https://example.org/?cc={CODE}",
        "https://example.org/a b",
        "https://example.org/'onclick",
    ],
)
def test_what_is_no_whole_https_link_is_refused(link: str) -> None:
    with pytest.raises(InputError, match=r"field .return link.: is .*; give a whole link"):
        Completion(return_url=link)


@pytest.mark.parametrize("code", ["", "two words", "C0DE!", "C" * 65])
def test_a_code_is_plain(code: str) -> None:
    with pytest.raises(InputError, match="field 'completion code'"):
        Completion(code=code)


def test_without_more_said_there_is_no_code_for_all_and_no_link() -> None:
    assert Completion(None, None) == OWN_CODES
