"""What was found on the shelves: a whole sheet typed in at a desk, or one product after the other on a phone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from inventory import known
from inventory.desk.tables import Table, item
from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.models import CountedLine, CountSheet, Product, Stock
from inventory.supply import sheets

from .opening import OnSheet

MOST_UNITS = 1_000_000
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
PERMISSION = "inventory.count_stock"


def _units(label: str, **attrs: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"aria-label": label, "min": 0, "inputmode": "numeric", **attrs})
    return forms.IntegerField(required=False, min_value=0, max_value=MOST_UNITS, widget=widget, label=label)


class SheetForm(forms.Form):
    """The figures of a sheet, as far as it was counted, and what was found beside it."""

    counted_at = forms.DateTimeField(
        required=False,
        widget=MOMENT,
        label="Counted at",
        help_text="Empty: now. What left or came since is reckoned when the sheet is posted. Figures from "
        "before keep their time.",
    )
    besides = forms.CharField(
        required=False,
        max_length=64,
        label="Found beside it: SKU",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    besides_units = _units("Units of it")

    def __init__(self, lines: Sequence[CountedLine], data: Any) -> None:
        super().__init__(data)
        self.lines = lines
        for line in lines:
            self.fields[_field(line)] = _units(f"{line.product}, counted")
            self.fields[_field(line)].initial = line.counted

    def clean_counted_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["counted_at"]
        if moment and moment > timezone.now() + timedelta(minutes=1):
            raise forms.ValidationError("This time has not come yet.")
        return moment

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sku, units = cleaned.get("besides"), cleaned.get("besides_units")
        if sku:
            cleaned["product"] = known.products([sku]).get(keys.key(sku))
            if cleaned["product"] is None:
                self.add_error("besides", known.unknown(sku))
            elif any(line.product_id == cleaned["product"].pk for line in self.lines):
                self.add_error("besides", "It stands on the sheet already: enter it there.")
        if bool(sku) != (units is not None) and "besides_units" not in self.errors:
            self.add_error("besides_units" if sku else "besides", "Enter both: what was found, and how many.")
        return cleaned

    def figures(self) -> dict[int, int | None]:
        """Give what was found, by product; a figure that stands there as before was not looked at again."""
        answer = self.cleaned_data
        besides = {answer["product"].pk: answer["besides_units"]} if answer.get("product") else {}
        typed = {line.product_id: answer[_field(line)] for line in self.lines if answer[_field(line)] != line.counted}
        return typed | besides


def _field(line: CountedLine) -> str:
    return f"units-{line.product_id}"


class EnterCounts(OnSheet):
    """Type in what stands on a counted sheet."""

    name = "enter"
    label = "Type in…"
    permission = PERMISSION
    submit = "Keep these figures"
    explanation = "Leave empty what nobody counted. Nothing changes in the books before the sheet is posted."
    is_logged = False

    def form(self, rows: Sequence[Any], data: Any) -> SheetForm:
        return SheetForm(lines_of(rows[0]), data)

    def title(self, rows: Sequence[Any]) -> str:
        return f"Type in {rows[0]}"

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        assert isinstance(form, SheetForm)
        return [*super().counters(rows, form), *((line.product_id, line.counted) for line in form.lines)]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        assert isinstance(form, SheetForm)
        sheet = rows[0]
        books = {} if sheet.is_blind else on_hand(sheet, [line.product_id for line in form.lines])
        heads = ("Bin", "Product", "Name", *([] if sheet.is_blind else ["On hand in the books"]), "Counted")
        return [
            Table(
                "",
                heads,
                [
                    (
                        line.bin,
                        item(line.product),
                        line.product.name,
                        *([] if sheet.is_blind else [books.get(line.product_id, 0)]),
                        form[_field(line)],
                    )
                    for line in form.lines
                ],
                numbers=("On hand in the books",),
            )
        ]

    def act(self, rows: Sequence[CountSheet], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, SheetForm)
        moment = min(form.cleaned_data["counted_at"] or at, at)
        changed = sheets.enter(rows[0].pk, form.figures(), counted_at=moment, by=by, at=at)
        return f"{counted(changed, 'figure')} kept." if changed else "All figures were so already."


class OneFigure(forms.Form):
    units = forms.IntegerField(
        min_value=0,
        max_value=MOST_UNITS,
        widget=forms.NumberInput(attrs={"min": 0, "inputmode": "numeric", "autofocus": True, "autocomplete": "off"}),
    )


class CountOne(OnSheet):
    """
    Count one product after the other; made for one request.

    :ivar lines: of the sheet, in the order in which somebody walks
    :ivar product: the one that is counted; None: all are
    :ivar lost: what was looked for and is not known
    """

    name = "walk"
    permission = PERMISSION
    submit = "Save and next"
    template = "admin/count_one.html"
    is_logged = False

    def __init__(self, request: HttpRequest, sheet: CountSheet) -> None:
        self.sheet, self.lines, self.lost = sheet, lines_of(sheet), ""
        self.product = self._asked(request.GET.get("find", "").strip(), request.GET.get("line", ""))
        places = [line.product_id for line in self.lines]
        self.place = places.index(self.product.pk) if self.product and self.product.pk in places else None

    def _asked(self, sku: str, line: str) -> Product | None:
        by_id = {line.product_id: line.product for line in self.lines}
        if sku:
            found = known.products([sku]).get(keys.key(sku))
            self.lost = "" if found else known.unknown(sku)
            if found:
                return by_id.get(found.pk) or Product.objects.get(pk=found.pk)
        if line.isdecimal() and int(line) in by_id:
            return by_id[int(line)]
        return next((line.product for line in self.lines if line.counted is None), None)

    @property
    def line(self) -> CountedLine | None:
        """What is counted, if it stands on the sheet."""
        return None if self.place is None else self.lines[self.place]

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        return OneFigure(data, initial={"units": self.line.counted if self.line else None})

    def title(self, rows: Sequence[Any]) -> str:
        return f"Count {self.sheet}"

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        """What others count on the sheet is none of its business."""
        now = self.sheet.lines.filter(product=self.product) if self.product else CountedLine.objects.none()
        return [*super().counters(rows, form), *now.values_list("product_id", "counted")]

    def act(self, rows: Sequence[CountSheet], form: forms.Form, *, by: User, at: datetime) -> str:
        if self.product is None:
            raise sheets.NotCounted("Everything on this sheet is counted.")
        units = form.cleaned_data["units"]
        sheets.enter(self.sheet.pk, {self.product.pk: units}, counted_at=at, by=by, at=at)
        return f"{self.product}: {units:,}."

    def next_url(self) -> str:
        """Where one goes when this one is counted: to the next that is not, or else to the sheet."""
        here = -1 if self.place is None else self.place
        ahead = [*self.lines[here + 1 :], *self.lines[: max(0, here)]]
        follows = next((line for line in ahead if line.counted is None), None)
        return self._url(follows) if follows else reverse("admin:inventory_countsheet_change", args=[self.sheet.pk])

    def _url(self, line: CountedLine) -> str:
        return f"{reverse('admin:inventory_countsheet_walk', args=[self.sheet.pk])}?line={line.product_id}"

    def context(self, rows: Sequence[Any], form: forms.Form) -> dict[str, Any]:
        beside = {}
        if self.place is not None:
            beside = {name: self._url(self.lines[place]) for name, place in self._places(self.place)}
        books = None
        if self.product and not self.sheet.is_blind:
            books = on_hand(self.sheet, [self.product.pk]).get(self.product.pk, 0)
        done = sum(line.counted is not None for line in self.lines)
        return {
            "sheet": self.sheet, "line": self.line, "product": self.product, "books": books, "lost": self.lost,
            "done": done, "of": len(self.lines), **beside,
        }  # fmt: skip

    def _places(self, here: int) -> list[tuple[str, int]]:
        before = [("before", here - 1)] if here else []
        return [*before, *([("after", here + 1)] if here + 1 < len(self.lines) else [])]


def lines_of(sheet: CountSheet) -> list[CountedLine]:
    return list(sheet.lines.select_related("product").order_by("position"))


def on_hand(sheet: CountSheet, product_ids: Sequence[int]) -> dict[int, int]:
    """What the books say now, by product."""
    rows = Stock.objects.filter(warehouse=sheet.warehouse_id, product__in=product_ids)
    return dict(rows.values_list("product_id", "on_hand"))
