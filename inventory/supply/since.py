"""
What became of stock since a moment: what left and came after it, and whether somebody counted again.

A count that is written down later than it was made is of its own time: movements after it are no part of it. One that
found what the books had moves nothing; if it was made on a sheet, that says when it was.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from inventory.ground.sql import bulk
from inventory.models import CountedLine, Movement, MovementKind

COUNTED = "counted "
"""How the reference of a count begins that was made before it was written down; its time follows."""

Place = tuple[int, int]
"""A product and a warehouse, by primary key."""


class Since:
    """The movements of these products after a moment, by place."""

    def __init__(self, product_ids: Collection[int], earliest: datetime) -> None:
        self.moved: dict[Place, list[tuple[datetime, int]]] = defaultdict(list)
        self.counted: dict[Place, datetime] = {}
        rows = Movement.objects.filter(**bulk.stretch("product_id", product_ids), at__gt=earliest).order_by()
        for product, warehouse, kind, units, reference, at in rows.values_list(
            "product_id", "warehouse_id", "kind", "quantity", "reference", "at"
        ):
            self._add((product, warehouse), kind, units, reference, at)
        among = bulk.stretch("product_id", product_ids)
        agreed = CountedLine.objects.filter(difference=0, counted_at__gt=earliest, **among).order_by()
        for product, warehouse, made in agreed.values_list("product_id", "sheet__warehouse_id", "counted_at"):
            if made:
                self._count((product, warehouse), made)

    def _add(self, place: Place, kind: str, units: int, reference: str, at: datetime) -> None:
        if kind not in {MovementKind.COUNT, MovementKind.OPENING}:
            self.moved[place].append((at, units))
        else:
            made = datetime.fromisoformat(reference.removeprefix(COUNTED)) if reference.startswith(COUNTED) else at
            self._count(place, made)

    def _count(self, place: Place, made: datetime) -> None:
        self.counted[place] = max(made, self.counted.get(place, made))

    def units(self, place: Place, moment: datetime) -> int:
        """Give what came less what left after this moment."""
        moved = self.moved.get(place)
        return sum(units for at, units in moved if at > moment) if moved else 0

    def newer(self, place: Place, moment: datetime) -> datetime | None:
        """Give the time of a count made after this moment."""
        made = self.counted.get(place)
        return made if made and made > moment else None


def reference(moment: datetime | None) -> str:
    """Give the reference of the movement that a count makes, which keeps the time it was made at."""
    return f"{COUNTED}{timezone.localtime(moment).isoformat(timespec='microseconds')}" if moment else ""
