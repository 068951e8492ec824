"""
How long a request may wait for others, and how long one of its statements may run (PostgreSQL; decision record 0032).

A page that waits for a lock keeps a worker from everybody else: after ``REQUEST_LOCK_SECONDS`` it is answered "busy,
nothing was done" (``refusing``). Only requests are limited: the night, the clock, commands and migrations are not.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from psycopg.pq import TransactionStatus

View = Callable[..., HttpResponse]

_seconds: ContextVar[int | None] = ContextVar("statement_seconds", default=None)
"""What one statement may take just now, if it is not the usual."""


@contextmanager
def limited() -> Iterator[None]:
    """Limit the statements of a request, as they are sent."""
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            stack.enter_context(connection.execute_wrapper(_limit))
        yield


def patient(view: View) -> View:
    """Let a view's one act be longer: a big receipt, a date that many wait for, a file."""

    @wraps(view)
    def longer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = _seconds.set(settings.REQUEST_LONG_SECONDS)
        try:
            return view(request, *args, **kwargs)
        finally:
            _seconds.reset(token)

    return longer


def _limit(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """
    Set the limits before what they limit, once for a connection or once for a transaction.

    Behind a pooler that parts the transactions of a session, what a session sets would stay with somebody else's:
    there each transaction sets its own.
    """
    raw: Any = connection.connection
    is_first = raw.info.transaction_status == TransactionStatus.IDLE
    if is_first and connection.in_atomic_block:
        if _is_pooled() or _seconds.get() or not getattr(raw, "is_limited", False):
            raw.execute(*_limits(_seconds.get() or settings.REQUEST_STATEMENT_SECONDS, is_local=True))
    elif is_first and not _is_pooled() and not getattr(raw, "is_limited", False):
        raw.execute(*_limits(settings.REQUEST_STATEMENT_SECONDS, is_local=False))
        raw.is_limited = True
    return execute(sql, params, many, context)


def _limits(seconds: int, *, is_local: bool) -> tuple[str, tuple[object, ...]]:
    # what compiles a statement for longer than it runs is no help to a page: half a second for the counts of the queue
    wanted = {"lock_timeout": f"{settings.REQUEST_LOCK_SECONDS}s", "statement_timeout": f"{seconds}s", "jit": "off"}
    names = ", ".join(f"set_config('{name}', %s, %s)" for name in wanted)
    return f"SELECT {names}", tuple(value for text in wanted.values() for value in (text, is_local))


def _is_pooled() -> bool:
    """Whether a pooler stands between; whoever has one says so, since it knows no server-side cursors either."""
    return bool(connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"))
