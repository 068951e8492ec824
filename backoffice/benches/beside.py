"""Orders placed by one process while something else runs: how much slower they are, at the median."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from . import crew
from .queueing import placing

QUIET_ORDERS = 300


def quiet(products: int) -> list[float]:
    """Return the milliseconds that some orders take while nothing else runs."""
    return [_placed(products, number) for number in range(QUIET_ORDERS)]


@contextmanager
def orders(products: int) -> Iterator[list[float]]:
    """Place orders in a process of its own for a while; the list has the milliseconds each took, afterwards."""
    connections.close_all()
    found: list[float] = []
    stop, results = crew.FORKED.Event(), crew.FORKED.Queue()
    worker = crew.FORKED.Process(target=_place, args=(products, stop, results))
    worker.start()
    try:
        yield found
    finally:
        stop.set()
        found.extend(results.get())
        worker.join()


def _place(products: int, stop: Any, results: Any) -> None:
    times: list[float] = []
    try:
        while not stop.is_set():
            times.append(_placed(products, len(times)))
    finally:
        results.put(times)
        connections.close_all()


def _placed(products: int, number: int) -> float:
    began = time.perf_counter()
    placing.place(random.randint(1, products), number=number, name="beside")
    return (time.perf_counter() - began) * 1000
