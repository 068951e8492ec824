"""
Do the books of stock, queue, promises and refunds balance? Reads every row of theirs as it stands, and repairs none.

Each check counts what disagrees and shows the first few. The audit (``backoffice.books``), tests, races and benches run
these, and no copies of them.
"""

from collections.abc import Callable
from datetime import datetime

from . import claims, parcels, promises, refunds, shelves
from .findings import Finding

CHECKS: tuple[Callable[[], Finding], ...] = (
    *shelves.CHECKS,
    *claims.CHECKS,
    *parcels.CHECKS,
    *promises.CHECKS,
    *refunds.CHECKS,
)


def broken(*, at: datetime) -> list[Finding]:
    """Give the rules that do not hold, a new plan included; none: the books balance."""
    found = [*(check() for check in CHECKS), claims.plan(at, None)]
    return [each for each in found if each.broken]
