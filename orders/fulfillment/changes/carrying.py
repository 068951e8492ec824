"""
Units that are set aside for a line go to another warehouse, and its claim goes with them: it keeps its place, and
waits for the transfer instead.

What covers a line is always what the plan gives it, so the claim is not tied to the transfer: where the plan would give
the line something else, nothing is sent, and why is said.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User

from inventory.models import Stock, Transfer
from inventory.supply import transfers
from orders import allocation

CAUSE = "carry"


class NotCarried(Exception):
    """The line has no such units there, or would not be covered by the transfer."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Units of one line that leave one warehouse for another; ``expected_date``: when they are there, if known."""

    line_id: int
    source_id: int
    destination_id: int
    units: int
    expected_date: date | None = None
    reason: str = ""


def send_along(wanted: Carried, *, by: User | None, at: datetime) -> Transfer:
    """
    Send units that are set aside for a line to another warehouse, where it waits for them.

    :raises NotCarried: if fewer are set aside for it there, it is stopped, or other units than these would serve it
    :raises NotATransfer: see ``transfers.send``
    """
    with allocation.locked(lines=[wanted.line_id], at=at) as queue:
        line = queue.lines.get(wanted.line_id)
        if line is None or line.is_stopped:
            raise NotCarried("The line is not open, or its order is stopped.")
        place = {"product": line.product_id, "warehouse": wanted.source_id}
        shelf = Stock.objects.filter(**place).values_list("pk", flat=True).first()
        here = line.claims.get((shelf, None), 0)
        if not 1 <= wanted.units <= here:
            raise NotCarried(f"{here:,} units are set aside for it there, and {wanted.units:,} cannot be sent along.")
        rest = {key: units for key, units in line.claims.items() if key != (shelf, None)}
        if here > wanted.units:
            rest[shelf, None] = here - wanted.units
        queue.change(line, line.covered_by(rest))
        # what is freed is not planned yet: it leaves in the next statement
        queue.commit(cause=f"{CAUSE}:{wanted.line_id}:{at:%y%m%d%H%M%S%f}", by=by, replans=False)
        draft = transfers.TransferDraft(
            wanted.source_id,
            wanted.destination_id,
            {line.product_id: wanted.units},
            wanted.expected_date,
            wanted.reason,
        )
        sent = transfers.send(draft, by=by, at=at)
        queue.__dict__.pop("lines", None)
        road = sent.lines.get().inbound_id
        if queue.lines[wanted.line_id].claims.get((None, road), 0) < wanted.units:
            raise NotCarried(
                "Other units would serve this line, or another line stands before it. Nothing was sent: send free "
                "units by a transfer instead."
            )
    return sent
