"""
Celery's app, and the clock: every scheduled job in one table.

The database holds all work and a message is only a wake-up: a lost one costs a minute, a doubled one nothing.
Daily jobs are tried every minute once their hour has come, and ``jobs`` runs each once per business date; so a
restart catches up, and neither two clocks nor a night of summer time runs one twice or never.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

QUICK, LONG = "celery", "long"
"""Two queues, so that a long job never keeps the outbox waiting."""
NOW = "backoffice.tasks.nightly_now"
"""The nightly chain when a person asks for it."""
HELP = "backoffice.tasks.nightly_help"
"""A hand with the reorder points of the night that runs."""
FILE = "backoffice.tasks.file_now"
"""A big file that somebody sent, to be looked at or loaded."""
TIME_LIMIT_SECONDS = 600
FILE_SECONDS = 3_600
"""A big file may take so long: what is loaded by then is taken back, and its page says so."""
VISIBILITY_SECONDS = 900
PUBLISH_SECONDS = 1.0
"""The longest that a wake-up waits for the broker to take a connection, or to answer."""


class BrokerAway(Exception):
    """The broker takes no message: it is gone, full, or hangs."""


@dataclass(frozen=True, slots=True)
class Job:
    """
    One scheduled job: its task, seconds between two wake-ups, and the local time a daily one is due from, or the
    setting that says from which hour.
    """

    task: str
    every: int = 60
    after: time | None = None
    queue: str = QUICK
    hour: str = ""

    @property
    def due_from(self) -> time | None:
        return time(getattr(settings, self.hour)) if self.hour else self.after


CLOCK = {
    "notices": Job("orders.tasks.send_notices"),
    "watch": Job("backoffice.tasks.watch"),
    "alerts": Job("backoffice.tasks.alerts", every=300),
    "settle_left": Job("orders.tasks.settle_left"),
    "restock_lists": Job("orders.tasks.keep_restock_lists"),
    "files": Job("backoffice.tasks.files", queue=LONG),
    "nightly": Job("backoffice.tasks.nightly", after=time(2, 10), queue=LONG),
    "audit": Job("backoffice.tasks.audit", after=time(3, 30), queue=LONG),
    "sweep": Job("backoffice.tasks.sweep", after=time(4, 0), queue=LONG),
    "daily_mail": Job("backoffice.tasks.daily_mail", hour="DAILY_MAIL_HOUR", queue=LONG),
}


def business_date(job: str, *, at: datetime) -> date | None:
    """Give the date a daily job is due for at this moment of the shop's day; None before its hour."""
    after = CLOCK[job].due_from
    return at.date() if after and at.time() >= after else None


def publish(task: str, *args: Any, queue: str, expires: float | None = None) -> None:
    """
    Send a wake-up, with one quick retry: whoever sends it never hangs for a broker.

    :raises BrokerAway: if it is not taken within seconds
    """
    broker = settings.CELERY_BROKER_URL
    timeouts = {"socket_timeout": PUBLISH_SECONDS, "socket_connect_timeout": PUBLISH_SECONDS, "max_retries": 1}
    options = {} if broker.startswith("memory:") else timeouts
    try:
        with app.connection_for_write(broker, transport_options=options, connect_timeout=PUBLISH_SECONDS) as connection:
            app.send_task(task, args=args, queue=queue, expires=expires, connection=connection)
    except (OperationalError, RedisError, OSError) as error:
        raise BrokerAway(str(error) or type(error).__name__) from error


def _configuration() -> dict[str, Any]:
    broker = settings.CELERY_BROKER_URL
    in_memory = broker.startswith("memory:")
    return {
        "broker_url": broker,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {}
        if in_memory
        else {
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        },
        "beat_schedule": {
            name: {
                "task": job.task,
                "schedule": float(job.every),
                # a wake-up that waited for the next one is worth nothing
                "options": {"queue": job.queue, "expires": job.every},
            }
            for name, job in CLOCK.items()
        },
        "beat_scheduler": "celery.beat:Scheduler",
        "enable_utc": True,
        "task_acks_late": True,
        "task_default_queue": QUICK,
        "task_ignore_result": True,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2},
        "task_queues": [Queue(QUICK), Queue(LONG)],
        "task_reject_on_worker_lost": True,
        "task_routes": {job.task: {"queue": job.queue} for job in CLOCK.values()}
        | {NOW: {"queue": LONG}, HELP: {"queue": LONG}, FILE: {"queue": LONG}},
        "task_soft_time_limit": TIME_LIMIT_SECONDS - 30,
        "task_time_limit": TIME_LIMIT_SECONDS,
        "timezone": settings.TIME_ZONE,
        "worker_hijack_root_logger": False,
        "worker_prefetch_multiplier": 50 if in_memory else 1,
    }


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
app = Celery("backoffice")
app.add_defaults(_configuration)
app.autodiscover_tasks()
