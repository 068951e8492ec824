"""
The whole program in one process: waitress for the pages, a Celery worker's threads for the jobs, the clock.

The embedded default of ``manage.py serve`` and ``demo``. The database holds all work and the broker is only a
wake-up, so a process that is killed loses nothing: the clock's sweep finds what a lost message would have
started. With a broker of its own (``CELERY_BROKER_URL``) the same threads use that one.
"""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from types import FrameType
from typing import Any

import waitress
from celery import beat, signals
from celery.worker import WorkController, state
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from backoffice.celery import CLOCK, BrokerAway, app, publish
from backoffice.wsgi import application

from .watching import troubles

PAGE_THREADS = 8
JOB_THREADS = len(CLOCK) + 1
"""One for each job of the clock and one more: none waits for a long one, and a thread that waits costs nothing."""
STOP_SECONDS = 15.0
QUIET = (
    *("backoffice.requests", "celery.app.trace", "celery.beat", "celery.worker.consumer.connection"),
    *("celery.worker.strategy", "kombu.connection", "waitress.queue"),
)
"""Loggers that tell of every tick; their errors are still told."""


class CannotListen(Exception):
    """Somebody else listens there already, or the address cannot be used."""


def check_address(host: str, port: int) -> None:
    """:raises CannotListen: if nothing can listen there"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotListen(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


def migrate() -> bool:
    """Bring the database up to date; say whether there was anything to do."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def serve(host: str, port: int, *, with_jobs: bool, ready: Callable[[], None]) -> None:
    """Serve pages, and run jobs beside them, until Ctrl-C or SIGTERM."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _leave)
    # whether a proxy is believed is for the settings to say (HTTPS, TRUSTED_PROXIES), not for the server
    server = waitress.create_server(
        application, host=host, port=port, threads=PAGE_THREADS, ident=None, clear_untrusted_proxy_headers=False
    )
    with closing(server), jobs() if with_jobs else nullcontext():
        ready()
        server.run()


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextmanager
def jobs() -> Iterator[None]:
    """Run a worker and the clock in threads of this process; both have stopped when this ends."""
    app.set_default()
    app.finalize()
    troubles.tick(at=timezone.now())  # until the worker has heard of it, who looks at once finds no clock that stands
    worker = _worker()
    clock = beat.Service(app, max_interval=1, scheduler_cls=beat.Scheduler)
    threads = [
        threading.Thread(target=each.start, name=name, daemon=True)
        for name, each in (("worker", worker), ("clock", clock))
    ]
    for thread in threads:
        thread.start()
    with suppress(BrokerAway):  # the clock ticks on, and finds it when it is back
        for job in CLOCK.values():  # the clock ticks first in a minute; what is due starts now
            publish(job.task, queue=job.queue, expires=job.every)
    halt: Any = state
    try:
        yield
    finally:
        clock.stop()
        halt.should_stop = 0
        for thread in threads:
            thread.join(STOP_SECONDS)
        halt.should_stop = None


def _worker() -> WorkController:
    worker = WorkController(
        app=app,
        hostname=f"embedded@{socket.gethostname()}",
        pool="threads",
        concurrency=JOB_THREADS,
        loglevel=logging.WARNING,
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    signals.worker_init.send(sender=worker)  # Celery then closes stale database connections around each job
    return worker
