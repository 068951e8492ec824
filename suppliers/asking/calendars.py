"""On which days suppliers work, as far as it is known: their country's week and holidays, and their closures. Reads."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date

from inventory.formulas.calendars import working_days
from inventory.formulas.calendars.working_days import PLAIN, Calendar, Closed
from suppliers.models import Closure, Supplier


def of(supplier_ids: Collection[int], *, since: date) -> dict[int, Calendar]:
    """
    Give the calendar of each; of whom nothing is known works from Monday to Friday. Two statements.

    :param since: closures that had ended by then are left out
    """
    closed: dict[int, list[Closed]] = defaultdict(list)
    rows = Closure.objects.filter(supplier__in=supplier_ids, ends_on__gte=since).order_by("starts_on", "pk")
    for supplier_id, first, last in rows.values_list("supplier_id", "starts_on", "ends_on"):
        closed[supplier_id].append(Closed(first, last))
    countries = Supplier.objects.filter(pk__in=supplier_ids).values_list("pk", "country")
    return {pk: _calendar(country, tuple(closed[pk])) for pk, country in countries}


def _calendar(country: str, closed: tuple[Closed, ...]) -> Calendar:
    plain = working_days.of_country(country) or PLAIN
    return replace(plain, closed=closed) if closed else plain
