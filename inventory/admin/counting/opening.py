"""A count begins: which bins of a warehouse, blind or not. And one that is given up."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User

from inventory.desk.operations import Operation
from inventory.desk.tables import Table
from inventory.ground import keys
from inventory.models import CountedLine, CountSheet, Warehouse
from inventory.supply import bins, sheets


class OpenSheetForm(forms.Form):
    """Which bins of which warehouse; both empty is all of it."""

    warehouse = forms.TypedChoiceField(coerce=int)
    first_bin = forms.CharField(required=False, max_length=bins.MOST, label="From bin")
    last_bin = forms.CharField(
        required=False,
        max_length=bins.MOST,
        label="To bin",
        help_text="With all that it begins: B means B-1 to B-99 too.",
    )
    is_blind = forms.BooleanField(
        required=False, label="Blind", help_text="Who counts does not see what the books say."
    )
    note = forms.CharField(required=False, max_length=120, help_text="Stands beside every movement it makes.")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        field = self.fields["warehouse"]
        assert isinstance(field, forms.ChoiceField)
        places = list(Warehouse.objects.all())
        field.choices = [*([("", "Choose…")] if len(places) > 1 else []), *((row.pk, str(row)) for row in places)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = (keys.clean(cleaned.get(name, "")) for name in ("first_bin", "last_bin"))
        if first and last and not bins.is_between(first, "", last):
            self.add_error("last_bin", f"It comes before {first}: nothing lies in between.")
        return cleaned | {"first_bin": first, "last_bin": last}


class OpenSheets(Operation):
    """Put what lies in some bins on sheets; made for one request."""

    name = "open"
    label = "Count…"
    permission = "inventory.add_countsheet"
    submit = "Make the sheet"
    explanation = (
        "What lies in these bins, in the order in which somebody walks. Nothing changes in the books before the sheet "
        f"is posted. One sheet has up to {sheets.LINES} products: of more, several are made."
    )
    refusals = (sheets.NotASheet,)
    form_class = OpenSheetForm
    is_new = True

    def title(self, rows: Sequence[Any]) -> str:
        return "Count some bins"

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        answer = form.cleaned_data
        names = ("first_bin", "last_bin", "is_blind", "note")
        wanted = sheets.Wanted(answer["warehouse"], **{name: answer[name] for name in names})
        self.made = sheets.open_sheets(wanted, by=by, at=at)
        if len(self.made) == 1:
            return f"{self.made[0]} is ready to be counted."
        return f"{len(self.made)} sheets are ready to be counted, {self.made[0]} to {self.made[-1]}."


class OnSheet(Operation):
    """What is done to one open sheet, which nobody else closes meanwhile."""

    takes_many = False
    refusals: ClassVar[tuple[type[Exception], ...]] = (sheets.SheetClosed, sheets.NotCounted)

    def applies(self, row: Any) -> bool:
        return bool(row.is_open)

    def lock(self, rows: Sequence[Any]) -> None:
        list(CountSheet.objects.filter(pk__in=[row.pk for row in rows]).select_for_update(no_key=True))

    def counters(self, rows: Sequence[Any], form: forms.Form) -> Sequence[tuple[object, ...]]:
        return [(row.pk, row.is_open) for row in rows]


class DropSheet(OnSheet):
    name = "drop"
    label = "Close without posting…"
    permission = "inventory.adjust_stock"
    explanation = "The books stay as they are. What was counted on it stays to be read."
    is_risky = True

    def counters(self, rows: Sequence[Any], form: forms.Form) -> Sequence[tuple[object, ...]]:
        """Give what was counted on it, too: somebody may be at it just now."""
        figures = CountedLine.objects.filter(sheet__in=rows, counted__isnull=False).order_by("pk")
        return [*super().counters(rows, form), *figures.values_list("pk", "counted")]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        lines = CountedLine.objects.filter(sheet__in=rows, counted__isnull=False).select_related("counted_by")
        who = Counter(str(line.counted_by or "") for line in lines)
        return [
            Table("What is not posted", ("Counted by", "Products"), sorted(who.items()), empty="Nothing was counted.")
        ]

    def act(self, rows: Sequence[CountSheet], form: forms.Form, *, by: User, at: datetime) -> str:
        for row in rows:
            sheets.drop(row.pk, by=by, at=at)
        return "Closed without posting: the books are as they were."
