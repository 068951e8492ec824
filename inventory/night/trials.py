"""
A reorder point as it is and as it would be, side by side, and said in the same sentence. Reads only.

Both are computed now, by the functions of the nightly run, so that they differ by nothing but what is supposed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from inventory.formulas import explanations, figures
from inventory.models import Product, Warehouse

from . import policies, policy_rows
from .policy_rows import Results
from .whatif import AS_IT_IS, WhatIf


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a night would say of one SKU.

    fill, cycle, chance (that it runs out before the next order could arrive): shares; cover: days; None: no data.
    average: units that lie on the shelf on average, about safety stock + half an order.
    """

    point: int
    up_to: int
    safety: int
    average: float
    fill: float | None
    cycle: float | None
    chance: float | None
    cover: float | None
    parts: dict[str, Any]
    sentence: str

    @property
    def is_computed(self) -> bool:
        """Whether there is a reorder point, or only the reason that there is none."""
        return bool(self.parts["reason"] == "computed")


def of(product: Product, warehouse: Warehouse, what: WhatIf, *, on: date) -> tuple[Told, Told] | None:
    """Return what a night of this date would say as things are, and what if; None where nothing is known of the SKU."""
    found = policies.supposing(product.pk, AS_IT_IS, what, on=on)
    if not found:
        return None
    row = found[0].skus.places(np.array([product.pk]), np.array([warehouse.pk]))[0]
    if row < 0:
        return None
    now, then = (_told(results, int(row)) for results in found)
    return now, then


def _told(results: Results, row: int) -> Told:
    numbers, outputs = policy_rows.numbers_of(results), results.outputs
    parts = figures.as_parts(numbers.rows[row].tolist(), sender=str(results.lead.sender[row]))
    parts.pop("frozen", None)
    safety, batch = int(outputs.safety_stock[row]), int(outputs.batch[row])
    return Told(
        point=int(outputs.reorder_point[row]),
        up_to=int(outputs.order_up_to[row]),
        safety=safety,
        average=max(0, safety) + batch / 2,
        fill=_known(outputs.fill[row]),
        cycle=_known(outputs.cycle[row]),
        chance=_known(numbers.chance[row]),
        cover=_known(numbers.cover[row]),
        parts=parts,
        sentence=explanations.explain(parts),
    )


def _known(figure: float) -> float | None:
    return float(figure) if np.isfinite(figure) else None
