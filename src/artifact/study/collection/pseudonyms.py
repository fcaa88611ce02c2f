"""Pseudonyms: only a keyed hash (HMAC-SHA256) of a secret is stored, never the secret itself.

The key lies in a file beside the database, readable by its owner only. If it is lost, no token
works any more and nobody can be recognised as having taken part. Whoever copies the database
without the key cannot test its hashes against lists of platform ids.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from artifact.common.errors import InputError

KEY_BYTES = 32


class Pseudonyms:
    """Hashes under one key; each use of a value has its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, use: str, value: str) -> str:
        """64 hex digits that stand for `value` in this use."""
        return hmac.new(self._key, f"{use}\0{value}".encode(), hashlib.sha256).hexdigest()

    def participant(self, secret: str) -> str:
        """The 16 hex digits that name the participant who drew `secret`; they are not secret."""
        return self.hash("participant", secret)[:16]

    def token(self, secret: str) -> str:
        """The participant's name, a dot, and 256 bits that only the key and `secret` give.

        The same secret gives the same token, so a page that lost it (a reload, a lost response)
        gets it again and the server need not store it.
        """
        return f"{self.participant(secret)}.{self.hash('token', secret)}"

    def token_hash(self, token: str) -> str:
        """The hash stored to recognise `token` by."""
        return self.hash("kept token", token)


def key_path(database: Path) -> Path:
    """Where the key of `database` lies."""
    return database.with_name(f"{database.name}.key")


def make_key(path: Path) -> None:
    """Write a new key, readable by its owner only; on a full disk, none.

    Raises:
        InputError: it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(secrets.token_bytes(KEY_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            path.unlink()  # made here: an incomplete key would stand in every later start's way
            raise
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from None


def read_key(path: Path) -> bytes:
    """The key in `path`.

    Raises:
        InputError: there is none, it has the wrong length, or others may read it.
    """
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            key = stream.read()
    except OSError as error:
        cure = "restore the key that was made with the database"
        raise InputError(f"cannot be read ({error.strerror})", path=path, cure=cure) from None
    if mode & 0o077:
        cure = f"chmod 600 {path}"
        raise InputError(f"is readable by others (mode {mode:o})", path=path, cure=cure)
    if len(key) != KEY_BYTES:
        raise InputError(f"holds {len(key)} bytes, but a key has {KEY_BYTES}", path=path)
    return key
