"""
Files for the eyes of their owner alone: the database of the embedded default, its log, mail in files, uploads, and
backups.
"""

import os
from contextlib import suppress
from pathlib import Path

MODE, OWN = 0o600, 0o700
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside a database; it gives new ones the mode of the database itself."""


def made(path: Path) -> None:
    """
    Make an empty file that only its owner may read; it must not be there.

    :raises FileExistsError: if it is
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE))


def folder(path: Path) -> None:
    """Let nobody but its owner look into a folder, new or old: what is in it has the names and orders of customers."""
    with suppress(PermissionError, FileExistsError, NotADirectoryError):  # somebody else's, or a file: theirs to close
        path.mkdir(mode=OWN, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(OWN)


def keep(database: Path) -> None:
    """Let nobody but its owner read a database of SQLite, old or new, before anything is written into it."""
    with suppress(FileExistsError, FileNotFoundError, PermissionError):  # a wrong path is the database's to name
        made(database)
    for ending in BESIDE:
        # somebody else's file is theirs to close, and another process may just have taken its log away
        with suppress(FileNotFoundError, PermissionError):
            path = database.with_name(database.name + ending)
            if path.stat().st_mode & 0o077:
                path.chmod(MODE)
