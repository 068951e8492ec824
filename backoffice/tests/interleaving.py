"""
Several transactions, statement by statement, in an order that follows from a seed: a failure can be replayed.

Each script runs in a thread with a connection of its own, and waits before every statement for its turn. Whose turn
it is, ``random.Random(seed)`` says, among those who are not waiting in the database for a lock. The choice is made
only when each of the others stands at its gate, is done, or is known to wait for a lock, so the same seed gives the
same order again.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, connections, transaction

Script = Callable[[], Any]
PATIENCE = 30
"""Seconds until a play in which nothing moves is given up."""


@dataclass
class Played:
    """The order in which statements ran, by name of script, and the error of each script that had one."""

    seed: int
    order: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"seed {self.seed}: {' '.join(self.order)}; {self.errors or 'no errors'}"


class _Actor:
    """One script in a thread: at its gate, running, or done."""

    def __init__(self, name: str, script: Script) -> None:
        self.name, self.script = name, script
        self.changed = threading.Condition()
        self.is_at_gate = self.is_done = False
        self.pid = 0
        self.error = ""
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (self.pid,) = cursor.fetchone()
            with connection.execute_wrapper(self._gate):
                self.script()
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
        finally:
            connections.close_all()
            with self.changed:
                self.is_done = True
                self.changed.notify_all()

    def _gate(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        with self.changed:
            self.is_at_gate = True
            self.changed.notify_all()
            if not self.changed.wait_for(lambda: not self.is_at_gate, 2 * PATIENCE):  # the play gives up first
                raise TimeoutError("Its turn never came.")
        return execute(sql, params, many, context)

    def step(self) -> None:
        with self.changed:
            self.is_at_gate = False
            self.changed.notify_all()

    def has_settled(self, seconds: float) -> bool:
        """Whether it is done or at its gate again, within these seconds."""
        with self.changed:
            return self.changed.wait_for(lambda: self.is_at_gate or self.is_done, seconds)


def play(scripts: Mapping[str, Script], seed: int) -> Played:
    """Run the scripts to their ends; their statements interleave as the seed says."""
    dice, played = random.Random(seed), Played(seed)
    actors = [_Actor(name, script) for name, script in scripts.items()]
    for actor in actors:
        actor.thread.start()
    while waiting := _ready(actors):
        chosen = dice.choice(waiting)
        played.order.append(chosen.name)
        chosen.step()
    for actor in actors:
        actor.thread.join(PATIENCE)
        if actor.error:
            played.errors[actor.name] = actor.error
    return played


def _ready(actors: list[_Actor]) -> list[_Actor]:
    """Those at their gates, once every other one is done or waits for a lock; none when all are done."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        busy = [actor for actor in actors if not actor.has_settled(0.002)]
        at_gate = [actor for actor in actors if actor.is_at_gate]
        if all(actor.is_done for actor in actors) or (at_gate and _all_wait_for_locks(busy)):
            return at_gate
    raise TimeoutError("Nothing moves, though nobody waits for a turn.")


def _all_wait_for_locks(actors: list[_Actor]) -> bool:
    """A lock is granted by whoever releases it, before its commit returns: so this is exact."""
    if not actors:
        return True
    sql = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(sql, [[actor.pid for actor in actors]])
        (waiting,) = cursor.fetchone()
    return waiting == len(actors) and not any(actor.is_at_gate or actor.is_done for actor in actors)


def one_after_the_other(scripts: Iterable[Script], outcome: Callable[[], Any]) -> Any:
    """What the world looks like when these run in turn; the world itself stays as it is."""
    with transaction.atomic():
        for script in scripts:
            script()
        found = outcome()
        transaction.set_rollback(True)
    return found
