"""The customer's own page, as staff see it on the page of an order: its link, what was done there, links withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest

from inventory.desk.operations import Operation, person
from orders.models import Order, PageLinks
from orders.pages import figures, withdrawing
from orders.wording import links

PERMISSION = "orders.link_order"


class WithdrawForm(forms.Form):
    reason = forms.CharField(max_length=120, label="Reason", help_text="Kept in the history of the order.")


class WithdrawLinks(Operation):
    name = "withdraw"
    label = "Withdraw links…"
    permission = PERMISSION
    form_class = WithdrawForm
    takes_many = False
    is_logged = False  # an order has a history of its own
    explanation = (
        "No link to the customer’s page of this order that was given out opens it any more. The next mail carries a "
        "new one; until then the page of the order here has it."
    )

    def lock(self, rows: Sequence[Order]) -> None:
        list(Order.objects.filter(pk=rows[0].pk).select_for_update(no_key=True))

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        edition = PageLinks.objects.filter(order=rows[0]).values_list("edition", flat=True).first()
        return [(rows[0].pk, edition)]

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        withdrawing.withdraw(rows[0].pk, reason=form.cleaned_data["reason"], by=by, at=at)
        return f"The links to the page of {rows[0]} are withdrawn."


def own_page(request: HttpRequest, order: Any) -> dict[str, str]:
    """Give the link, to who may give it out, and what was done there; of both what there is."""
    link = links.url(order) if person(request).has_perm(PERMISSION) else ""
    return {"own_page": link, "done_there": figures.in_words(Q(order=order.pk)) if order.was_decided else ""}
