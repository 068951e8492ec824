"""What a count does to the books: looked at first, with everybody whom it moves, then done once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.tables import Table, day, item
from inventory.ground.plurals import counted
from inventory.models import CountSheet
from inventory.supply import counts, sheets, stock
from inventory.supply.sheets import SheetFinding

from .opening import OnSheet


class PostForm(forms.Form):
    are_others_zero = forms.BooleanField(
        required=False, label="All others are 0", help_text="What nobody counted on this sheet is not there."
    )


class PostSheet(OnSheet):
    """
    Make the books say what was counted.

    :ivar found: what each figure means, as it was shown and as it is posted
    """

    name = "post"
    label = "Post…"
    permission = "inventory.adjust_stock"
    explanation = (
        "Each figure is of the time it was counted at: what left and came since is reckoned. What nobody counted stays "
        "as it is."
    )
    refusals = (*OnSheet.refusals, counts.NotACount, stock.NotEnoughStock)
    form_class = PostForm
    touches_customers = True

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        return PostForm(data)

    def title(self, rows: Sequence[Any]) -> str:
        return f"Post {rows[0]}"

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        return set(rows[0].lines.values_list("product_id", flat=True))

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        figures = [
            (each.line.product_id, each.units, each.book, each.moved, each.why_not) for each in _found(rows, form)
        ]
        return [*super().counters(rows, form), *figures]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        found = _found(rows, form)
        left = [each for each in found if each.why_not]
        tables = [_differences([each for each in found if each.difference])]
        return [*tables, *([_left(left)] if left else [])]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        found = _found(rows, form)
        others = rows[0].lines.count() - len(found)
        rest = f" {counted(others, 'product')} {'was' if others == 1 else 'were'} not counted and "
        rest += f"{'stays' if others == 1 else 'stay'} as {'it is' if others == 1 else 'they are'}."
        return f"{_said(found)}{rest if others else ''}"

    def act(self, rows: Sequence[CountSheet], form: forms.Form, *, by: User, at: datetime) -> str:
        zero = form.cleaned_data["are_others_zero"]
        return _said(sheets.post(rows[0].pk, are_others_zero=zero, by=by, at=at))


def _found(rows: Sequence[CountSheet], form: forms.Form) -> list[SheetFinding]:
    is_told = form.is_bound and form.is_valid() and form.cleaned_data["are_others_zero"]
    return sheets.found(rows[0], are_others_zero=bool(is_told))


def _said(found: Sequence[SheetFinding]) -> str:
    more = sum(each.difference for each in found if each.difference > 0)
    fewer = -sum(each.difference for each in found if each.difference < 0)
    said = [f"{counted(more, 'unit')} more"] if more else []
    said += [f"{counted(fewer, 'unit')} fewer"] if fewer else []
    left = sum(bool(each.why_not) for each in found)
    rest = f" {counted(left, 'product')} cannot be posted any more and must be counted again." if left else ""
    right = f"the books are right about {len(found) - left:,}" if left else "the books are right"
    books = f": {' and '.join(said)} than the books have" if said else f": {right}" if left < len(found) else ""
    return f"{counted(len(found), 'product')} counted{books}.{rest}"


def _differences(found: Sequence[SheetFinding]) -> Table:
    return Table(
        "Differences",
        ("Bin", "Product", "Name", "Counted", "At", "Moved since", "On hand in the books", "Difference", "Becomes"),
        [
            (
                each.line.bin,
                item(each.line.product),
                each.line.product.name,
                each.units,
                day(each.line.counted_at) or "not counted: 0",
                signed(each.moved),
                each.book,
                signed(each.difference),
                each.becomes,
            )
            for each in found
        ],
        empty="What was counted is what the books have.",
        numbers=("Counted", "Moved since", "On hand in the books", "Difference", "Becomes"),
    )


def _left(found: Sequence[SheetFinding]) -> Table:
    return Table(
        "Stay as they are",
        ("Bin", "Product", "Name", "Counted", "At", "Why"),
        [
            (each.line.bin, item(each.line.product), each.line.product.name, each.units, day(each.line.counted_at),
             each.why_not)
            for each in found
        ],
        note="Count them again on another sheet.",
        numbers=("Counted",),
    )  # fmt: skip


def signed(units: int) -> SafeString:
    return format_html('<span class="number">{}</span>', f"{units:+,}" if units else "0")
