"""What parcels carry: who takes them, and the number that each is followed by. One number is one parcel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Value
from django.db.models.functions import Replace, Upper
from django.utils import timezone

from inventory.models import Warehouse
from orders.models import Order, Shipment
from orders.reading import LineState

USED_FOR = timedelta(days=180)
"""How long a tracking number belongs to its parcel; carriers give them out again."""

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
        parcels[place] = labels if isinstance(labels, Label) else labels[place]
    numbers: dict[str, list[Place]] = defaultdict(list)
    for place, label in parcels.items():
        if label.tracking:
            numbers[_plain(label.tracking)].append(place)
    for number, places in numbers.items():
        if len(places) > 1:
            named = " and ".join(_names(places)[:3])
            raise NumberGivenTwice(
                f"{number} is the number of one parcel, and was given to {len(places)}: {named}. Nothing was shipped."
            )
    _refuse_used({number: place for number, [place] in numbers.items()}, at)
    return parcels


def _plain(number: str) -> str:
    """
    Give a number as it is compared: people type its blanks and its letters as they like.

    >>> _plain(" 1z 999 aa")
    '1Z999AA'
    """
    return "".join(number.split()).upper()


def _names(places: Iterable[Place]) -> list[str]:
    wanted = list(places)
    orders = dict(Order.objects.filter(pk__in=[order for order, _ in wanted]).values_list("pk", "reference"))
    codes = dict(Warehouse.objects.values_list("pk", "code"))
    return [f"{orders[order]} from {codes[place]}" for order, place in wanted]


def _refuse_used(given: Mapping[str, Place], at: datetime) -> None:
    if not given:
        return
    used = Shipment.objects.exclude(tracking="").filter(shipped_at__gt=at - USED_FOR)
    alike = used.alias(plain=Upper(Replace("tracking", Value(" ")))).filter(plain__in=given)
    for shipment in alike.select_related("order", "warehouse").order_by("pk"):
        if (shipment.order_id, shipment.warehouse_id) != given[_plain(shipment.tracking)]:
            raise NumberGivenTwice(
                f"{shipment.tracking} is the number of {shipment.order} from {shipment.warehouse.code} already, "
                f"shipped on {timezone.localtime(shipment.shipped_at):%-d %B %Y}. Nothing was shipped."
            )


def carried_by(picked: Picked, parcels: Parcels) -> dict[int, list[str]]:
    """How each line leaves: the labels of its parcels."""
    carried: dict[int, list[str]] = defaultdict(list)
    for place, items in picked.items():
        for line, _, _ in items:
            if str(parcels[place]) not in ("", *carried[line.line_id]):
                carried[line.line_id].append(str(parcels[place]))
    return carried


def listed(labels: Sequence[str], room: int = 300) -> str:
    """
    Name these labels, each whole or not at all.

    >>> listed(["DHL 1", "UPS 2", "GLS 3"], room=18)
    'DHL 1 and 2 more'
    """
    for named in range(len(labels), 0, -1):
        text = ", ".join(labels[:named]) + (f" and {len(labels) - named} more" if named < len(labels) else "")
        if len(text) <= room:
            return text
    return ""
