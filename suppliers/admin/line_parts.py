"""Lines of a purchase order of which some come in parts: put in order, and named so that one is told from the other."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.utils.safestring import SafeString

from inventory.desk.tables import item
from inventory.desk.tables import lines as under_each_other
from inventory.ground.plurals import counted
from suppliers.models import PurchaseOrderLine


def in_order(found: Iterable[PurchaseOrderLine]) -> list[PurchaseOrderLine]:
    """Put the parts of each line beside each other, the earliest first; what has no day comes last."""
    return sorted(found, key=lambda line: (line.ordered_as, _day(line), line.pk))


def _day(line: PurchaseOrderLine) -> date:
    return (line.inbound.expected_date if line.inbound else None) or date.max


class PartNames:
    """The names of lines, as far as these are all there are to tell apart."""

    def __init__(self, found: Collection[PurchaseOrderLine]) -> None:
        self.families: dict[int, list[int]] = defaultdict(list)
        for line in found:
            self.families[line.ordered_as].append(line.pk)

    def part(self, line: PurchaseOrderLine) -> str:
        """Say which part of its line this is; "" if it is all there is."""
        family = self.families[line.ordered_as]
        return f"part {family.index(line.pk) + 1} of {len(family)}" if len(family) > 1 else ""

    def words(self, line: PurchaseOrderLine) -> str:
        return ", ".join(filter(None, (str(line.product), self.part(line))))

    def cell(self, line: PurchaseOrderLine) -> SafeString:
        part = self.part(line)
        return under_each_other([item(line.product), part]) if part else item(line.product)

    @property
    def count(self) -> str:
        """Say how many lines were ordered, and in how many parts they come if that is more."""
        parts = sum(map(len, self.families.values()))
        said = counted(len(self.families), "line")
        return f"{said} in {parts:,} parts" if parts > len(self.families) else said
