"""
Lines of the log that say what they are about: the request, the job and the order they were written in.

As text or as JSON (``LOG_FORMAT``), one line each whatever is in the message: what somebody typed begins no line of its
own. A traceback follows its line as text, and is one of its values in JSON.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from celery import current_task

FIELDS = ("request", "job", "task", "order", "line")
"""What a line may be about: a request by its id, a run of a job, a message to a worker, an order, a line of one."""
UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_about: ContextVar[dict[str, str] | None] = ContextVar("what the log is about", default=None)


@contextmanager
def about(**ids: str) -> Iterator[dict[str, str]]:
    """Say in each line that is written inside what it is about; give that, as it grows."""
    known = {**(_about.get() or {}), **ids}
    token = _about.set(known)
    try:
        yield known
    finally:
        _about.reset(token)


def also_about(**ids: str) -> None:
    """Say from here to the end of ``about`` that it is about these, too."""
    known = _about.get()
    if known is not None:
        known.update(ids)


def said_of(record: logging.LogRecord) -> dict[str, str]:
    """Give what a line is about; what its writer says of it (``extra``) comes first."""
    # Django tells of an answer after the request has ended, and names the request
    known = dict(_about.get() or getattr(getattr(record, "request", None), "about", {}))
    if current_task:  # type: ignore[truthy-bool]  # a stand-in, which is false outside of tasks
        known |= {"job": known.get("job") or current_task.name, "task": str(current_task.request.id)}
    known |= {name: str(getattr(record, name)) for name in FIELDS if isinstance(getattr(record, name, None), str | int)}
    return {name: known[name] for name in FIELDS if known.get(name)}


class PlainLine(logging.Formatter):
    """``2026-11-26 02:10:04,113 ERROR backoffice.jobs: nightly for 2026-11-26 failed [job=nightly/2026-11-26]``."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        about = " ".join(f"{name}={value}" for name, value in said_of(record).items())
        return _on_one_line(super().formatMessage(record) + (f" [{about}]" if about else ""))


class JsonLine(logging.Formatter):
    """Each line one JSON object: time (UTC), level, logger, message, what it is about, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **said_of(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _on_one_line(text: str) -> str:
    return UNPRINTED.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)
