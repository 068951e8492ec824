"""
What the database knows under the names that people and files use: SKUs and warehouse codes, in any case.

Files, forms and channels ask here, many names at once, and say in one voice that a name is nobody's.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from inventory.ground import keys
from inventory.ground.sql import bulk
from inventory.models import Product, Warehouse

T = TypeVar("T")
BLOCK = 500
"""Names asked for at once: SQLite takes a thousand parameters or so in one statement."""

AT_ONCE = 10_000
"""Names asked for at once where they go as one list."""

MOST_ZEROS = 5
"""Zeros before a code that a spreadsheet may have taken away."""


def blocks(names: Iterable[T], size: int = BLOCK) -> Iterator[Sequence[T]]:
    """
    Cut names into blocks.

    >>> list(blocks("abc", 2))
    [['a', 'b'], ['c']]
    """
    rest = iter(names)
    while block := list(islice(rest, size)):
        yield block


def products(skus: Iterable[str]) -> dict[str, Product]:
    """Find products by SKU, by the key of each; of twins the one that has it."""
    return {
        product.key: product
        for block in blocks(sorted({keys.key(sku) for sku in skus}))
        for product in Product.objects.filter(key__in=block)
        if product.key
    }


class KnownProduct(NamedTuple):
    """What most files need of a product: a tenth of the time of the whole row."""

    pk: int
    sku: str
    key: str
    price: Decimal = Decimal()


def named(skus: Iterable[str], *, has_price: bool = False) -> dict[str, KnownProduct]:
    """Find products by SKU, as ``products`` does, by what most files need of them; ``has_price``: that, too."""
    columns = KnownProduct._fields if has_price else KnownProduct._fields[:-1]
    found: dict[str, KnownProduct] = {}
    for block in blocks(sorted({keys.key(sku) for sku in skus}), AT_ONCE):
        rows = Product.objects.filter(key__in=bulk.among(block)).values_list(*columns)
        found.update((row[2], KnownProduct(*row)) for row in rows.iterator() if row[2])
    return found


def is_product(code: str) -> bool:
    """Say if a product has this SKU."""
    return bool(named([code]))


def warehouses() -> dict[str, Warehouse]:
    """Give all warehouses by code in capitals, the one that is asked first at the front."""
    return {keys.key(warehouse.code): warehouse for warehouse in Warehouse.objects.order_by("-is_open", "rank", "pk")}


class Warehouses:
    """The warehouses there are, to be found by code or by name; a name that two of them share is nobody's."""

    def __init__(self) -> None:
        self.by_code = warehouses()
        self.default = next(iter(self.by_code.values()), None)
        named: dict[str, list[Warehouse]] = {}
        for warehouse in self.by_code.values():
            named.setdefault(keys.key(warehouse.name), []).append(warehouse)
        self.by_name = {name: found[0] for name, found in named.items() if name and len(found) == 1}

    def find(self, text: str) -> Warehouse | None:
        """Give the warehouse of a code or name."""
        key = keys.key(text)
        return self.by_code.get(key) or self.by_name.get(key)

    def holding(self, location: str) -> Warehouse | None:
        """Give the warehouse of a place as other programs write it, WH/Stock/Shelf 2."""
        return self.find(location) or self.find(location.partition("/")[0])

    def expected(self) -> str:
        """Complete "expected …"."""
        return f"a warehouse that is known ({', '.join(self.by_code) or 'there is none yet: make one first'})"


def unknown(sku: str) -> str:
    """
    Say that no product is called so.

    >>> unknown("LAMP-9")
    'There is no product with the SKU “LAMP-9”.'
    """
    return f"There is no product with the SKU “{sku}”."


class KnownProducts:
    """The products that are named so, looked up all at once; and what may have become of a SKU that nobody knows."""

    def __init__(self, skus: Iterable[str], *, has_price: bool = False) -> None:
        self._asked = set(skus)
        self.found = named(self._asked, has_price=has_price)
        self._with_zeros: dict[str, str] | None = None
        self._alike: dict[str, KnownProduct] = {}

    def __contains__(self, sku: str) -> bool:
        return self.get(sku) is not None

    def get(self, sku: str) -> KnownProduct | None:
        return self.found.get(sku) or self.found.get(keys.key(sku))

    def expected(self, sku: str) -> str:
        """Complete "expected …" of a SKU that nobody knows: a spreadsheet takes the zeros before a number."""
        self._look_further()
        if other := self._alike.get(keys.taken_for(sku)):
            return f"a SKU that is known; “{other.sku}” is, whose letters look alike and are of another alphabet"
        if known := (self._with_zeros or {}).get(keys.key(sku)):
            return f"a SKU that is known; “{known}” is, and a spreadsheet takes zeros away: export it as text"
        return "a SKU that is known; load products first"

    def objection(self, sku: str) -> str:
        """Say to a person who typed it what is wrong with a SKU that nobody knows."""
        self._look_further()
        if other := self._alike.get(keys.taken_for(sku)):
            return f"{unknown(sku)} “{other.sku}” is one, whose letters look alike and are of another alphabet."
        known = (self._with_zeros or {}).get(keys.key(sku))
        return f"{unknown(sku)} “{known}” is one." if known else unknown(sku)

    def _look_further(self) -> None:
        """Look for all that are unknown at once, with zeros before them and in letters that look alike."""
        if self._with_zeros is not None:
            return
        missing = {sku for sku in self._asked if sku not in self}
        bare = [key for key in sorted(map(keys.key, missing)) if key.isdecimal() and not key.startswith("0")]
        zeros = range(1, MOST_ZEROS + 1)
        padded = named("0" * count + sku for sku in bare[:BLOCK] for count in zeros)
        self._with_zeros = {found.key.lstrip("0"): found.sku for found in padded.values() if found.key}
        self._alike = named({keys.taken_for(sku) for sku in missing if not sku.isascii()})


def but_for_zeros(skus: Iterable[str]) -> list[str]:
    """Name in a sentence the SKUs to be made that are known, or to be made, with other zeros before them."""
    numeric = {key: sku for sku in skus if (key := keys.key(sku)).isdecimal()}
    if not numeric:
        return []
    alike: dict[str, dict[str, str]] = {key.lstrip("0"): {} for key in numeric}
    known = Product.objects.filter(key__startswith="0").values_list("key", "sku")
    bare = named({key.lstrip("0") for key in numeric if key.startswith("0")})
    # read row by row, and only what is asked for is kept: all products of a shop may begin with a zero
    for key, sku in chain(known.iterator(), ((each.key, each.sku) for each in bare.values()), numeric.items()):
        if key and (same := alike.get(key.lstrip("0"))) is not None:
            same[key] = sku
    found = [
        (sku, other)
        for key, sku in sorted(numeric.items())
        if (other := next((one for name, one in alike[key.lstrip("0")].items() if name != key), ""))
    ]
    if not found:
        return []
    sku, other = found[0]
    more = f", and {len(found) - 1:,} more such" if found[1:] else ""
    return [f"“{sku}” becomes a product beside “{other}”{more}: spreadsheets take zeros away. Is it meant?"]
