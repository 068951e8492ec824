"""Whether the books of the queue balance, for tests below the composition root, whose audit says more."""

from datetime import datetime

from django.db.models import F, Sum

from inventory.models import Inbound, Owed, Product, Stock
from orders import allocation
from orders.models import Allocation, OrderLine


def balance(*, at: datetime) -> bool:
    """Claims add up to counters, owed to what is open, and a new plan changes nothing; time may move dates, once."""
    shelves = dict(Stock.objects.exclude(allocated=0).values_list("pk", "allocated"))
    roads = dict(Inbound.objects.exclude(committed=0).values_list("pk", "committed"))
    open_units = OrderLine.objects.open().values("product").annotate(units=Sum("open"))
    owed = Owed.objects.values("product").annotate(total=Sum("units")).filter(total__gt=0)
    product_ids = set(Product.objects.values_list("pk", flat=True))
    claims = _held()
    allocation.settle(product_ids, cause="books", by=None, at=at)
    is_planned = _held() == claims
    changed = allocation.settle(product_ids, cause="books:again", by=None, at=at)
    return (
        _claims("stock") == shelves
        and _claims("inbound") == roads
        and _claims("line") == dict(_covered())
        and dict(owed.values_list("product", "total")) == dict(open_units.values_list("product", "units"))
        and is_planned
        and changed == 0
    )


def _held() -> set[tuple[int, int | None, int | None, int]]:
    return set(Allocation.objects.values_list("line", "stock", "inbound", "quantity"))


def _claims(by: str) -> dict[int, int]:
    rows = Allocation.objects.filter(**{f"{by}__isnull": False}).values_list(by).annotate(total=Sum("quantity"))
    return dict(rows)


def _covered() -> list[tuple[int, int]]:
    rows = OrderLine.objects.annotate(covered=F("allocated") + F("pegged")).filter(covered__gt=0)
    return list(rows.values_list("pk", "covered"))
