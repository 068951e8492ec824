"""What the parcels of a batch carry: carrier, service, weight and number, however they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from inventory.ground import keys
from inventory.ground.tabular.problems import shorten
from orders.fulfillment.labels import no_number, number, used
from orders.models import Batch, Parcel
from orders.models.parcels import STANDS
from orders.models.records import plain

MOST_WEIGHT = Decimal("99999.999")
Wrong = dict[int, str]
"""What is wrong with the number of a parcel, by parcel."""


class NotTheseNumbers(Exception):
    """
    One number for two parcels, one that is another parcel's already, or what is no number.

    :ivar wrong: what, by parcel
    """

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(" ".join(dict.fromkeys(wrong.values())))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class ParcelLabel:
    """What is known of a parcel; ``weight`` in kilograms."""

    carrier: str = ""
    service: str = ""
    weight: Decimal | None = None
    tracking: str = ""
    is_left_out: bool = False

    @classmethod
    def of(cls, parcel: Parcel) -> "ParcelLabel":
        return cls(parcel.carrier, parcel.service, parcel.weight, parcel.tracking, parcel.is_left_out)


def lock_batch(batch_id: int) -> None:
    """Lock a batch until the transaction ends: whoever reads its parcels then writes over nothing unseen."""
    list(Batch.objects.filter(pk=batch_id).select_for_update(no_key=True))


@transaction.atomic
def save_labels(batch_id: int, given: Mapping[int, ParcelLabel], *, at: datetime) -> int:
    """
    Write what the parcels of a batch carry, all of it or nothing; those that have left or are stopped stay as they are.

    :param given: by parcel
    :returns: parcels that changed
    :raises NotTheseNumbers: if a number would be that of two parcels, or is none
    """
    lock_batch(batch_id)
    parcels = list(Parcel.objects.filter(STANDS, batch=batch_id).select_related("order").order_by("pk"))
    changed, numbered = [], []
    for parcel in parcels:
        label = given.get(parcel.pk)
        if label is None or ParcelLabel.of(parcel) == label:
            continue
        if parcel.tracking != number(label.tracking):
            numbered.append(parcel)
        parcel.carrier, parcel.service = keys.clean(label.carrier), keys.clean(label.service)
        parcel.weight, parcel.tracking = label.weight, number(label.tracking)
        parcel.is_left_out = label.is_left_out
        changed.append(parcel)
    if wrong := _no_numbers(numbered) or _wrong(numbered, parcels, at):
        raise NotTheseNumbers(wrong)
    Parcel.objects.bulk_update(changed, ["carrier", "service", "weight", "tracking", "is_left_out"], batch_size=200)
    return len(changed)


def _no_numbers(parcels: Sequence[Parcel]) -> Wrong:
    wrong = {parcel.pk: (parcel.tracking, no_number(parcel.tracking)) for parcel in parcels}
    return {pk: f"“{shorten(text)}” is {why}, and no tracking number." for pk, (text, why) in wrong.items() if why}


def _wrong(numbered: Sequence[Parcel], parcels: Sequence[Parcel], at: datetime) -> Wrong:
    """
    Name the parcels whose new number another one has, in this batch, in another one, or on its way.

    An older number that another parcel left with since holds up none but its own parcel, when that is handed over.
    """
    new = {parcel.pk for parcel in numbered}
    has: dict[str, Parcel] = {plain(each.tracking): each for each in parcels if each.pk not in new}
    mine: dict[str, Parcel] = {}
    wrong: Wrong = {}
    for parcel in numbered:
        if name := plain(parcel.tracking):
            if other := has.get(name):
                wrong[parcel.pk] = f"{parcel.tracking} is also on {other.order}."
            has[name] = parcel
            mine.setdefault(name, parcel)
    if not mine:
        return {}
    elsewhere = Parcel.objects.filter(STANDS).exclude(batch=numbered[0].batch_id).exclude(tracking="")
    for other in elsewhere.select_related("order"):
        if here := mine.get(plain(other.tracking)):
            words = f"{here.tracking} is on {other.order} in batch {other.batch_id}."
            wrong.setdefault(here.pk, words)
    for shipment in used(mine, at=at):
        here = mine[plain(shipment.tracking)]
        wrong.setdefault(here.pk, f"{here.tracking} left with {shipment.order} already.")
    return wrong
