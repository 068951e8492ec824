"""
The orders of a file as they are written: new ones placed, oldest first, those of which nothing is open together.

What only shows while writing is a problem of its rows too. Nobody is written to unless a person said so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from django.contrib.auth.models import User
from django.db import transaction

from inventory.resources.plan import Plan
from orders import fulfillment, moving_in
from orders.fulfillment.changes import addressing
from orders.mail import notices
from orders.models import Order
from orders.naming import Customers, Objection, placed_before

from . import pushing
from .again import remember
from .applying import REFUSALS, change
from .choices import Choices
from .drafts import Draft, tell


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """
    Make the customers who are new, place the orders, oldest first, and change those that a newer file changes.

    One that cannot be is a problem. Nobody is written to unless a person said so.
    """
    with notices.silence(is_on=not plan.context.is_telling):
        placed = _place(plan, by=by, at=at, progress=progress)
        _change(plan, by=by, at=at)
        dates: dict[int, date] = {}
        for draft, order in placed:
            dates |= moving_in.carry(order, draft.lines)
        moving_in.carry_dates(dates, by=by, at=at)
        told = {order.pk: draft.address for draft, order in placed if draft.address}
        addressing.tell(told, {order.pk: order.customer_id for _, order in placed}, at=at)
    remember([(draft, order.pk) for draft, order in placed] + [(one.draft, one.order.pk) for one in plan.changed], at)


def foresee(plan: Plan, *, at: datetime) -> None:
    """Say who of those already waiting would be pushed back, and what they would be told."""

    def act(drafts: Sequence[Draft]) -> int:
        tried = [replace(draft) for draft in drafts]  # what is refused in a trial is not yet refused
        trial = Plan(plan.sheet, new=list(tried), context=Choices(is_telling=True, drafts=tried))
        apply(trial, by=None, at=at)
        return len(trial.new)

    pushing.foresee(plan, act, at=at)


def _place(
    plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None
) -> list[tuple[Draft, Order]]:
    drafts = [draft for draft in plan.context.drafts if draft.is_good]
    names = [draft.named for draft in drafts]
    people = Customers.of(names, placed_before(names))
    for draft, who in zip(drafts, people.who, strict=True):
        if isinstance(who, Objection):
            draft.refuse(plan, who.field, who.expected)
        else:
            draft.customer = who
    _drop(plan, [draft for draft in plan.new if not draft.is_good])
    people.save(draft.customer for draft in plan.new)
    moves = [moving_in.Moving(draft.as_order(), draft.lines, draft.gone) for draft in plan.new]
    written = _written(moves, by, at)
    placed, refused = [], []
    for number, (draft, found) in enumerate(zip(plan.new, written, strict=True), start=1):
        if isinstance(found, Order):
            placed.append((draft, found))
        else:
            draft.refuse(plan, "reference", f"an order that can be placed: {str(found).rstrip('.')}")
            refused.append(draft)
        if progress:
            progress(number, len(plan.new))
    _drop(plan, refused)
    return placed


def _written(
    moves: Sequence[moving_in.Moving], by: User | None, at: datetime
) -> Iterator[Order | fulfillment.NotAnOrder | fulfillment.OrderDiffers | fulfillment.BackorderLimit]:
    """Write them in their order, those between two that are open together; each is an order or why it is none."""
    for is_closed, run in groupby(moves, key=lambda move: move.is_closed):
        if is_closed:
            yield from moving_in.move_in_closed(list(run), by=by, at=at)
            continue
        for move in run:
            try:
                yield moving_in.move_in(move, by=by, at=at)
            except (fulfillment.NotAnOrder, fulfillment.OrderDiffers, fulfillment.BackorderLimit) as error:
                yield error


def _drop(plan: Plan, refused: Sequence[Draft]) -> None:
    """A row that shows only now to be wrong is refused, and no longer taken."""
    plan.taken -= sum(draft.rows for draft in refused)
    plan.new = [draft for draft in plan.new if draft not in refused]


def _change(plan: Plan, *, by: User | None, at: datetime) -> None:
    refused = [again for again in plan.changed if not again.draft.is_good]
    for again in plan.changed:
        if again in refused:
            continue
        try:
            with transaction.atomic():
                left = change(again, by=by, at=at)
        except REFUSALS as error:
            again.draft.refuse(plan, "reference", f"an order that can be changed: {str(error).rstrip('.')}")
            refused.append(again)
            continue
        tell(plan, [f"Order {again.draft.reference}, not applied: {', '.join(left)}."] if left else [])
    plan.taken -= sum(again.draft.rows for again in refused)
    plan.changed = [again for again in plan.changed if again not in refused]
