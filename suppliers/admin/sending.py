"""
Sending purchase orders: by mail, with every word shown before it goes, or by hand.

Both move the dates of customers: the site shows whose, and every mail, before they are done. The letters shown are
those that the act, tried and taken back, has written.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone

from inventory.desk.tables import Table
from inventory.ground.plurals import counted
from suppliers import purchasing, unsent
from suppliers.letters import writing
from suppliers.models import OrderLetter, PurchaseOrder

from . import letter_tables
from .purchase_operations import OfWhole, named, sums


class SendForm(forms.Form):
    """
    Asks only where an order waited too long and others were asked for the same products since.

    ``letters``: those that were written, once it was tried.
    """

    all_the_same = forms.BooleanField(
        label="Send all the same", error_messages={"required": "Cancel what is not needed, or tick the box."}
    )

    def __init__(self, since: Sequence[str], data: Any) -> None:
        super().__init__(data)
        self.letters: Sequence[OrderLetter] = ()
        if since:
            self.fields["all_the_same"].help_text = f"{' '.join(since)} Both would come."
        else:
            del self.fields["all_the_same"]


class _Sending(OfWhole):
    """What makes an approved order one that was sent."""

    permission = "suppliers.approve_purchaseorder"
    touches_customers = True

    def applies(self, row: Any) -> bool:
        return bool(row.words == "Approved")

    def form(self, rows: Sequence[PurchaseOrder], data: Any) -> SendForm:
        return SendForm(unsent.ordered_since(rows, at=timezone.now()), data)

    def in_words(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> str:
        units = sum(sums(row)[0] for row in rows)
        senders = ", ".join(sorted({row.supplier.name for row in rows}))
        are = "is" if units == 1 else "are"
        return f"{counted(units, 'unit')} of {named(rows)} {are} expected from {senders} from now on."


class Send(_Sending):
    name = "send"
    label = "Send…"
    explanation = (
        "The order goes to its supplier by mail, as PDF and as CSV; answers go to you. Its units are expected from now "
        "on, and customers who wait for them get their dates from the supplier’s record."
    )

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        return [*super().counters(rows, form), *_said(rows)]

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        assert isinstance(form, SendForm)
        return [*super().tables(rows, form), *letter_tables.shown(form.letters)]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, SendForm)
        all_the_same = form.cleaned_data.get("all_the_same", False)
        form.letters = writing.send([row.pk for row in rows], all_the_same=all_the_same, by=by, at=at)
        return _goes(rows, form.letters)


class ByHand(_Sending):
    name = "by_hand"
    label = "Sent by hand…"
    explanation = (
        "Nothing is mailed from here: send the order to its supplier yourself, then say so here. Its units are "
        "expected from now on, and customers who wait for them get their dates from the supplier’s record."
    )

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        all_the_same = form.cleaned_data.get("all_the_same", False)
        purchasing.send([row.pk for row in rows], all_the_same=all_the_same, by=by, at=at)
        return f"Marked {named(rows)} as sent."


def _goes(rows: Sequence[PurchaseOrder], letters: Sequence[OrderLetter]) -> str:
    addresses = ", ".join(dict.fromkeys(letter.recipient for letter in letters))
    return f"{named(rows)} {'goes' if len(rows) == 1 else 'go'} to {addresses} within a minute."


def _said(rows: Sequence[PurchaseOrder]) -> list[tuple[object, ...]]:
    """Give all that letters about these orders rest on, so that what goes is what was shown."""
    now = timezone.now()
    ahead = writing.following(rows, by=None, at=now)
    return [(row.pk, row.supplier.email, ahead[row.pk]) for row in rows]


class LetterForm(forms.Form):
    """Nothing to type. ``letters``: those that were written, once it was tried."""

    letters: Sequence[OrderLetter] = ()


class SendAnew(OfWhole):
    """No line of a customer moves by it, but what its supplier reads is shown first."""

    name = "send_again"
    label = "Send again…"
    permission = "suppliers.approve_purchaseorder"
    explanation = (
        "The supplier gets the order as it stands now: as a correction if it has changed since the last letter, as "
        "the same again if not; of one that was canceled, that it is."
    )
    form_class = LetterForm
    touches_customers = True

    def applies(self, row: Any) -> bool:
        return bool(row.sent_at)

    def product_ids(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> Collection[int]:
        return ()

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        return [*super().counters(rows, form), *_said(rows)]

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        assert isinstance(form, LetterForm)
        return [*super().tables(rows, form), *letter_tables.shown(form.letters)]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, LetterForm)
        form.letters = writing.again([row.pk for row in rows], by=by, at=at)
        return _goes(rows, form.letters)
