"""What is kept of a secret: never the secret itself, only a keyed hash (HMAC-SHA256) of it.

The key lies in a file beside the database, for the owner's eyes only. With the key lost, no hash
can be made again: nobody's token works any more, and nobody can be recognised as having taken
part. Without the key, the hashes in a copied database can't be tried out against lists of
platform ids.
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
    """Hashes under one key, a different one for every use of a value."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, use: str, value: str) -> str:
        """64 hex digits that stand for `value`; the same again for the same use and value."""
        return hmac.new(self._key, f"{use}\0{value}".encode(), hashlib.sha256).hexdigest()

    def participant(self, secret: str) -> str:
        """The 16 hex digits that name the participant who drew `secret`. No secret itself."""
        return self.of("participant", secret)[:16]

    def token(self, secret: str) -> str:
        """The participant's name, a dot, and 256 bits that only the key and `secret` give.

        A page that lost its token (a reload, a lost answer) gets the same one for its secret, so
        that no token has to be stored.
        """
        return f"{self.participant(secret)}.{self.of('token', secret)}"

    def kept(self, token: str) -> str:
        """What is stored to recognise `token` by."""
        return self.of("kept token", token)


def key_path(database: Path) -> Path:
    """Where the key of `database` lies."""
    return database.with_name(f"{database.name}.key")


def make_key(path: Path) -> None:
    """Write a new key, readable by its owner only.

    Raises:
        InputError: it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path=path) from None


def read_key(path: Path) -> bytes:
    """The key in `path`.

    Raises:
        InputError: there is none, it is cut short, or others may read it.
    """
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            key = stream.read()
    except OSError as error:
        cure = "bring the key that was made with the database"
        raise InputError(f"cannot be read ({error.strerror})", path=path, cure=cure) from None
    if mode & 0o077:
        cure = f"chmod 600 {path}"
        raise InputError(f"may be read by others (mode {mode:o})", path=path, cure=cure)
    if len(key) != KEY_BYTES:
        raise InputError(f"holds {len(key)} bytes where a key has {KEY_BYTES}", path=path)
    return key
