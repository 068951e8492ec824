"""
Twins of a live shop: rows that are one by the keys of today, and were two before there were any.

They are a warning beside the audit, not books out of balance: a person joins them. No new ones can come.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from inventory import twins
from inventory.ground.plurals import counted
from inventory.models import Product
from orders.models import Customer, Order

SHOWN = 5
WAYS = {
    "product": "Give the younger one a SKU of its own on its page.",
    "order": "Nobody finds the younger one by its number: find it by its customer.",
    "customer": "Join them on the page of the younger one.",
}
KEYED: tuple[tuple[str, type[Model], dict[str, str]], ...] = (
    ("product", Product, {"of": "sku"}),
    ("order", Order, {"of": "reference", "within": "channel"}),
    ("customer", Customer, {"of": "email"}),
)


@dataclass(frozen=True, slots=True)
class Warned:
    """Twins of one kind: how many, and the first few, each with the older one."""

    kind: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        many = counted(self.count, self.kind)
        return f"{many} {'is' if self.count == 1 else 'are'} there twice: {', '.join(self.examples)}. {WAYS[self.kind]}"


def found() -> list[Warned]:
    """List the twins there are, by kind."""
    warned = []
    for kind, model, columns in KEYED:
        pairs = twins.twins(model, **columns)
        examples = tuple(f"“{twin.name}” beside “{twin.older}”" for twin in pairs[:SHOWN])
        warned.append(Warned(kind, len(pairs), examples))
    return [each for each in warned if each.count]


def fill() -> int:
    """Write keys that are missing and free: of rows that the release before this one wrote while it was replaced."""
    return sum(twins.fill(model, **columns) for _, model, columns in KEYED)


def counts() -> dict[str, Any]:
    """Give the warnings for the record of an audit."""
    warned = found()
    return (
        {
            "twins": sum(each.count for each in warned),
            "twins_found": {each.kind: ", ".join(each.examples) for each in warned},
        }
        if warned
        else {}
    )
