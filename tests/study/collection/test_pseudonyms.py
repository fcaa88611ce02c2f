"""Keyed hashes: the same for the same, different for all else, and a key that is kept close."""

from __future__ import annotations

import errno
import hashlib
import hmac
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.study.collection.pseudonyms import KEY_BYTES, Pseudonyms, key_path, make_key, read_key

NAMES = Pseudonyms(b"k" * KEY_BYTES)
SECRET = "ab" * 16


def test_a_hash_is_hmac_sha256_of_use_and_value() -> None:
    wanted = hmac.new(b"k" * KEY_BYTES, b"pid\x00someone", hashlib.sha256).hexdigest()
    assert NAMES.hash("pid", "someone") == wanted


def test_hashes_differ_by_value_use_and_key() -> None:
    hashes = {
        NAMES.hash("pid", "someone"),
        NAMES.hash("pid", "someone else"),
        NAMES.hash("study", "someone"),
        Pseudonyms(b"l" * KEY_BYTES).hash("pid", "someone"),
    }
    assert len(hashes) == 4


def test_a_token_proves_more_than_its_name_tells() -> None:
    token = NAMES.token(SECRET)
    name, _, proof = token.partition(".")
    assert token == NAMES.token(SECRET)
    assert name == NAMES.participant(SECRET)
    assert len(name) == 16
    assert len(proof) * 4 == 256
    assert not {SECRET, proof, token} & {NAMES.token_hash(token), name}


def test_a_key_is_new_every_time_and_its_owners_only(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "two"):
        path = key_path(tmp_path / name)
        make_key(path)
        assert path.stat().st_mode & 0o777 == 0o600
        keys.append(read_key(path))
    assert keys[0] != keys[1]
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_no_key_is_written_over(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with pytest.raises(InputError, match="key: cannot be written"):
        make_key(tmp_path / "key")


def test_a_full_disk_leaves_no_key_and_the_next_start_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(InputError, match=r"key: cannot be written \(No space left on device\)"):
            make_key(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []
    make_key(tmp_path / "key")
    assert len(read_key(tmp_path / "key")) == KEY_BYTES


@pytest.mark.parametrize(
    ("content", "mode", "fault"),
    [
        (None, 0o600, "cannot be read"),
        (b"k" * 31, 0o600, "holds 31 bytes, but a key has 32"),
        (b"k" * 32, 0o640, r"is readable by others \(mode 640\); chmod 600"),
    ],
)
def test_a_key_that_cannot_serve_is_refused(
    tmp_path: Path, content: bytes | None, mode: int, fault: str
) -> None:
    path = tmp_path / "study.db.key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(InputError, match=fault):
        read_key(path)
