"""The chart on the page of a product: one warehouse at a time, with the same numbers in a table under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import formats

from inventory.desk.tables import Table, day
from inventory.ground.drawing import timeline
from inventory.ground.drawing.timeline import Timeline
from inventory.models import DemandEvent, Inbound, Owed, Product, ReorderPolicy, Stock, Warehouse
from inventory.night import prospects
from inventory.night.prospects import Prospect

PLACE = "warehouse"
"""The parameter of the page's address that chooses the warehouse, by its code."""
NUMBERS = ("Asked for", "Forecast", "8 weeks of 10", "Arrives", "Is owed", "Stock at its end", "If it sells so")
COLUMNS = ("Week of", *NUMBERS[:3], "Events", *NUMBERS[3:])


@dataclass(frozen=True, slots=True)
class Chart:
    """What ``templates/admin/chart.html`` shows: the drawing, its words and the choice of warehouses."""

    place: Warehouse
    places: list[Warehouse]
    picture: Timeline
    says: str
    told: list[str]
    events: list[str]
    sentence: str
    policy: ReorderPolicy | None
    table: Table


def places_of(product: Product, policies: list[ReorderPolicy]) -> list[Warehouse]:
    """List the warehouses that have a product, expect it, owe it or have a reorder point for it, by rank."""
    known = {policy.warehouse_id for policy in policies}
    found = (
        Stock.objects.filter(product=product)
        .values_list("warehouse")
        .union(
            Inbound.objects.open().filter(product=product).values_list("warehouse"),
            Owed.objects.filter(product=product).values_list("warehouse"),
        )
    )
    known |= {place for (place,) in found}
    return list(Warehouse.objects.filter(pk__in=known))


def chosen(places: list[Warehouse], code: str | None) -> Warehouse | None:
    """Give the warehouse of this code, else the first; None where there is none."""
    return next((place for place in places if place.code == code), places[0] if places else None)


def of(product: Product, policies: list[ReorderPolicy], *, code: str | None, today: date) -> Chart | None:
    """Draw a product in the warehouse of this code; None where nothing is known of it anywhere."""
    places = places_of(product, policies)
    place = chosen(places, code)
    if place is None:
        return None
    policy = next((each for each in policies if each.warehouse_id == place.pk), None)
    found = prospects.of(product, place, policy, today=today)
    has_levels = policy is not None and policy.computed_on is not None
    picture = timeline.draw(
        found.weeks,
        today=today,
        on_hand=found.on_hand,
        point=policy.reorder_point if policy and has_levels else None,
        up_to=policy.order_up_to if policy and has_levels else None,
    )
    return Chart(
        place,
        places,
        picture,
        says=f"{product} in {place}: demand and stock by week, {day(today)}",
        told=list(_told(found, policy if has_levels else None)),
        events=[_event(number, event) for number, event in enumerate(found.events, 1)],
        sentence=policy.explanation if policy else "",
        policy=policy,
        table=_table(found),
    )


def _told(found: Prospect, policy: ReorderPolicy | None) -> Iterator[str]:
    """Say in words what the picture shows, and what it cannot show."""
    closed = [week.demand for week in found.weeks[: prospects.BEHIND] if week.demand is not None]
    if closed:
        yield f"{sum(closed) / len(closed):,.1f} units a week were asked for in the last {len(closed)} closed weeks."
    else:
        yield "No data: nobody has asked for it in a full week yet."
    ahead = found.weeks[prospects.BEHIND]
    if ahead.expected is None:
        yield "No forecast: there is no demand to make one from, or the nightly run has not been yet."
    else:
        band = f"{ahead.low:,.0f} and {ahead.high:,.0f}"
        yield f"This week {ahead.expected:,.1f} are expected; eight weeks of ten lie between {band}."
    yield "No data on its stock." if found.on_hand is None else f"{found.on_hand:,} on hand."
    if policy:
        yield f"Ordered at {policy.reorder_point:,}, up to {policy.order_up_to:,}."
    if found.inbound.undated:
        yield f"{found.inbound.undated:,} on their way have no date and are not in the picture."
    if found.owed.undated:
        yield f"{found.owed.undated:,} owed have no date and are not in the picture."


def _event(number: int, event: DemandEvent) -> str:
    when = day(event.starts_on)
    if event.ends_on != event.starts_on:
        when = f"{formats.date_format(event.starts_on, 'j M')} – {day(event.ends_on)}"
    return f"{number}: {event.name}, {when}" + (f", × {event.uplift:g}" if event.uplift else "")


def _table(found: Prospect) -> Table:
    return Table(
        "",
        COLUMNS,
        [
            (
                day(week.starts_on),
                _whole(week.demand),
                week.expected,
                None if week.low is None else f"{week.low:,.0f}–{week.high:,.0f}",
                ", ".join(map(str, week.events)),
                found.inbound.by_week[week.starts_on] or None,
                found.owed.by_week[week.starts_on] or None,
                _whole(week.stock),
                week.sold_down,
            )
            for week in found.weeks
        ],
        numbers=NUMBERS,
    )


def _whole(units: float | None) -> int | None:
    return None if units is None else round(units)
