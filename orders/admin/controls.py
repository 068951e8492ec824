"""
What staff can do to lines: each control with its words, its form, its permission and its one domain call.

The queue, the page of a line and the page of an order offer them; ``batches`` shows before it does.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import User

from inventory.desk.operations import Elsewhere
from orders import fulfillment
from orders.forms import (
    BatchForm,
    CancelForm,
    DateForm,
    PinForm,
    PlaceForm,
    PriorityForm,
    QuantityForm,
    SubstituteForm,
)
from orders.models import OrderLine
from orders.promising import by_hand
from orders.queue import ordering, undoing

REFUSALS = (
    ordering.NotAPlace,
    fulfillment.BackorderLimit,
    fulfillment.NothingToCancel,
    fulfillment.NotALine,
    fulfillment.NotAQuantity,
    fulfillment.NotASubstitute,
    by_hand.NotAPromise,
    undoing.TooLate,
)

Lines = Sequence[OrderLine]
Act = Callable[[Lines, Any, User, datetime], int]


@dataclass(frozen=True, slots=True)
class Control:
    """
    One thing that can be done to lines.

    :ivar permission: of whoever may, as its verb: "cancel" is ``orders.cancel_orderline``
    :ivar act: takes the lines, the valid form, who and when, and gives a number; ``done`` says it in words
    :ivar applies: whether it makes sense for a line
    :ivar is_for_order: the page of an order offers it, for its open lines
    :ivar is_demand: what it asks for beyond the backorder policy is demand that was refused
    :ivar is_undoable: it can be taken back as long as nobody was told of it
    :ivar is_whole: no line can be left out
    """

    name: str
    label: str
    title: str
    lead: str
    permission: str
    form: type[BatchForm]
    act: Act
    done: tuple[str, str]
    applies: Callable[[OrderLine], object]
    is_for_order: bool = True
    takes_many: bool = True
    is_demand: bool = False
    is_undoable: bool = False
    is_whole: bool = False

    @property
    def needs_waiting(self) -> bool:
        """Whether it makes sense only for lines that wait."""
        return self.applies is _waits

    @property
    def full_permission(self) -> str:
        return f"orders.{self.permission}_orderline"

    def product_ids(self, lines: Lines, form: BatchForm) -> Collection[int]:
        """The products whose queues it may change."""
        other = form.cleaned_data.get("product")
        return {line.product_id for line in lines} | ({other.pk} if other else set())

    def told(self, count: int) -> str:
        return self.done[count != 1].format(count=count)


def _ids(lines: Lines) -> list[int]:
    return [line.pk for line in lines]


def _redate(lines: Lines, form: Any, by: User, at: datetime) -> int:
    values = form.cleaned_data
    day, reason, is_told = values["promised_date"], values["reason"], values["is_told"]
    return by_hand.set_date(_ids(lines), day, reason=reason, tells_reason=is_told, by=by, at=at)


def _release(lines: Lines, form: Any, by: User, at: datetime) -> int:
    return by_hand.release(_ids(lines), reason=form.cleaned_data["reason"], by=by, at=at)


def _prioritize(lines: Lines, form: Any, by: User, at: datetime) -> int:
    values = form.cleaned_data
    return ordering.set_priority(_ids(lines), values["priority"], reason=values["reason"], by=by, at=at)


def _move(lines: Lines, form: Any, by: User, at: datetime) -> int:
    if len(lines) > 1:
        raise ordering.NotAPlace("One line moves at a time: tick only one.")
    values = form.cleaned_data
    return ordering.move_up(lines[0].pk, values["place"], reason=values["reason"], by=by, at=at)


def _pin(lines: Lines, form: Any, by: User, at: datetime) -> int:
    values = form.cleaned_data
    return ordering.pin_lines(_ids(lines), values["rank"], reason=values["reason"], by=by, at=at)


def _unpin(lines: Lines, form: Any, by: User, at: datetime) -> int:
    return ordering.pin_lines(_ids(lines), None, reason=form.cleaned_data["reason"], by=by, at=at)


def _amend(lines: Lines, form: Any, by: User, at: datetime) -> int:
    return fulfillment.change_quantity(form.wanted(), reason=form.cleaned_data["reason"], by=by, at=at)


def _substitute(lines: Lines, form: Any, by: User, at: datetime) -> int:
    values = form.cleaned_data
    other, price, reason = values["product"].pk, form.price(), values["reason"]
    return fulfillment.substitute(form.wanted(), other, unit_price=price, reason=reason, by=by, at=at)


def _cancel(lines: Lines, form: Any, by: User, at: datetime) -> int:
    values = form.cleaned_data
    return fulfillment.cancel(form.wanted(), reason=values["reason"], is_ours=values["is_ours"], by=by, at=at)


def _waits(line: OrderLine) -> bool:
    return bool(line.backordered > 0)


NEW_DATE = Control(
    "new_date",
    "New date…",
    "Give a new date",
    "Promise these customers a day by hand. They are told once.",
    "redate",
    DateForm,
    _redate,
    ("1 line has a new date.", "{count:,} lines have a new date."),
    _waits,
    is_undoable=True,
)
RELEASE = Control(
    "release",
    "Let the date go…",
    "Let the typed date go",
    "The computed date stands again. The customer is told if it differs materially.",
    "release",
    BatchForm,
    _release,
    ("The typed date of 1 line is let go.", "The typed dates of {count:,} lines are let go."),
    lambda line: line.is_promise_pinned,
    is_for_order=False,
    is_undoable=True,
)
PRIORITY = Control(
    "priority",
    "Priority…",
    "Change the priority",
    "Move these lines forward, or back to their age. Whoever is pushed back is in the preview.",
    "prioritize",
    PriorityForm,
    _prioritize,
    ("1 line has a new priority.", "{count:,} lines have a new priority."),
    lambda line: line.open > 0,
    is_undoable=True,
)
MOVE_UP = Control(
    "move_up",
    "Move up…",
    "Move it up",
    "Put one line at another place in its queue. Whoever is pushed back, and by how many days, is in the preview.",
    "move",
    PlaceForm,
    _move,
    ("It has passed 1 line.", "It has passed {count:,} lines."),
    lambda line: _waits(line) and not line.is_pinned,
    is_for_order=False,
    takes_many=False,
    is_undoable=True,
)
PIN = Control(
    "pin",
    "Pin…",
    "Pin to a place",
    "Put these lines before all that are not pinned, until somebody unpins them. "
    "Whoever is pushed back is in the preview.",
    "pin",
    PinForm,
    _pin,
    ("1 line is pinned.", "{count:,} lines are pinned."),
    lambda line: line.open > 0,
    is_for_order=False,
    is_undoable=True,
)
UNPIN = Control(
    "unpin",
    "Unpin…",
    "Unpin",
    "Let these lines go back to where their age puts them.",
    "pin",
    BatchForm,
    _unpin,
    ("1 line is unpinned.", "{count:,} lines are unpinned."),
    lambda line: line.is_pinned,
    is_for_order=False,
    is_undoable=True,
)
QUANTITY = Control(
    "quantity",
    "Change quantity…",
    "Change the quantity",
    "Fewer units are canceled, and go to the next in the queue. More units join behind the last in the queue, "
    "in a line of their own: they overtake nobody.",
    "amend",
    QuantityForm,
    _amend,
    ("1 line has a new quantity.", "{count:,} lines have a new quantity."),
    lambda line: line.open > 0,
    is_demand=True,
)
SUBSTITUTE = Control(
    "substitute",
    "Substitute…",
    "Replace by another product",
    "Another product takes the place of what is open, in a line of its own that is as old as this one. "
    "The customer is told once, in one mail.",
    "substitute",
    SubstituteForm,
    _substitute,
    ("Replaced 1 unit.", "Replaced {count:,} units."),
    lambda line: line.open > 0,
)
CANCEL = Control(
    "cancel",
    "Cancel…",
    "Cancel units",
    "Take back what has not been shipped. Units that this frees go to the next in the queue at once.",
    "cancel",
    CancelForm,
    _cancel,
    ("Canceled 1 unit.", "Canceled {count:,} units."),
    lambda line: line.open > 0,
)
UNDO = Control(
    "undo",
    "Undo…",
    "Take it back",
    "The lines go back to where they stood, and typed dates to what they were. Who is told by mail is in the preview.",
    "view",
    BatchForm,
    lambda lines, form, by, at: 0,
    ("Taken back for 1 line.", "Taken back for {count:,} lines."),
    lambda line: line.open > 0,
    is_for_order=False,
    is_whole=True,
)
ALL = (NEW_DATE, RELEASE, PRIORITY, MOVE_UP, PIN, UNPIN, QUANTITY, SUBSTITUTE, CANCEL)


def for_orders() -> tuple[Elsewhere, ...]:
    """The buttons on the page of an order."""
    return tuple(
        Elsewhere(
            control.label,
            f"orders_backorder_{control.name}",
            control.full_permission,
            applies=attrgetter("units_waiting" if control.needs_waiting else "units_open"),
            query="order=pk",
        )
        for control in ALL
        if control.is_for_order
    )
