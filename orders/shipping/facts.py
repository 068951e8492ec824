"""What the papers of a batch say: what to pick, from where, and what lies in each parcel. Reads, a few statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from inventory.supply import bins
from orders.models import Batch, OrderLine, Parcel, ParcelLine
from orders.models.parcels import STANDS


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one product to take off one shelf; ``parcels``: in how many they go."""

    bin: str
    sku: str
    name: str
    units: int
    parcels: int


@dataclass(frozen=True, slots=True)
class SlipLine:
    """``waits``: units of this line that are not sent with it or before it, and still come."""

    sku: str
    name: str
    bin: str
    units: int
    waits: int


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """
    The paper in one parcel.

    :ivar place: which of its order's parcels from here it is, and how many they are
    :ivar address: line by line; none: nobody has told
    :ivar elsewhere: units of the order that are in none of its lines here, and still to come
    """

    parcel: Parcel
    place: tuple[int, int]
    address: Sequence[str]
    lines: Sequence[SlipLine]
    elsewhere: int

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def waits(self) -> int:
        return sum(line.waits for line in self.lines) + self.elsewhere


@dataclass(frozen=True, slots=True)
class BatchPapers:
    """The pick list of a batch, by bin as somebody walks and then by SKU, and its slips, parcel by parcel."""

    batch: Batch
    picks: Sequence[Pick]
    slips: Sequence[PackingSlip]

    @property
    def units(self) -> int:
        return sum(pick.units for pick in self.picks)


def of(batch: Batch) -> BatchPapers:
    """Read what of a batch is to leave."""
    parcels = list(
        Parcel.objects.filter(STANDS, batch=batch).select_related("order__customer", "order__ship_to").order_by("pk")
    )
    rows = list(
        ParcelLine.objects.filter(Q(parcel__in=[parcel.pk for parcel in parcels]))
        .select_related("line__product", "stock")
        .order_by("pk")
    )
    return BatchPapers(batch, _picks(rows), _slips(parcels, rows))


def _picks(rows: Sequence[ParcelLine]) -> list[Pick]:
    taken: dict[tuple[str, str], list[ParcelLine]] = defaultdict(list)
    for row in rows:
        taken[row.stock.bin, row.line.product.sku].append(row)
    return [
        Pick(place, sku, some[0].line.product.name, sum(row.quantity for row in some), len({r.parcel_id for r in some}))
        for (place, sku), some in sorted(taken.items(), key=_as_one_walks)
    ]


def _as_one_walks(pick: tuple[tuple[str, str], Sequence[ParcelLine]]) -> tuple[object, ...]:
    (place, sku), _ = pick
    return bins.order(place), sku


def _slips(parcels: Sequence[Parcel], rows: Sequence[ParcelLine]) -> list[PackingSlip]:
    own: dict[int, list[ParcelLine]] = defaultdict(list)
    packed: dict[int, int] = defaultdict(int)
    for row in rows:
        own[row.parcel_id].append(row)
        packed[row.line_id] += row.quantity
    of_order: dict[int, list[int]] = defaultdict(list)
    for parcel in parcels:
        of_order[parcel.order_id].append(parcel.pk)
    still: dict[int, int] = defaultdict(int)
    lines = OrderLine.objects.open().filter(order__in=of_order).values_list("pk", "order_id", "open")
    for pk, order_id, units in lines:
        still[order_id] += units - packed.get(pk, 0)
    return [_slip(parcel, own[parcel.pk], of_order[parcel.order_id], packed, still) for parcel in parcels]


def _slip(
    parcel: Parcel, rows: Sequence[ParcelLine], siblings: Sequence[int], packed: dict[int, int], still: dict[int, int]
) -> PackingSlip:
    there = getattr(parcel.order, "ship_to", None)
    lines = [
        SlipLine(
            row.line.product.sku,
            row.line.product.name,
            row.stock.bin,
            row.quantity,
            max(0, row.line.open - packed[row.line_id]),
        )
        for row in rows
    ]
    elsewhere = max(0, still[parcel.order_id] - sum(line.waits for line in lines))
    place = (siblings.index(parcel.pk) + 1, len(siblings))
    return PackingSlip(parcel, place, there.lines() if there else [parcel.order.customer.name], lines, elsewhere)
