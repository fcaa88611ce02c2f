"""Third-party scripts: fetched once from the npm registry and cached.

`package-lock.json` pins every package by version and sha512 and names no address, so npm fetches
them from the registry that it is configured for and refuses any other bytes.
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
    """The folder of the pinned packages, fetched if they are not cached yet.

    Args:
        dev: also those needed only to test the page.
        lock: the lockfile, with `package.json` beside it.
        cache: holds a folder of packages for each lockfile.

    Raises:
        InputError: npm is not installed, the registry cannot be reached, or a package is not
            the pinned one.
    """
    pins = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = cache / (f"{pins}-dev" if dev else pins)
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".part-") as part:
            fetched = Path(part) / "fetched"
            fetched.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(lock.with_name(name), fetched / name)
            _install(fetched, dev=dev)
            if not folder.is_dir():  # another process may have been faster
                fetched.rename(folder)
    return folder / "node_modules"


def jspsych(folder: Path) -> str:
    """jsPsych for a browser, without the address of its source map.

    Developer tools would call that remote address; the code itself is untouched.
    """
    script = (folder / "jspsych" / "dist" / "index.browser.min.js").read_text(encoding="utf-8")
    code, _, _ = script.partition(_SOURCE_MAP)
    return f"{code.rstrip()}\n"


def notices(folder: Path) -> str:
    """Name, version and licence of every package in `folder`, as the licences require."""
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
            "npm, which fetches the page's scripts, is not installed",
            cure="install Node.js 18 or newer, which includes npm",
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
    errors = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
    first = errors[0].removeprefix("npm error").strip() if errors else f"exit {done.returncode}"
    if any(_INTEGRITY in line for line in errors):
        raise InputError(
            "the registry gave a package that is not the pinned one",
            path=LOCK,
            cure="nothing was kept; check what your npm registry serves",
        )
    raise InputError(
        f"npm could not fetch the page's scripts ({first})",
        cure="check that npm reaches its registry, and try again",
    )
