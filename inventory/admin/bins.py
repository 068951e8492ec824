"""Where on the shelves each product of a warehouse lies, typed in for one row of stock or for many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.operations import Operation
from inventory.desk.tables import Table, item
from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.models import Stock
from inventory.supply import bins


class BinsForm(forms.Form):
    """A bin for each of these rows, which stands there already where it has one."""

    def __init__(self, rows: Sequence[Stock], data: Any) -> None:
        super().__init__(data)
        self.rows = rows
        for row in rows:
            widget = forms.TextInput(attrs={"aria-label": f"Bin of {row}", "autocomplete": "off", "size": 16})
            self.fields[_field(row)] = forms.CharField(
                required=False, max_length=bins.MOST, widget=widget, label=str(row), initial=row.bin
            )

    def changed(self) -> dict[tuple[int, int], str]:
        """Give the bins that are others than before, by place."""
        typed = {row: keys.clean(self.cleaned_data[_field(row)]) for row in self.rows}
        return {(row.product_id, row.warehouse_id): text for row, text in typed.items() if text != row.bin}


def _field(row: Stock) -> str:
    return f"bin-{row.pk}"


class PutInBins(Operation):
    name = "bins"
    label = "Bin…"
    permission = "inventory.adjust_stock"
    counted = ("bin",)
    explanation = "Where on the shelves it lies. Pick lists and count sheets go by it; an empty field takes it away."

    def form(self, rows: Sequence[Stock], data: Any) -> BinsForm:
        return BinsForm(rows, data)

    def title(self, rows: Sequence[Stock]) -> str:
        return f"Bin: {rows[0]}" if len(rows) == 1 else f"Bins: {counted(len(rows), 'place')}"

    def tables(self, rows: Sequence[Stock], form: forms.Form) -> list[Table]:
        return [
            Table(
                "",
                ("Product", "Name", "Warehouse", "On hand", "Bin"),
                [(item(row.product), row.product.name, row.warehouse.code, row.on_hand, form[_field(row)])
                 for row in rows],
                numbers=("On hand",),
            )
        ]  # fmt: skip

    def act(self, rows: Sequence[Stock], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, BinsForm)
        changed = form.changed()
        bins.put(changed)
        if len(changed) == 1:
            (text,) = changed.values()
            return f"It lies in {text} now." if text else "It has no bin now."
        return f"{counted(len(changed), 'bin')} changed." if changed else "All bins were so already."
