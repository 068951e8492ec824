"""How a reorder point, what it was made from and its chance to run out are shown, wherever that is."""

from typing import Any

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.tables import Table, chip, number, shown
from inventory.formulas import explanations, risk
from inventory.models import Owed, ReorderPolicy, Stock

LIKELY = 0.5
SOME = 0.2
SHARES = ("target", "fill", "cycle")
LABELS = {
    "reason": "how it came about",
    "point": "reorder point, units",
    "safety_stock": "safety stock, units",
    "batch": "least units of an order",
    "weekly_demand": "demand a week, units",
    "variance": "its variance",
    "weeks": "weeks of history",
    "weeks_with_demand": "weeks in which somebody asked for it",
    "lead_days": "lead time, days",
    "lead_sd_days": "its spread, days",
    "review_days": "days between two orders",
    "uplift": "events multiply demand by",
    "expected": "demand until the next order arrives, units",
    "expected_variance": "its variance",
    "target": "service target",
    "measure": "measured by",
    "fill": "share of units that ship from the shelf",
    "cycle": "share of order cycles without a stock-out",
    "on_hand": "on hand, units",
    "inbound": "on its way in time, units",
    "owed": "owed to customers, units",
    "spike": "spike of the open week, units",
    "class": "class: value and evenness",
    "season": "the season multiplies demand by",
    "launch": "new: units a week, from earlier launches of its group",
    "lead_expected": "demand until an order of today arrives, units",
    "lead_variance": "its variance",
    "cover_weeks": "weeks one order should last",
    "minimum": "fewest units the supplier sells",
    "pack": "units it sells together",
    "uncapped": "reorder point if nothing capped it, units",
    "busiest": "most units asked for in so many weeks",
    "busiest_weeks": "weeks of that",
}


def chance_chip(chance: float | None, *, here: int = 0, owed: int = 0) -> SafeString:
    """
    Say how likely it runs out before the next order could arrive; what is out says so, whatever the night said.

    :param here: units on the shelf that are free or owed (neither held nor kept); ``owed``: what customers wait for
    """
    if owed > max(here, 0):
        return chip(f"Out: {owed:,} owed" + (f", {here:,} here" if here > 0 else ""), "red")
    if chance is None:
        return chip("no data", "gray")
    if chance >= risk.OUT:
        return chip("was out last night", "amber")
    tone = "red" if chance >= LIKELY else "amber" if chance >= SOME else "green"
    return chip("<1%" if 0 < chance < 0.005 else ">99%" if chance >= 0.995 else f"{chance:.0%}", tone)


def with_units(policies: QuerySet[ReorderPolicy]) -> QuerySet[ReorderPolicy]:
    """Add what lies on the shelf of each now (``here``) and what customers wait for (``owed``), in units."""
    place = {"product": OuterRef("product"), "warehouse": OuterRef("warehouse")}
    here = Stock.objects.filter(**place).values_list(F("on_hand") - F("held") - F("stopped"))
    owed = Owed.objects.filter(**place).order_by().values("product").annotate(open=Sum("units")).values("open")
    return policies.annotate(
        here=Coalesce(Subquery(here, IntegerField()), 0), owed=Coalesce(Subquery(owed, IntegerField()), 0)
    )


def parts_table(policy: ReorderPolicy) -> Table:
    """Show the numbers that a reorder point was made from, under the sentence that says it."""
    return Table(
        f"Reorder point in {policy.warehouse}: {policy.reorder_point:,}",
        ("Part", "Value"),
        [(LABELS.get(name, name.replace("_", " ")), _part(name, value)) for name, value in policy.parts.items()],
        empty="It has not been computed yet; the next nightly run does.",
        note=policy.explanation,
        numbers=("Value",),
    )


def _part(name: str, value: Any) -> Any:
    if name in SHARES and isinstance(value, int | float):
        return format_html('<span class="number">{}</span>', f"{value:.1%}")
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {shown(part)}" for name, part in value.items()) or None
    if isinstance(value, list):
        return ", ".join(shown(part) for part in value) or None
    if isinstance(value, float):
        return number(explanations.factor(value))
    return value if isinstance(value, int | None) else str(value)
