"""
What is short, as values: one SKU, the SKUs of one block, and what the whole shop has in common. Writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from inventory.ground.sql.columns import Table
from inventory.night.skus import Bools, Floats, Ints, rows_of

from .drafts import Needed, Sku
from .offers import DAYS_A_WEEK, Need


@dataclass(frozen=True, slots=True)
class Policy:
    """When to order and how much; without a reorder policy only what is owed is bought."""

    point: int = 0
    batch: int = 0
    is_frozen: bool = False
    weekly_demand: float = 0.0
    variance: float = 0.0


@dataclass(frozen=True, slots=True)
class Shortage:
    """
    One SKU whose position is at or below its reorder point, in units.

    ``planned`` units come after the horizon but before the next order would, and are not ordered again;
    ``spare`` is what other warehouses could send, by code; ``by_hand`` what drafts hold already because a
    person wrote it, by offer.
    """

    sku: Sku
    policy: Policy
    position: int
    planned: int
    spare: Mapping[str, int]
    by_hand: Mapping[int, int] = field(default_factory=dict)

    @property
    def quantity(self) -> int:
        """Enough to reach s + Q less what is planned, and never less than s (rules §3.8)."""
        to_point = self.policy.point - self.position
        return max(to_point, to_point + self.policy.batch - self.planned)

    @property
    def waiting(self) -> int:
        """Units owed to customers that nothing covers, neither on hand nor on its way."""
        return max(0, -self.position)

    @property
    def drafted(self) -> int:
        """Units that a person has put into drafts: they are part of what is needed, whatever becomes of them."""
        return sum(self.by_hand.values())

    @property
    def rest(self) -> int:
        """What is needed beside that."""
        return max(0, self.quantity - self.drafted)

    def as_need(self) -> Need:
        """State the rest for ``sourcing``: customers who wait need it now, the shelf when it would run empty."""
        weekly = self.policy.weekly_demand
        waiting = max(0, self.waiting - self.drafted)
        covered = max(0, self.position + self.drafted) / weekly * DAYS_A_WEEK if weekly > 0 else None
        return Need(
            quantity=self.rest,
            need_by_days=None if waiting else covered,
            waiting=min(waiting, self.rest),
            weekly_demand=weekly,
            variance=self.policy.variance,
        )


@dataclass(frozen=True, slots=True)
class NightBasis:
    """
    What all blocks of a night have in common.

    ``warehouses``: their keys, ascending, whether each ``is_open``, and the codes of the open ones in the order they
    are shown; ``approved``: units by SKU, as keys of ``key`` and units; ``by_hand``: units in drafts, by offer.
    """

    warehouses: Ints
    is_open: Bools
    codes: Mapping[int, str]
    approved: Table
    by_hand: Mapping[Sku, Mapping[int, int]]

    def key(self, product: Ints, warehouse: Ints) -> Ints:
        """Return a number per SKU that sorts as they do."""
        keys: Ints = product * len(self.warehouses) + np.searchsorted(self.warehouses, warehouse)
        return keys

    def keyed(self, rows: Table) -> Table:
        """Add the ``key`` of each row, and sort by it; rows of a warehouse that came in between go."""
        is_known = np.isin(rows["warehouse"], self.warehouses)
        rows = {name: values[is_known] for name, values in rows.items()}
        key = self.key(rows["product"], rows["warehouse"])
        order = np.argsort(key, kind="stable")
        return {name: values[order] for name, values in rows.items()} | {"key": key[order]}


@dataclass(frozen=True, slots=True)
class Short:
    """
    The SKUs of one block at or below their reorder point of which something is to be bought, by product and warehouse.

    Arrays of shape (n,), as the fields of ``Shortage`` and ``Policy`` are named; ``spare`` and ``by_hand`` lists.
    """

    product: Ints
    warehouse: Ints
    is_open: Bools
    point: Ints
    batch: Ints
    is_frozen: Bools
    weekly_demand: Floats
    variance: Floats
    position: Ints
    planned: Ints
    spare: list[Mapping[str, int]]
    by_hand: list[Mapping[int, int]]

    def __len__(self) -> int:
        return len(self.product)

    def places(self, product: Ints, warehouse: Ints) -> Ints:
        """Return where each of these SKUs stands among them; -1 for one that is not short."""
        most = 1 + max(self.warehouse.max(initial=0), warehouse.max(initial=0))
        return rows_of(self.product * most + self.warehouse, product * most + warehouse)

    def shortage(self, row: int) -> Shortage:
        """Give one of them."""
        policy = Policy(
            int(self.point[row]),
            int(self.batch[row]),
            bool(self.is_frozen[row]),
            float(self.weekly_demand[row]),
            float(self.variance[row]),
        )
        sku = (int(self.product[row]), int(self.warehouse[row]))
        units, planned = int(self.position[row]), int(self.planned[row])
        return Shortage(sku, policy, units, planned, self.spare[row], self.by_hand[row])


@dataclass(frozen=True, slots=True)
class BlockShortages:
    """What is short in one block, and what is needed now of each SKU there that a person has in a draft."""

    short: Short
    needed: dict[Sku, Needed]
