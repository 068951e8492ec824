"""Refunds due: what is owed back, until when, and what was done. People pay elsewhere, and say so here."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.naming import to
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, chip, day, item, link, money, number
from inventory.models import Product
from inventory.models.folded import holding, meant
from orders.models import Customer, Order, Refund, RefundLine, Repayment
from orders.models.payment import OWED_BACK
from orders.refunds import recording
from orders.wording import phrases, refunds

MOST = 10
"""Refunds that the page of an order names; the list has them all."""


def standing(row: Refund, *, at: datetime, names_day: bool = True) -> SafeString:
    """How a refund stands, on its color: red once its day has passed."""
    today = timezone.localdate(at)
    words = refunds.standing(row, today=today, names_day=names_day)
    if row.outstanding > 0:
        return chip(words, "red" if row.due_date < today else "amber")
    return chip(words, "green" if row.repaid else "gray")


def owed_to(found: QuerySet[Refund], *, at: datetime) -> SafeString:
    """Say what is owed back, and what was, a line each with the newest first; nothing where there is none."""
    rows = list(found.order_by("-pk")[:MOST])
    return format_html_join(
        "",
        "<div>{} {}{}</div>",
        (
            (
                standing(row, at=at),
                link(phrases.money(row.amount, row.currency), "orders_refund_change", row.pk),
                "" if row.is_known_paid or row.outstanding <= 0 else ", if it was paid",
            )
            for row in rows
        ),
    )


def owed_in_all(customer: Any, *, at: datetime) -> SafeString | str:
    """Say what is still owed to a customer, as its page has read it, and by when the first of it; "" if nothing is."""
    if not customer.owed_back:
        return ""
    is_late = customer.owed_by < timezone.localdate(at)
    state = chip(f"{'overdue since' if is_late else 'due'} {day(customer.owed_by)}", "red" if is_late else "amber")
    amount = phrases.money(customer.owed_back, settings.SHOP_CURRENCY)
    return format_html("{} {}", state, link(amount, "orders_refund_changelist", q=customer.name, **{"is": "open"}))


class _OnRefunds(Operation):
    """What people say about refunds."""

    permission = "orders.record_refund"
    counted = ("amount", "repaid", "waived")
    refusals = (recording.NotToRefund,)

    def applies(self, row: Any) -> bool:
        return bool(row.outstanding > 0)

    def lock(self, rows: Sequence[Refund]) -> None:
        list(Refund.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update(no_key=True))

    def tables(self, rows: Sequence[Refund], form: forms.Form) -> list[Table]:
        columns = ("Order", "Customer", "Why", "Owed", "Paid back", "Still owed", "Known to be paid", "Due")
        shown = [
            (
                to(row.order),
                to(row.order.customer),
                row.get_reason_display(),
                money(row.amount, row.currency),
                money(row.repaid, row.currency),
                money(max(row.outstanding, Decimal()), row.currency),
                row.is_known_paid,
                row.due_date,
            )
            for row in rows
        ]
        return [Table("", columns, shown, numbers=columns[3:6])]


class RecordForm(forms.Form):
    amount = forms.DecimalField(min_value=Decimal("0.01"), max_digits=14, decimal_places=2, label="Paid back")
    reference = forms.CharField(
        max_length=80,
        label="Number of the payment",
        help_text="Of the bank, the card or the shop: it is found by that.",
    )
    reason = forms.CharField(
        required=False, max_length=200, label="Why more than is owed", help_text="Postage, say. Else leave it empty."
    )


class RecordRefunds(_OnRefunds):
    name = "paid_back"
    label = "Paid back…"
    submit = "This was paid back"
    explanation = (
        "Pay it back where it was paid, then say so here: no money moves by this. Shipping costs are not known here; "
        "where they are owed too, record more and say why. Several at once are paid back in full."
    )

    def form(self, rows: Sequence[Refund], data: Any) -> forms.Form:
        if len(rows) == 1:
            return RecordForm(data, initial={"amount": max(rows[0].outstanding, Decimal())})
        form = RecordForm(data)
        del form.fields["amount"], form.fields["reason"]
        return form

    def applies(self, row: Any) -> bool:
        return True

    def act(self, rows: Sequence[Refund], form: forms.Form, *, by: User, at: datetime) -> str:
        answer = form.cleaned_data
        if len(rows) > 1:
            amount = recording.record_in_full([row.pk for row in rows], reference=answer["reference"], by=by, at=at)
            return f"{phrases.money(amount, rows[0].currency)} are on record as paid back."
        amount = answer["amount"]
        recording.record(rows[0].pk, amount, reference=answer["reference"], reason=answer["reason"], by=by, at=at)
        return f"{phrases.money(amount, rows[0].currency)} is on record as paid back."


class WaiveForm(forms.Form):
    note = forms.CharField(
        max_length=150, label="Why", help_text="It was never paid; the shop has paid it back itself."
    )


class WaiveRefunds(_OnRefunds):
    name = "not_owed"
    label = "Not owed…"
    submit = "Nothing is owed"
    form_class = WaiveForm
    explanation = "What is still owed of them is not owed after all. The page of each keeps who said so, and why."

    def act(self, rows: Sequence[Refund], form: forms.Form, *, by: User, at: datetime) -> str:
        amount = recording.waive([row.pk for row in rows], note=form.cleaned_data["note"], by=by, at=at)
        return f"{phrases.money(amount, rows[0].currency)} {'is' if len(rows) == 1 else 'are'} not owed after all."


class TakeBackPayment(_OnRefunds):
    name = "take_back"
    label = "Take back the last payment…"
    submit = "It was recorded in error"
    takes_many = False
    explanation = "The last payment that is recorded was none: so much is owed again. The page keeps both."

    def applies(self, row: Any) -> bool:
        return bool(row.repaid > 0)

    def act(self, rows: Sequence[Refund], form: forms.Form, *, by: User, at: datetime) -> str:
        taken = recording.take_back(rows[0].pk, by=by, at=at)
        return f"{phrases.money(taken.amount, rows[0].currency)} ({taken.reference}) is owed again."


class RefundStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Still owed"), ("overdue", "Overdue"), ("done", "Paid back"), ("none", "Nothing is owed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refund]) -> QuerySet[Refund]:
        match self.value():
            case "open":
                return queryset.filter(OWED_BACK)
            case "overdue":
                return queryset.filter(OWED_BACK, due_date__lt=timezone.localdate())
            case "done":
                return queryset.filter(outstanding__lte=0, repaid__gt=0)
            case "none":
                return queryset.filter(outstanding__lte=0, repaid=0)
        return queryset


@admin.register(Refund)
class RefundAdmin(Kept):
    list_display = ("order", "customer", "why", "owed", "paid_back", "left", "known", "due", "state", "since")
    list_filter = (RefundStateFilter, "reason", "is_known_paid", "due_date")
    list_select_related = ("order__customer",)
    search_fields = ("order__reference",)
    search_help_text = "Any part of an order number, a customer or a product, or the number of a payment."
    fields = (
        ("order", "reason"),
        ("amount", "repaid", "waived"),
        ("currency", "is_known_paid"),
        ("due_date", "at"),
        "note",
    )
    operations = (RecordRefunds(), WaiveRefunds(), TakeBackPayment())

    def product_of(self, row: Refund) -> None:
        return None

    def recognize(self, term: str) -> Q:
        paid = Repayment.objects.filter(reference__iexact=term).values("refund")
        return (
            meant(term, order=Order, order__customer=Customer)
            | holding(RefundLine, term, to="refund", line__product=Product)
            | Q(pk__in=paid)
        )

    @admin.display(description="customer", ordering="order__customer__name")
    def customer(self, row: Refund) -> SafeString:
        return to(row.order.customer)

    @admin.display(description="why", ordering="reason")
    def why(self, row: Refund) -> str:
        return row.get_reason_display()

    @admin.display(description="owed", ordering="amount")
    def owed(self, row: Refund) -> SafeString:
        return number(money(row.amount, row.currency))

    @admin.display(description="paid back", ordering="repaid")
    def paid_back(self, row: Refund) -> SafeString:
        return number(money(row.repaid, row.currency))

    @admin.display(description="still owed", ordering="outstanding")
    def left(self, row: Refund) -> SafeString:
        return number(money(max(row.outstanding, Decimal()), row.currency))

    @admin.display(description="was it paid?", ordering="is_known_paid")
    def known(self, row: Refund) -> SafeString:
        return chip("paid", "green") if row.is_known_paid else chip("if it was paid", "gray")

    @admin.display(description="due", ordering="due_date")
    def due(self, row: Refund) -> str:
        return day(row.due_date)

    @admin.display(description="state", ordering="outstanding")
    def state(self, row: Refund) -> SafeString:
        return standing(row, at=timezone.now(), names_day=False)

    @admin.display(description="since", ordering="at")
    def since(self, row: Refund) -> str:
        return day(row.at)

    def tables(self, request: HttpRequest, row: Refund) -> list[Table]:
        """What it is about, and what was paid back."""
        lines = row.lines.select_related("line__product").order_by("pk").annotate(stays=F("units") - F("withdrawn"))
        paid = row.repayments.select_related("by", "taken_back_by").order_by("pk")
        return [
            Table(
                "What is owed",
                ("Product", "Units", "Came back onto the order", "For one", "Owed"),
                [
                    (
                        item(line.line.product),
                        line.units,
                        line.withdrawn,
                        money(line.unit_amount, row.currency),
                        money(line.stays * line.unit_amount, row.currency),
                    )
                    for line in lines
                ],
                numbers=("Units", "Came back onto the order", "For one", "Owed"),
            ),
            Table(
                "What was paid back",
                ("When", "Amount", "Number", "By", "Why more", "Taken back"),
                [
                    (day(each.at), money(each.amount, row.currency), each.reference, each.by, each.reason, _taken(each))
                    for each in paid
                ],
                empty="Nothing yet. Pay it back where it was paid, then say so here.",
                numbers=("Amount",),
            ),
        ]


def _taken(payment: Repayment) -> str | SafeString:
    if payment.taken_back_at is None:
        return ""
    return format_html("{}, {}", payment.taken_back_by, day(payment.taken_back_at))
