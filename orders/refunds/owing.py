"""
What an event owes to customers: units that they do not get, at what each cost them; and units that come back.

Called in the transaction of the event, under its locks, after it has written what it changed. A constant number of
statements, whatever the number of lines; none but one look where nothing costs anything.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from inventory.ground import keys
from inventory.ground.sql import bulk, schema
from orders.models import Channel, Refund, RefundLine, RefundReason
from orders.models.payment import OWED_BACK

NOTHING = Decimal()


class Unserved(NamedTuple):
    """
    Units of a line that its customer does not get.

    :ivar unit_amount: what is owed for one; None: what it cost
    """

    line_id: int
    units: int
    unit_amount: Decimal | None = None


class CameOn(NamedTuple):
    """Units of a product that an order gets again, and what each costs it."""

    order_id: int
    product_id: int
    units: int
    unit_amount: Decimal


class _Priced(NamedTuple):
    """A line as money sees it."""

    line_id: int
    unit_price: Decimal
    order_id: int
    channel: str
    is_unpaid: bool
    is_told_paid: bool
    is_added: bool


def owe(gone: Sequence[Unserved], *, event: str, reason: RefundReason, at: datetime) -> int:
    """
    Write down what is owed for these units, one refund for each order. Called twice for one event, it owes once.

    Of an order that is not paid nothing is owed. Whether another was paid is known if we were told, or if its channel
    says that its orders arrive paid; what was added later may be paid by other means. Where it is not known, the refund
    is owed if it was paid.

    :param event: names what happened, as its facts do
    :returns: refunds that are new
    """
    wanted = {item.line_id: item for item in gone}
    lines = [line for line in _priced(wanted) if not line.is_unpaid and _each(line, wanted[line.line_id]) > NOTHING]
    if not lines:
        return 0
    names = {keys.key(name) for name in {line.channel for line in lines}}
    described = dict(Channel.objects.filter(key__in=names).values_list("key", "arrives_unpaid"))
    by_order: dict[int, list[_Priced]] = defaultdict(list)
    for line in lines:
        by_order[line.order_id].append(line)
    owed = {order_id: sum((_owed(line, wanted) for line in own), NOTHING) for order_id, own in by_order.items()}
    due_date = timezone.localtime(at).date() + timedelta(days=settings.REFUND_WITHIN_DAYS)
    rows = [
        (
            order_id,
            event,
            str(reason),
            str(owed[order_id]),
            settings.SHOP_CURRENCY,
            all(_is_known_paid(line, described) for line in own),
            due_date,
            at,
        )
        for order_id, own in by_order.items()
    ]
    made = dict(_inserted(rows))
    parts = [
        (made[line.order_id], line.line_id, wanted[line.line_id].units, str(_each(line, wanted[line.line_id])))
        for line in lines
        if line.order_id in made
    ]
    _insert_lines(parts)
    return len(made)


def _each(line: _Priced, item: Unserved) -> Decimal:
    return line.unit_price if item.unit_amount is None else item.unit_amount


def _owed(line: _Priced, wanted: dict[int, Unserved]) -> Decimal:
    item = wanted[line.line_id]
    return item.units * _each(line, item)


def _is_known_paid(line: _Priced, described: dict[str, bool]) -> bool:
    if line.is_added:
        return False
    # a channel that nobody has described says nothing; one whose orders arrive unpaid has said of this that it is paid
    return line.is_told_paid or keys.key(line.channel) in described


def _priced(line_ids: Collection[int]) -> Iterator[_Priced]:
    """Read what these lines cost, and what is known of the payment of their orders: one statement."""
    source, params = bulk.staged(bulk.IDS, [(pk,) for pk in line_ids])
    rows = bulk.fetch(
        "SELECT line.id, line.unit_price, line.order_id, ordered.channel, ordered.is_unpaid, "
        "payment.paid_at IS NOT NULL, "
        # a substitute that costs no more than what was paid for is paid; anything else that was added may not be
        "added.id IS NOT NULL AND NOT (added.is_substitute AND line.unit_price <= beside.unit_price) "
        f"FROM {source} JOIN orders_orderline AS line ON line.id = staged.id "
        "JOIN orders_order AS ordered ON ordered.id = line.order_id "
        "LEFT JOIN orders_orderpayment AS payment ON payment.order_id = ordered.id "
        "LEFT JOIN orders_addedline AS added ON added.line_id = line.id "
        "LEFT JOIN orders_orderline AS beside ON beside.id = added.beside_id "
        "ORDER BY line.order_id, line.id",
        params,
    )
    for pk, price, order_id, channel, *flags in rows:
        yield _Priced(pk, _exact(price), order_id, channel, *map(bool, flags))


def _exact(price: object) -> Decimal:
    """Give a price as it was typed; SQLite keeps numbers, not amounts."""
    return Decimal(str(price)).quantize(Decimal("0.01"))


REFUND_COLUMNS = schema.columns(
    Refund, "order_id", "event", "reason", "amount", "currency", "is_known_paid", "due_date", "at"
)
AMOUNT = schema.columns(Refund, "id", "amount")
WITHDRAWN = schema.columns(RefundLine, "id", "withdrawn")
LINE_COLUMNS = schema.columns(RefundLine, "refund_id", "line_id", "units", "unit_amount")


def _inserted(rows: Sequence[tuple[object, ...]]) -> list[tuple[int, int]]:
    """Insert refunds, but those that their event owes already; give which order got which."""
    source, params = bulk.staged(REFUND_COLUMNS, rows)
    names = ", ".join(REFUND_COLUMNS)
    found = bulk.fetch(
        f"INSERT INTO orders_refund ({names}, repaid, waived, note) "
        f"SELECT {names}, 0, 0, '' FROM {source} WHERE true "
        "ON CONFLICT DO NOTHING RETURNING order_id, id",
        params,
    )
    return [(order_id, pk) for order_id, pk in found]


def _insert_lines(rows: Sequence[tuple[object, ...]]) -> None:
    source, params = bulk.staged(LINE_COLUMNS, rows)
    names = ", ".join(LINE_COLUMNS)
    bulk.run(
        f"INSERT INTO orders_refundline ({names}, withdrawn) SELECT {names}, 0 FROM {source} WHERE true",
        params,
    )


def withdraw(back: Sequence[CameOn]) -> int:
    """
    Take out of refunds what came back onto an order, the newest refund first: the same product at the same price.

    What is still owed goes first. What was paid back already the customer has: then more was paid back than is owed,
    which a person collects or settles (``TO_COLLECT``).

    :returns: units for which nothing is owed any more
    """
    wanted: dict[tuple[int, int, Decimal], int] = defaultdict(int)
    for item in back:
        if item.unit_amount > NOTHING:
            wanted[item.order_id, item.product_id, item.unit_amount] += item.units
    orders = {order_id for order_id, _, _ in wanted}
    if not orders:
        return 0
    own_ones = Refund.objects.filter(OWED_BACK | Q(repaid__gt=0), order__in=orders).order_by("pk")
    refunds = {refund.pk: refund for refund in own_ones.select_for_update(no_key=True)}
    if not refunds:
        return 0
    own = list(RefundLine.objects.filter(refund__in=refunds).select_related("line").order_by("-refund", "-pk"))
    lines: dict[int, RefundLine] = {}
    total = 0
    for takes_paid in (False, True):
        for line in own:
            refund = refunds[line.refund_id]
            key = refund.order_id, line.line.product_id, line.unit_amount
            left = refund.amount - refund.waived if takes_paid else refund.outstanding
            units = min(wanted[key], line.units - line.withdrawn, int(left // line.unit_amount))
            if units <= 0:
                continue
            wanted[key] -= units
            total += units
            line.withdrawn += units
            refund.amount -= units * line.unit_amount
            refund.outstanding -= units * line.unit_amount
            lines[line.pk] = line
    amounts = [(pk, str(refunds[pk].amount)) for pk in sorted({line.refund_id for line in lines.values()})]
    counts = [(line.pk, line.withdrawn) for line in lines.values()]
    same = "target.id = staged.id"
    bulk.update("orders_refundline", WITHDRAWN, counts, "withdrawn = staged.withdrawn", same)
    bulk.update("orders_refund", AMOUNT, amounts, "amount = staged.amount", same)
    return total
