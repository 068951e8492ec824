"""Mark orders as paid, one or many. Shown first: one that is paid late stands in the queue anew."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.naming import to
from inventory.desk.operations import Operation
from inventory.desk.tables import Table
from inventory.ground.plurals import counted
from inventory.notebook.meanwhile import Deed
from orders import fulfillment
from orders.answering import payments
from orders.answering.meanwhile import of_orders
from orders.fulfillment import Paid
from orders.models import Order, OrderLine, OrderPayment
from orders.wording import phrases

SAID = {
    Paid.IN_TIME: ("keeps its place", "keep their places"),
    Paid.LATE: ("stands in the queue from now on", "stand in the queue from now on"),
    Paid.STOPPED: ("asks for its units when it goes on", "ask for their units when they go on"),
    Paid.UNSOLD: ("may not be sold any more: decide about it", "may not be sold any more: decide about them"),
    Paid.OVER: ("was canceled: decide about it", "were canceled: decide about them"),
}
"""What became of one, and of several."""


class PayForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=120,
        label="Which payment",
        help_text="A number of the bank, say. Kept in the history of the order.",
    )


class MarkPaid(Operation):
    name = "pay"
    label = "Mark as paid…"
    submit = "They are paid"
    permission = "orders.pay_order"
    touches_customers = True
    is_logged = False  # an order has a history of its own
    form_class = PayForm
    explanation = (
        "While units are kept for an order it keeps its place. One that is paid late takes the place of its payment, "
        "if all of it may still be sold; otherwise nothing of it is sold, and a person decides."
    )
    refusals = (fulfillment.NotToPay,)

    def applies(self, row: Any) -> bool:
        return bool(row.is_unpaid)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        """Give what is known of their payments, and the figures of their lines."""
        paid = OrderPayment.objects.filter(order__in=rows).order_by("pk")
        lines = OrderLine.objects.filter(order__in=rows).order_by("pk")
        return [
            *paid.values_list("pk", "released_at", "paid_at", "canceled_at"),
            *lines.values_list("pk", "open", "allocated", "is_stopped"),
        ]

    def product_ids(self, rows: Sequence[Order], form: forms.Form) -> Collection[int]:
        return set(OrderLine.objects.open().filter(order__in=rows).values_list("product_id", flat=True))

    def line_ids(self, rows: Sequence[Order]) -> Collection[int]:
        out = OrderLine.objects.open().filter(order__in=[row for row in rows if row.is_unpaid], is_stopped=True)
        return set(out.values_list("pk", flat=True))

    def meanwhile(self, rows: Sequence[Order], since: datetime) -> Iterable[Deed]:
        return of_orders([row.pk for row in rows], since)

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        return f"{counted(sum(row.is_unpaid for row in rows), 'order')} would be paid."

    def tables(self, rows: Sequence[Order], form: forms.Form) -> list[Table]:
        waited = OrderPayment.objects.in_bulk([row.pk for row in rows])
        shown = [(to(row), row.channel, payments.in_words(waited.get(row.pk)) or "paid already") for row in rows]
        return [Table("What is paid", ("Order", "Channel", "Until now"), shown)]

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        """Mark those that are unpaid; others were paid by somebody else meanwhile."""
        unpaid = sorted((row for row in rows if row.is_unpaid), key=lambda row: row.pk)
        if not unpaid:
            raise fulfillment.NotToPay(f"{rows[0]} is paid already." if len(rows) == 1 else "They are paid already.")
        reason = form.cleaned_data["reason"]
        became = [fulfillment.pay(row.pk, reason=reason, by=by, at=at) for row in unpaid]
        if len(rows) == 1:
            return f"{rows[0]} {became[0].value}."
        said = [f"{number:,} {SAID[paid][number != 1]}" for paid, number in Counter(became).items()]
        left = len(rows) - len(unpaid)
        rest = f" {counted(left, 'order')} {'was' if left == 1 else 'were'} paid already." if left else ""
        return f"{counted(len(unpaid), 'order')} paid: {phrases.listed(said)}.{rest}"
