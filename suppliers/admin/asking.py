"""What suppliers were asked about confirmed days, and what staff type of their answers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from inventory.desk.tables import Table, day, item, link
from inventory.ground.plurals import counted
from suppliers import purchasing
from suppliers.asking import answers, questions
from suppliers.letters import asked
from suppliers.models import AskedDate, OrderLetter, PurchaseOrder

from . import letter_tables
from .purchase_operations import OfWhole, named

WAITS_FOR_ANSWER = Exists(AskedDate.objects.unanswered().filter(line__purchase_order=OuterRef("pk")))
"""Whether a supplier was asked about an order and nobody has typed its answer."""


class TheyLeft(OfWhole):
    """Nothing moves by it: the day stands as it was said, and nobody has to ask again."""

    name = "they_left"
    label = "They left…"
    submit = "They left"
    permission = "suppliers.change_purchaseorder"
    explanation = (
        "The supplier says that what was asked about has left: its day stands as it was said. If it comes on another "
        "day, give it that day instead; if it does not come, take it off the order."
    )

    def applies(self, row: Any) -> bool:
        return bool(row.waits_for_answer)

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        return [*super().counters(rows, form), *_waiting(rows).values_list("pk", "day")]

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        return [*super().tables(rows, form), table(list(_waiting(rows)), title="They were asked about")]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        lines = answers.they_left([row.pk for row in rows], by=by, at=at)
        return f"{counted(lines, 'line')} of {named(rows)} {'has' if lines == 1 else 'have'} left."


class AskedForm(forms.Form):
    """Nothing to type. ``letters``: those that were written, once it was tried."""

    letters: Sequence[OrderLetter] = ()


class AskNow(OfWhole):
    """No line of a customer moves by it, but what its supplier reads is shown first."""

    name = "ask"
    label = "Ask whether it left…"
    submit = "Ask"
    permission = "suppliers.change_purchaseorder"
    explanation = (
        "The supplier gets a letter that asks whether what it confirmed has left, and when it is late for which day. "
        "Answers go to you. About each confirmed day it is asked twice at most, before it and once it has passed."
    )
    form_class = AskedForm
    refusals = (purchasing.PurchaseRefused,)
    touches_customers = True

    def applies(self, row: Any) -> bool:
        return bool(row.sent_at and row.units_to_come and not row.canceled_at)

    def product_ids(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> Collection[int]:
        return ()

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        about = AskedDate.objects.filter(line__purchase_order__in=[row.pk for row in rows]).order_by("pk")
        return [
            *super().counters(rows, form),
            *((row.pk, row.supplier.email) for row in rows),
            *about.values_list("pk"),
        ]

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        assert isinstance(form, AskedForm)
        said = [asked.words(asked.AskedFacts.of(letter.facts)) for letter in form.letters[: letter_tables.IN_FULL]]
        shown = [Table(each.subject, ("What it says",), [(letter_tables.as_read(each.text),)]) for each in said]
        return [*super().tables(rows, form), *shown]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, AskedForm)
        form.letters = questions.ask_now([row.pk for row in rows], by=by, at=at)
        addresses = list(dict.fromkeys(letter.recipient for letter in form.letters))
        who = f"{', '.join(addresses)} {'is' if len(addresses) == 1 else 'are'}"
        return f"{who} asked about {named(rows)} within a minute."


def _waiting(rows: Sequence[PurchaseOrder]) -> QuerySet[AskedDate]:
    found = AskedDate.objects.unanswered().filter(line__purchase_order__in=[row.pk for row in rows])
    return found.select_related("line__product", "letter", "answered_by").order_by("day", "pk")


def of(order: PurchaseOrder) -> list[Table]:
    """Show what the supplier of an order was asked, the last first; nothing of one that was not asked."""
    rows = AskedDate.objects.filter(line__purchase_order=order)
    found = list(rows.select_related("line__product", "letter", "answered_by").order_by("-asked_on", "-pk"))
    return [table(found, title="Asked whether it left")] if found else []


def table(rows: Sequence[AskedDate], *, title: str) -> Table:
    return Table(
        title,
        ("Asked on", "Product", "Confirmed for", "When", "By", "Answer"),
        [
            (
                day(row.asked_on),
                item(row.line.product),
                day(row.day),
                row.get_moment_display().lower(),
                link("letter", "suppliers_orderletter_change", row.letter_id) if row.letter_id else "telephone",
                f"left, {row.answered_by or 'the system'} on {day(row.answered_at)}" if row.answered_at else "",
            )
            for row in rows
        ],
    )
