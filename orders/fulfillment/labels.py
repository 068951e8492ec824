"""What parcels carry: who takes them, and the number that each is followed by. One number is one parcel."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from inventory.ground import keys
from inventory.ground.sql import bulk
from inventory.ground.tabular.values import signs
from inventory.models import Warehouse
from orders.allocation.reading import LineState
from orders.models import Order, Shipment, ShipmentLine
from orders.models.records import plain
from orders.rules.transit import latest

USED_FOR = timedelta(days=180)
"""How long a tracking number belongs to its parcel; carriers give them out again."""

NUMBER_SIGNS = 120
HEADINGS = frozenset(
    {
        "tracking", "tracking number", "tracking no", "tracking id", "awb", "shipment number", "parcel number",
    }
)  # fmt: skip
"""What carriers call the column of their numbers: pasted with them, it is no number."""

NUMBERS = 1_907_040
"""What sets our locks on tracking numbers apart from other advisory locks of the database."""

Place = tuple[int, int]
"""An order, and the warehouse that a parcel of it leaves."""

Taken = tuple[LineState, int, int]
"""A line, the stock row that units of it are taken from, and the units."""


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


@dataclass(frozen=True, slots=True)
class LeavingParcel:
    """One parcel as it leaves."""

    place: Place
    label: Label
    items: Sequence[Taken]


def label_of(place: Place, labels: Mapping[Place, Label] | Label) -> Label:
    """
    Give a parcel its own label, or the one of all.

    :raises NoLabel: if it has none
    """
    if isinstance(labels, Label):
        return labels
    if place not in labels:
        raise NoLabel(f"{_names([place])[0]} was not among the parcels that were to leave. Nothing was shipped.")
    return labels[place]


def tidied(label: Label) -> Label:
    """The label as it is kept: no blanks at the ends, none twice, nothing invisible."""
    return Label(keys.clean(label.carrier), number(label.tracking))


def number(text: str) -> str:
    """
    Give a tracking number as it is kept: without what a spreadsheet puts around digits, in the signs of ASCII.

    >>> [number(text) for text in ("'00340434", '="00340434"', '"1Z 9"', "\uff11\uff3a\u20139", " 1Z\u200b9 ")]
    ['00340434', '00340434', '1Z 9', '1Z-9', '1Z9']
    """
    return keys.clean(signs.western(signs.plain(keys.clean(text))))


def heading(cell: str) -> str:
    """
    Give the name over a column as names are compared.

    >>> heading("Tracking_No. ") in HEADINGS
    True
    """
    return " ".join(keys.clean(cell).replace("_", " ").replace(".", " ").split()).lower()


def no_number(tracking: str) -> str:
    """
    Say what a text is that cannot be a tracking number; "" if it can, or is empty.

    >>> [no_number(text) for text in ("Tracking Number", "1.2E+15", "9" * 121)]
    ['a heading', 'a number that lost its digits', 'longer than the 120 signs of a tracking number']
    >>> [no_number(text) for text in ('=HYPERLINK("x";"1Z")', "https://dhl.example/1Z9", "1Z9, 1Z8", "00")]
    ['the formula of a spreadsheet', 'a link', 'more than one number', 'nothing']
    >>> no_number("1Z 999 AA1"), no_number("9" * 120), no_number("")
    ('', '', '')
    """
    if heading(tracking) in HEADINGS:
        return "a heading"
    if tracking.startswith("="):
        return "the formula of a spreadsheet"
    if "://" in tracking:
        return "a link"
    if "," in tracking or ";" in tracking:
        return "more than one number"
    if tracking and not tracking.strip("0 "):
        return "nothing"
    if len(tracking) > NUMBER_SIGNS:
        return f"longer than the {NUMBER_SIGNS} signs of a tracking number"
    return keys.damage(tracking)


def refuse_twice(given: Iterable[tuple[Place, Label]], *, at: datetime) -> None:
    """
    Let each number be that of one parcel.

    :raises NumberGivenTwice: if two parcels would carry one number, now or in the last half year
    """
    numbers: dict[str, list[Place]] = defaultdict(list)
    for place, label in given:
        if label.tracking:
            numbers[plain(label.tracking)].append(place)
    for number, places in numbers.items():
        if len(places) > 1:
            named = " and ".join(_names(places)[:3])
            raise NumberGivenTwice(
                f"{number} is the number of one parcel, and was given to {len(places)}: {named}. Nothing was shipped."
            )
    hold(numbers)
    _refuse_used({number: place for number, [place] in numbers.items()}, at)


def _names(places: Iterable[Place]) -> list[str]:
    wanted = list(places)
    orders = dict(Order.objects.filter(pk__in=[order for order, _ in wanted]).values_list("pk", "reference"))
    codes = dict(Warehouse.objects.values_list("pk", "code"))
    return [f"{orders[order]} from {codes[place]}" for order, place in wanted]


def hold(numbers: Iterable[str]) -> None:
    """
    Let nobody else give these numbers to a parcel until this transaction ends.

    Who ships other products shares no lock with us. Sorted, and taken behind the products: two never wait for each
    other. SQLite has one writer.
    """
    if connection.vendor == "postgresql" and (held := sorted(numbers)):
        one_by_one = "SELECT pg_advisory_xact_lock(%s, hashtext(number)) FROM unnest(%s::text[]) AS number"
        bulk.fetch(one_by_one, [NUMBERS, held])


def _refuse_used(given: Mapping[str, Place], at: datetime) -> None:
    for shipment in used(given, at=at):
        if (shipment.order_id, shipment.warehouse_id) != given[plain(shipment.tracking)]:
            raise NumberGivenTwice(
                f"{shipment.tracking} is the number of {shipment.order} from {shipment.warehouse.code} already, "
                f"shipped on {day_of(shipment)}. Nothing was shipped."
            )


def used(numbers: Collection[str], *, at: datetime) -> list[Shipment]:
    """Give the parcels that left with one of these numbers in the last half year."""
    if not numbers:
        return []
    rows = Shipment.objects.numbered(numbers).that_left().filter(shipped_at__gt=at - USED_FOR)
    return list(rows.select_related("order", "warehouse").order_by("pk"))


def day_of(shipment: Shipment) -> str:
    return f"{timezone.localtime(shipment.shipped_at):%-d %B %Y}"


def carried_by(parcels: Iterable[LeavingParcel]) -> dict[int, list[Label]]:
    """How each line leaves: the labels of its parcels."""
    carried: dict[int, list[Label]] = defaultdict(list)
    for parcel in parcels:
        for line_id in dict.fromkeys(line.line_id for line, _, _ in parcel.items):
            carried[line_id].append(parcel.label)
    return carried


def as_they_left(shipment: Shipment, line_ids: Collection[int]) -> dict[int, tuple[str, date | None]]:
    """
    How each of these lines left when this shipment did, and the day by which all of it should be there.

    Parcels of which nothing of the line is under way any more, as it never left or was lost, are not among them.
    """
    together = ShipmentLine.objects.filter(
        shipment__order=shipment.order_id, shipment__shipped_at=shipment.shipped_at, line__in=line_ids
    ).exclude(quantity=F("reversed") + F("lost"))
    columns = ("line_id", "shipment_id", "shipment__carrier", "shipment__tracking", "shipment__arrives_by")
    carried: dict[int, list[tuple[Label, date | None]]] = defaultdict(list)
    rows = together.order_by("shipment_id").values_list(*columns).distinct()
    for line_id, _, carrier, tracking, arrives_by in rows:
        carried[line_id].append((Label(carrier, tracking), arrives_by))
    return {
        line_id: (listed([label for label, _ in own]), latest(day for _, day in own))
        for line_id, own in carried.items()
    }


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


def names(text: str, label: Label) -> bool:
    """
    Whether a text that ``listed`` wrote names this parcel; its number may stand within that of another one.

    >>> [names("UPS 123, UPS 45 and 2 more", Label("UPS", number)) for number in ("123", "45", "12", "3")]
    [True, True, False, False]
    """
    return re.search(rf"(?:^|, ){re.escape(str(label))}(?=$|, | and )", text) is not None
