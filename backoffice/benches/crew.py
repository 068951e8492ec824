"""Processes that do different kinds of work by turns, all of them the same kind at once, for a time each."""

import multiprocessing
import queue
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connections

FORKED = multiprocessing.get_context("fork")
"""A copy of this process knows the scratch database; it opens a connection of its own."""

Work = Callable[[int, int], int]
"""The number of the process and of the job → how much was done: orders, or lines."""


def rates(kinds: Mapping[str, Work], *, processes: int, seconds: float, rounds: int) -> dict[str, list[float]]:
    """Let the processes do each kind for some seconds, round after round; give how much a second, by kind and round."""
    connections.close_all()
    start = FORKED.Barrier(processes)
    results: Any = FORKED.Queue()
    jobs = (kinds, seconds, rounds)
    workers = [FORKED.Process(target=_work, args=(number, jobs, start, results)) for number in range(processes)]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    if errors := [outcome for outcome in found if isinstance(outcome, str)]:
        raise RuntimeError(errors[0])
    return {kind: [sum(outcome[kind][turn] for outcome in found) for turn in range(rounds)] for kind in kinds}


def _work(number: int, jobs: tuple[Mapping[str, Work], float, int], start: Any, results: Any) -> None:
    kinds, seconds, rounds = jobs
    done: dict[str, list[float]] = {kind: [] for kind in kinds}
    job = 0
    try:
        for _ in range(rounds):
            for kind, work in kinds.items():
                start.wait(60)
                began, much = time.perf_counter(), 0
                while time.perf_counter() < began + seconds:
                    job += 1
                    much += work(number, job)
                done[kind].append(much / (time.perf_counter() - began))
        results.put(done)
    except Exception as error:
        start.abort()
        results.put(f"{type(error).__name__}: {error}")
    finally:
        connections.close_all()


def side_by_side(
    work: Callable[[int], Any], processes: int, *, meanwhile: Callable[[], None], every: float
) -> list[Any]:
    """
    Let so many processes do the same work, each with its number, starting together; give what each gives.

    :param meanwhile: done by this process, again and again, after so many seconds
    """
    connections.close_all()
    start = FORKED.Barrier(processes)
    results: Any = FORKED.Queue()
    workers = [FORKED.Process(target=_one, args=(work, number, start, results)) for number in range(processes)]
    for worker in workers:
        worker.start()
    found: dict[int, Any] = {}
    while len(found) < processes:
        try:
            number, outcome = results.get(timeout=every)
            found[number] = outcome
        except queue.Empty:
            meanwhile()
    for worker in workers:
        worker.join()
    if errors := [outcome for outcome in found.values() if isinstance(outcome, str)]:
        raise RuntimeError(errors[0])
    return [found[number] for number in range(processes)]


def _one(work: Callable[[int], Any], number: int, start: Any, results: Any) -> None:
    try:
        start.wait(60)
        results.put((number, work(number)))
    except Exception as error:
        results.put((number, f"{type(error).__name__}: {error}"))
    finally:
        connections.close_all()


def alone(work: Callable[[], Any]) -> Any:
    """Do something in a process of its own, so that the memory it takes is its own; give what it gives."""
    connections.close_all()
    results: Any = FORKED.Queue()
    worker = FORKED.Process(target=lambda: results.put(work()))
    worker.start()
    worker.join()
    if worker.exitcode:
        raise RuntimeError("A process of the bench failed.")
    found = results.get()
    connections.close_all()
    return found
