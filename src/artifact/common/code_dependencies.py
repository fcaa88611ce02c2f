"""The modules of this package that a piece of code reaches, by following its imports.

Caches that look at a notebook's cells alone show stale pages when a helper changes; the closure
is what makes a helper part of a section's inputs. It is read from the syntax, not run, and errs
on the side of too many: an import inside a function counts, and so does every byte of a module,
comments included. A module is an input if it is imported, a file beside modules if git does not
ignore it; what an editor leaves behind never is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import artifact
from artifact.common.errors import InputError
from artifact.common.provenance import file_sha256, ignored_by_git

PACKAGE = Path(artifact.__file__).parent
NO_DATA = ("", ".py", ".pyc", ".typed")
"""Suffixes of files beside modules that no module reads."""

LEFT_BEHIND = re.compile(r"^\.|^#.*#$|~$|\.(swp|swo|orig|rej|bak|tmp|part)$")
"""Names of what editors, merges and killed commands leave behind, whatever git is told."""


def modules_reached(
    sources: Iterable[str], path: Path | None = None, package: Path = PACKAGE
) -> dict[str, str]:
    """sha256 of every module of `package` that `sources` import, directly or not.

    A module's packages come with it, as Python runs them first. A package that imports its
    members by name (`importlib.import_module`) brings all of them. Files beside a module that
    hold data (``published.yml``) count too, under their path.

    Args:
        sources: Python code; IPython's line magics are skipped.
        path: where the code is from, for messages.
        package: the package's folder.

    Raises:
        InputError: if code can't be parsed.
    """
    waiting = [name for source in sources for name in _imports(source, path, "")]
    files: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        file = _module_file(name, package)
        if file is None or name in files:
            continue
        files[name] = file
        code = file.read_text(encoding="utf-8")
        is_package, above = file.name == "__init__.py", name.rpartition(".")[0]
        waiting += [above, *_imports(code, file, name if is_package else above)]
        if is_package and "import_module" in code:
            waiting += _members(name, package)
    beside = {
        file.relative_to(package.parent).as_posix(): file
        for folder in {file.parent for file in files.values()}
        for file in _files_beside_modules(folder)
    }
    for ignored in ignored_by_git(beside, package.parent):
        del beside[ignored]
    reached = files | beside
    return {name: file_digest(reached[name]) for name in sorted(reached)}


def file_digest(path: Path) -> str:
    """sha256 of a file, computed again only if its size or modification time changes.

    Raises:
        InputError: if the file can't be read.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error
    return _digest(path, stat.st_size, stat.st_mtime_ns)


@cache
def _digest(path: Path, _size: int, _mtime_ns: int) -> str:
    return file_sha256(path)


def _imports(source: str, path: Path | None, parent: str) -> list[str]:
    """Dotted names that `source` may import; `parent` is the package of relative imports."""
    try:
        return _imported(source, parent)
    except SyntaxError as error:
        raise InputError(f"has code that is not Python ({error.msg})", path=path) from error


@cache
def _imported(source: str, parent: str) -> list[str]:
    """As `_imports`; sections share most of their modules, and reading one is slow."""
    lines = ("" if line.startswith(("%", "!")) else line for line in source.splitlines())
    tree = ast.parse("\n".join(lines))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = parent.split(".")[: parent.count(".") + 2 - node.level] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def _module_file(name: str, package: Path) -> Path | None:
    top, *rest = name.split(".")
    if top != package.name:
        return None
    place = package.joinpath(*rest)
    candidates = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((file for file in candidates if file.is_file()), None)


def _members(name: str, package: Path) -> list[str]:
    folder = package.joinpath(*name.split(".")[1:])
    there = (file for file in folder.rglob("*.py") if not LEFT_BEHIND.search(file.name))
    modules = (file.relative_to(package.parent).with_suffix("") for file in there)
    return [".".join(module.parts).removesuffix(".__init__") for module in modules]


def _files_beside_modules(folder: Path) -> list[Path]:
    return [
        file
        for file in folder.iterdir()
        if file.is_file() and file.suffix not in NO_DATA and not LEFT_BEHIND.search(file.name)
    ]
