"""
What arrives beyond what was expected, and how much of it is taken without a question.

Reads; ``inventory.supply.inbound`` writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from inventory.models import Inbound, Movement, MovementKind

MORE = "More than expected"
REPLACEMENT = "In place of damaged units"


@dataclass(frozen=True, slots=True)
class Surplus:
    """
    What arrived of one inbound, held against what is outstanding.

    :ivar units: units that are not outstanding
    :ivar replacements: of them, those that stand in for units which came damaged before
    :ivar accepted: so many of them come in without a question
    """

    inbound: Inbound
    arrived: int
    units: int
    replacements: int
    accepted: int

    @property
    def question(self) -> str:
        """What is to be asked before all of it comes in; empty if nothing is."""
        if self.units <= self.accepted:
            return ""
        row = self.inbound
        accepted = f"at most {row.outstanding + self.accepted:,}" if self.accepted else "no more"
        return (
            f"{row.product} of {row.reference}: {self.arrived:,} arrived, but {row.outstanding:,} are outstanding "
            f"and {accepted} are accepted."
        )


def tolerance(expected: int, *, percent: int) -> int:
    """
    Give the units beyond what was expected that are taken: a share of it, and at least one.

    >>> [tolerance(units, percent=5) for units in (0, 1, 39, 40)]
    [0, 1, 1, 2]
    >>> tolerance(40, percent=0)
    0
    """
    return max(1, expected * percent // 100) if expected and percent else 0


def of(arrived: Mapping[Inbound, int]) -> dict[int, Surplus]:
    """Say of inbound, by number, of which more arrived than is outstanding: what is over, beside earlier surplus."""
    broken = damaged([row.pk for row in arrived])
    found = {}
    for row, count in arrived.items():
        over = count - row.outstanding
        owed = max(0, broken.get(row.pk, 0) - row.surplus)
        usual = tolerance(row.quantity - row.canceled, percent=settings.OVER_RECEIPT_PERCENT)
        accepted = max(0, usual + broken.get(row.pk, 0) - row.surplus)
        found[row.pk] = Surplus(row, count, over, min(over, owed), accepted)
    return found


def damaged(inbound_ids: Sequence[int]) -> dict[int, int]:
    """Count the units of these inbound that came damaged."""
    rows = Movement.objects.filter(inbound__in=inbound_ids, kind=MovementKind.DAMAGE).order_by()
    return {pk: -units for pk, units in rows.values_list("inbound").annotate(units=Sum("quantity"))}
