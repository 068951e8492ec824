"""
Which edition of the program this is: a name that changes with its code. Reads the program, writes nothing.

What is cached is pickled as the code that wrote it had it. Under a name of its own each edition has a cache of its own,
so that what another one left there, with other fields or other words, is a miss.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

APPS = ("backoffice", "inventory", "orders", "suppliers")
NOT_RUN = {"tests", "benches", "migrations"}


@cache
def of(root: Path) -> str:
    """Give a short name to all code under this folder that a running server may use."""
    digest = hashlib.sha256()
    for path in _code(root):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _code(root: Path) -> Iterable[Path]:
    found = (path for app in APPS for path in (root / app).rglob("*.py"))
    return sorted(path for path in found if NOT_RUN.isdisjoint(path.relative_to(root).parts))
