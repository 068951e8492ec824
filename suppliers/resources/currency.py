"""Amounts in files are in the currency of the supplier whose they are; another is refused, never stripped."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from inventory.ground.tabular import Record
from inventory.ground.tabular.values import money
from inventory.ground.tabular.values.numbers import MarkedAmount, sign_of
from inventory.resources.plan import Plan


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount of a row, and the currency that it has to be in; "" where nobody has told."""

    record: Record
    field: str
    amount: Decimal
    currency: str

    @property
    def sign(self) -> str:
        """What the row says that it is in: beside the amount, else in a column of its own."""
        return sign_of(self.amount) or str(self.record.values.get("currency", ""))


def refuse_foreign(plan: Plan, amounts: Iterable[Priced]) -> set[int]:
    """
    Refuse amounts in another currency than that of their supplier; where nobody has told one, all are in one.

    :returns: the rows
    """
    rows: set[int] = set()
    untold: list[Priced] = []
    for each in amounts:
        if not each.sign:
            continue
        if not each.currency:
            untold.append(each)
        elif not money.is_of(each.sign, each.currency):
            _refuse(plan, each, f"an amount in {each.currency}, not in {each.sign}", rows)
    signs = sorted({each.sign for each in untold})
    if not money.meet(signs):
        for each in untold:
            _refuse(plan, each, f"amounts in one currency; the column has {' and '.join(signs)}", rows)
    return rows


def _refuse(plan: Plan, each: Priced, expected: str, rows: set[int]) -> None:
    shown = each.amount.cell if isinstance(each.amount, MarkedAmount) else f"{each.amount} {each.sign}"
    plan.problems.add(each.record.row, plan.sheet.label(each.field), shown, expected)
    rows.add(each.record.row)
