"""
An order that a file names again: what it says otherwise than before, and what of that changes the order.

The order is what stands here; ``OrderDocument`` keeps what the newest file said of it, so that a change of ours is
never mistaken for one of theirs. What differs is applied by the use cases that people have: more, fewer, none, another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from inventory.ground import keys
from inventory.models import Product
from inventory.resources.plan import written
from orders.fulfillment import Address
from orders.models import Customer, Order, OrderDocument, OrderLine

from .drafts import Draft

TERMS = {"is_ship_complete": "ship complete", "wanted_date": "wanted date", "must_by_date": "must-by date"}
"""Terms of an order that a newer file changes, and what they are called in ``OrderDocument``."""


@dataclass(slots=True)
class Again:
    """
    A draft beside the order of its name.

    :ivar units: product → units asked for before, and now, where they differ
    :ivar terms: its terms that differ, by name: before, now
    :ivar address: where it is to go now, if that is somewhere else
    :ivar pays: it was placed unpaid, and is paid now
    :ivar named: what else differs, before and now, in words; it is not applied
    """

    draft: Draft
    order: Order
    units: dict[int, tuple[int, int]] = field(default_factory=dict)
    terms: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    address: Address | None = None
    pays: bool = False
    named: list[tuple[str, str, str]] = field(default_factory=list)
    skus: dict[int, str] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        return bool(self.units or self.terms or self.pays or self.named or (self.address and Address.of(self.order)))

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """What, before, now, and what becomes of it, for a table."""
        changes = [(self.skus[pk], f"{was:,}", f"{now:,}", self._done(pk)) for pk, (was, now) in self.units.items()]
        changes += [(*told, "changed") for told in self._terms()]
        return changes + [(*told, "not applied: change the order here") for told in self.named]

    def told(self) -> str:
        """Say what differs, old → new."""
        units = [f"{self.skus[pk]} {was:,} → {now:,}" for pk, (was, now) in self.units.items()]
        return ", ".join([*units, *(f"{what} {was} → {now}" for what, was, now in self._terms()), *self.words()])

    def _terms(self) -> list[tuple[str, str, str]]:
        told = [(TERMS[name], _shown(was), _shown(now)) for name, (was, now) in self.terms.items()]
        stands = Address.of(self.order)
        told += [("payment", "unpaid", "paid")] if self.pays else []
        return [*told, ("address", stands.told, self.address.told)] if self.address and stands else told

    def words(self) -> list[str]:
        return [f"{what} {was} → {now}" for what, was, now in self.named]

    def _done(self, product_id: int) -> str:
        if substitute := swapped(self.units):
            return "replaced" if product_id == substitute[0] else "in its place"
        was, now = self.units[product_id]
        if not was:
            return "added"
        return "canceled" if not now else "units change"


def content(draft: Draft) -> dict[str, Any]:
    """Give what a file says of an order; None where it says nothing."""
    head = draft.head
    wanted, must_by = head.get("wanted_date"), head.get("must_by_date")
    return {
        "email": keys.key(head.get("email", "")) or None,
        "customer id": keys.key(head.get("customer_id", "")) or None,
        "warehouse": draft.warehouse_id if head.get("warehouse") else None,
        "ship complete": head.get("is_ship_complete"),
        "wanted date": wanted.isoformat() if wanted else None,
        **({"must-by date": must_by.isoformat()} if must_by else {}),
        "address": list(astuple(draft.address)) if draft.address else None,
        "unpaid": draft.is_unpaid,
        "lines": sorted(
            [
                line.product_id,
                line.quantity,
                str(line.unit_price) if "unit_price" in record.values else None,
                line.shipped if record.values.keys() & {"shipped", "status"} else None,
                line.canceled if record.values.keys() & {"canceled", "status"} else None,
            ]
            for line, record in zip(draft.lines, draft.records, strict=True)
        ),
    }


def compare(order: Order, draft: Draft, documents: Mapping[int, OrderDocument], who: Customer) -> Again:
    """
    Set a draft beside the order of its name: beside what the last file said, else beside what was placed.

    :param who: whom the file means; one whose address was corrected is the same one
    """
    again = Again(draft, order)
    now, document = content(draft), documents.get(order.pk)
    if document and document.content == now:
        return again
    was = _as_placed(order)
    if document:
        was |= {name: value for name, value in document.content.items() if value is not None}
    lines = list(order.lines.all())
    again.skus = {product.pk: product.sku for product in draft.products}
    _compare_units(again, was["lines"], now["lines"], lines)
    if who.pk != order.customer_id and not (document and _names_who(document.content) == _names_who(now)):
        again.named.append(_other(order.customer, who))
    stands = _as_placed(order)
    differ = {name for name in now.keys() - {"lines"} if now[name] is not None and now[name] != was.get(name)}
    again.terms = {
        name: (getattr(order, name), draft.head[name])
        for name, called in TERMS.items()
        if called in differ and now[called] != stands[called]
    }
    if "address" in differ and now["address"] != stands["address"]:
        again.address = draft.address
    again.pays = order.is_unpaid and now["unpaid"] is False
    if now["unpaid"] and document and document.content.get("unpaid") is False and not order.is_unpaid:
        again.named.append(("payment", "paid", "unpaid"))
    if "warehouse" in differ and now["warehouse"] != stands["warehouse"]:
        again.named.append(("warehouse", _shown(was["warehouse"]), _shown(now["warehouse"])))
    _compare_prices(again, was["lines"], now["lines"])
    _compare_shipped(again, was["lines"], now["lines"], lines)
    return again


def _as_placed(order: Order) -> dict[str, Any]:
    """Give an order as a file would have said it that was loaded when it was placed."""
    wanted, must_by = order.wanted_date, order.must_by_date
    return {
        "warehouse": order.warehouse_id,
        "ship complete": order.is_ship_complete,
        "wanted date": wanted.isoformat() if wanted else None,
        "must-by date": must_by.isoformat() if must_by else None,
        "address": list(astuple(there)) if (there := Address.of(order)) else None,
        "unpaid": order.is_unpaid,
        "lines": sorted(
            [line.product_id, line.quantity, str(line.unit_price), line.shipped, line.canceled]
            for line in order.lines.all()
            if not hasattr(line, "addition")
        ),
    }


def _names_who(content: Mapping[str, Any]) -> tuple[Any, Any]:
    return content.get("email"), content.get("customer id")


def _other(was: Customer, now: Customer) -> tuple[str, str, str]:
    """Name both by what tells them apart."""
    if was.email.lower() == now.email.lower():
        return "customer", was.name, now.name
    return "email", was.email or "none", now.email or "none"


_Line = Sequence[Any]


def _compare_units(again: Again, was: Iterable[_Line], now: Sequence[_Line], lines: Sequence[OrderLine]) -> None:
    """Units asked for, by product: less what was canceled, where the file says so."""
    says_canceled = any(line[4] is not None for line in now)
    before, after = (_units(said, less_canceled=says_canceled) for said in (was, now))
    stands: Counter[int] = Counter()
    for line in lines:
        stands[line.product_id] += line.quantity - line.canceled
    for product_id in sorted(before.keys() | after.keys()):
        units = before[product_id], after[product_id]
        if units[0] != units[1] and units[1] != stands[product_id]:
            again.units[product_id] = units
    missing = again.units.keys() - again.skus.keys()
    again.skus |= dict(Product.objects.filter(pk__in=missing).values_list("pk", "sku")) if missing else {}


def _units(lines: Iterable[_Line], *, less_canceled: bool) -> Counter[int]:
    found: Counter[int] = Counter()
    for product_id, quantity, _, _, canceled in lines:
        found[product_id] += quantity - (canceled or 0 if less_canceled else 0)
    return found


def _compare_prices(again: Again, was: Iterable[_Line], now: Iterable[_Line]) -> None:
    before: dict[int, set[str]] = {}
    for product_id, _, price, _, _ in was:
        before.setdefault(product_id, set()).update([price] if price is not None else [])
    for product_id, _, price, _, _ in now:
        known = before.get(product_id)
        if price is not None and known and price not in known:
            again.named.append((f"price of {again.skus[product_id]}", min(known), price))


def _compare_shipped(again: Again, was: Iterable[_Line], now: Iterable[_Line], lines: Sequence[OrderLine]) -> None:
    before, after, here = Counter[int](), Counter[int](), Counter[int]()
    for counted, said in ((before, was), (after, now)):
        for product_id, _, _, shipped, _ in said:
            counted[product_id] += shipped or 0
    for line in lines:
        here[line.product_id] += line.shipped
    for product_id, shipped in sorted(after.items()):
        if shipped > before[product_id] and shipped > here[product_id]:
            again.named.append((f"shipped of {again.skus[product_id]}", f"{here[product_id]:,}", f"{shipped:,}"))


def remember(said: Sequence[tuple[Draft, int]], at: datetime) -> None:
    """Keep what this file says of its orders, for the next one to be held against."""
    OrderDocument.objects.bulk_create(
        [
            OrderDocument(order_id=pk, content=content(draft), updated_at=draft.updated_at, loaded_at=at)
            for draft, pk in said
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["content", "updated_at", "loaded_at"],
    )


def is_newer(again: Again, document: OrderDocument | None) -> bool | None:
    """Say if a document is newer than the last by its own time; None where it has none."""
    own = again.draft.updated_at
    if own is None:
        return None
    last = (document.updated_at or document.loaded_at) if document else again.order.placed_at
    return own > last


def swapped(units: Mapping[int, tuple[int, int]]) -> tuple[int, int] | None:
    """Give the product that went and the one that came in its place, if that is what differs."""
    gone = [pk for pk, (_, now) in units.items() if not now]
    came = [pk for pk, (was, _) in units.items() if not was]
    if len(gone) == len(came) == 1 and units[gone[0]][0] == units[came[0]][1]:
        return gone[0], came[0]
    return None


def _shown(value: Any) -> str:
    return "none" if value is None else written(value)
