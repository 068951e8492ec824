"""The form of many new dates: one day a line, typed, or filled in for all of them at once."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE
from inventory.ground import days
from inventory.ground.plurals import counted
from inventory.ground.tabular.values.dates import DateReader
from inventory.models import Inbound

WAYS = ("same_day", "days_later", "column")
MOST_DAYS = 365
NOBODY = "-"
"""What a pasted column holds where nobody can say any more."""


class _RowDay(ComingDayField):
    """The day of one line; the one it has already may stand, though it has passed."""

    def __init__(self, part: Inbound) -> None:
        widget = forms.DateInput(
            attrs={"type": "date", "aria-label": f"New date of {part.product}"}, format=DATE.format
        )
        super().__init__(required=False, widget=widget, initial=part.expected_date)

    def validate(self, value: Any) -> None:
        if value != self.initial:
            super().validate(value)


class NewDatesForm(forms.Form):
    """
    A day for each line that is to come. What is filled in for all at once stands in the rows from then on, to be
    looked at and put right.
    """

    same_day = ComingDayField(required=False, widget=DATE, label="Same day for all")
    days_later = forms.IntegerField(
        required=False,
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        label="Or so many days later",
        widget=forms.NumberInput(attrs={"placeholder": "5"}),
        help_text="Each from its own day; -2 is two days sooner. A line without a date stays without one.",
    )
    column = forms.CharField(
        required=False,
        strip=False,
        max_length=20_000,
        label="Or a pasted column",
        widget=forms.Textarea(attrs={"rows": 4, "cols": 24}),
        help_text=f"One day a row, in the order of the lines below; “{NOBODY}” where nobody can say any more.",
    )
    reason = forms.CharField(
        max_length=200,
        label="What the sender says",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For us; customers read the date, not this.",
    )

    def __init__(self, parts: Sequence[Inbound], data: Any) -> None:
        self.parts = parts
        self.wrong: list[str] = []
        super().__init__(self._filled(data) if data else data)
        for part in parts:
            self.fields[f"date-{part.pk}"] = _RowDay(part)

    def _filled(self, data: Any) -> Any:
        """Write what is meant for all into the rows; where it cannot be read, leave it as it was typed."""
        ways = [name for name in WAYS if data.get(name, "").strip()]
        if len(ways) > 1:
            self.wrong = ["Fill in one of the three ways for all, not two: they would speak against each other."]
        if len(ways) != 1:
            return data
        [way] = ways
        found = getattr(self, f"_by_{way}")(data[way])
        if found is None:
            return data
        filled = data.copy()
        filled[way] = ""
        for pk, day in found.items():
            filled[f"date-{pk}"] = day.isoformat() if day else ""
        return filled

    def _by_same_day(self, text: str) -> Mapping[int, date | None] | None:
        day = _cleaned(self.base_fields["same_day"], text)
        return dict.fromkeys((part.pk for part in self.parts), day) if day else None

    def _by_days_later(self, text: str) -> Mapping[int, date | None] | None:
        count = _cleaned(self.base_fields["days_later"], text)
        if count is None:
            return None
        return {part.pk: part.expected_date and part.expected_date + timedelta(count) for part in self.parts}

    def _by_column(self, text: str) -> Mapping[int, date | None] | None:
        cells = [cell.strip() for cell in text.rstrip().splitlines()]
        reader = DateReader(lambda: cells)
        found: dict[int, date | None] = {}
        for number, part in enumerate(self.parts, start=1):
            cell = cells[number - 1] if number <= len(cells) else ""
            try:
                found[part.pk] = _read(cell, part, reader)
            except ValueError as why:
                self.wrong.append(f"Row {number} ({part.product}): {why}")
        if len(cells) > len(self.parts):
            self.wrong.append(f"Row {len(self.parts) + 1}: there are only {counted(len(self.parts), 'line')} to come.")
        return None if self.wrong else found

    def clean_column(self) -> str:
        """Blank lines are no column."""
        return str(self.cleaned_data["column"]).strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for words in self.wrong:
            self.add_error("column" if words.startswith("Row") else None, words)
        if not self.parts:
            raise forms.ValidationError("Nothing of it is outstanding: it was received or canceled before.")
        if not self.errors and not self.dates():
            raise forms.ValidationError("No date changes by this. Give at least one line another day.")
        return cleaned

    def dates(self) -> dict[int, date | None]:
        """The new day of each part whose day changes."""
        days_typed = {part: self.cleaned_data.get(f"date-{part.pk}") for part in self.parts}
        return {part.pk: day for part, day in days_typed.items() if day != part.expected_date}


def _cleaned(field: forms.Field, text: str) -> Any:
    """What this field makes of the text; None if it is wrong, which the field says itself."""
    try:
        return field.clean(text)
    except forms.ValidationError:
        return None


def _read(cell: str, part: Inbound, reader: DateReader) -> date | None:
    """
    Read one row of a pasted column.

    :raises ValueError: with what is wrong
    """
    if not cell:
        raise ValueError(f"there is no day. Write “{NOBODY}” where nobody can say any more.")
    if cell == NOBODY:
        return None
    try:
        day = reader.day(cell)
    except ValueError as expected:
        raise ValueError(f"“{cell[:40]}” is not {expected}.") from None
    today = timezone.localdate()
    if day != part.expected_date and (objection := days.objection(day, today=today, earliest=today)):
        raise ValueError(objection)
    return day
