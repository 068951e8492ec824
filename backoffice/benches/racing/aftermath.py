"""
What a race leaves behind: units sold twice, deeds that left no trace, deadlocks, books that do not balance.

Read from the ledger and the history, never from the counters that a race could have broken.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from backoffice.books import audit
from inventory.ground.sql import bulk
from inventory.models import Inbound, Movement, MovementKind, Transfer
from orders.models import (
    LEFT,
    AddedLine,
    Allocation,
    Basis,
    EventKind,
    Hold,
    LineEvent,
    Order,
    OrderPayment,
    Promise,
    Return,
    ShipmentLine,
    SimulationRun,
)
from suppliers.models import Delivery, PurchaseOrder

from .deeds import BANK, CHANNEL


def oversold() -> int:
    """
    Units set aside, held or shipped beyond all that ever came in, by product and warehouse.

    What came in is what the ledger says without its shipments: receipts and returns, less what was lost or sent away.
    """
    here = Movement.objects.exclude(kind=MovementKind.SHIPMENT)
    came: Counter[tuple[int, int]] = Counter()
    for product, place, units in _by_place(here, "product", "warehouse"):
        came[product, place] = units
    gone: Counter[tuple[int, int]] = Counter()
    for product, place, units in _by_place(
        Allocation.objects.filter(inbound=None), "stock__product", "stock__warehouse"
    ):
        gone[product, place] += units
    for product, place, units in _by_place(ShipmentLine.objects.all(), "line__product", "shipment__warehouse", LEFT):
        gone[product, place] += units
    for product, place, units in _by_place(Hold.objects.all(), "stock__product", "stock__warehouse", "units"):
        gone[product, place] += units
    return sum(max(0, units - came[key]) for key, units in gone.items())


def _by_place(rows: QuerySet[Any], product: str, place: str, units: Any = "quantity") -> Iterator[tuple[int, int, int]]:
    """Units by product and warehouse."""
    yield from rows.order_by().values_list(product, place).annotate(sum=Sum(units))


def traces() -> dict[str, int]:
    """How often each deed was done, as told by what it must have written."""
    moved = dict(Movement.objects.order_by().values_list("kind").annotate(Count("pk")))
    receipts = Movement.objects.filter(kind=MovementKind.RECEIPT, quantity__gt=0, inbound__purchase_line=None)
    dates = Promise.objects.filter(basis=Basis.TYPED).count()
    turned = Inbound.objects.aggregate(times=Sum(F("revision") - 1))["times"] or 0
    return {
        "place": Order.objects.filter(channel=CHANNEL).count(),
        "order unpaid": Order.objects.filter(channel=BANK).count(),
        "pay": OrderPayment.objects.filter(paid_at__isnull=False).count(),
        "cancel": _causes(EventKind.CANCELED),
        "ship, hand over": _causes(EventKind.SHIPPED),
        "expect": Inbound.objects.filter(transfer_line=None, purchase_line=None).count(),
        "buy": PurchaseOrder.objects.filter(sent_at__isnull=False).count(),
        "receive": _arrivals(receipts.filter(inbound__transfer_line=None)),
        "take delivery": _deliveries(),
        "reschedule, confirm, in parts, call off, cancel purchase, unreceive": turned,
        "count, count sheet": moved.get(MovementKind.COUNT, 0),
        "damage": moved.get(MovementKind.DAMAGE, 0) - Return.objects.filter(discarded__gt=0).count(),
        "take back": Return.objects.count(),
        "lose parcel": _causes(EventKind.WENT_LOST),
        "reverse": _causes(EventKind.REVERSED),
        "transfer, carry": Transfer.objects.count(),
        "receive transfer": _arrivals(receipts.exclude(inbound__transfer_line=None)),
        "priority": LineEvent.objects.filter(kind=EventKind.PRIORITY).count(),
        "pin": LineEvent.objects.filter(kind=EventKind.PINNED).count(),
        "undo": LineEvent.objects.filter(kind=EventKind.RANKED, text__startswith="taken back").count(),
        "simulate": SimulationRun.objects.filter(applied_at__isnull=False).count(),
        "set date": dates,
        "release date": LineEvent.objects.filter(kind=EventKind.DATE, text__startswith="typed date").count(),
        "change quantity": LineEvent.objects.filter(kind=EventKind.QUANTITY).count(),
        "substitute": AddedLine.objects.filter(is_substitute=True).count(),
        "hold": Hold.objects.count(),
        "let go": Hold.objects.filter(released__gt=0).count(),
    }


def _arrivals(receipts: QuerySet[Movement]) -> int:
    """What comes beyond what was asked is a movement of its own, at the same moment."""
    return receipts.order_by().values("inbound", "at").distinct().count()


def _deliveries() -> int:
    """What came beyond one part of a line is of another, at the same moment."""
    came = Delivery.objects.order_by().values("received_at", ordered=Coalesce("line__part_of", "line"))
    found: int = came.distinct().count()
    return found


def _causes(kind: EventKind) -> int:
    return LineEvent.objects.filter(kind=kind).values("cause").distinct().count()


def untraced(done: Counter[str], before: dict[str, int]) -> dict[str, tuple[int, int]]:
    """The deeds whose count and trace differ, both numbers; ``before`` are the traces of the world as it was made."""
    found = {}
    for name, times in traces().items():
        counted = sum(done[one] for one in name.split(", "))
        if counted != times - before[name]:
            found[name] = (counted, times - before[name])
    return found


def deadlocks() -> int:
    """As PostgreSQL counts them for this database; SQLite has one writer, and none."""
    if connection.vendor != "postgresql":
        return 0
    sql = "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(bulk.fetch(sql, [])[0][1])


def findings(at: datetime, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """What the audit finds, by rule."""
    return {finding.rule: finding.broken for finding in audit.run(at=at, progress=progress)}
