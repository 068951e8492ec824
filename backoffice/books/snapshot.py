"""Reading many tables as they stood at one moment, while others write on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Aside = Callable[[Callable[[], None]], None]
"""Calls a function outside of the snapshot, where it may write."""

BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    # not IMMEDIATE, which would keep every writer waiting
    "sqlite": "BEGIN DEFERRED",
}


@contextmanager
def snapshot() -> Iterator[Aside]:
    """
    Read all that is read inside from one moment, on a connection of its own.

    Inside somebody's transaction their own view of things is the moment.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    if usual.in_atomic_block:
        yield lambda work: work()
        return
    own = usual.copy()
    try:
        with _in_place_of(own):
            with connection.cursor() as cursor:
                cursor.execute(BEGIN[own.vendor])
            try:
                yield lambda work: _outside(usual, work)
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("ROLLBACK")
    finally:
        own.close()


def _outside(usual: BaseDatabaseWrapper, work: Callable[[], None]) -> None:
    with _in_place_of(usual):
        work()


@contextmanager
def _in_place_of(other: BaseDatabaseWrapper) -> Iterator[None]:
    """Let this thread use another connection to the same database."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before
