"""What parcels carry: who takes them, and the number that each is followed by. One number is one parcel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from inventory.ground.sql import bulk
from inventory.models import Warehouse
from orders.allocation.reading import LineState
from orders.models import Order, Shipment
from orders.models.records import plain

USED_FOR = timedelta(days=180)
"""How long a tracking number belongs to its parcel; carriers give them out again."""

NUMBERS = 1_907_040
"""What sets our locks on tracking numbers apart from other advisory locks of the database."""

Place = tuple[int, int]
"""An order, and the warehouse that a parcel of it leaves."""

Picked = dict[Place, list[tuple[LineState, int, int]]]
"""Lines with the stock row that they are taken from and the units, by parcel."""


class NoLabel(Exception):
    """A parcel leaves that nobody was asked about."""


class NumberGivenTwice(Exception):
    """A tracking number is that of one parcel."""


@dataclass(frozen=True, slots=True)
class Label:
    """Who takes a parcel, and the number by which it can be followed, if it has one."""

    carrier: str = ""
    tracking: str = ""

    def __str__(self) -> str:
        return " ".join(word for word in (self.carrier, self.tracking) if word)


Parcels = dict[Place, Label]


def labels_of(picked: Iterable[Place], labels: Mapping[Place, Label] | Label, *, at: datetime) -> Parcels:
    """
    Give each parcel its own label, or all of them one.

    :raises NoLabel: if one has none
    :raises NumberGivenTwice: if two parcels would carry one number, now or in the last half year
    """
    parcels: Parcels = {}
    for place in picked:
        if not isinstance(labels, Label) and place not in labels:
            raise NoLabel(f"{_names([place])[0]} was not among the parcels that were to leave. Nothing was shipped.")
        label = labels if isinstance(labels, Label) else labels[place]
        parcels[place] = Label(label.carrier, " ".join(label.tracking.split()))
    numbers: dict[str, list[Place]] = defaultdict(list)
    for place, label in parcels.items():
        if label.tracking:
            numbers[plain(label.tracking)].append(place)
    for number, places in numbers.items():
        if len(places) > 1:
            named = " and ".join(_names(places)[:3])
            raise NumberGivenTwice(
                f"{number} is the number of one parcel, and was given to {len(places)}: {named}. Nothing was shipped."
            )
    _hold(numbers)
    _refuse_used({number: place for number, [place] in numbers.items()}, at)
    return parcels


def _names(places: Iterable[Place]) -> list[str]:
    wanted = list(places)
    orders = dict(Order.objects.filter(pk__in=[order for order, _ in wanted]).values_list("pk", "reference"))
    codes = dict(Warehouse.objects.values_list("pk", "code"))
    return [f"{orders[order]} from {codes[place]}" for order, place in wanted]


def _hold(numbers: Iterable[str]) -> None:
    """
    Let nobody else give these numbers to a parcel until this transaction ends.

    Who ships other products shares no lock with us. Sorted, and taken behind the products: two never wait for each
    other. SQLite has one writer.
    """
    if connection.vendor == "postgresql" and (held := sorted(numbers)):
        one_by_one = "SELECT pg_advisory_xact_lock(%s, hashtext(number)) FROM unnest(%s::text[]) AS number"
        bulk.fetch(one_by_one, [NUMBERS, held])


def _refuse_used(given: Mapping[str, Place], at: datetime) -> None:
    if not given:
        return
    used = Shipment.objects.numbered(given).filter(shipped_at__gt=at - USED_FOR)
    for shipment in used.select_related("order", "warehouse").order_by("pk"):
        if (shipment.order_id, shipment.warehouse_id) != given[plain(shipment.tracking)]:
            raise NumberGivenTwice(
                f"{shipment.tracking} is the number of {shipment.order} from {shipment.warehouse.code} already, "
                f"shipped on {timezone.localtime(shipment.shipped_at):%-d %B %Y}. Nothing was shipped."
            )


def carried_by(picked: Picked, parcels: Parcels) -> dict[int, list[Label]]:
    """How each line leaves: the labels of its parcels."""
    carried: dict[int, list[Label]] = defaultdict(list)
    for place, items in picked.items():
        for line_id in dict.fromkeys(line.line_id for line, _, _ in items):
            carried[line_id].append(parcels[place])
    return carried


def listed(labels: Sequence[Label], room: int = 300) -> str:
    """
    Name these parcels by what their customer can follow, each whole or not at all.

    >>> listed([Label("UPS", "1Z1"), Label("UPS", "1Z2"), Label("UPS")])
    'UPS 1Z1, UPS 1Z2 and one parcel without a tracking number'
    >>> listed([Label("UPS"), Label("UPS"), Label()])
    'UPS'
    >>> listed([Label("DHL", "1"), Label("UPS", "2"), Label("GLS", "3")], room=18)
    'DHL 1 and 2 more'
    """
    numbers = list(dict.fromkeys(str(label) for label in labels if label.tracking))
    if not numbers:
        return ", ".join(dict.fromkeys(label.carrier for label in labels if label.carrier))[:room]
    others = sum(not label.tracking for label in labels)
    without = f" and {'one parcel' if others == 1 else f'{others} parcels'} without a tracking number" if others else ""
    for named in range(len(numbers), 0, -1):
        more = f" and {len(numbers) + others - named} more" if named < len(numbers) else without
        text = ", ".join(numbers[:named]) + more
        if len(text) <= room:
            return text
    return ""
