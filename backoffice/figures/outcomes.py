"""
What became of each line and order. The only writer of ``LineOutcome`` and ``OrderOutcome``.

Every order is looked at whose line is open, or that was placed, changed or promised for a day in the weeks that can
still change; what has left these weeks goes. By blocks of orders, each a constant number of statements; of what is as
it was nothing is written, so that a night that runs twice changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from backoffice.models import LineOutcome, OrderOutcome
from inventory.ground.sql import bulk, clock
from inventory.models import Inbound, LeadTime, ReorderPolicy
from orders.fulfillment.cancellation import BY_US, NEVER_PAID
from orders.models import EventKind, LineEvent, Order, OrderLine, Promise, Shipment, ShipmentLine

from . import calendar

BLOCK = 5_000
"""Orders of one transaction: none of them is locked."""
IN_TIME = 24 * 60 * 60
"""Seconds within which an order came to us; of one that came later nobody knows what was here when it was placed."""

_NAMES = {
    "line": OrderLine._meta.db_table,
    "order": Order._meta.db_table,
    "promise": Promise._meta.db_table,
    "event": LineEvent._meta.db_table,
    "shipment": Shipment._meta.db_table,
    "shipped": ShipmentLine._meta.db_table,
    "inbound": Inbound._meta.db_table,
    "lead_time": LeadTime._meta.db_table,
    "policy": ReorderPolicy._meta.db_table,
    "outcome": LineOutcome._meta.db_table,
    "whole": OrderOutcome._meta.db_table,
    "by_us": BY_US,
    "never_paid": NEVER_PAID,
    "placed": EventKind.PLACED,
    "canceled": EventKind.CANCELED,
    "in_time": IN_TIME,
}

ORDERS = """
INSERT INTO {whole} AS target (order_id, placed_on, requested_on, channel, warehouse_id)
SELECT placed.id, {placed_on}, COALESCE(placed.must_by_date, placed.wanted_date), placed.channel, placed.warehouse_id
FROM {order} AS placed
WHERE placed.id > %s AND placed.id <= %s AND (
    placed.placed_at >= %s OR placed.must_by_date >= %s OR placed.wanted_date >= %s
    OR EXISTS (SELECT 1 FROM {line} AS line WHERE line.order_id = placed.id AND (
        line.open > 0 OR line.changed_at >= %s OR line.promised_date >= %s OR line.first_promised_date >= %s))
    OR EXISTS (SELECT 1 FROM {whole} AS known WHERE known.order_id = placed.id))
ON CONFLICT (order_id) DO UPDATE SET
    requested_on = excluded.requested_on, channel = excluded.channel, warehouse_id = excluded.warehouse_id
WHERE target.requested_on IS DISTINCT FROM excluded.requested_on OR target.channel <> excluded.channel
    OR target.warehouse_id <> excluded.warehouse_id
"""

COLUMNS = (
    "order_id", "placed_on", "units", "filled", "wanted", "first_promised", "first_due", "last_due", "warned_on",
    "warn_by", "later_mails", "judged_mails", "vain_mails", "left_on", "given_up_on", "supplier", "abc", "warehouse_id",
    "channel",
)  # fmt: skip

LINES = """
WITH held AS (
    SELECT line.id, line.order_id, line.product_id, line.quantity, line.canceled, line.first_promised_date,
        {line_on} AS placed_on, whole.warehouse_id, whole.channel, line.placed_at
    FROM {whole} AS whole JOIN {line} AS line ON line.order_id = whole.order_id
    WHERE whole.order_id > %s AND whole.order_id <= %s
), told AS (
    SELECT promise.line_id, promise.id, promise.promised_date AS day, promise.inbound_id, promise.told_at,
        {told_on} AS told_on,
        LAG(promise.promised_date) OVER (PARTITION BY promise.line_id ORDER BY promise.told_at, promise.id) AS was
    FROM held JOIN {promise} AS promise ON promise.line_id = held.id WHERE promise.told_at IS NOT NULL
), dated AS (
    SELECT told.line_id, told.day, told.inbound_id,
        ROW_NUMBER() OVER (PARTITION BY told.line_id ORDER BY told.told_at, told.id) AS nth,
        ROW_NUMBER() OVER (PARTITION BY told.line_id ORDER BY told.told_at DESC, told.id DESC) AS nth_last
    FROM told WHERE told.day IS NOT NULL
), due AS (
    SELECT dated.line_id, MAX(dated.day) FILTER (WHERE dated.nth = 1) AS first_due,
        MAX(dated.day) FILTER (WHERE dated.nth_last = 1) AS last_due,
        MAX(dated.inbound_id) FILTER (WHERE dated.nth_last = 1) AS inbound_id
    FROM dated GROUP BY dated.line_id
), warned AS (
    SELECT told.line_id, MIN(told.told_on) AS warned_on FROM told JOIN due ON due.line_id = told.line_id
    WHERE (told.day > due.first_due OR (told.day IS NULL AND told.was IS NOT NULL)) GROUP BY told.line_id
), later AS (
    SELECT told.line_id, told.was, told.told_at FROM told
    WHERE told.was IS NOT NULL AND (told.day > told.was OR told.day IS NULL)
), taken_back AS (
    SELECT later.line_id, MIN(later.told_at) AS at FROM later GROUP BY later.line_id
), given AS (
    SELECT event.line_id, MIN({event_on}) AS day, SUM(event.units) AS units
    FROM held JOIN {event} AS event ON event.line_id = held.id LEFT JOIN due ON due.line_id = held.id
    LEFT JOIN taken_back ON taken_back.line_id = held.id
    WHERE event.kind = '{canceled}' AND event.cause NOT LIKE '{never_paid}%%' AND (
        event.cause LIKE '{by_us}%%' OR {event_on} > due.last_due
        OR taken_back.at <= event.at)
    GROUP BY event.line_id
), filled AS (
    SELECT event.line_id, MIN(event.units) AS waited FROM held JOIN {event} AS event ON event.line_id = held.id
    WHERE event.kind = '{placed}' AND {seconds_event} - {seconds_held} <= {in_time} GROUP BY event.line_id
), gone AS (
    SELECT shipped.line_id, {shipped_on} AS day, SUM(shipped.quantity - shipped.reversed)
        OVER (PARTITION BY shipped.line_id ORDER BY shipment.shipped_at, shipped.id) AS units
    FROM held JOIN {shipped} AS shipped ON shipped.line_id = held.id
    JOIN {shipment} AS shipment ON shipment.id = shipped.shipment_id WHERE shipped.quantity > shipped.reversed
), whole_left AS (
    SELECT gone.line_id, MIN(gone.day) AS day FROM gone JOIN held ON held.id = gone.line_id
    WHERE gone.units >= held.quantity - held.canceled AND held.quantity > held.canceled GROUP BY gone.line_id
), noise AS (
    SELECT later.line_id, COUNT(*) AS mails,
        COUNT(*) FILTER (WHERE later.was < %s OR whole_left.day IS NOT NULL) AS judged,
        COUNT(*) FILTER (WHERE whole_left.day <= later.was AND given.day IS NULL) AS vain
    FROM later LEFT JOIN whole_left ON whole_left.line_id = later.line_id
    LEFT JOIN given ON given.line_id = later.line_id GROUP BY later.line_id
)
INSERT INTO {outcome} AS target (line_id, {columns})
SELECT held.id, held.order_id, held.placed_on, held.quantity, held.quantity - filled.waited,
    held.quantity - held.canceled + COALESCE(given.units, 0), held.first_promised_date, due.first_due, due.last_due,
    warned.warned_on, staged.eve, COALESCE(noise.mails, 0), COALESCE(noise.judged, 0), COALESCE(noise.vain, 0),
    whole_left.day, given.day, COALESCE(inbound.sender, lead_time.sender, ''), COALESCE(policy.abc, ''),
    held.warehouse_id, held.channel
FROM held LEFT JOIN due ON due.line_id = held.id LEFT JOIN warned ON warned.line_id = held.id
LEFT JOIN noise ON noise.line_id = held.id LEFT JOIN whole_left ON whole_left.line_id = held.id
LEFT JOIN given ON given.line_id = held.id LEFT JOIN filled ON filled.line_id = held.id
LEFT JOIN {inbound} AS inbound ON inbound.id = due.inbound_id
LEFT JOIN {lead_time} AS lead_time ON lead_time.product_id = held.product_id
    AND lead_time.warehouse_id = held.warehouse_id
LEFT JOIN {policy} AS policy ON policy.product_id = held.product_id AND policy.warehouse_id = held.warehouse_id
LEFT JOIN {days} ON staged.day = due.first_due AND staged.place = held.warehouse_id
WHERE true
ON CONFLICT (line_id) DO UPDATE SET {taken} WHERE {differs}
"""

JUDGED = """
WITH found AS (
    SELECT whole.order_id, MAX(line.first_promised) AS first_due,
        CASE WHEN COUNT(line.line_id) = 0 THEN NULL
            WHEN COUNT(*) FILTER (WHERE line.given_up_on IS NOT NULL
                OR line.left_on > whole.requested_on) > 0 THEN false
            WHEN COUNT(*) FILTER (WHERE line.left_on IS NULL) = 0 THEN whole.requested_on IS NOT NULL
            WHEN whole.requested_on < %s THEN false END AS on_request,
        CASE WHEN COUNT(line.first_promised) = 0 THEN NULL
            WHEN COUNT(*) FILTER (WHERE line.given_up_on IS NOT NULL OR line.left_on > line.first_promised
                OR (line.left_on IS NULL AND line.first_promised < %s)) > 0 THEN false
            WHEN MAX(line.left_on) FILTER (WHERE line.first_promised IS NULL) > MAX(line.first_promised) THEN false
            WHEN COUNT(*) FILTER (WHERE line.left_on IS NULL) = 0 THEN true
            WHEN MAX(line.first_promised) < %s THEN false END AS on_promise
    FROM {whole} AS whole LEFT JOIN {outcome} AS line ON line.order_id = whole.order_id AND line.wanted > 0
    WHERE whole.order_id > %s AND whole.order_id <= %s GROUP BY whole.order_id, whole.requested_on
)
UPDATE {whole} AS target SET first_due = found.first_due, is_on_promise = found.on_promise,
    is_on_request = CASE WHEN target.requested_on IS NOT NULL THEN found.on_request END
FROM found WHERE target.order_id = found.order_id AND (target.first_due IS DISTINCT FROM found.first_due
    OR target.is_on_promise IS DISTINCT FROM found.on_promise OR target.is_on_request
        IS DISTINCT FROM CASE WHEN target.requested_on IS NOT NULL THEN found.on_request END)
"""

PAST = """
SELECT whole.order_id FROM {whole} AS whole WHERE whole.order_id > %s AND whole.order_id <= %s AND whole.placed_on < %s
    AND (whole.requested_on IS NULL OR whole.requested_on < %s) AND whole.order_id NOT IN (
        SELECT kept.order_id FROM {outcome} AS kept JOIN {line} AS line ON line.id = kept.line_id
        WHERE kept.order_id > %s AND kept.order_id <= %s
            AND (line.open > 0 OR line.changed_at >= %s OR kept.first_due >= %s
            OR kept.last_due >= %s OR line.promised_date >= %s OR line.first_promised_date >= %s))
"""
"""
Orders of which nothing can change any more. NOT IN, which is answered once: PostgreSQL takes rows that it has not
counted yet for few, and held each order of a block against each of its lines.
"""


def record(*, at: datetime, block_done: Callable[[], object] = bool) -> dict[str, int]:
    """
    Say of every line and order of the weeks that can still change what became of it.

    Commits by block.

    :returns: orders, lines and orders judged that changed, and orders that have left these weeks
    """
    today = timezone.localdate(at)
    since = calendar.first(today)
    eves = calendar.days_before([since + timedelta(days=ahead) for ahead in range((today - since).days + 1)])
    counts = {"orders": 0, "lines": 0, "judged": 0, "gone": 0}
    for block in _blocks():
        with transaction.atomic():
            for name, changed in _look(block, eves, since, today):
                counts[name] += changed
        block_done()
    return counts


def _blocks() -> Iterator[tuple[int, int]]:
    """Give the keys of the orders, in blocks: after this one, up to that."""
    ends = Order.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is not None:
        for after in range(ends["first"] - 1, ends["last"], BLOCK):
            yield after, after + BLOCK


def _look(block: tuple[int, int], eves: tuple[str, list[Any]], since: date, today: date) -> Iterator[tuple[str, int]]:
    began = timezone.make_aware(datetime.combine(since, time.min))
    moment = connection.ops.adapt_datetimefield_value(began)
    yield "orders", _changed(_orders(), [*block, moment, since, since, moment, since, since])
    days, staged = eves
    yield "lines", _changed(_lines(days), [*block, today, *staged])
    yield "judged", _changed(JUDGED.format(**_NAMES), [today, today, today, *block])
    past, params = PAST.format(**_NAMES), [*block, since, since, *block, moment, since, since, since, since]
    bulk.run(f"DELETE FROM {LineOutcome._meta.db_table} WHERE order_id IN ({past})", params)
    yield "gone", bulk.run(f"DELETE FROM {OrderOutcome._meta.db_table} WHERE order_id IN ({past})", params)


def _changed(sql: str, params: Sequence[Any]) -> int:
    """Run a statement and count what it changed; SQLite does not count for one that begins with WITH."""
    return len(bulk.fetch(f"{sql} RETURNING 1", params))


def _orders() -> str:
    return ORDERS.format(**_NAMES, placed_on=clock.day_of("placed.placed_at"))


def _lines(days: str) -> str:
    target = [f"target.{name} IS DISTINCT FROM excluded.{name}" for name in COLUMNS]
    words: dict[str, Any] = {
        "line_on": clock.day_of("line.placed_at"),
        "told_on": clock.day_of("promise.told_at"),
        "event_on": clock.day_of("event.at"),
        "shipped_on": clock.day_of("shipment.shipped_at"),
        "seconds_event": bulk.seconds("event.at"),
        "seconds_held": bulk.seconds("held.placed_at"),
        "columns": ", ".join(COLUMNS),
        "taken": ", ".join(f"{name} = excluded.{name}" for name in COLUMNS),
        "differs": " OR ".join(target),
        "days": days,
    }
    return LINES.format(**_NAMES, **words)
