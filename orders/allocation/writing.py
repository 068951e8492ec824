"""
The difference, stored: claims, counters, lines, what is owed, promises, history, notices.

Takes lines before and after a change and applies what differs by a constant number of statements. Called by
``orders.allocation`` and ``orders.fulfillment`` under the product locks; notices come last.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple

from django.contrib.auth.models import User

from inventory.ground.sql import bulk, schema
from inventory.supply import inbound, owed, stock
from orders.mail import notices
from orders.models import Allocation, EventKind, Hold, LineEvent, OrderLine, Promise

from . import chances, picking, watching
from .reading import LineState
from .supply import Key, Supplies


class Given(NamedTuple):
    """A ``Promise`` to be kept."""

    line_id: int
    likely_date: date | None
    promised_date: date | None
    basis: str
    inbound_id: int | None = None
    quantile: float | None = None
    reason: str = ""


class HistoryEntry(NamedTuple):
    """A ``LineEvent`` to be kept."""

    line_id: int
    kind: str
    units: int | None
    text: str


class News(NamedTuple):
    """What one change means to people: a promise to keep, an entry in the history, a fact to tell."""

    promise: Given | None = None
    event: HistoryEntry | None = None
    fact: notices.Fact | None = None


Taken = tuple[tuple[int, int, int], ...]
"""What a line took of holds of its customer: (hold, stock row, units)."""


class Change(NamedTuple):
    """One line before and after; before is None for a line that was just placed."""

    before: LineState | None
    after: LineState
    news: tuple[News, ...] = ()
    taken: Taken = ()


def apply(
    changes: Sequence[Change],
    *,
    supplies: Supplies,
    excess: Mapping[Key, int] | None = None,
    cause: str,
    by: User | None,
    at: datetime,
) -> None:
    """
    Write what differs.

    A line that was just placed was written with its quantities and dates by who placed it.

    :param excess: units by which claims exceed a counter that inventory has already shrunk, by supply
    """
    if (seen := watching.WATCHED.get()) is not None:
        watching.note(seen, ((change.before, change.after) for change in changes))
    for change in changes:
        if change.before and change.before.picks:
            picking.refuse_taken(change)
    changed = [(before, after) for before, after, *_ in changes if before and before != after]
    written = [(before, after, *chances.stored(after, supplies, at=at)) for before, after in changed]
    with bulk.together():
        _write_holds(changes)
        _write_claims(changes)
        _write_counters(changes, excess or {})
        _write_lines(written)
        owed.add(_owed(changes, supplies))
        _keep(changes, cause=cause, by=by, at=at)
        placed = [item.fact for change in changes if not change.before for item in change.news if item.fact]
        notices.open_with([] if notices.is_silent() else placed, cause=cause, at=at)
    tell(changes, cause=cause, at=at)


def tell(changes: Sequence[Change], *, cause: str, at: datetime) -> None:
    """Queue what customers are to hear of lines that changed."""
    if notices.is_silent():
        return
    if facts := [item.fact for change in changes if change.before for item in change.news if item.fact]:
        notices.queue(facts, cause=cause, at=at)


SIGNED = ("cause", "by_id", "at")
PROMISE_COLUMNS = schema.columns(Promise, *Given._fields, *SIGNED)
CLAIM_KEY = schema.columns(Allocation, "line_id", "stock_id", "inbound_id")
CLAIM_COLUMNS = schema.columns(Allocation, *CLAIM_KEY, "quantity")
EVENT_COLUMNS = schema.columns(LineEvent, *HistoryEntry._fields, *SIGNED)


def _keep(changes: Sequence[Change], *, cause: str, by: User | None, at: datetime) -> None:
    """Write the promises and the history, signed with what caused them; no history of what is taken back."""
    signed = (cause, by.pk if by else None, at)
    news = [item for change in changes for item in change.news]
    promises = [(*item.promise, *signed) for item in news if item.promise]
    bulk.insert(Promise._meta.db_table, PROMISE_COLUMNS, promises)
    events = [] if watching.IS_TAKEN_BACK.get() else [(*item.event, *signed) for item in news if item.event]
    bulk.insert(LineEvent._meta.db_table, EVENT_COLUMNS, events)


def _write_holds(changes: Sequence[Change]) -> None:
    """Take from holds what went to lines, before the lines' claims count on the shelf."""
    taken: dict[int, int] = defaultdict(int)
    shelves: dict[int, int] = defaultdict(int)
    for change in changes:
        for hold_id, stock_id, units in change.taken:
            taken[hold_id] += units
            shelves[stock_id] -= units
    table = Hold._meta.db_table
    columns = bulk.IDS | {"units": "integer"}
    bulk.update(table, columns, list(taken.items()), "taken = target.taken + staged.units", "target.id = staged.id")
    stock.hold(shelves)


def _write_claims(changes: Sequence[Change]) -> None:
    """
    Delete, change and insert claims.

    A claim that goes from one supply to another stays the same row: a receipt moves each of a long queue from the
    inbound to the shelf, and a new row would have to be held against its line once more.
    """
    gone: list[tuple[int, int | None, int | None]] = []
    moved: list[tuple[int, int | None, int | None, int | None, int | None, int]] = []
    fresh: list[tuple[int, int | None, int | None, int]] = []
    for change in changes:
        line_id, after = change.after.line_id, change.after.claims
        before = change.before.claims if change.before else {}
        if before == after:
            continue
        left = [key for key in before if key not in after]
        new = [key for key in after if key not in before]
        moved += [(line_id, *was, *now, after[now]) for was, now in zip(left, new, strict=False)]
        moved += [
            (line_id, *key, *key, after[key]) for key in before.keys() & after.keys() if before[key] != after[key]
        ]
        gone += [(line_id, *key) for key in left[len(new) :]]
        fresh += [(line_id, *key, after[key]) for key in new[len(left) :]]
    _delete_claims(gone)
    _move_claims(moved)
    bulk.insert(Allocation._meta.db_table, CLAIM_COLUMNS, fresh)


def _move_claims(moved: Sequence[tuple[int, int | None, int | None, int | None, int | None, int]]) -> None:
    columns = dict.fromkeys(("line_id", "was_stock_id", "was_inbound_id", "stock_id", "inbound_id"), "bigint")
    bulk.update(
        Allocation._meta.db_table,
        {**columns, "quantity": "integer"},
        moved,
        "stock_id = staged.stock_id, inbound_id = staged.inbound_id, quantity = staged.quantity",
        "target.line_id = staged.line_id "
        "AND (target.stock_id = staged.was_stock_id OR target.inbound_id = staged.was_inbound_id)",
    )


def _delete_claims(gone: Sequence[tuple[int, int | None, int | None]]) -> None:
    if not gone:
        return
    source, params = bulk.staged(CLAIM_KEY, gone)
    bulk.run(
        f"DELETE FROM {Allocation._meta.db_table} WHERE id IN (SELECT held.id FROM {Allocation._meta.db_table} AS held "
        f"JOIN {source} ON held.line_id = staged.line_id "
        "AND (held.stock_id = staged.stock_id OR held.inbound_id = staged.inbound_id))",
        params,
    )


def _write_counters(changes: Sequence[Change], excess: Mapping[Key, int]) -> None:
    deltas: dict[Key, int] = defaultdict(int, excess)
    for change in changes:
        for key, units in change.after.claims.items():
            deltas[key] += units
        for key, units in (change.before.claims if change.before else {}).items():
            deltas[key] -= units
    stock.allocate({stock_id: units for (stock_id, _), units in deltas.items() if stock_id})
    inbound.commit({inbound_id: units for (_, inbound_id), units in deltas.items() if inbound_id})
    stock.stop(_stopped(changes))


def _stopped(changes: Iterable[Change]) -> dict[int, int]:
    """Give by stock row the units set aside for stopped orders, more or less."""
    deltas: dict[int, int] = defaultdict(int)
    for change in changes:
        for line, sign in ((change.before, -1), (change.after, 1)):
            for (stock_id, _), units in line.claims.items() if line and line.is_stopped else ():
                if stock_id:
                    deltas[stock_id] += sign * units
    return {stock_id: units for stock_id, units in deltas.items() if units}


READINESS_COLUMNS = schema.columns(OrderLine, "ready_date", "ready_safe_date", "ready_basis", "is_held_back")
UNIT_COLUMNS = "allocated", "pegged", "shipped", "canceled", "quantity", "is_stopped"
"""What many an index of those who wait is made of: a new date leaves it alone."""
LINE_COLUMNS = schema.columns(
    OrderLine,
    "id", *UNIT_COLUMNS, "likely_date", "safe_date", "basis", "first_promised_date", "promised_date",
    "is_promise_pinned", "redated", "word_by", "chance_to_break", "is_at_risk", *READINESS_COLUMNS,
)  # fmt: skip
DATE_COLUMNS = {name: kind for name, kind in LINE_COLUMNS.items() if name not in UNIT_COLUMNS}
_STANDS = attrgetter("open", "shipped", "canceled", "claims", "is_stopped")


def _write_lines(lines: Sequence[tuple[LineState, LineState, float | None, bool]]) -> None:
    moves_units = any(_STANDS(before) != _STANDS(after) for before, after, *_ in lines)
    columns = LINE_COLUMNS if moves_units else DATE_COLUMNS
    rows = [
        (
            line.line_id,
            *(_units(line) if moves_units else ()),
            line.likely_date,
            line.safe_date,
            str(line.basis),
            line.first_promised_date,
            line.promised_date,
            line.is_promise_pinned,
            line.redated,
            line.word_by,
            chance,
            is_at_risk,
            *readiness(line),
        )
        for _, line, chance, is_at_risk in lines
    ]
    assignments = ", ".join(f"{name} = staged.{name}" for name in columns if name != "id")
    bulk.update(OrderLine._meta.db_table, columns, rows, assignments, "target.id = staged.id")


def _units(line: LineState) -> tuple[int, int, int, int, int, bool]:
    ordered = line.open + line.shipped + line.canceled
    return line.allocated, line.pegged, line.shipped, line.canceled, ordered, line.is_stopped


def readiness(line: LineState) -> tuple[date | None, date | None, str, bool]:
    """``READINESS_COLUMNS`` of a line that ships with others or is wanted later; empty ones of any other."""
    if line.together is None:
        return None, None, "", False
    ready = line.together.ready
    return ready.likely_date, ready.safe_date, str(ready.basis), line.together.is_held_back


def _owed(changes: Iterable[Change], supplies: Supplies) -> Iterable[tuple[owed.Key, int, int]]:
    for change in changes:
        if change.before:
            for key, units in _shares(change.before, supplies).items():
                yield key, -units, -1
        for key, units in _shares(change.after, supplies).items():
            yield key, units, 1


def _shares(line: LineState, supplies: Supplies) -> dict[owed.Key, int]:
    """
    Units owed by warehouse: covered ones where their supply is, uncovered ones where the order wants them.

    Nothing is owed, for now, to an order that is stopped.
    """
    if line.is_stopped:
        return {}
    shares: dict[tuple[int, int, date | None], int] = defaultdict(int)
    for key, units in line.claims.items():
        shares[line.product_id, supplies.warehouse_of(key), line.promised_date] += units
    if line.uncovered:
        shares[line.product_id, line.warehouse_id, line.promised_date] += line.uncovered
    return shares


def history(line: LineState, kind: EventKind, text: str, units: int | None = None) -> News:
    """An entry in the history of a line."""
    return News(event=HistoryEntry(line.line_id, kind, units, text))
