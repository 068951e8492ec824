"""
Where on the shelves a product lies: the only writer of ``Stock.bin``. A bin is text, as the shop writes on its shelves.

Bins are told apart as keys are (``inventory.ground.keys``): "a-1 " and "A‑1" are one. They are in the order in which
somebody walks: A-2 before A-10.
"""

import re
from collections.abc import Iterable, Mapping

from django.db import transaction

from inventory.ground import keys
from inventory.ground.sql import bulk, schema
from inventory.models import Product, Stock

from .since import Place

MOST = 40
"""Signs of a bin."""
MORE = "…"
_COLUMNS = schema.columns(Stock, "product_id", "warehouse_id", "bin")
_PARTS = re.compile(r"\d+|[^\W\d_]+")
Part = tuple[bool, int, str]
"""A number or a word of a bin; numbers come first."""


def order(text: str) -> tuple[bool, tuple[Part, ...], str]:
    """
    Give the place of a bin among others, numbers by what they count; no bin comes last.

    >>> sorted(["", "B-1", "A-10", "a-2", "A"], key=order)
    ['A', 'a-2', 'A-10', 'B-1', '']
    """
    return not text, _parts(text), keys.key(text)


def _parts(text: str) -> tuple[Part, ...]:
    found = _PARTS.findall(keys.key(text))
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in found)


def is_between(text: str, first: str, last: str) -> bool:
    """
    Say whether a bin lies from one to another, with all that the last one begins; "" is no bound.

    >>> [is_between(text, "A-3", "B") for text in ("A-2", "A-10", "B-7", "C", "")]
    [False, True, True, False, False]
    >>> is_between("", "", ""), is_between("A-3-1", "A-3", "A-3")
    (True, True)
    """
    parts, end = _parts(text), _parts(last)
    return bool(text or not (first or last)) and parts >= _parts(first) and (not end or parts[: len(end)] <= end)


def joined(texts: Iterable[str]) -> str:
    """
    Write the bins of one product as one text, each once, as many of them as there is room for.

    >>> joined(["B-7", "A-10", "a-2", "B-7"]), joined([f"Rack {number}" for number in range(1, 9)])
    ('a-2, A-10, B-7', 'Rack 1, Rack 2, Rack 3, Rack 4, …')
    """
    named = sorted({keys.key(text): keys.clean(text) for text in texts if keys.key(text)}.values(), key=order)
    whole = ", ".join(named)
    while len(whole) > MOST and len(named) > 1:
        named = named[:-1]
        whole = ", ".join([*named, MORE])
    return whole[:MOST]


def of_path(location: str) -> str:
    """
    Give the bin in a path that another program writes, without its warehouse and the place for stock there.

    >>> of_path("WH/Stock/Shelf 2"), of_path("WH/Stock"), of_path("WH/Stock/Hall 1/" + "Rack 7/" * 6 + "Bin 3")
    ('Shelf 2', '', 'Rack 7/Rack 7/Rack 7/Rack 7/Rack 7/Bin 3')
    """
    pieces = [keys.clean(piece) for piece in location.split("/")[2:]]
    while len("/".join(pieces)) > MOST and len(pieces) > 1:
        pieces = pieces[1:]
    return "/".join(pieces)[:MOST]


@transaction.atomic
def put(where: Mapping[Place, str]) -> int:
    """
    Write where each of these places is; one that had no stock yet gets a row. Give how many there are.

    :raises ValueError: if a bin is longer than ``MOST``
    """
    cleaned = {place: keys.clean(text) for place, text in where.items()}
    if any(len(text) > MOST for text in cleaned.values()):
        raise ValueError(f"A bin has up to {MOST} signs.")
    Product.objects.lock(product for product, _ in cleaned)
    rows = Stock.objects.filter(**bulk.stretch("product_id", {product for product, _ in cleaned}))
    there = set(rows.values_list("product_id", "warehouse_id"))
    Stock.objects.bulk_create(
        Stock(product_id=product, warehouse_id=warehouse)
        for product, warehouse in sorted(cleaned)
        if (product, warehouse) not in there
    )
    return bulk.update(
        Stock._meta.db_table,
        _COLUMNS,
        [(*place, text) for place, text in sorted(cleaned.items())],
        "bin = staged.bin",
        "target.product_id = staged.product_id AND target.warehouse_id = staged.warehouse_id"
        + bulk.between("target.product_id", {product for product, _ in cleaned}),
    )
