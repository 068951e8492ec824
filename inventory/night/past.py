"""How long it stays written that a reorder point moved. Deletes rows of ``PolicyChange``."""

from collections.abc import Callable
from datetime import date, timedelta

from inventory.ground.sql.pruning import prune
from inventory.models import PolicyChange

KEPT = timedelta(days=92)
"""Why a number is what it is stands beside it, and needs none of these; what moved most is in the run of its night."""


def sweep(*, on: date, block_done: Callable[[], None] | None = None) -> int:
    """Forget what moved more than ``KEPT`` ago; a daily job."""
    return prune(PolicyChange.objects.filter(on__lt=on - KEPT).order_by("on"), block_done=block_done)
