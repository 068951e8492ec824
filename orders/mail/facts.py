"""
Facts as rows: one thing to tell one customer about one line, and the notice it stands in.

Writes ``Notice`` and ``NoticeLine`` for ``orders.mail.notices`` and ``orders.allocation.writing``, in the caller's
transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, NamedTuple

from inventory.ground.sql import bulk, schema
from orders.models import NoticeKind, NoticeLine, NoticeState

from . import digest

Key = tuple[int, str]
"""Customer and kind: what one event makes one mail of."""

FACT_COLUMNS = schema.columns(
    NoticeLine,
    "notice_id",
    "line_id",
    "order_id",
    "kind",
    "event",
    "units",
    "ready",
    "waiting",
    "was_date",
    "likely_date",
    "promised_date",
    "detail",
    "arrives_by",
    "is_superseded",
)
OPENING = """
INSERT INTO orders_notice (customer_id, kind, cause, state, due_at, created_at, attempts,
                           claim, error, message_id, recipient, subject, body_text, body_html)
SELECT customer_id, kind, %s, 'queued', due, at, 0, '', '', '', '', '', '', '' FROM {source} WHERE true
"""


class Fact(NamedTuple):
    """
    One thing to tell one customer about one line. The numbers are of that moment.

    :param units: what it is about: units waiting, newly here, shipped or canceled
    :param ready: units here for the line now, after what happened
    :param waiting: units it still waits for now
    :param was_date: the date promised before; None if there was none
    :param likely_date: with ``promised_date`` the window to tell, of what still waits; both None: no date can be given
    :param arrives_by: when what shipped should be with the customer; None: nobody knows
    :param detail: for the customer's eyes: carrier and tracking of what shipped, reason of what is canceled or replaced
    :param is_of_parts: some of it comes later than in the parts that were told, though the day of all of it stands
    """

    line_id: int
    order_id: int
    customer_id: int
    kind: NoticeKind
    units: int
    ready: int
    waiting: int
    was_date: date | None
    likely_date: date | None
    promised_date: date | None
    detail: str = ""
    arrives_by: date | None = None
    is_of_parts: bool = False


_IS_SILENT = ContextVar("is_silent", default=False)


@contextmanager
def silence(*, is_on: bool = True) -> Iterator[None]:
    """Write no news of what happens inside: a person has decided that nobody is written to about it."""
    token = _IS_SILENT.set(is_on)
    try:
        yield
    finally:
        _IS_SILENT.reset(token)


def is_silent() -> bool:
    return _IS_SILENT.get()


def open_with(facts: Sequence[Fact], *, cause: str, at: datetime) -> None:
    """
    Write what is owed about lines that were just placed: nothing of them was told, so nothing is overtaken.

    Two statements that give no rows; ``cause`` is the order's own, and the caller's transaction holds.
    """
    if not facts:
        return
    bulk.run(*_opening({(fact.customer_id, fact.kind) for fact in facts}, cause, at))
    columns = {name: kind for name, kind in FACT_COLUMNS.items() if name != "notice_id"}
    rows = [
        (fact.customer_id, *row) for fact, row in zip(facts, _rows(facts, [False] * len(facts), cause), strict=True)
    ]
    source, params = bulk.staged({"customer_id": "bigint", **columns}, rows)
    bulk.run(
        f"INSERT INTO orders_noticeline (notice_id, {', '.join(columns)}) "
        f"SELECT notice.id, {', '.join(f'staged.{name}' for name in columns)} FROM {source} "
        "JOIN orders_notice AS notice ON notice.customer_id = staged.customer_id AND notice.kind = staged.kind "
        "AND notice.cause = staged.event",
        params,
    )


def opened(keys: Iterable[Key], cause: str, at: datetime) -> dict[Key, int]:
    """
    Give a queued notice for each customer and kind.

    One cause may come in several transactions. If its mail has gone out before the last of them, the rest goes
    into a second one, with the time behind its cause.
    """
    found = _upserted(keys, cause, at)
    gone = [key for key, (_, state) in found.items() if state != NoticeState.QUEUED]
    if gone:
        found |= _upserted(gone, f"{cause}@{at:%Y%m%dT%H%M%S.%f}", at)
    return {key: pk for key, (pk, _) in found.items()}


def _upserted(keys: Iterable[Key], cause: str, at: datetime) -> dict[Key, tuple[int, str]]:
    """Insert the notices that are missing; those found are locked, so that no sender takes them before our facts."""
    sql, params = _opening(keys, cause, at)
    rows = bulk.fetch(
        f"{sql} ON CONFLICT (customer_id, kind, cause) DO UPDATE SET cause = excluded.cause "
        "RETURNING customer_id, kind, id, state",
        params,
    )
    return {(customer_id, kind): (pk, state) for customer_id, kind, pk, state in rows}


def _opening(keys: Iterable[Key], cause: str, at: datetime) -> bulk.Statement:
    """Insert a queued notice for each customer and kind."""
    columns = {"customer_id": "bigint", "kind": "text", "due": "timestamptz", "at": "timestamptz"}
    wanted = sorted(keys)
    due = {kind: digest.first_due(kind, cause, at) for kind in {kind for _, kind in wanted}}
    rows = [(customer_id, str(kind), due[kind], at) for customer_id, kind in wanted]
    source, params = bulk.staged(columns, rows)
    return OPENING.format(source=source), [cause, *params]


def record(facts: Sequence[Fact], notice_ids: Mapping[Key, int], is_old: Sequence[bool], cause: str) -> None:
    rows = [
        (notice_ids[fact.customer_id, fact.kind], *row)
        for fact, row in zip(facts, _rows(facts, is_old, cause), strict=True)
    ]
    bulk.insert("orders_noticeline", FACT_COLUMNS, rows, "ON CONFLICT DO NOTHING")


def _rows(facts: Sequence[Fact], is_old: Sequence[bool], cause: str) -> Iterator[tuple[Any, ...]]:
    """The columns of these facts behind the notice they stand in."""
    for fact, old in zip(facts, is_old, strict=True):
        yield (
            fact.line_id,
            fact.order_id,
            fact.kind.value,
            cause,
            fact.units,
            fact.ready,
            fact.waiting,
            fact.was_date,
            fact.likely_date,
            fact.promised_date,
            fact.detail[:300],
            fact.arrives_by,
            old,
        )
