"""
Whose turn it is: where lines that wait stand in the queues of their products, and how many units are before them.

Reads only, one statement for all lines and never further than ``EXACT_PLACES`` into a queue; the words stand beside it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from inventory.ground.sql import bulk
from orders.models import OrderLine
from orders.queue.questions import EXACT_PLACES
from orders.wording import phrases


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a line stands: ``before`` are the units before it; beyond ``EXACT_PLACES`` at least so many."""

    place: int
    size: int
    before: int

    @property
    def is_exact(self) -> bool:
        return self.place <= EXACT_PLACES


_HEAD = (
    "SELECT id, product_id, place, size, units, total FROM ("
    "SELECT id, product_id, ROW_NUMBER() OVER (ORDER BY pin_rank, queue_at, id) AS place, COUNT(*) OVER () AS size, "
    "SUM(backordered) OVER (ORDER BY pin_rank, queue_at, id ROWS UNBOUNDED PRECEDING) - backordered AS units, "
    "SUM(backordered) OVER () AS total "
    "FROM (SELECT id, product_id, pin_rank, queue_at, backordered FROM orders_orderline "
    'WHERE product_id = {number} AND "open" > 0 AND backordered > 0 AND NOT is_stopped '
    "ORDER BY pin_rank, queue_at, id LIMIT {most}"
    ") AS head) AS ranked WHERE place = 1 OR id IN ({ids})"
)
"""The head of one product's queue, and of it the lines asked for; the very first tells the sums for those behind."""


def of(lines: Collection[OrderLine]) -> dict[int, Turn]:
    """Find where those of these lines that wait stand, by line."""
    waiting = {line.pk: line.product_id for line in lines if line.waits}
    if not waiting:
        return {}
    head = _HEAD.format(number="{number}", ids=", ".join(map(str, waiting)), most=EXACT_PLACES + 1)
    rows = bulk.fetch(*bulk.for_each(set(waiting.values()), head))
    behind = {product: Turn(EXACT_PLACES + 1, EXACT_PLACES + 1, int(total)) for _, product, _, _, _, total in rows}
    found = {line: Turn(place, size, int(units)) for line, _, place, size, units, _ in rows}
    return {line: found.get(line, behind[product]) for line, product in waiting.items()}


def said(turn: Turn) -> str:
    """Say it to the customer."""
    if not turn.is_exact:
        behind = f"You stand behind the first {EXACT_PLACES:,} in line"
        return f"{behind}; at least {phrases.units(turn.before)} are before you"
    if turn.size == 1:
        return "You are the only one in line"
    of_all = f"more than {EXACT_PLACES:,}" if turn.size > EXACT_PLACES else phrases.count(turn.size)
    here = f"You are {phrases.ordinal(turn.place)} in line of {of_all}"
    return f"{here}; {phrases.are(turn.before)} before you" if turn.place > 1 else here


def place(line: OrderLine, turn: Turn) -> str:
    """Name the place, and who gave it to the line if somebody did."""
    size = f"{EXACT_PLACES:,}+" if turn.size > EXACT_PLACES else f"{turn.size:,}"
    where = f"{turn.place:,} of {size}" if turn.is_exact else f"{EXACT_PLACES:,}+"
    if line.is_pinned:
        return f"{where}, pinned to place {line.pin_rank:,} by staff"
    return f"{where}, priority {line.priority}: {line.priority_reason}" if line.priority else where


def before(turn: Turn) -> str:
    """Say who is before it."""
    if not turn.is_exact:
        return f"at least {phrases.units(turn.before)} of {EXACT_PLACES:,}+ lines"
    lines = turn.place - 1
    return f"{phrases.units(turn.before)} of {phrases.lines(lines)}" if lines else "nobody"


def passed(lines: int) -> str:
    """Count the lines that it would pass."""
    return phrases.lines(lines) if lines < EXACT_PLACES else f"{EXACT_PLACES:,}+ lines"
