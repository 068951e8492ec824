"""The rows of a history file, sorted into those that asked for units and those that did not, and why not."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.functional import cached_property

from inventory import known
from inventory.demand import numbering
from inventory.ground import keys
from inventory.ground.tabular.values.money import is_of
from inventory.resources.plan import Plan

from .netting import HistoryRow

ZERO_UNITS = "zero units"
NEGATIVE_PRICE = "a price below zero: a correction, not an order"
FREE_AND_NAMELESS = "no price and no customer: a stock adjustment, not an order"
NAMELESS_RETURN = "units below zero and no customer: a stock adjustment or a return, netted against nothing"
UNMATCHED = "a cancellation without an earlier line of the same customer, product and quantity"
UNREADABLE = "a row that cannot be read"


class Rows:
    """
    One file's rows as lines to net. Once iterated, it knows the rest.

    ``codes`` counts the rows that sold no product, ``refused`` those that are no demand, by reason;
    ``spared`` are products that are known under such a code;
    ``names`` and ``prices`` are what the file says of its products, ``empty`` the days (SKU, warehouse, day) that
    ended without stock, and ``is_sales`` whether it holds what was sold, not what was ordered.
    """

    def __init__(
        self,
        plan: Plan,
        is_no_product: Callable[[str], bool],
        is_known: Callable[[str], bool] = lambda sku: False,
    ) -> None:
        """:param is_known: says if a code is a product here, and so demand whatever its name"""
        self.plan = plan
        self.is_no_product = is_no_product
        self.is_known = is_known
        self.codes: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.names: dict[str, str] = {}
        self.prices: dict[str, Decimal] = {}
        self.empty: set[tuple[str, str, date]] = set()
        self.is_sales = False
        self.spared: set[str] = set()
        self._judged: dict[str, bool] = {}

    @cached_property
    def warehouses(self) -> known.Warehouses:
        """The warehouses there are; not asked for by a file that names none."""
        return known.Warehouses()

    def __iter__(self) -> Iterator[HistoryRow]:
        for record in self.plan.sheet.records(self.plan.problems):
            values = record.values
            sku = values["sku"]
            if not self._is_product(sku):
                self.codes[sku] += 1
                continue
            warehouse = ""
            if named := values.get("warehouse"):
                found = self.warehouses.find(named)
                if found is None:
                    self.plan.refuse(record, "warehouse", self.warehouses.expected())
                    continue
                warehouse = keys.key(found.code)
            customer = who(values.get("customer", ""))
            if reason := no_demand(values, customer):
                self.refused[reason] += 1
                continue
            number = values["reference"]
            reference = numbering.in_history(values.get("channel", ""), number)
            if len(reference) > numbering.LONGEST:
                expected = f"a channel and a number of at most {numbering.LONGEST} signs together"
                self.plan.refuse(record, "reference", expected)
                continue
            if values["quantity"] > 0:
                self._learn(sku, values, warehouse)
                self.plan.show("new", record)
            yield HistoryRow(
                record.row, values["placed_at"], reference, sku, values["quantity"], customer, warehouse, number
            )

    def _is_product(self, sku: str) -> bool:
        """Say if a code is a product: one that is known always is."""
        if sku not in self._judged:
            is_named = self.is_no_product(sku)
            if is_named and self.is_known(sku):
                self.spared.add(sku)
            self._judged[sku] = not is_named or sku in self.spared
        return self._judged[sku]

    def _learn(self, sku: str, values: Mapping[str, Any], warehouse: str) -> None:
        if name := values.get("name"):
            self.names.setdefault(sku, name[:200])
        price, money = values.get("unit_price"), values.get("currency", "").upper()
        if price and (not money or not settings.SHOP_CURRENCY or is_of(money, settings.SHOP_CURRENCY)):
            self.prices[sku] = price
        if values.get("ran_out"):
            self.empty.add((sku, warehouse, values["placed_at"].date()))


@lru_cache(maxsize=10_000)
def who(customer: str) -> str:
    """
    Give who ordered in the form in which keys are compared; "" where the cell tells no two customers apart.

    >>> who("17850.0"), who("Ann@x.example\u200b") == who("ann@x.example")
    ('17850', True)
    >>> who("#N/A"), who("nan"), who("1.78E+09")
    ('', '', '')
    """
    known = keys.key(customer).removesuffix(".0")
    return "" if keys.damage(known) else known


def no_demand(values: Mapping[str, Any], customer: str) -> str:
    """
    Say why a row is no demand; "" if it is, or cancels some.

    >>> no_demand({"quantity": 5, "unit_price": Decimal(0)}, ""), no_demand({"quantity": 5}, "")
    ('no price and no customer: a stock adjustment, not an order', '')
    """
    quantity, price = values["quantity"], values.get("unit_price")
    if not quantity:
        return ZERO_UNITS
    if price is not None and price < 0:
        return NEGATIVE_PRICE
    if quantity < 0:
        return "" if customer else NAMELESS_RETURN
    return FREE_AND_NAMELESS if price == 0 and not customer else ""
