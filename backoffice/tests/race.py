"""
Processes, not threads: the same work done by several interpreters at once on one PostgreSQL database.

``unguarded=True`` makes the control twin: the product lock is taken out, each waits a moment before it writes so that
they meet however busy the machine is, and the race must then be lost.
"""

import importlib
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing import forkserver
from typing import Any

from django.db import connection

PROCESSES = multiprocessing.get_context("forkserver")
"""Each begins as a copy of one in which Django stands, on the database of this test run, without a connection."""

DWELL = 0.003
"""Seconds between what is read and what is written, in a control twin."""


def run(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], *, unguarded: bool = False) -> list[Any]:
    """Run ``work`` once per tuple, all starting together; give each one's result, or the error's class name."""
    _prepare()
    start = PROCESSES.Barrier(len(arguments))
    results: Any = PROCESSES.Queue()
    meeting = (start, results)
    workers = [
        PROCESSES.Process(target=_child, args=(database_url(), named(work), (place, given), unguarded, meeting))
        for place, given in enumerate(arguments)
    ]
    for worker in workers:
        worker.start()
    found = dict(results.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join(timeout=30)
    return [found[place] for place in range(len(arguments))]


def named(work: Callable[..., Any]) -> tuple[str, str]:
    """A function by its name: its module can be imported only once Django stands."""
    return work.__module__, work.__name__


def database_url() -> str:
    """The test's own database, for a process that starts from nothing."""
    given = connection.settings_dict
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def _prepare() -> None:
    """Let the process from which the others are copied begin on the test's own database."""
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    os.environ |= {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    try:
        PROCESSES.set_forkserver_preload(["backoffice.tests.standing"])
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ |= {} if value is None else {name: value}


def stand_up(url: str, work: tuple[str, str]) -> Callable[..., Any]:
    """Start Django in a fresh process on that database, and find the function to run there."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
    import django  # noqa: PLC0415  (a process that starts from nothing)

    django.setup()
    module, name = work
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _child(
    url: str, work: tuple[str, str], job: tuple[int, tuple[Any, ...]], unguarded: bool, meeting: tuple[Any, Any]
) -> None:
    function = stand_up(url, work)
    if unguarded:
        _take_out_the_lock()
    (place, given), (start, results) = job, meeting
    start.wait(60)
    try:
        results.put((place, function(*given)))
    except Exception as error:
        traceback.print_exc()
        results.put((place, type(error).__name__))


def _take_out_the_lock() -> None:
    from inventory.models import ProductQuerySet  # noqa: PLC0415

    def no_lock(self: Any, product_ids: Any) -> Any:
        return self.filter(pk__in=product_ids).order_by("pk")

    def dwell(execute: Any, sql: str, *given: Any) -> Any:
        if not sql.lstrip().upper().startswith("SELECT"):
            time.sleep(DWELL)
        return execute(sql, *given)

    ProductQuerySet.locked_as = no_lock  # type: ignore[method-assign]
    connection.execute_wrappers.append(dwell)


def start(work: Callable[..., Any], *given: Any) -> Any:
    """Start one process that a test may kill."""
    _prepare()
    worker = PROCESSES.Process(target=_alone, args=(database_url(), named(work), given))
    worker.start()
    return worker


def _alone(url: str, work: tuple[str, str], given: tuple[Any, ...]) -> None:
    stand_up(url, work)(*given)
