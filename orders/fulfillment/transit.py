"""When parcels should be with their customers, as far as people know how long their carriers take. Reads only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from inventory.formulas.calendars import working_days
from inventory.ground import keys
from inventory.models import Warehouse
from orders.allocation.dating import day_of
from orders.models import ShipTo, TransitTime
from orders.rules import transit
from orders.rules.transit import TransitRule

from .labels import Label, Place


def arrivals(parcels: Sequence[tuple[Place, Label]], *, at: datetime) -> list[date | None]:
    """
    Give for each of these parcels, that leave now, the day by which it should be there.

    None where nobody has said how long its carrier takes, or it is not known where it goes. One statement where nothing
    is said of these carriers, else three.
    """
    carried = [keys.key(label.carrier) for _, label in parcels]
    rules = _rules(set(carried))
    countries = _countries({place for place, _ in parcels}) if rules else {}
    today = day_of(at)
    return [
        _arrival(rules, key, countries.get(place, ""), today) for key, (place, _) in zip(carried, parcels, strict=True)
    ]


def _arrival(rules: Collection[TransitRule], carried_by: str, country: str, today: date) -> date | None:
    calendar = working_days.of_country(country)
    days = transit.days_under_way(rules, carried_by=carried_by, country=country)
    return None if days is None or calendar is None else transit.arrival(today, days, calendar)


def _rules(carried: Iterable[str]) -> list[TransitRule]:
    """Read what is said of these carriers: a name may be that of a carrier, or of one and its service."""
    words = [key.split(" ") for key in carried if key]
    names = {" ".join(each[:count]) for each in words for count in range(1, len(each) + 1)}
    rows = TransitTime.objects.filter(carrier_key__in=names).order_by("pk") if names else TransitTime.objects.none()
    return [TransitRule(*row) for row in rows.values_list("carrier_key", "service_key", "country", "days")]


def _countries(places: Collection[Place]) -> dict[Place, str]:
    """Say to which country each goes: an address without one is where its warehouse stands."""
    told = dict(ShipTo.objects.filter(order__in={order for order, _ in places}).values_list("order_id", "country"))
    own = dict(Warehouse.objects.values_list("pk", "country"))
    return {place: told[place[0]] or own[place[1]] for place in places if place[0] in told}
