"""Other people's scripts: fetched once from the npm registry, by version and sha512, and kept.

`package-lock.json` pins every package by version and sha512 and names no address, so npm takes
them from whatever registry it is set up for and refuses anything else than the pinned bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from artifact.common.errors import InputError
from artifact.common.paths import DATA

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"

_SOURCE_MAP = "\n//# sourceMappingURL="
_INTEGRITY = "EINTEGRITY"


def packages(*, dev: bool = False, lock: Path = LOCK, cache: Path = DATA / "npm") -> Path:
    """The folder that holds the pinned packages, fetched if they are not there yet.

    Args:
        dev: with those that are only needed to check the page.
        lock: the lockfile; `package.json` lies beside it.
        cache: where fetched packages are kept, in a folder per lockfile.

    Raises:
        InputError: if npm is not installed, the registry can't be reached, or a package is not
            the pinned one.
    """
    pins = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    kept = cache / (f"{pins}-dev" if dev else pins)
    if not kept.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".part-") as part:
            fetched = Path(part) / "fetched"
            fetched.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(lock.with_name(name), fetched / name)
            _install(fetched, dev=dev)
            if not kept.is_dir():  # another process may have been quicker
                fetched.rename(kept)
    return kept / "node_modules"


def jspsych(folder: Path) -> str:
    """jsPsych for a browser, without the address of its source map.

    Developer tools would call that remote address; the code itself is untouched.
    """
    script = (folder / "jspsych" / "dist" / "index.browser.min.js").read_text(encoding="utf-8")
    code, _, _ = script.partition(_SOURCE_MAP)
    return f"{code.rstrip()}\n"


def notices(folder: Path) -> str:
    """Name, version, licence and licence text of every package in `folder`, as their terms ask."""
    parts = []
    for manifest in sorted(folder.glob("*/package.json")):
        about = json.loads(manifest.read_text(encoding="utf-8"))
        author = about.get("author", "")
        name = author.get("name", "") if isinstance(author, dict) else author
        parts.append(f"{about['name']} {about['version']}, {name}, licence: {about['license']}\n")
        texts = sorted(manifest.parent.glob("[Ll][Ii][Cc][Ee][Nn][SsCc][Ee]*"))
        parts += [text.read_text(encoding="utf-8").strip() + "\n" for text in texts]
    return "\n".join(parts)


def _install(folder: Path, *, dev: bool) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(
            "npm is not at hand, and the page's scripts come from its registry",
            cure="install Node.js 18 or newer, which brings npm",
        )
    omit = [] if dev else ["--omit=dev"]
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
    first = said[0].removeprefix("npm error").strip() if said else f"exit {done.returncode}"
    if any(_INTEGRITY in line for line in said):
        raise InputError(
            "the registry gave a package that is not the pinned one",
            path=LOCK,
            cure="nothing was kept; see what your npm registry serves",
        )
    raise InputError(
        f"npm could not fetch the page's scripts ({first})",
        cure="see that npm reaches its registry, and try again",
    )
