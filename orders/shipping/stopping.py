"""Take parcels out of their batch before they leave: their units are picked no more, and are to be put back."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from orders.allocation import picking
from orders.models import Parcel

from .batching import NotThisParcel
from .standing import end, held, why_gone

PUT_AWAY = "its batch was put away"


def stop_parcels(parcel_ids: Collection[int], *, why: str, by: User, at: datetime) -> int:
    """
    Stop these parcels: they do not leave, and what is in them is its order's again, as before it was picked.

    They stay at the desk until somebody has put their units back.

    :returns: parcels that were stopped
    :raises NotThisParcel: if none of them stands any more
    """
    stopped = _stop(Q(pk__in=list(parcel_ids)), why, by, at)
    if not stopped:
        raise NotThisParcel(why_gone(parcel_ids))
    return len(stopped)


def stop_of_orders(
    order_ids: Collection[int], *, line_ids: Collection[int] | None = None, why: str, by: User, at: datetime
) -> int:
    """
    Stop whatever stands of these orders, so that they can change; give how many parcels that is.

    :param line_ids: only parcels with one of these lines in them
    """
    which = Q(order__in=list(order_ids))
    if line_ids is not None:
        which &= Q(pk__in=Parcel.objects.filter(lines__line__in=list(line_ids)).values("pk"))
    return len(_stop(which, why, by, at))


def put_away(batch_id: int, *, by: User, at: datetime) -> int:
    """
    Give up what of a batch has not left: nothing of it is picked any more, and it lies on its shelves again.

    What was stopped before stays to be put back.

    :returns: parcels that were given up
    :raises NotThisParcel: if nothing of it stands
    """
    with transaction.atomic():
        stopped = _stop(Q(batch=batch_id), PUT_AWAY, by, at)
        if not stopped:
            raise NotThisParcel("Nothing of this batch stands any more.")
        put_back(stopped, at=at)
    return len(stopped)


def put_back(parcel_ids: Collection[int], *, at: datetime) -> int:
    """Note that the units of stopped parcels lie on their shelves again; give how many parcels that is."""
    stopped = Parcel.objects.filter(pk__in=list(parcel_ids), stopped_at__isnull=False, put_back_at=None)
    return stopped.update(put_back_at=at)


def _stop(which: Q, why: str, by: User, at: datetime) -> list[int]:
    with held(which, at=at) as found:
        picking.pick({key: -units for key, units in found.picks(found.parcels).items()})
        ids = [parcel.pk for parcel in found.parcels]
        Parcel.objects.filter(pk__in=ids).update(stopped_at=at, stopped_by=by, stopped_why=why[:200])
        end({parcel.batch_id for parcel in found.parcels}, by=by, at=at)
        return ids
